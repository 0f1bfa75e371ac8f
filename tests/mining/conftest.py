"""Hand-made star facts for the mining tests: one builder per fact, plain rows in, tables out."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest

Builder = Callable[..., ir.Table]

ORDERS = {
    "customer_key": "int64",
    "ordered_on": "date",
    "net_amount": "decimal(18, 4)",
    "cost_amount": "decimal(18, 4)",
    "discount_amount": "decimal(18, 4)",
    "channel_key": "int64",
    "item_quantity": "decimal(18, 3)",
    "is_sale": "boolean",
    "is_return": "boolean",
    "is_cancelled": "boolean",
    "cancelled_at": "timestamp",
}


def order_row(customer: int | None, day: str, net: str, *more: str | None) -> dict[str, Any]:
    """An order; a cancelled one was cancelled on the day it was placed unless another is given."""
    cost, kind, cancelled, discount, channel = (*more, *("0", "sale", day, "0", "1")[len(more) :])
    cancelled_at = datetime.fromisoformat(f"{cancelled} 12:00") if kind == "cancelled" else None
    return {
        "customer_key": customer,
        "ordered_on": date.fromisoformat(day),
        "net_amount": net,
        "cost_amount": cost,
        "discount_amount": discount,
        "channel_key": int(channel or 0),
        "item_quantity": "1" if kind in ("sale", "cancelled") else "0",
        "is_sale": kind == "sale",
        "is_return": kind == "return",
        "is_cancelled": kind == "cancelled",
        "cancelled_at": cancelled_at,
    }


def in_memory(rows: list[dict[str, Any]], schema: dict[str, str]) -> ir.Table:
    """Amounts given as text become decimals without passing through a float."""
    loose = {name: "string" if kind.startswith("decimal") else kind for name, kind in schema.items()}
    return ibis.memtable(rows, schema=loose).cast(schema)


@pytest.fixture(scope="session")
def orders() -> Builder:
    """(customer, day, net, cost, kind of sale, return, cancelled, day of cancelling, discount, channel) per order."""
    return lambda *rows: in_memory([order_row(*row) for row in rows], ORDERS)


@pytest.fixture(scope="session")
def costs() -> Builder:
    """(customer, day, cost, arm, category) per call, case or contact; every name of the day is filled."""
    schema = {"customer_key": "int64", "arm": "string", "category": "string", "cost_amount": "decimal(18, 4)"}
    schema |= dict.fromkeys(("started_on", "opened_on", "contacted_on"), "date")

    def build(*rows: tuple[Any, ...]) -> ir.Table:
        full = [(*row, *("treatment", "question")[len(row) - 3 :]) for row in rows]
        dated = [
            {"customer_key": customer, "arm": arm, "category": category, "cost_amount": cost}
            | dict.fromkeys(("started_on", "opened_on", "contacted_on"), date.fromisoformat(day))
            for customer, day, cost, arm, category in full
        ]
        return in_memory(dated, schema)

    return build


@pytest.fixture(scope="session")
def rows_of() -> Callable[[ir.Table], list[dict[str, Any]]]:
    """A table as dicts by customer, values as Python's own."""
    return lambda table: sorted(table.to_pyarrow().to_pylist(), key=lambda row: row["customer_key"])
