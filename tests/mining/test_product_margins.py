"""What products brought, by hand; and later rows change nothing."""

from datetime import date

import ibis
import pytest

from mining.product_margins import product_margins

AS_OF = date(2025, 12, 31)
LINES = {"order_key": "int64", "product_key": "int64", "ordered_on": "date", "margin_amount": "decimal(18, 4)"}
ORDERS = {
    "order_key": "int64", "is_sale": "boolean", "is_cancelled": "boolean", "cancelled_at": "timestamp",
    "item_quantity": "int64",
}  # fmt: skip
PRODUCTS = {"product_key": "int64", "category": "string", "valid_from": "timestamp", "valid_to": "timestamp"}

SOLD = [
    (1, 10, "2025-12-31", 5),
    (1, 20, "2025-12-31", 7),
    (2, 10, "2025-01-01", 3),
    (2, None, "2025-06-01", 100),
    (3, 10, "2024-12-31", 1000),  # the window of twelve months begins the day after
    (4, 20, "2025-12-01", 40),
    (5, 20, "2025-12-01", -2),
]
LATER = [(6, 10, "2026-01-01", 500), (6, 30, "2026-01-01", 500)]
KNOWN = [
    (1, True, False, None, 1),
    (2, True, False, None, 1),
    (3, True, False, None, 1),
    (4, False, True, "2025-12-15 10:00", 1),
    (5, False, True, "2026-01-15 10:00", 0),
]
VERSIONS = [
    (10, "tea", "1900-01-01", "2025-06-01"),
    (10, "herbs", "2025-06-01", "2026-02-01"),
    (10, "other", "2026-02-01", "9999-12-31"),
    (20, "cups", "1900-01-01", "9999-12-31"),
]


def table_of(rows, schema):
    return ibis.memtable([dict(zip(schema, row, strict=True)) for row in rows], schema=schema)


def found(lines, orders=KNOWN, **options):
    table = product_margins(
        table_of(lines, LINES), table_of(orders, ORDERS), table_of(VERSIONS, PRODUCTS), as_of=AS_OF, **options
    )
    return {row["product_key"]: (row["category"], row["net_margin"]) for row in table.to_pyarrow().to_pylist()}


def test_what_each_product_brought_in_the_window():
    # Product 20: 7 and the return of 2, whose order was cancelled only later; order 4 was cancelled in time.
    assert found(SOLD) == {10: ("herbs", 8), 20: ("cups", 5)}


def test_a_longer_window_reaches_further_back():
    assert found(SOLD, window_months=24)[10] == ("herbs", 1008)


def test_what_happens_later_changes_nothing():
    later = [*KNOWN, (6, True, False, None, 1)]
    assert found([*SOLD, *LATER], later) == found(SOLD)


def test_a_window_of_no_month_is_refused():
    with pytest.raises(ValueError, match="1 month or more"):
        found(SOLD, window_months=0)
