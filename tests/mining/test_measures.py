"""Measures worked out by hand on a handful of facts; splits that add up; what cannot be split says so."""

from datetime import date

import ibis
import pytest

from mining.measure_sources import SOURCES
from mining.measures import MEASURES, customers_behind, explore

YEAR = {"first_on": date(2025, 1, 1), "last_on": date(2025, 12, 31)}

# Customer 1 is tier A, 2 is B, 3 a prospect. Order 10 of 1 holds beans and a grinder; 11 is of somebody unknown; 12 was
# cancelled; 13 is a return by 1; 14 is of 2 in the second quarter; 15 lies before the year.
STAR = {
    "fct_orders": """
        select * from (values
            (10, 1, date '2025-01-10', 'web', 100.00, 40.00, 0.00, true, false),
            (11, null, date '2025-01-20', 'store', 30.00, 10.00, 0.00, true, false),
            (12, 2, date '2025-02-01', 'web', 99.00, 50.00, 0.00, false, true),
            (13, 1, date '2025-02-10', 'web', -20.00, -5.00, 20.00, false, false),
            (14, 2, date '2025-05-01', 'store', 50.00, 25.00, 0.00, true, false),
            (15, 1, date '2024-12-31', 'web', 7.00, 3.00, 0.00, true, false)
        ) as t(order_key, customer_key, ordered_on, channel, net_amount, margin_amount, returned_amount, is_sale,
               is_cancelled)""",
    "fct_order_lines": """
        select * from (values
            (10, 1, date '2025-01-10', 'web', 1, 1, 20.00, 10.00, false, true),
            (10, 1, date '2025-01-10', 'web', 2, 1, 80.00, 30.00, false, true),
            (11, null, date '2025-01-20', 'store', 1, 2, 30.00, 10.00, false, true),
            (12, 2, date '2025-02-01', 'web', 2, 1, 99.00, 50.00, false, false),
            (13, 1, date '2025-02-10', 'web', 1, -1, -20.00, -5.00, true, true),
            (14, 2, date '2025-05-01', 'store', 3, 1, 50.00, 25.00, false, true),
            (15, 1, date '2024-12-31', 'web', 1, 1, 7.00, 3.00, false, true)
        ) as t(order_key, customer_key, ordered_on, channel, product_key, quantity, net_amount, margin_amount,
               is_return, is_counted)""",
    "dim_product": """
        select * from (values (1, 'Beans', true), (1, 'Old name', false), (2, 'Grinders', true), (3, null, true))
        as t(product_key, category, is_current)""",
    "fct_web_sessions": """
        select * from (values (1, date '2025-01-10', true, 'phone'), (null, date '2025-01-11', false, 'phone'),
            (2, date '2025-04-02', false, 'desktop'), (2, date '2026-01-01', true, 'desktop'))
        as t(customer_key, started_on, has_purchase, device)""",
    "fct_calls": """
        select * from (values (1, date '2025-03-01', 'inbound', 'order', 60, 2.00),
            (null, date '2025-03-02', 'inbound', 'order', 120, 1.00),
            (2, date '2025-03-03', 'outbound', 'sale', 5, 3.00))
        as t(customer_key, started_on, direction, reason, queue_seconds, cost_amount)""",
    "fct_cases": "select 1 as customer_key, date '2025-03-05' as opened_on, 'ask' as category, 4.00 as cost_amount",
    "fct_campaign_contacts": """
        select * from (values (1, 7, date '2025-03-01', 'email', 'treatment', 2, 0.50),
            (2, 7, date '2025-03-01', 'email', 'treatment', 0, 0.50),
            (2, 8, date '2025-03-09', 'post', 'control', 0, 0.00))
        as t(customer_key, campaign_key, contacted_on, channel, arm, response_count, cost_amount)""",
    "dim_campaign": "select * from (values (7, 'Spring'), (8, 'Letter')) as t(campaign_key, name)",
    "customer_360": """
        select * from (values (1, 'A', false, 0.2, 300.00), (2, 'B', false, 0.6, 100.00), (3, null, true, null, null))
        as t(customer_key, tier, is_prospect, churn_probability, clv_amount)""",
}
# What the year comes to, by hand.
BY_HAND = {
    "customers": 2, "new_customers": 1, "buyers": 2, "orders": 3, "revenue": 160, "margin": 70,
    "order_value": 160 / 3, "returned": 20, "cost_to_serve": 11, "calls": 3, "waiting": 90, "cases": 1, "visits": 3,
    "conversion": 1 / 3, "contacts": 2, "response": 0.5, "churn_risk": 0.4, "value": 400,
}  # fmt: skip


@pytest.fixture(scope="module")
def tables():
    backend = ibis.duckdb.connect()
    return lambda name: backend.sql(STAR[name])


def rows(table):
    return table.to_pyarrow().to_pylist()


def test_every_measure_has_a_number_worked_out_by_hand():
    assert set(BY_HAND) == set(MEASURES)


@pytest.mark.parametrize("name", MEASURES)
def test_a_year_by_hand(tables, name):
    [table] = explore(tables, [name], **YEAR)
    [row] = rows(table)
    assert float(row[name]) == pytest.approx(BY_HAND[name])


def test_by_tier_and_quarter(tables):
    [table] = explore(tables, ["revenue", "orders", "buyers"], by=["tier"], grain="quarter", **YEAR)
    found = {(row["tier"], row["period_on"]): (row["revenue"], row["orders"], row["buyers"]) for row in rows(table)}
    assert found == {
        ("A", date(2025, 1, 1)): (80, 1, 1),
        ("unknown", date(2025, 1, 1)): (30, 1, 0),
        ("B", date(2025, 4, 1)): (50, 1, 1),
    }


def test_by_category_an_order_counts_for_each_category_it_holds(tables):
    [table] = explore(tables, ["orders", "revenue", "margin", "returned"], by=["category"], **YEAR)
    found = {row["category"]: (row["orders"], row["revenue"], row["margin"], row["returned"]) for row in rows(table)}
    assert found == {"Beans": (2, 30, 15, 20), "Grinders": (1, 80, 30, 0), "unknown": (1, 50, 25, 0)}


def test_a_mean_says_of_how_many(tables):
    [table] = explore(tables, ["waiting", "calls"], by=["call_reason"], **YEAR)
    found = {row["call_reason"]: (row["waiting"], row["waiting_of"], row["calls"]) for row in rows(table)}
    assert found == {"order": (90, 2, 2), "sale": (None, 0, 1)}


def test_measures_of_several_sources_come_as_several_tables(tables):
    found = explore(tables, ["revenue", "visits", "churn_risk"], by=["tier"], grain="month", **YEAR)
    assert ["period_on" in table.columns for table in found] == [True, True, False]
    risks = {row["tier"]: row["churn_risk"] for row in rows(found[2])}
    assert risks == {"A": pytest.approx(0.2), "B": pytest.approx(0.6), "unknown": None}


ADD_UP = ("orders", "revenue", "margin", "returned", "visits", "calls", "cost_to_serve")
SPLITS = [(name, by) for name in ADD_UP for by in ("tier", "channel", "device") if by in MEASURES[name].dimensions]


@pytest.mark.parametrize(("name", "by"), SPLITS)
def test_what_adds_up_adds_up_to_the_whole(tables, name, by):
    [table] = explore(tables, [name], by=[by], grain="month", **YEAR)
    assert sum(row[name] for row in rows(table)) == BY_HAND[name]


def test_the_customers_behind_a_number_bring_what_it_says(tables):
    found = {
        row["customer_key"]: row["value"] for row in rows(customers_behind(tables, "revenue", of={"tier": "A"}, **YEAR))
    }
    assert found == {1: 80}
    behind = rows(customers_behind(tables, "orders", of={"category": "Beans", "channel": "web"}, **YEAR))
    assert behind == [{"customer_key": 1, "value": 1}]
    assert {row["customer_key"] for row in rows(customers_behind(tables, "customers", of={}, **YEAR))} == {1, 2}


def test_what_is_not_there_says_what_is(tables):
    with pytest.raises(ValueError, match=r"Visits cannot be split by category; there are .*device"):
        explore(tables, ["visits"], by=["category"], **YEAR)
    with pytest.raises(ValueError, match=r"measure 'profit' is unknown; there are customers"):
        explore(tables, ["profit"], **YEAR)
    with pytest.raises(ValueError, match=r"grain 'fortnight' is unknown; there are day, week"):
        explore(tables, ["visits"], grain="fortnight", **YEAR)


def test_every_measure_says_who_answers_for_it_and_where_it_comes_from():
    for measure in MEASURES.values():
        assert measure.owner
        assert measure.definition.endswith(".")
        assert measure.lineage
        assert set(measure.taken) <= set(SOURCES)
