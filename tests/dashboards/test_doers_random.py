"""Who did something, in small generations of random acts: the same as the definition's own query finds."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dashboards.app_data import doers, members, reader, segments
from dashboards.app_data.reader import Where
from dashboards.app_viewer import Viewer
from tests.workspace.segments import generated
from workspace.segments import by_customer
from workspace.segments.acts import ACTS
from workspace.segments.checking import definition_of
from workspace.segments.language import Group
from workspace.segments.query import Moment, condition

ANALYST = Viewer("ana", frozenset())
AS_OF = date(2025, 6, 30)
FIRST_AT = datetime.fromisoformat("2025-06-24")
KINDS = {
    "_at": "timestamp", "_key": "bigint", "_on": "date", "_amount": "decimal(18, 4)", "quantity": "decimal(18, 3)",
}  # fmt: skip
WORDS = ("A", "B", "web")
# Product 4 is no longer sold, and of 5 nothing is known.
PRODUCTS = [(1, "A", True), (2, "B", True), (3, "web", True), (4, "A", False), (1, "B", False)]


def kind(name: str) -> str:
    """The type of a column by its name."""
    if name.startswith("is_"):
        return "boolean"
    return next((found for ending, found in KINDS.items() if name.endswith(ending)), "varchar")


class Company:
    """Random rows of every table that acts are found in."""

    def __init__(self, seed: int, customers: int) -> None:
        self.random = random.Random(seed)
        self.customers = customers
        # Whose an order is, and when it came, is the same on its lines.
        self.orders = {key: (self.customer(), self.instant()) for key in range(15)}

    def customer(self) -> int | None:
        """Somebody; some are known to nobody, and one is no row of the customers' table."""
        return self.random.choice([*[key * 10 for key in range(self.customers)] * 2, None, 5])

    def instant(self) -> datetime:
        """One of few instants: many acts are at the same second, some at the same microsecond."""
        return FIRST_AT + timedelta(
            days=self.random.randrange(9), hours=self.random.randrange(2), microseconds=self.random.randrange(3)
        )

    def value(self, name: str, at: datetime) -> Any:
        """A value of a column, of an act at an instant."""
        choose = self.random.choice
        if name in {"cancelled_on", "first_response_at"}:
            return choose((None, *(FIRST_AT + timedelta(days=days, hours=9) for days in (2, 6, 7, 8))))
        values = {
            "boolean": (True, False), "timestamp": (at,), "date": (at.date(),), "bigint": (1, 2, 3, 4, 5, None),
            "decimal(18, 4)": (1, 0, -2, "0.0001", 12, None), "decimal(18, 3)": (2, 1, 0, -1), "varchar": WORDS,
        }  # fmt: skip
        known = {
            "event_type": ("product_view", "add_to_cart", "search", "page"), "direction": ("inbound", "outbound"),
            "arm": ("treatment", "control"), "category": ("complaint", *WORDS),
        }  # fmt: skip
        return choose(known.get(name, values[kind(name)]))

    def rows(self, table: str, names: list[str]) -> list[list[Any]]:
        """The rows of a table: of orders one each, of which the last are missing, of lines and other acts many."""
        found = []
        for number in range(12 if table == "star.fct_orders" else 60):
            key = number % len(self.orders)
            who, at = self.orders[key] if "order_key" in names else (self.customer(), self.instant())
            row = {name: self.value(name, at) for name in names} | {"customer_key": who, "order_key": key}
            found.append([row[name] for name in names])
        return found


def generation(file: Path, customers: int, seed: int) -> Where:
    """A file with customers and their acts, in the star and by customer."""
    company = Company(seed, customers)
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema star; create schema serving")
        connection.execute(
            "create table serving.customer_360 as select range * 10 as customer_key, ['A', 'B'][range % 2 + 1] as tier"
            " from range($customers)",
            {"customers": customers},
        )
        connection.execute(
            "create table star.dim_campaign as select * from (values (1, 'A', null), (2, 'x', 'B'), (3, 'web', null))"
            " as campaigns(campaign_key, campaign_id, name)"
        )
        connection.execute(
            "create table star.dim_product (product_key bigint, name varchar, category varchar, subcategory varchar,"
            " brand varchar, is_current boolean)"
        )
        connection.executemany("insert into star.dim_product values ($1, $2, $2, $2, $2, $3)", PRODUCTS)
        for table, columns in by_customer.asked_columns().items():
            names = sorted(columns)
            connection.execute(f"create table {table} ({', '.join(f'{name} {kind(name)}' for name in names)})")
            connection.executemany(
                f"insert into {table} values ({', '.join('?' * len(names))})", company.rows(table, names)
            )
        by_customer.write(connection)
    return Where(str(file), AS_OF, "UTC")


def by_one_query(where: Where, definition: Group) -> list[int]:
    """The keys of the members as the definition's own condition finds them."""
    text, parameters = condition(definition, segments.fields(where.file), Moment(where.as_of, where.time_zone))
    query = f"select c.customer_key from serving.customer_360 as c where {text} order by 1"
    return reader.rows(where.file, query, parameters)["customer_key"].tolist()


@pytest.mark.parametrize("customers", [0, 1, 7, 8, 13])
def test_any_act_finds_whom_the_definitions_own_query_finds(
    customers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "exports").mkdir()
    where = generation(tmp_path / "published" / f"{customers}.duckdb", customers, seed=customers)
    assert doers.are_kept(where.file)
    monkeypatch.setattr(generated, "VALUES", WORDS)
    generator, some = generated.Generator(seed=customers), 0
    monkeypatch.setattr(generator, "span", lambda **_: generated.Span(within_days=generator.random.choice((1, 3, 9))))
    monkeypatch.setattr(
        generator, "number", lambda: generated.Decimal(generator.random.choice((0, 1, 3, -2, "0.0001", "12.5")))
    )
    for _ in range(160 if customers else 20):
        act = generator.act()
        if not ACTS[act.act].has_time:
            continue
        definition = Group(of=(act,))
        members.shelf().kept.clear()
        bits = members.members(where, segments.fields(where.file), definition)
        found = [key * 10 for key in range(customers) if bits[key // 8] >> (7 - key % 8) & 1]
        assert found == by_one_query(where, definition), act
        some += 0 < len(found) < customers
    assert some > 30 or customers < 2


@pytest.mark.parametrize(
    "change",
    [
        "drop schema acts cascade",
        "drop table acts.dim_product",
        "alter table acts.fct_order_lines drop column bought_until",
    ],
)
def test_acts_of_an_earlier_release_are_not_asked(change: str, tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "exports").mkdir()
    where = generation(tmp_path / "published" / "earlier.duckdb", 9, seed=1)
    with duckdb.connect(where.file) as connection:
        connection.execute(change)
    assert not doers.are_kept(where.file)
    coffee = definition_of({"all": [{"act": "buy", "where": [{"trait": "category", "one_of": ["A"]}]}]})
    assert segments.keys(where, ANALYST, coffee).tolist() == by_one_query(where, coffee) != []
