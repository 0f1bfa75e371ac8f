"""Histories of customers and products, and the day of an order, do not hang on the order in which versions came."""

from datetime import datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.dbt.conftest import build

at = datetime.fromisoformat
BEGIN, END = at("1900-01-01"), at("9999-12-31")
# (updated_at, town): moved, wrote the same again, moved back.
MOVES = [("2024-01-05", "Berlin"), ("2024-03-01", "Hamburg"), ("2024-03-09", "Hamburg"), ("2024-06-01", "Berlin")]
PRICES = [("2024-01-05", "9.00"), ("2024-02-01", "7.50"), ("2024-05-01", "9.00")]
STATES = [("2024-02-10", "placed"), ("2024-02-12", "shipped"), ("2024-04-01", "returned")]
ORDERS_OF_ARRIVAL = list(permutations(range(len(MOVES))))


def came(rows: list[dict[str, Any]], order: tuple[int, ...]) -> list[dict[str, Any]]:
    """Versions as they came, one delivery each; the one that came first comes once more at the end, as a repeat."""
    places = [*order, order[0]]
    return [rows[place] | {"_delivery_id": number} for number, place in enumerate(places, start=1)]


def of_customer(number: int, order: tuple[int, ...]) -> list[dict[str, Any]]:
    known = {
        "customer_id": f"C{number}",
        "email": f"person{number:03}@example.com",
        "birth_date": f"19{30 + number}-01-01",
    }
    return came(
        [known | {"updated_at": on, "city": city, "postcode": f"{10000 + number}"} for on, city in MOVES], order
    )


def of_product(number: int, order: tuple[int, ...]) -> list[dict[str, Any]]:
    return came([{"product_id": f"P{number}", "updated_at": on, "list_price": price} for on, price in PRICES], order)


def of_order(number: int, order: tuple[int, ...]) -> list[dict[str, Any]]:
    known = {"order_id": f"O{number}", "customer_id": "C0", "ordered_at": "2024-02-10 09:00"}
    return came([known | {"updated_at": on, "status": status} for on, status in STATES], order)


def in_order(rows: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The rows of all, in the order of deliveries, each with a position of its own."""
    flat = sorted((row for one in rows for row in one), key=lambda row: row["_delivery_id"])
    return [row | {"_row": number} for number, row in enumerate(flat, start=1)]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory):
    """One customer, product and order for each order of arrival, all in one company."""
    short = list(permutations(range(3)))
    rows = {
        "sales.customers": in_order([of_customer(n, order) for n, order in enumerate(ORDERS_OF_ARRIVAL)]),
        "sales.products": in_order([of_product(n, order) for n, order in enumerate(short)]),
        "sales.orders": in_order([of_order(n, order) for n, order in enumerate(short)]),
        "sales.order_lines": [
            {"order_id": f"O{n}", "line_number": 1, "product_id": f"P{n}", "quantity": 1, "unit_price": 10}
            for n in range(len(short))
        ],
    }
    warehouse: Path = tmp_path_factory.mktemp("arrival") / "warehouse.duckdb"
    connection = build(warehouse, rows)
    yield connection
    connection.close()


def test_a_customers_history_is_that_of_the_versions_whatever_came_first(company):
    found: dict[str, list[tuple]] = {}
    for email, *version in company.execute(
        "select email, city, valid_from, valid_to, is_current from star.dim_customer order by email, valid_from"
    ).fetchall():
        found.setdefault(email, []).append(tuple(version))
    assert len(found) == len(ORDERS_OF_ARRIVAL) == 24
    moved, back = at("2024-03-01"), at("2024-06-01")
    history = [("Berlin", BEGIN, moved, False), ("Hamburg", moved, back, False), ("Berlin", back, END, True)]
    assert all(versions == history for versions in found.values()), found


def test_a_products_history_is_that_of_the_versions_whatever_came_first(company):
    for number in range(6):
        versions = company.execute(
            "select list_price::varchar, valid_from, valid_to from star.dim_product where product_id = ? order by 2",
            [f"P{number}"],
        ).fetchall()
        cheaper, dearer = at("2024-02-01"), at("2024-05-01")
        assert versions == [("9.0000", BEGIN, cheaper), ("7.5000", cheaper, dearer), ("9.0000", dearer, END)], number


def test_an_order_stays_on_its_own_day_with_its_last_word_whatever_came_first(company):
    found = company.execute("select order_id, ordered_on::varchar, status from star.fct_orders order by 1").fetchall()
    assert found == [(f"O{number}", "2024-02-10", "returned") for number in range(6)]
