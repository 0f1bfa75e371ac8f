"""A warehouse that took up its deliveries one by one holds what one made from all of them at once holds."""

import os
import random
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import increments
from pipelines.contracts import contracts
from pipelines.identity import Decision, resolve
from tests.dbt.conftest import make_raw
from tests.dbt.replaying import Script, replay, written_down
from tests.dbt.ripples import RIPPLES, Ripple
from tests.dbt.small_company import BEGIN, OFFSET, Rows, multiply, rows
from workspace.settings import Settings

NIGHTS = 4
TOGETHER = 24
"""Companies with nothing in common in one warehouse: the engine's time goes into statements, hardly into their rows."""
PERMUTATIONS = int(os.environ.get("REGULARS_TEST_PERMUTATIONS", str(2 + TOGETHER)))
"""How many orders of arrival; the first two each in a warehouse of its own, the others together."""
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


def between(connection: duckdb.DuckDBPyConnection, stage: str, is_increment: bool, **known: Any) -> None:
    """What the nightly does after a stage: identity after staging, the owners kept after the star.

    `known`: what identity is told beside staging: the published file, decisions.
    """
    if stage == "star":
        increments.keep_owners(connection)
        return
    resolve(connection, Settings(), **known)
    if is_increment:
        increments.compare_owners(connection)


class Company:
    """A warehouse in memory that is built by replaying."""

    def __init__(self, scripts: dict[str, Script], delivered: Rows, companies: int = 1):
        self.scripts = scripts
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as source; use source")
        make_raw(self.connection, delivered)
        if companies > 1:
            multiply(self.connection, companies)
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

    def deliver_all(self, number: int) -> None:
        for contract in contracts().values():
            self.connection.execute(
                f"insert into raw.{contract.table} select * replace ({number} as _delivery_id)"
                f" from source.raw.{contract.table}"
            )

    def build(self, *, is_increment: bool, **known: Any) -> None:
        for stage, script in self.scripts.items():
            replay(self.connection, script.increment if is_increment else script.anew)
            between(self.connection, stage, is_increment, **known)

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


def shuffled(seed: int, offset: int = 0) -> Deliveries:
    """Every row in a delivery of its own choosing, one in four in another as well, some feeds late as a whole."""
    chance = random.Random(seed)
    deliveries: Deliveries = [{} for _ in range(NIGHTS)]
    for feed, own in rows(0).items():
        first = chance.choice([0, 0, 0, NIGHTS - 1])
        for position in range(1, len(own) + 1):
            for _ in range(chance.choice([1, 1, 1, 2])):
                deliveries[chance.randint(first, NIGHTS - 1)].setdefault(feed, []).append(offset + position)
    return deliveries


def shuffled_each(seeds: range) -> Deliveries:
    """The deliveries of as many companies as there are seeds, each shuffled by its own."""
    together: Deliveries = [{} for _ in range(NIGHTS)]
    for company, seed in enumerate(seeds):
        for ours, theirs in zip(together, shuffled(seed, company * OFFSET), strict=True):
            for feed, positions in theirs.items():
                ours.setdefault(feed, []).extend(positions)
    return together


def taken_up(scripts: dict[str, Script], delivered: Rows, deliveries: Deliveries, companies: int = 1) -> Company:
    """The company after a first night and increments."""
    company = Company(scripts, delivered, companies)
    for number, delivery in enumerate(deliveries):
        company.connection.execute(f"set variable held = {number}")
        company.deliver(number + 1, delivery)
        company.build(is_increment=number > 0)
    return company


def at_once(scripts: dict[str, Script], delivered: Rows, companies: int = 1) -> Company:
    """The company after one night that brought everything."""
    company = Company(scripts, delivered, companies)
    company.deliver_all(1)
    company.build(is_increment=False)
    return company


@pytest.fixture(scope="module")
def hashes_at_once(scripts: dict[str, Script]) -> Callable[[int], dict[str, tuple]]:
    """The star of so many companies with everything delivered in one night."""
    return cache(lambda companies: at_once(scripts, rows(0), companies).hashes("star"))


def groups() -> list[range]:
    """The seeds of each warehouse."""
    alone = [range(seed, seed + 1) for seed in range(min(2, PERMUTATIONS))]
    return alone + [
        range(first, min(first + TOGETHER, PERMUTATIONS)) for first in range(len(alone), PERMUTATIONS, TOGETHER)
    ]


@pytest.mark.parametrize("seeds", groups(), ids=str)
def test_the_star_is_the_same_whatever_comes_when(
    scripts: dict[str, Script], hashes_at_once: Callable[[int], dict[str, tuple]], seeds: range
):
    company = taken_up(scripts, rows(0), shuffled_each(seeds), len(seeds))
    assert company.hashes("star") == hashes_at_once(len(seeds))


@pytest.fixture(scope="module")
def second_night(scripts: dict[str, Script]) -> tuple[list[tuple], Company]:
    """The figures of all ripples after a first night, and the company after the second."""
    first, late = (merged([getattr(ripple, part) for ripple in RIPPLES for part in parts])
                   for parts in (("others", "first"), ("late",)))  # fmt: skip
    delivered = merged([first, late])
    ends = {feed: len(own) for feed, own in delivered.items()}
    company = Company(scripts, delivered)
    company.deliver(1, {feed: list(range(1, len(own) + 1)) for feed, own in first.items()})
    company.build(is_increment=False)
    before = [figure(company, ripple) for ripple in RIPPLES]
    company.connection.execute("set variable held = 1")
    company.deliver(2, {feed: list(range(ends[feed] - len(own) + 1, ends[feed] + 1)) for feed, own in late.items()})
    company.build(is_increment=True)
    assert company.hashes("star") == at_once(scripts, delivered).hashes("star")
    return before, company


def merged(parts: list[Rows]) -> Rows:
    """The rows of several companies as those of one."""
    together: Rows = {}
    for part in parts:
        for feed, own in part.items():
            together.setdefault(feed, []).extend(own)
    return together


def figure(company: Company, ripple: Ripple) -> tuple | None:
    return company.connection.execute(ripple.figure).fetchone()


@pytest.mark.parametrize("number", range(len(RIPPLES)), ids=[ripple.name for ripple in RIPPLES])
def test_what_comes_late_changes_what_depends_on_it(second_night: tuple[list[tuple], Company], number: int):
    before, company = second_night
    ripple = RIPPLES[number]
    assert before[number] == ripple.before
    assert figure(company, ripple) == ripple.after


def everything(source: Rows) -> dict[str, list[int]]:
    """Every row of every feed in one delivery."""
    return {feed: list(range(1, len(own) + 1)) for feed, own in source.items()}


def moving_company() -> tuple[Rows, dict[str, list[int]]]:
    """The small company and four customers with a history of their own; and what comes in the second night.

    M1 and M2 are two persons until M2's next version gives M1's address; S1 and S2 are one by their address.
    """
    source = rows(0)
    addresses = {"M1": "m1@example.org", "M2": "m2@example.org", "S1": "s@example.org", "S2": "s@example.org"}
    people = [
        {"customer_id": number, "email": email, "kind": "person", "updated_at": BEGIN}
        for number, email in addresses.items()
    ]
    people.append({"customer_id": "M2", "email": "m1@example.org", "updated_at": BEGIN + timedelta(days=60)})
    source["sales.customers"] += people
    for number in addresses:
        at = BEGIN + timedelta(days=3)
        order = {"order_id": f"O-{number}", "customer_id": number, "channel": "web", "status": "completed"}
        source["sales.orders"].append(order | {"ordered_at": at, "updated_at": at})
        line = {"order_id": f"O-{number}", "line_number": 1, "product_id": "P1", "quantity": 1, "unit_price": "7"}
        source["sales.order_lines"].append(line)
        visit = {"event_id": f"E-{number}", "visitor_id": f"V-{number}", "customer_id": number, "occurred_at": at}
        source["web.events"].append(visit | {"event_type": "page_view"})
        contact = {"contact_id": f"K-{number}", "campaign_id": "M1", "customer_id": number, "contacted_at": at}
        source["marketing.contacts"].append(contact | {"channel": "email", "arm": "treatment"})
    return source, {"sales.customers": [len(source["sales.customers"])]}


def publish_owners(company: Company, file: Path) -> str:
    """What readers see of who is who."""
    company.connection.execute(f"attach '{file}' as seen; create schema seen.identity")
    for table in ("identifier_owners", "key_events"):
        company.connection.execute(f"create table seen.identity.{table} as from warehouse.identity.{table}")
    company.connection.execute("detach seen")
    return str(file)


def test_a_merge_and_a_split_between_two_nights_move_every_old_fact_and_no_other(
    scripts: dict[str, Script], tmp_path: Path
):
    source, second = moving_company()
    first = {
        feed: [row for row in all_rows if row not in second.get(feed, [])]
        for feed, all_rows in everything(source).items()
    }
    company = Company(scripts, source)
    company.deliver(1, first)
    company.build(is_increment=False)
    before = dict(company.connection.execute("select order_id, customer_key from star.fct_orders").fetchall())
    assert before["O-M1"] != before["O-M2"]
    assert before["O-S1"] == before["O-S2"]
    known = {
        "published": publish_owners(company, tmp_path / "seen.duckdb"),
        "decisions": [Decision("customer_id", "S1", "customer_id", "S2", is_same=False)],
    }
    company.connection.execute("set variable held = 1")
    company.deliver(2, second)
    company.build(is_increment=True, **known)

    after = dict(company.connection.execute("select order_id, customer_key from star.fct_orders").fetchall())
    assert after["O-M1"] == after["O-M2"] == before["O-M1"]
    assert after["O-S1"] == before["O-S1"] != after["O-S2"]
    moved = {"O-M2", "O-S2"}
    assert {order for order in after if after[order] != before[order]} == moved
    for table, column in (("fct_orders", "order_id"), ("fct_order_lines", "order_id")):
        exchanged = company.connection.execute(f"select distinct {column} from changes.{table}").fetchall()
        assert {order for (order,) in exchanged} == moved, table
    events = company.connection.execute("select event, key_before, identifiers from identity.key_events").fetchall()
    assert sorted(events) == [
        ("merge", before["O-M2"], "customer_id M2"),
        ("split", before["O-S1"], "customer_id S2"),
    ]
    anew = Company(scripts, source)
    anew.deliver(1, first)
    anew.deliver(2, second)
    anew.build(is_increment=False, **known)
    assert company.hashes("star", "identity") == anew.hashes("star", "identity")
