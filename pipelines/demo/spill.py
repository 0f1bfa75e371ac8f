"""Between simulating and delivering: rows by feed and chunk of delivery, as Parquet with words for codes."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from pipelines.demo import arrow, field_sales, fulfilment, marketing, names, people, products, service, web
from pipelines.demo.flaws import spoil
from pipelines.demo.scene import Scene
from pipelines.demo.tables import Table, take
from pipelines.demo.world import CHUNK_DAYS, ahead_of_utc

FIRST_NAMES = names.FEMALE + names.MALE
PERSONAL = {
    "first": FIRST_NAMES,
    "last": names.SURNAMES,
    "gender": names.GENDERS,
}
PLAIN = {
    "first": [names.in_plain_letters(name) for name in FIRST_NAMES],
    "last": [names.in_plain_letters(name) for name in names.SURNAMES],
}
PLACE = {
    "city": [place[0] for place in names.PLACES],
    "region": [place[1] for place in names.PLACES],
    "country": [place[2] for place in names.PLACES],
    "postcode_start": [place[3] for place in names.PLACES],
}
ATTRIBUTES = {"age_band": names.AGE_BANDS, "income": names.INCOMES, "lifestyle": names.LIFESTYLES}
CONSENT_CHANNEL = {"channel": marketing.CONTACT_CHANNELS}
Words = dict[str, list[str]]
WORDS: dict[str, Words] = {
    "sales.orders": {"channel": people.CHANNELS, "status": fulfilment.STATUSES},
    "sales.opportunities": {
        "stage": field_sales.STAGES, "outcome": ["won", "lost"], "source": field_sales.LEAD_SOURCES,
    },
    "web.events": {
        "event_type": web.EVENTS, "device": web.DEVICES, "referrer": names.REFERRERS, "about": products.CATEGORIES,
    },
    "call_center.calls": {"reason": service.REASONS, "outcome": service.OUTCOMES},
    "call_center.cases": {
        "channel": service.CASE_CHANNELS, "category": service.REASONS, "severity": service.SEVERITIES,
    },
    "marketing.campaigns": CONSENT_CHANNEL | {
        "objective": marketing.OBJECTIVES, "offer": marketing.OFFERS, "category": products.CATEGORIES,
    },
    "marketing.contacts": CONSENT_CHANNEL | {"arm": marketing.ARMS},
    "marketing.responses": {"kind": marketing.KINDS},
    "marketing.consents": CONSENT_CHANNEL | {"source": marketing.SOURCES},
    "marketing.surveys": {"topic": marketing.TOPICS},
    "external.demographics": {"subject_kind": ["customer_id", "postcode"], **ATTRIBUTES},
    "external.prospects": ATTRIBUTES,
}  # fmt: skip


def as_arrow(feed: str, table: Table, more: Words) -> pa.Table:
    """Rows with words in the place of codes."""
    columns: dict[str, pa.Array] = {}
    lists = WORDS.get(feed, {}) | PERSONAL | more
    for name, column in table.items():
        columns[name] = arrow.words(column, lists[name]) if name in lists else arrow.column(column)
        if name in PLAIN:
            columns[f"{name}_plain"] = arrow.words(column, PLAIN[name])
    if "place" in table:
        columns |= {name: arrow.words(table["place"], values) for name, values in PLACE.items()}
    return pa.table(columns)


def put(folder: Path, scene: Scene, feed: str, table: Table, more: Words | None = None) -> None:
    """Give each row its day of delivery and its faults, and store it under the chunk of that day."""
    table = table | {
        "deliver_on": np.maximum(scene.world.day_of(table["at"]), scene.first_day).astype(np.int32),
        "ahead": ahead_of_utc(table["at"]).astype(np.int32),
    }
    table = spoil(scene, feed, table)
    table = take(table, np.argsort(table["deliver_on"], kind="stable"))
    for due in np.unique(table["deliver_on"] // CHUNK_DAYS).tolist():
        part = take(table, table["deliver_on"] // CHUNK_DAYS == due)
        target = folder / feed / f"{due:04d}" / f"{scene.chunk:04d}_{scene.block:04d}.parquet"
        arrow.save(as_arrow(feed, part, more or {}), target)


def put_truth(folder: Path, scene: Scene, name: str, table: Table) -> None:
    """Store a part of a truth table as it is."""
    arrow.save_numbers(table, folder / "truth" / name / f"{scene.chunk:04d}_{scene.block:04d}.parquet")
