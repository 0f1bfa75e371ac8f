"""Items by hand: names and categories as of a date, what a purchase brings, baskets, names in rules."""

from datetime import date, datetime

import ibis
import pandas as pd
import pytest

from mining.items import customer_baskets, item_margins, item_names, lines_with_items, order_baskets, with_names

AS_OF = date(2025, 6, 30)
FOREVER = datetime.fromisoformat("9999-12-31")
CHANGED = datetime.fromisoformat("2025-07-01")


@pytest.fixture(scope="module")
def products():
    """Product 1 moves from tea to cups the day after the date, 2 has no name, 3 no category."""
    rows = [
        (1, "Pot", "tea", datetime.fromisoformat("1900-01-01"), CHANGED),
        (1, "Jug", "cups", CHANGED, FOREVER),
        (2, None, "cups", datetime.fromisoformat("1900-01-01"), FOREVER),
        (3, "Bag", None, datetime.fromisoformat("1900-01-01"), FOREVER),
    ]
    names = {"product_key": "int64", "name": "string", "category": "string", "valid_from": "timestamp(6)"}
    frame = pd.DataFrame(rows, columns=[*names, "valid_to"]).astype({"valid_from": object, "valid_to": object})
    return ibis.memtable(frame.to_dict("records"), schema=names | {"valid_to": "timestamp(6)"})


def order_lines(*rows):
    """(order, customer, product, day, margin); negative margins are returns, an x after the day a cancelled order."""
    made = [
        {
            "order_key": order,
            "customer_key": customer,
            "product_key": product,
            "ordered_on": date.fromisoformat(day.removesuffix("x")),
            "margin_amount": margin,
            "is_counted": not day.endswith("x"),
            "is_return": margin < 0,
        }
        for order, customer, product, day, margin in rows
    ]
    schema = {"order_key": "int64", "customer_key": "int64", "product_key": "int64", "ordered_on": "date"}
    schema |= {"margin_amount": "int64", "is_counted": "boolean", "is_return": "boolean"}
    return ibis.memtable(made, schema=schema).cast({"margin_amount": "decimal(18, 4)"})


def rows_of(table, *columns):
    return sorted(tuple(row[name] for name in columns) for row in table.to_pyarrow().to_pylist())


def test_a_category_is_that_of_the_date(products):
    lines = order_lines((1, 1, 1, "2025-06-01", 5), (1, 1, 3, "2025-06-01", 5), (2, 1, 1, "2025-07-02", 5))
    found = lines_with_items(lines, products, as_of=AS_OF).to_pyarrow().to_pylist()
    assert sorted((row["product"], row["category"] or "") for row in found) == [("1", "tea"), ("3", "")]
    later = lines_with_items(lines, products, as_of=date(2025, 7, 2)).to_pyarrow().to_pylist()
    assert {row["category"] for row in later if row["product"] == "1"} == {"cups"}


def test_names_are_those_of_the_date_and_a_key_stands_in(products):
    assert rows_of(item_names(products, as_of=AS_OF), "item", "name") == [("1", "Pot"), ("2", "2"), ("3", "Bag")]


def test_a_purchase_brings_what_a_customer_took_on_a_day(products):
    lines = order_lines(
        (1, 1, 1, "2025-06-01", 5),
        (2, 1, 1, "2025-06-01", 3),  # the same day: one purchase of 8
        (3, 2, 1, "2025-06-30", 2),
        (4, 2, 1, "2025-06-20x", 900),  # cancelled
        (5, 2, 1, "2025-06-21", -2),  # a return
        (6, 2, 1, "2024-06-30", 900),  # a day more than a year ago
        (7, None, 1, "2025-06-22", 900),
    )
    known = lines_with_items(lines, products, as_of=AS_OF)
    (row,) = item_margins(known, as_of=AS_OF).to_pyarrow().to_pylist()
    assert (row["item"], row["margin_amount"]) == ("1", 5)


def test_baskets_are_orders_or_customers(products):
    lines = order_lines(
        (1, 1, 1, "2025-06-01", 5),
        (1, 1, 2, "2025-06-01", 5),
        (2, 1, 3, "2025-06-02", 5),
        (3, None, 1, "2025-06-02", 5),
        (4, 2, 1, "2025-06-02x", 5),
        (5, 2, 1, "2025-06-02", -5),
    )
    known = lines_with_items(lines, products, as_of=AS_OF)
    orders = order_baskets(known, as_of=AS_OF, item="product")
    assert rows_of(orders, "basket_key", "item") == [(1, "1"), (1, "2"), (2, "3"), (3, "1")]
    customers = customer_baskets(known, as_of=AS_OF, item="category")
    assert rows_of(customers, "basket_key", "item") == [(1, "cups"), (1, "tea")]


def test_rules_are_named_item_by_item():
    names = ibis.memtable({"item": ["1", "2"], "name": ["Pot", "Cup"]})
    single = ibis.memtable(
        {"antecedent": ["1", "9"], "other": ["2", None]}, schema={"antecedent": "str", "other": "str"}
    )
    found = with_names(single, names, ["antecedent", "other"]).to_pyarrow().to_pylist()
    assert [(row["antecedent_name"], row["other_name"]) for row in found] == [("Pot", "Cup"), ("9", None)]
    several = ibis.memtable({"antecedent": [["1", "2"]]}, schema={"antecedent": "array<string>"})
    assert with_names(several, names, ["antecedent"]).to_pyarrow().to_pylist()[0]["antecedent_name"] == "Pot + Cup"
    assert with_names(several.filter(ibis.literal(False)), names, ["antecedent"]).count().execute() == 0
    assert with_names(several, None, ["antecedent"]).to_pyarrow().to_pylist()[0]["antecedent_name"] == "1 + 2"
