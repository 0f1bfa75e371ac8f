"""Every feed but orders and order lines is optional: what is absent gives empty tables, never errors."""

from datetime import datetime
from decimal import Decimal

ORDERS = {
    "sales.orders": [
        {
            "order_id": "O1",
            "customer_id": "C1",
            "ordered_at": "2024-05-01 10:00:00",
            "updated_at": "2024-05-01 10:00:00",
        }
    ],
    "sales.order_lines": [
        {"order_id": "O1", "line_number": 1, "product_id": "P1", "quantity": 2, "unit_price": "2.50"}
    ],
}


def test_orders_and_lines_alone_give_a_whole_star(build_star, tmp_path):
    with build_star(tmp_path / "warehouse.duckdb", ORDERS) as star:
        counts = dict(
            star.execute("select table_name, estimated_size from duckdb_tables() where schema_name = 'star'").fetchall()
        )
        filled = {table for table, rows in counts.items() if rows}
        assert filled == {
            "bridge_customer_identity", "dim_channel", "dim_customer", "dim_date", "dim_product", "fct_customer_months",
            "fct_order_lines", "fct_orders", "fct_touchpoints",
        }  # fmt: skip
        assert star.execute("select net_amount, margin_amount, cost_amount from star.fct_orders").fetchall() == [
            (Decimal(5), Decimal(5), None)
        ]
        assert star.execute("select name, valid_from from star.dim_customer").fetchall() == [
            (None, datetime.fromisoformat("1900-01-01"))
        ]


def test_nothing_at_all_gives_an_empty_star(build_star, tmp_path):
    with build_star(tmp_path / "warehouse.duckdb", {}) as star:
        facts = star.execute(
            "select table_name, estimated_size from duckdb_tables()"
            " where schema_name = 'star' and table_name like 'fct%'"
        ).fetchall()
        assert len(facts) == 12
        assert {rows for _, rows in facts} == {0}
        # The calendar still has the year of the as-of date (2025 where none is given) and the one after it.
        assert star.execute("select count(*) from star.dim_date").fetchone() == (730,)
