"""The known truth, beside the data and never read by the pipeline: who is who, why things happened, what is faulty."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.demo import deliveries, marketing, orders, people
from pipelines.demo.arrow import column, words
from pipelines.demo.parameters import PARAMETERS
from pipelines.demo.products import CATEGORIES, Catalogue
from pipelines.demo.tables import Table, stack
from pipelines.demo.world import CHUNK_DAYS, World

TEXT, COUNT = pa.string(), pa.int64()
SCHEMAS = {
    "files": {"feed": TEXT, "file": TEXT, "rows_delivered": COUNT, "rows_duplicate": COUNT, "rows_quarantined": COUNT},
    "malformed": {"feed": TEXT, "file": TEXT, "row": COUNT, "column": TEXT, "kind": TEXT, "expected": TEXT},
}
LISTS = {
    "types": people.TYPES,
    "causes": people.CAUSES,
    "origins": orders.ORIGINS,
    "channels": people.CHANNELS,
    "second_kinds": people.SECOND_KINDS,
    "arms": marketing.ARMS,
}
STORED = ("orders", "experiences", "visitors", "contacts")
TABLES = ("people", "orders", "experiences", "contacts", "identifiers")


def add(folder: Path, found: dict[str, list[dict[str, Any]]]) -> None:
    """Add what was just delivered to files.parquet and malformed.parquet."""
    for name, fields in SCHEMAS.items():
        path = folder / f"{name}.parquet"
        table = pa.Table.from_pylist(found[name], schema=pa.schema(list(fields.items())))
        if path.exists():
            # A day that is written again, after a crash, replaces what was noted of it.
            before, again = pq.read_table(path), [file["file"] for file in found["files"]]
            table = pa.concat_tables([before.filter(~pc.field("file").isin(again)), table])
        pq.write_table(table, path)


def write(folder: Path, world: World, goods: Catalogue, last_chunk: int) -> None:
    """Write every truth table that follows from the simulation up to the end of a chunk."""
    (folder / "parameters.json").write_text(json.dumps(dataclasses.asdict(PARAMETERS), indent=2) + "\n")
    write_pairs(folder, goods.affinities, "affinities", is_planted=True)
    write_pairs(folder, goods.rules, "rules", is_planted=world.plant)
    write_campaigns(folder, world, last_chunk)
    connection = deliveries.connect(folder / "ahead" / "temporary")
    for name, values in LISTS.items():
        connection.register(name, pa.table({"code": list(range(len(values))), "word": values}))
    until = int(world.instant((last_chunk + 1) * CHUNK_DAYS))
    connection.execute("create temp table horizon as select $1::bigint as until", [until])
    parts = {"folk": sorted((folder / "state" / f"{last_chunk:04d}").glob("people_*.parquet"))}
    parts |= {f"{name}_stored": sorted((folder / "ahead" / "truth" / name).glob("*.parquet")) for name in STORED}
    for name, files in parts.items():
        connection.read_parquet([str(file) for file in files]).create_view(name)
    for name in TABLES:
        connection.sql(deliveries.script(f"truth.{name}")).write_parquet(str(folder / f"{name}.parquet"))
    connection.close()


def write_pairs(folder: Path, pairs: Table, name: str, is_planted: bool) -> None:
    """Write pairs of products that belong together, under their product numbers."""
    columns: dict[str, Any] = {key: column(values) for key, values in pairs.items()}
    for key in ("product_a", "product_b"):
        columns[key] = [f"P{number + 1:04d}" for number in pairs[key].tolist()]
    planted = [is_planted] * len(pairs["product_a"])
    pq.write_table(pa.table(columns | {"is_planted": planted}), folder / f"{name}.parquet")


def write_campaigns(folder: Path, world: World, last_chunk: int) -> None:
    """What each campaign does: the added probability of an order within the window, by kind of customer."""
    plan = stack([marketing.campaigns(world, chunk) for chunk in range(last_chunk + 1)])
    is_acquire = plan["objective"] == marketing.ACQUIRE
    factor = np.asarray(marketing.FACTORS)[plan["channel"]]
    table = {
        "campaign_id": [f"M{number:06d}" for number in plan["campaign"].tolist()],
        "day": column(plan["day"]),
        "starts_on": [world.date_of(day) for day in plan["day"].tolist()],
        "channel": words(plan["channel"], marketing.CONTACT_CHANNELS).cast(pa.string()),
        "objective": words(plan["objective"], marketing.OBJECTIVES).cast(pa.string()),
        "category": words(plan["category"], CATEGORIES).cast(pa.string()),
        "reach": column(plan["reach"]),
        "uplift_persuadable": column(np.where(is_acquire, 0.0, PARAMETERS.uplift_persuadable * factor)),
        "uplift_sleeping_dog": column(np.where(is_acquire, 0.0, PARAMETERS.uplift_sleeping_dog)),
        "uplift_prospect": column(np.where(is_acquire, PARAMETERS.prospect_uplift, 0.0)),
    }
    pq.write_table(pa.table(table), folder / "campaigns.parquet")
