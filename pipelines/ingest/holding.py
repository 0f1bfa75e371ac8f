"""The profiles of all that came, and deliveries that wait: held for being far off, let through or refused by name."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipelines.ingest import ledger as book
from pipelines.ingest.profiling import Profile
from pipelines.ingest.volume import Past, Verdict
from workspace import state
from workspace.errors import RegularsError
from workspace.folders import Workspace

Looks = dict[int, dict[str, tuple[Profile, Verdict]]]
"By delivery and feed: what it brought, and what was thought of that."
Decision = Literal["released", "refused"]
PROFILE = "row_count, problem_count, distinct_keys, newest_at, filled, sums"


@dataclass(frozen=True)
class Held:
    """A delivery that waits, or that a person has decided on; `rows` by feed."""

    delivery_id: int
    source: str
    file: str
    words: str
    rows: Mapping[str, int]
    held_at: str
    decision: Decision | None
    decided_by: str | None


def record_profile(ledger: sqlite3.Connection, delivery_id: int, feed: str, profile: Profile, verdict: Verdict) -> None:
    """Write down, or replace, what a delivery brought to a feed and what was thought of it."""
    ledger.execute(
        "insert or replace into profiles values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(delivery_id, feed, profile.rows, profile.problems, profile.distinct_keys),
            profile.newest_at.isoformat(sep=" ") if profile.newest_at else None,
            *(json.dumps(dict(profile.filled)), json.dumps(dict(profile.sums)), verdict.word, verdict.words),
        ),
    )


def profile_of(row: sqlite3.Row) -> Profile:
    """A profile as it was written down."""
    newest = datetime.fromisoformat(row["newest_at"]) if row["newest_at"] else None
    counts = (row["row_count"], row["problem_count"], row["distinct_keys"])
    return Profile(*counts, newest, json.loads(row["filled"]), json.loads(row["sums"]))


def looks(ledger: sqlite3.Connection, since: int = 0) -> Looks:
    """By delivery and feed: every profile, and what was thought of it; of deliveries that changed after `since`."""
    found: Looks = {}
    changed = book.SINCE.format(since=since)
    for row in ledger.execute(f"select * from profiles where {changed} order by delivery_id, feed"):
        found.setdefault(row["delivery_id"], {})[row["feed"]] = (
            profile_of(row), Verdict(row["verdict"], row["words"]),
        )  # fmt: skip
    return found


def pasts(ledger: sqlite3.Connection, source: str, feeds: Iterable[str], keep: int) -> dict[str, Past]:
    """By feed, the last `keep` deliveries of a source that are loaded, oldest first, and those of them let through."""
    found = {}
    for feed in feeds:
        rows = ledger.execute(
            f"select {PROFILE}, h.decision is 'released' as is_released from profiles p join deliveries d"
            " using (delivery_id) left join holds h using (delivery_id) where d.source = ? and p.feed = ?"
            " and d.status = 'loaded' order by delivery_id desc limit ?",
            (source, feed, keep),
        ).fetchall()
        every = [(profile_of(row), bool(row["is_released"])) for row in reversed(rows)]
        found[feed] = Past([one for one, _ in every], [one for one, is_released in every if is_released])
    return found


def hold(ledger: sqlite3.Connection, delivery_id: int, words: str) -> None:
    """Write down that a delivery waits for a person, and why."""
    ledger.execute(
        "insert or replace into holds (delivery_id, words, held_at) values (?, ?, ?)", (delivery_id, words, book.now())
    )


def drop_covered(ledger: sqlite3.Connection) -> None:
    """Reads of a database that are held need nobody any more once a later one is loaded, which held all they do."""
    ledger.execute(
        "update holds set decision = 'refused', decided_at = ?, decided_by = 'a later read' where decision is null"
        " and delivery_id in (select d.delivery_id from deliveries d join reads r using (source, file)"
        " join reads later on later.source = r.source and later.definition = r.definition and later.file > r.file"
        " join deliveries l on l.source = later.source and l.file = later.file and l.status = 'loaded'"
        " where d.status <> 'loaded')",
        (book.now(),),
    )


def decisions(ledger: sqlite3.Connection) -> dict[int, Decision | None]:
    """By delivery that was ever held: what a person has decided."""
    return dict(ledger.execute("select delivery_id, decision from holds").fetchall())


def holds(workspace: Workspace) -> list[Held]:
    """Deliveries that are held, and those let through that no ingest has loaded yet; oldest first."""
    with book.open_ledger(workspace) as ledger:
        rows = ledger.execute(
            "select h.*, d.source, d.file from holds h join deliveries d using (delivery_id)"
            " where d.status <> 'loaded' and h.decision is not 'refused' order by delivery_id"
        ).fetchall()
        return [held_of(ledger, row) for row in rows]


def held_of(ledger: sqlite3.Connection, row: sqlite3.Row) -> Held:
    """A held delivery with its rows."""
    number = row["delivery_id"]
    rows = dict(ledger.execute("select feed, row_count from profiles where delivery_id = ? order by feed", (number,)))
    return Held(
        number, row["source"], row["file"], row["words"], rows, row["held_at"], row["decision"], row["decided_by"]
    )  # fmt: skip


def decide(workspace: Workspace, name: str, decision: Decision, who: str) -> Held:
    """Let a held delivery through, or refuse it for good; by its file's path within landing, or by its number.

    A delivery let through is loaded by the next ingest. Until it is loaded, the decision can be taken back.

    Raises
    ------
    RegularsError
        When no such delivery is held; it names those that are.
    """
    with book.open_ledger(workspace) as ledger:
        rows = ledger.execute(
            "select h.*, d.source, d.file from holds h join deliveries d using (delivery_id)"
            " where d.status <> 'loaded' and (d.file = ? or cast(delivery_id as text) = ?) order by delivery_id desc",
            (name, name),
        ).fetchall()
        if not rows:
            names = [f"{row['delivery_id']} {row['file']}" for row in ledger.execute(
                "select delivery_id, file from holds join deliveries using (delivery_id)"
                " where status <> 'loaded' and decision is null order by delivery_id"
            )]  # fmt: skip
            raise RegularsError(
                f"No delivery {name!r} is held.",
                f"Held are: {', '.join(names)}." if names else "Nothing is held; see 'regulars deliveries list'.",
            )
        ledger.execute(
            "update holds set decision = ?, decided_at = ?, decided_by = ? where delivery_id = ?",
            (decision, book.now(), who, rows[0]["delivery_id"]),
        )
        row = ledger.execute(
            "select h.*, d.source, d.file from holds h join deliveries d using (delivery_id) where delivery_id = ?",
            (rows[0]["delivery_id"],),
        ).fetchone()
        decided = held_of(ledger, row)
    state.audit(workspace, who, f"delivery {decision}", delivery=decided.delivery_id, file=decided.file)
    return decided
