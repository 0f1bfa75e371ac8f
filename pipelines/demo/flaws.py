"""Faults at a known rate: malformed rows, rows twice, late rows, evenings delivered again. Good rows stay."""

from dataclasses import dataclass

import numpy as np

from pipelines.demo.parameters import PARAMETERS as P
from pipelines.demo.scene import Scene
from pipelines.demo.tables import Array, Table, size, stack, take
from pipelines.demo.web import mixed
from pipelines.demo.world import World

EXACT, LATE, REPEATED = 90, 100, 101
ACCEPTED, DUPLICATE, QUARANTINED = "accepted", "duplicate", "quarantined"


@dataclass(frozen=True)
class Flaw:
    """One fault of a cell: the file's column and the text that stands there instead (None: nothing)."""

    kind: str
    column: str
    text: str | None


# The fault at position i of a feed has the code i + 1. Each faulty row is a copy that follows the good one in its file.
FLAWS: dict[str, list[Flaw]] = {
    "sales.customers": [
        Flaw("missing key", "customer_id", None),
        Flaw("bad date", "birth_date", "31.02.1985"),
        Flaw("unknown value", "gender", "diverse?"),
        Flaw("same key, other values", "city", "Entenhausen"),
    ],
    "sales.orders": [
        Flaw("missing key", "order_id", None),
        Flaw("bad date", "ordered_at", "2025-13-45 27:00:00"),
        Flaw("unknown value", "status", "lost in space"),
        Flaw("future date", "ordered_at", "2099-01-01 12:00:00"),
        Flaw("same key, other values", "currency", "XXX"),
    ],
    "sales.order_lines": [
        Flaw("missing key", "line_number", None),
        Flaw("text in number", "quantity", "three"),
        Flaw("missing value", "unit_price", None),
        Flaw("same key, other values", "quantity", "777"),
    ],
    "web.events": [
        Flaw("missing value", "cookie", None),
        Flaw("unknown value", "type", "teleport"),
        Flaw("same key, other values", "path", "/irrweg"),
    ],
    "call_center.calls": [
        Flaw("missing key", "Vorgang", None),
        Flaw("bad date", "Beginn", "30.02.2025 25:00:00"),
        Flaw("text in number", "Wartezeit", "lange"),
        Flaw("out of range", "Note", "9"),
    ],
    "call_center.cases": [
        Flaw("unknown value", "Schwere", "katastrophal"),
        Flaw("missing value", "Eröffnet", None),
    ],
    "marketing.contacts": [
        Flaw("missing value", "sentAt", None),
        Flaw("text in number", "costEuro", "free"),
    ],
    "marketing.responses": [
        Flaw("unknown value", "kind", "shrug"),
        Flaw("bad date", "respondedAt", "yesterday"),
    ],
    "marketing.consents": [Flaw("unknown value", "status", "perhaps")],
    "external.prospects": [Flaw("bad date", "birth_date", "1899-99-99")],
}
IDENTIFIER = {
    "sales.customers": "account", "sales.orders": "order", "sales.order_lines": "order", "web.events": "event",
    "call_center.calls": "call", "marketing.contacts": "contact", "marketing.responses": "response",
}  # fmt: skip
LATE_FEEDS = ("sales.orders", "sales.order_lines", "web.events", "call_center.calls")
REPEATED_FEEDS = ("sales.orders", "sales.order_lines", "web.events", "call_center.calls", "marketing.responses")


def named(feed: str, code: int) -> tuple[str, str | None, str]:
    """Kind, column and what ingest should do with a row of this code."""
    special = {EXACT: ("exact duplicate", None, DUPLICATE), LATE: ("late", None, ACCEPTED),
               REPEATED: ("delivered again", None, DUPLICATE)}  # fmt: skip
    if code in special:
        return special[code]
    flaw = FLAWS[feed][code - 1]
    return flaw.kind, flaw.column, QUARANTINED


def spoil(scene: Scene, feed: str, table: Table) -> Table:
    """Add the column `flaw` (0: none), the faulty copies, the rows delivered again, and the lateness."""
    table = table | {"flaw": np.zeros(size(table), np.int64)}
    if feed in LATE_FEEDS:
        table = late(feed, table)
    rng = scene.rng(f"flaws {feed}")
    on_time = np.flatnonzero(table["flaw"] == 0)
    parts = [table]
    codes = [code + 1 for code in range(len(FLAWS.get(feed, [])))] + [EXACT] * (feed in IDENTIFIER)
    for code in codes:
        rows = on_time[rng.random(len(on_time)) < P.malformed_rows]
        parts.append(take(table, rows) | {"flaw": np.full(len(rows), code, np.int64)})
    if feed in REPEATED_FEEDS:
        parts.append(repeated(scene.world, feed, table))
    return stack(parts)


def late(feed: str, table: Table) -> Table:
    """A few rows come days after their own; all first rows of an order together, so that lines are not left alone."""
    code = mixed(table[IDENTIFIER[feed]])
    first = table["at"] <= table["ordered_at"] + 60 if "ordered_at" in table else np.ones(size(table), bool)
    is_late = first & (code % np.uint64(100_000) < round(100_000 * P.late_rows))
    days = 1 + (code // np.uint64(100_000) % np.uint64(5)).astype(np.int32)
    return table | {
        "deliver_on": table["deliver_on"] + np.where(is_late, days, 0).astype(np.int32),
        "flaw": np.where(is_late, LATE, 0).astype(np.int64),
    }


def repeated(world: World, feed: str, table: Table) -> Table:
    """On some days the file begins with the last two hours of the day before, which came already."""
    hour = table["at"] % 86_400 // 3600
    evening = repeats(world, feed, table["deliver_on"]) & (hour >= 22) & (table["flaw"] == 0)
    evening &= world.day_of(table["at"]) == table["deliver_on"]
    rows = take(table, evening)
    return rows | {
        "deliver_on": (rows["deliver_on"] + 1).astype(np.int32),
        "flaw": np.full(size(rows), REPEATED, np.int64),
    }


def repeats(world: World, feed: str, day: Array) -> Array:
    """Whether the evening of a day is delivered again; one answer for all blocks."""
    code = mixed(day.astype(np.int64) * 64 + len(feed) + 4096 * world.seed)
    return code % np.uint64(1000) < round(1000 * P.repeated_evenings)
