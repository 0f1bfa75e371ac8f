"""The known truth, beside the data and never read by the pipeline: who is who, why things happened, what is faulty."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.demo import deliveries, marketing, orders, people
from pipelines.demo.parameters import PARAMETERS
from pipelines.demo.products import CATEGORIES, Catalogue
from pipelines.demo.spill import words
from pipelines.demo.tables import stack
from pipelines.demo.world import CHUNK_DAYS, World

FILES_SCHEMA = pa.schema([("feed", pa.string()), ("file", pa.string()), ("rows_delivered", pa.int64()),
                          ("rows_duplicate", pa.int64()), ("rows_quarantined", pa.int64())])  # fmt: skip
MALFORMED_SCHEMA = pa.schema([("feed", pa.string()), ("file", pa.string()), ("row", pa.int64()), ("column", pa.string()),
                              ("kind", pa.string()), ("expected", pa.string())])  # fmt: skip


def add(folder: Path, found: dict[str, list[dict[str, Any]]]) -> None:
    """Add what was just delivered to files.parquet and malformed.parquet."""
    for name, schema in (("files", FILES_SCHEMA), ("malformed", MALFORMED_SCHEMA)):
        path = folder / f"{name}.parquet"
        table = pa.Table.from_pylist(found[name], schema=schema)
        before = [pq.read_table(path)] if path.exists() else []
        pq.write_table(pa.concat_tables([*before, table]), path)


def write(folder: Path, world: World, goods: Catalogue, last_chunk: int) -> None:
    """Write every truth table that follows from the simulation up to the end of a chunk."""
    (folder / "parameters.json").write_text(json.dumps(dataclasses.asdict(PARAMETERS), indent=2) + "\n")
    code = pa.array([f"P{number + 1:04d}" for number in range(len(goods.category))])
    for name, table in (("rules", goods.rules), ("affinities", goods.affinities)):
        columns = {
            key: code.take(pa.array(column)) if key.startswith("product") else pa.array(column)
            for key, column in table.items()
        }
        pq.write_table(
            pa.table(columns | {"is_planted": [world.plant or name != "rules"] * len(columns["probability"])}),
            folder / f"{name}.parquet",
        )
    write_campaigns(folder, world, last_chunk)
    connection = deliveries.connect()
    lists = {"types": people.TYPES, "causes": people.CAUSES, "origins": orders.ORIGINS, "channels": people.CHANNELS,
             "second_kinds": people.SECOND_KINDS, "arms": marketing.ARMS}  # fmt: skip
    for name, values in lists.items():
        connection.register(name, pa.table({"code": np.arange(len(values)), "word": values}))
    until = int(world.instant((last_chunk + 1) * CHUNK_DAYS))
    connection.execute("create temp table horizon as select $1::bigint as until", [until])
    state = sorted(str(file) for file in (folder / "state").glob("people_*.parquet"))
    connection.read_parquet(state).create_view("folk")
    for name in ("orders", "experiences", "visitors", "contacts"):
        stored = sorted(str(file) for file in (folder / "ahead" / "truth" / name).glob("*.parquet"))
        if stored:
            connection.read_parquet(stored).create_view(f"{name}_stored")
    for name in ("people", "orders", "experiences", "contacts", "identifiers"):
        connection.execute(
            f"copy ({deliveries.script(f'truth.{name}')}) to '{folder / f'{name}.parquet'}' (format parquet)"
        )
    connection.close()


def write_campaigns(folder: Path, world: World, last_chunk: int) -> None:
    """What each campaign does: the added probability of an order within the window, by kind of customer."""
    plan = stack([marketing.campaigns(world, chunk) for chunk in range(last_chunk + 1)])
    is_acquire = plan["objective"] == marketing.ACQUIRE
    factor = np.asarray(marketing.FACTORS)[plan["channel"]]
    table = {
        "campaign_id": [f"M{number:06d}" for number in plan["campaign"].tolist()],
        "day": plan["day"],
        "starts_on": [world.date_of(day) for day in plan["day"].tolist()],
        "channel": words(plan["channel"], marketing.CONTACT_CHANNELS).cast(pa.string()),
        "objective": words(plan["objective"], marketing.OBJECTIVES).cast(pa.string()),
        "category": words(plan["category"], CATEGORIES).cast(pa.string()),
        "reach": plan["reach"],
        "uplift_persuadable": np.where(is_acquire, 0.0, PARAMETERS.uplift_persuadable * factor),
        "uplift_sleeping_dog": np.where(is_acquire, 0.0, PARAMETERS.uplift_sleeping_dog),
        "uplift_prospect": np.where(is_acquire, PARAMETERS.prospect_uplift, 0.0),
    }
    pq.write_table(pa.table(table), folder / "campaigns.parquet")
