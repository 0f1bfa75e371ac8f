"""A warehouse that took up its deliveries one by one holds what one made from all of them at once holds."""

import os
import random
from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from pipelines import increments
from pipelines.contracts import contracts
from pipelines.identity import resolve
from tests.dbt.conftest import make_raw
from tests.dbt.replaying import Script, replay, written_down
from tests.dbt.small_company import rows
from workspace.settings import Settings

NIGHTS = 4
PERMUTATIONS = int(os.environ.get("REGULARS_TEST_PERMUTATIONS", "8"))
"""The proof is 200; the suite takes eight of them each time, since each is four nights."""
Deliveries = list[dict[str, list[int]]]
"""For each delivery, the positions of its rows in each feed."""


@pytest.fixture(scope="module")
def scripts(
    tmp_path_factory: pytest.TempPathFactory, run_dbt: Callable[..., Any], failures: Callable
) -> dict[str, Script]:
    """What dbt does to staging and star, anew and as an increment; its own checks run on both."""
    warehouse = tmp_path_factory.mktemp("increments") / "warehouse.duckdb"
    written: dict[str, dict[bool, list[str]]] = {"staging": {}, "star": {}}
    with duckdb.connect(str(warehouse)) as connection:
        make_raw(connection, rows(0))
        prepare(connection)
    for is_increment in (False, True):
        for stage in ("staging", "star"):
            with written_down() as statements:
                outcome = run_dbt(
                    warehouse, "build", "--select", stage, "--exclude-resource-type", "unit_test", "--threads", "1",
                    increment=is_increment,
                )  # fmt: skip
            assert failures(outcome) == []
            written[stage][is_increment] = [sql for sql in statements if "create schema" not in sql]
            with duckdb.connect(str(warehouse)) as connection:
                between(connection, stage, is_increment)
                connection.execute("set variable held = 1")
    return {stage: Script(both[False], both[True]) for stage, both in written.items()}


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Schemas and, in `raw_new`, what was delivered after the delivery of the variable `held`."""
    connection.execute(increments.SCHEMA)
    connection.execute("create schema if not exists staging; create schema if not exists star")
    for contract in contracts().values():
        connection.execute(
            f"create view raw_new.{contract.table} as"
            f" select * from raw.{contract.table} where _delivery_id > coalesce(getvariable('held'), 0)"
        )


def between(connection: duckdb.DuckDBPyConnection, stage: str, is_increment: bool) -> None:
    """What the nightly does after a stage: identity after staging, the owners kept after the star."""
    if stage == "star":
        increments.keep_owners(connection)
        return
    resolve(connection, Settings())
    if is_increment:
        increments.compare_owners(connection)


class Company:
    """A warehouse in memory that is built by replaying."""

    def __init__(self, scripts: dict[str, Script], seed: int):
        self.scripts = scripts
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as source; use source")
        make_raw(self.connection, rows(seed))
        self.connection.execute("attach ':memory:' as warehouse; use warehouse; create schema raw; set threads = 1")
        for contract in contracts().values():
            self.connection.execute(f"create table raw.{contract.table} as from source.raw.{contract.table} limit 0")
        prepare(self.connection)

    def deliver(self, number: int, delivery: dict[str, list[int]]) -> None:
        for feed, positions in delivery.items():
            table = contracts()[feed].table
            self.connection.execute(
                f"insert into raw.{table} select * replace ({number} as _delivery_id)"
                f" from source.raw.{table} where _row in ({', '.join(map(str, positions))})"
            )

    def build(self, *, is_increment: bool) -> None:
        for stage, script in self.scripts.items():
            replay(self.connection, script.increment if is_increment else script.anew)
            between(self.connection, stage, is_increment)

    def hashes(self, *schemas: str) -> dict[str, tuple]:
        tables = self.connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'warehouse'"
            " and list_contains(?, schema_name) and table_name not like '%\\_\\_dbt%' escape '\\' order by 1, 2",
            [list(schemas)],
        ).fetchall()
        return {
            f"{schema}.{table}": self.connection.execute(
                f"select count(*), sum(hash(held)::hugeint) from {schema}.{table} as held"
            ).fetchone()
            for schema, table in tables
        }


def shuffled(seed: int) -> Deliveries:
    """Every row in a delivery of its own choosing, one in four in another as well, some feeds late as a whole."""
    chance = random.Random(seed)
    deliveries: Deliveries = [{} for _ in range(NIGHTS)]
    for feed, own in rows(0).items():
        first = chance.choice([0, 0, 0, NIGHTS - 1])
        for position in range(1, len(own) + 1):
            for _ in range(chance.choice([1, 1, 1, 2])):
                deliveries[chance.randint(first, NIGHTS - 1)].setdefault(feed, []).append(position)
    return deliveries


def taken_up(scripts: dict[str, Script], deliveries: Deliveries) -> Company:
    """The company after a first night and increments."""
    company = Company(scripts, 0)
    for number, delivery in enumerate(deliveries):
        company.connection.execute(f"set variable held = {number}")
        company.deliver(number + 1, delivery)
        company.build(is_increment=number > 0)
    return company


@pytest.fixture(scope="module")
def at_once(scripts: dict[str, Script]) -> dict[str, tuple]:
    """The star of everything delivered in one night."""
    company = Company(scripts, 0)
    company.deliver(1, {feed: list(range(1, len(own) + 1)) for feed, own in rows(0).items()})
    company.build(is_increment=False)
    return company.hashes("star")


@pytest.mark.parametrize("seed", range(PERMUTATIONS))
def test_the_star_is_the_same_whatever_comes_when(scripts: dict[str, Script], at_once: dict[str, tuple], seed: int):
    company = taken_up(scripts, shuffled(seed))
    assert company.hashes("star") == at_once
