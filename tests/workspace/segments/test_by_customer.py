"""Acts by customer: what is written of whom, in which order, and exactly."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from workspace.segments import by_customer


@pytest.fixture
def generation() -> Iterator[duckdb.DuckDBPyConnection]:
    """Three customers and the tables of acts with the columns that are asked, empty."""
    with duckdb.connect() as connection:
        connection.execute("create schema star; create schema serving; set timezone = 'UTC'")
        connection.execute("create table serving.customer_360 as select unnest([5, 7, 9])::bigint as customer_key")
        for table, names in by_customer.asked_columns().items():
            columns = ", ".join(f"{name} {kind(name)}" for name in sorted(names))
            connection.execute(f"create table {table} ({columns})")
        yield connection


def kind(name: str) -> str:
    """The type of a column by its name."""
    if name.endswith("_at"):
        return "timestamp"
    if name.startswith("is_"):
        return "boolean"
    endings = {"_key": "bigint", "_on": "date", "_amount": "decimal(18, 4)", "quantity": "integer"}
    return next((found for ending, found in endings.items() if name.endswith(ending)), "varchar")


def test_acts_are_by_customer_and_time_and_only_of_customers(generation: duckdb.DuckDBPyConnection) -> None:
    generation.execute("""
        insert into star.fct_orders by name select * from (values
            (9, timestamp '2025-03-01 10:00:00.000002', 12.3456),
            (9, timestamp '2025-03-01 10:00:00.000001', -0.0001),
            (5, timestamp '1969-12-31 23:59:59.250000', null),
            (null, timestamp '2025-03-01', 1), (6, timestamp '2025-03-01', 1)
        ) as orders(customer_key, ordered_at, net_amount)
    """)
    by_customer.write(generation)
    found = generation.execute("select place, second, micro, net_amount from acts.fct_orders").fetchall()
    assert found == [(0, -1, 250_000, None), (2, 1_740_823_200, 1, -1), (2, 1_740_823_200, 2, 123_456)]


def test_of_web_events_only_acts_are_kept(generation: duckdb.DuckDBPyConnection) -> None:
    generation.execute("""
        insert into star.fct_web_events by name
        select 7 as customer_key, timestamp '2025-03-01' as occurred_at, unnest(['search', 'page_view']) as event_type
    """)
    by_customer.write(generation)
    assert generation.execute("select event_type from acts.fct_web_events").fetchall() == [("search",)]


def test_writing_again_replaces(generation: duckdb.DuckDBPyConnection) -> None:
    by_customer.write(generation)
    by_customer.write(generation)
    tables = {f"star.{name}" for (name,) in generation.execute(
        "select table_name from duckdb_tables() where schema_name = 'acts'"
    ).fetchall()}  # fmt: skip
    assert tables == set(by_customer.asked_columns()) - {"serving.next_best_offers"}


def test_where_nobody_is_served_nothing_is_written_and_what_was_goes(generation: duckdb.DuckDBPyConnection) -> None:
    by_customer.write(generation)
    generation.execute("drop table serving.customer_360")
    by_customer.write(generation)
    assert generation.execute("select 1 from duckdb_schemas() where schema_name = 'acts'").fetchone() is None


def test_lines_know_who_cancelled_later(generation: duckdb.DuckDBPyConnection) -> None:
    generation.execute("""
        insert into star.fct_orders by name select * from (values
            (5, 11, true, date '2025-07-02'), (5, 12, false, date '2025-07-02'), (5, 13, true, null)
        ) as orders(customer_key, order_key, is_cancelled, cancelled_on);
        insert into star.fct_order_lines by name
        select 5 as customer_key, timestamp '2025-06-01' as ordered_at, unnest([14, 13, 12, 11]) as order_key
    """)
    by_customer.write(generation)
    found = generation.execute("select order_key, cancelled_on from acts.fct_order_lines").fetchall()
    assert found == [(11, date(2025, 7, 2)), (12, None), (13, None), (14, None)]
