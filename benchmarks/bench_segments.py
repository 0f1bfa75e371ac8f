"""Counting a segment live at a million customers, beside the SQL that a person would write for the same question."""

import sys
from collections.abc import Callable
from datetime import date
from statistics import median, quantiles
from typing import Any

import duckdb

from benchmarks.alternate import seconds
from workspace.segments.checking import definition_of
from workspace.segments.fields import fields_of
from workspace.segments.query import Moment, condition

AS_OF = date(2025, 12, 31)
AT_MOST = 1.5
P95_SECONDS = 0.3
ROUNDS = 15
TABLES = """
create schema serving; create schema star;
create table serving.customer_360 as
select i as customer_key, ['A', 'B', 'C', 'D'][1 + (hash(i) % 4)::int] as tier,
    ['North', 'South', 'East', 'West'][1 + (hash(i, 1) % 4)::int] as region, hash(i, 2) % 2 = 0 as consent_email,
    ((hash(i, 3) % 100000)::bigint / 100)::decimal(18, 4) as net_margin_12m
from range($customers) as people(i);
create table star.dim_product as
select i as product_key, 'Category ' || i % 20 as category, true as is_current from range(2000) as products(i);
create table star.fct_orders as
select i as order_key, (i // 3)::bigint as customer_key, date '2025-12-31' - (hash(i) % 730)::int as ordered_on,
    (date '2025-12-31' - (hash(i) % 730)::int)::timestamp as ordered_at, 'web' as channel, 1 as item_quantity,
    hash(i, 4) % 50 = 0 as is_cancelled, hash(i, 4) % 50 <> 0 as is_sale, 20::decimal(18, 4) as net_amount,
    case when hash(i, 4) % 50 = 0 then date '2025-12-31' end as cancelled_on
from range($customers * 3) as orders(i);
create table star.fct_order_lines as
select order_key, customer_key, ordered_on, ordered_at, (hash(order_key, line) % 2000)::bigint as product_key,
    1 as quantity, not is_cancelled as is_counted, 10::decimal(18, 4) as net_amount
from star.fct_orders, range(3) as lines(line);
create table star.fct_calls as
select (hash(i) % $customers)::bigint as customer_key, date '2025-12-31' - (hash(i) % 730)::int as started_on,
    (date '2025-12-31' - (hash(i) % 730)::int)::timestamp as started_at, 'inbound' as direction
from range($customers) as calls(i);
"""
COFFEE = [{"trait": "category", "one_of": ["Category 1", "Category 2"]}]
QUESTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "attributes": (
        {"all": [{"field": "tier", "one_of": ["A", "B"]}, {"field": "region", "one_of": ["North"]},
                 {"field": "net_margin_12m", "at_least": 100}, {"field": "consent_email", "is_true": True}]},
        "tier in ('A', 'B') and region = 'North' and net_margin_12m >= 100 and consent_email",
    ),
    "bought twice in a year": (
        {"all": [{"act": "buy", "times_at_least": 2, "when": {"within_days": 365}}]},
        "customer_key in (select customer_key from star.fct_orders where is_sale and ordered_on > date '2024-12-31'"
        " group by all having count(*) >= 2)",
    ),
    "bought a category, did not call": (
        {"all": [{"field": "tier", "one_of": ["A"]}, {"act": "buy", "where": COFFEE, "when": {"within_days": 365}},
                 {"act": "call", "did": False, "when": {"within_days": 365}}]},
        "tier = 'A' and customer_key in (select customer_key from star.fct_order_lines join star.dim_product"
        " using (product_key) where category in ('Category 1', 'Category 2') and is_current and is_counted and"
        " quantity > 0 and ordered_on > date '2024-12-31') and customer_key not in (select customer_key from"
        " star.fct_calls where direction = 'inbound' and started_on > date '2024-12-31' and customer_key is not null)",
    ),
    "bought within 30 days after a call": (
        {"all": [{"act": "buy", "relation": {"order": "after", "act": "call", "within_days": 30}}]},
        "customer_key in (select o.customer_key from star.fct_orders as o join star.fct_calls as f on"
        " o.customer_key = f.customer_key and o.ordered_at > f.started_at and o.ordered_on - f.started_on <= 30"
        " where o.is_sale and f.direction = 'inbound')",
    ),
}  # fmt: skip


def counts(connection: duckdb.DuckDBPyConnection, definition: dict[str, Any], by_hand: str) -> list[Callable[[], int]]:
    """Ours, from the definition on, and the query written by hand."""
    columns = connection.execute(
        "select column_name, data_type from duckdb_columns() where table_name = 'customer_360'"
    ).fetchall()
    fields = fields_of(columns)

    def ours() -> int:
        text, parameters = condition(definition_of(definition), fields, Moment(AS_OF))
        query = f"select count(*) from serving.customer_360 as c where {text}"
        return connection.execute(query, parameters).fetchall()[0][0]

    def theirs() -> int:
        return connection.execute(f"select count(*) from serving.customer_360 where {by_hand}").fetchall()[0][0]

    return [ours, theirs]


def run(customers: int = 1_000_000) -> list[dict]:
    """Each question both ways in turn; the answers must be the same."""
    rows = []
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        for statement in TABLES.split(";"):
            if statement.strip():
                connection.execute(statement, {"customers": customers} if "$customers" in statement else None)
        for name, (definition, by_hand) in QUESTIONS.items():
            ours, theirs = counts(connection, definition, by_hand)
            found, expected = ours(), theirs()
            assert found == expected > 0, f"{name}: {found} by definition, {expected} by hand"
            pairs = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
            ratios = [mine / other for mine, other in pairs]
            p95 = quantiles([mine for mine, _ in pairs], n=20)[-1]
            rows.append(
                {
                    "work": f"count of a segment, {name}, {customers / 1e6:g} M customers",
                    "ours_seconds": median(mine for mine, _ in pairs),
                    "ours_note": f"95 of 100 within {p95:.3f} s",
                    "peer_seconds": median(other for _, other in pairs),
                    "ratio_median": median(ratios),
                    "ratio_range": f"{min(ratios):.2f} to {max(ratios):.2f}",
                    "aim": f"at most {AT_MOST:g} times the SQL by hand, p95 {P95_SECONDS:g} s",
                    "met": median(ratios) <= AT_MOST and p95 <= P95_SECONDS,
                }
            )
    return rows


if __name__ == "__main__":
    for row in run():
        sys.stdout.write(f"{row}\n")
