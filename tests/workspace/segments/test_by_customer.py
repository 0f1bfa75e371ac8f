"""Acts by customer: what is written of whom, in which order, and exactly."""

from collections.abc import Iterator

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
        connection.execute("""
            create table star.dim_campaign (campaign_key bigint, campaign_id varchar, name varchar);
            create table star.dim_product as select * from (values
                (900, 'Filter', true), (-7, 'Beans', true), (900, 'Filters', false), (33, 'Gone', false),
                (null, 'Nothing', true)
            ) as products(product_key, name, is_current),
                (values ('Coffee', 'Home', 'Aurum')) as traits(category, subcategory, brand)
        """)
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
    dimensions = {"star.dim_product", "star.dim_campaign"}
    assert tables == set(by_customer.asked_columns()) - {"serving.next_best_offers"} | dimensions


def test_where_nobody_is_served_nothing_is_written_and_what_was_goes(generation: duckdb.DuckDBPyConnection) -> None:
    by_customer.write(generation)
    generation.execute("drop table serving.customer_360")
    by_customer.write(generation)
    assert generation.execute("select 1 from duckdb_schemas() where schema_name = 'acts'").fetchone() is None


def test_a_row_says_until_when_the_act_was_done(generation: duckdb.DuckDBPyConnection) -> None:
    generation.execute("""
        insert into star.fct_orders by name select *, timestamp '2025-06-01' as ordered_at from (values
            (5, 11, false, true, date '2025-07-02', 2), (5, 12, true, false, date '2025-07-02', 1),
            (5, 13, false, true, null, 1), (5, 14, false, true, date '2025-07-03', 0), (5, 15, false, false, null, 1)
        ) as orders(customer_key, order_key, is_sale, is_cancelled, cancelled_on, item_quantity);
        insert into star.fct_order_lines by name
        select *, 5 as customer_key, timestamp '2025-06-01' as ordered_at from (values
            (11, false, 1, false), (12, true, 1, false), (12, true, 0, true), (12, true, -1, true),
            (13, false, 1, false), (14, false, 0, true), (15, false, 1, true), (16, true, 2, false)
        ) as lines(order_key, is_counted, quantity, is_return)
    """)
    by_customer.write(generation)
    always, later, last = "infinity", "2025-07-02", "2025-07-03"
    found = generation.execute("select sold_until::varchar from acts.fct_orders order by rowid").fetchall()
    assert sorted(found, key=str) == sorted([(later,), (always,), (None,), (None,), (None,)], key=str)
    found = generation.execute(
        "select order_key, bought_until::varchar, returned_until::varchar from acts.fct_order_lines order by all"
    ).fetchall()
    assert found == [
        (11, later, None), (12, always, None), (12, None, always), (12, None, always),
        (13, None, None), (14, None, last), (15, None, None), (16, always, None),
    ]  # fmt: skip


def test_products_become_small_numbers_and_those_of_no_current_product_nothing(
    generation: duckdb.DuckDBPyConnection,
) -> None:
    generation.execute("""
        insert into star.fct_order_lines by name
        select 5 as customer_key, timestamp '2025-06-01' as ordered_at, unnest([33, -7, 900, null, 8]) as product_key,
            unnest([1, 2, 3, 4, 5]) as order_key
    """)
    by_customer.write(generation)
    products = generation.execute("from acts.dim_product select product_key, name order by rowid").fetchall()
    assert products == [(0, "Beans"), (1, "Filter")]
    lines = generation.execute("select product_key from acts.fct_order_lines order by order_key").fetchall()
    assert lines == [(None,), (0,), (1,), (None,), (None,)]


def test_every_column_that_is_asked_is_kept_and_no_other(generation: duckdb.DuckDBPyConnection) -> None:
    by_customer.write(generation)
    found: dict[str, set[str]] = {}
    for table, name in generation.execute(
        "select 'acts.' || table_name, column_name from duckdb_columns() where schema_name = 'acts'"
    ).fetchall():
        found.setdefault(table, set()).add(name)
    assert found == by_customer.kept_columns()
    assert not {"is_counted", "is_return", "quantity", "cancelled_on"} & found["acts.fct_order_lines"]
