"""Loyalty, funnels and service compile for Spark as for DuckDB. Nothing is executed: tables without a database."""

from datetime import date

import ibis
import pytest
from ibis.config import Config

from mining.churn_horizons import churn_horizons
from mining.comparisons import category_levels, compared_sides, dominance, group_overlap
from mining.concentration import concentration, lorenz_curve
from mining.funnels import open_opportunities, opportunities_as_of, sales_forecast, sales_funnel, win_rates
from mining.loyalty_index import firmness_counts, loyalty_index
from mining.loyalty_stages import loyalty_stages, stage_moves
from mining.loyalty_trends import kendall, median_slopes, quarter_counts
from mining.next_orders import next_orders
from mining.people import customers_as_of, known_people
from mining.prospects import prospect_interests, searched_terms, sought_categories
from mining.purchase_gaps import gap_levels, lapse_limits, purchase_gaps, purchase_rhythms
from mining.seasonality import purchase_seasons
from mining.service import contact_costs, moving_saves
from mining.service_calls import calls_by_hour
from mining.service_cases import cases_as_of, closed_loop, overdue_cases
from mining.value_pyramid import pyramid_levels, value_pyramid
from mining.web_funnel import orders_after_visits, web_funnel

AS_OF = date(2025, 12, 31)
MONEY = "decimal(18, 4)"
ZONE = {"as_of": AS_OF, "time_zone": "Europe/Berlin"}


def star(name, kinds):
    return ibis.table(kinds, name=name)


ORDERS = star("fct_orders", {
    "customer_key": "int64", "ordered_on": "date", "channel": "string", "discount_amount": MONEY, "net_amount": MONEY,
    "margin_amount": MONEY, "item_quantity": MONEY, "is_sale": "boolean", "is_cancelled": "boolean",
    "cancelled_at": "timestamp",
})  # fmt: skip
CASES = star("fct_cases", {
    "case_key": "int64", "case_id": "string", "customer_key": "int64", "agent_key": "int64", "channel": "string",
    "category": "string", "severity": "string", "opened_at": "timestamp", "opened_on": "date",
    "assigned_at": "timestamp", "resolved_at": "timestamp", "followed_up_at": "timestamp", "satisfaction": "int64",
    "cost_amount": MONEY,
})  # fmt: skip
CALLS = star("fct_calls", {
    "customer_key": "int64", "started_at": "timestamp", "started_on": "date", "direction": "string",
    "agent_key": "int64", "queue_seconds": "int64", "talk_seconds": "int64", "outcome": "string",
    "is_abandoned": "boolean", "cost_amount": MONEY,
})  # fmt: skip
CONTACTS = star("fct_campaign_contacts", {
    "customer_key": "int64", "contacted_on": "date", "channel": "string", "arm": "string", "cost_amount": MONEY,
})  # fmt: skip
OPPORTUNITIES = star("fct_opportunities", {
    "opportunity_key": "int64", "customer_key": "int64", "outcome": "string", "amount": MONEY,
    "opened_at": "timestamp", "qualified_at": "timestamp", "proposed_at": "timestamp", "negotiated_at": "timestamp",
    "closed_at": "timestamp", "expected_close_on": "date", "owner_id": "string", "lead_source": "string",
})  # fmt: skip
SESSIONS = star("fct_web_sessions", {
    "session_key": "int64", "customer_key": "int64", "started_on": "date", "product_view_count": "int64",
    "has_cart": "boolean", "has_purchase": "boolean",
})  # fmt: skip
EVENTS = star("fct_web_events", {
    "session_key": "int64", "visitor_id": "string", "customer_key": "int64", "occurred_on": "date",
    "occurred_at": "timestamp", "event_type": "string", "product_key": "int64", "search_term": "string",
})  # fmt: skip
CUSTOMERS = star("dim_customer", {
    "customer_version_key": "int64", "customer_key": "int64", "valid_from": "timestamp", "valid_to": "timestamp",
    "is_current": "boolean", "birth_date": "date", "signed_up_at": "timestamp", "region": "string",
})  # fmt: skip
PRODUCTS = star("dim_product", {"product_key": "int64", "category": "string"})
TOUCHES = star("fct_touchpoints", {"customer_key": "int64", "touched_on": "date"})
MARGINS = star("margins", {"customer_key": "int64", "net_margin": MONEY, "cost_to_serve_amount": MONEY})
QUARTERS = star("quarters", {"customer_key": "int64", "trend_periods": "int64"} | {f"q{n}": "int64" for n in range(8)})


def loyalty():
    gaps = purchase_gaps(ORDERS, as_of=AS_OF)
    rhythms = purchase_rhythms(gaps, as_of=AS_OF)
    levels = gap_levels(gaps, rhythms)
    index = loyalty_index(rhythms, firmness_counts(ORDERS, CASES, as_of=AS_OF))
    people = known_people(CUSTOMERS, TOUCHES, **ZONE)
    stages = loyalty_stages(people, rhythms, lapse_limits(levels), index, as_of=AS_OF)
    score, variance = kendall(QUARTERS)
    yield from (stages, stage_moves(stages, stages), next_orders(rhythms, levels, as_of=AS_OF))
    yield from (churn_horizons(gaps, as_of=AS_OF), purchase_seasons(gaps, as_of=AS_OF), quarter_counts(gaps, AS_OF))
    yield from (QUARTERS.mutate(score=score, variance=variance), median_slopes(QUARTERS))
    pyramid = value_pyramid(MARGINS, rhythms)
    yield from (pyramid, pyramid_levels(pyramid), concentration(MARGINS), lorenz_curve(MARGINS))


def funnels():
    opened = opportunities_as_of(OPPORTUNITIES, **ZONE)
    rates = win_rates(opened, **ZONE)
    yield from (sales_funnel(opened, by="owner_id", **ZONE), rates)
    yield sales_forecast(open_opportunities(opened, rates), as_of=AS_OF)
    yield from (web_funnel(SESSIONS, EVENTS, as_of=AS_OF), orders_after_visits(SESSIONS, ORDERS, as_of=AS_OF))
    people = known_people(CUSTOMERS, TOUCHES, **ZONE)
    yield prospect_interests(people, ORDERS, EVENTS, PRODUCTS, as_of=AS_OF)
    yield from (sought_categories(EVENTS, PRODUCTS, ORDERS, as_of=AS_OF), searched_terms(EVENTS, as_of=AS_OF))


def service():
    known = cases_as_of(CASES, **ZONE)
    yield from (closed_loop(known, as_of=AS_OF), overdue_cases(known))
    yield calls_by_hour(CALLS, by_weekday=True, **ZONE)
    costs = contact_costs(CALLS, CASES, CONTACTS, as_of=AS_OF)
    yield from (costs, moving_saves(costs, from_channel=("call", "inbound"), to_channel=("case", "web")))


def comparisons():
    sides = CUSTOMERS.select("customer_key", "region", "birth_date").inner_join(
        compared_sides(MARGINS, TOUCHES), "customer_key"
    )
    yield from (customers_as_of(CUSTOMERS, **ZONE), group_overlap(MARGINS, TOUCHES))
    yield from (category_levels(sides, "region", 20), dominance(sides.mutate(n=sides.customer_key), "n"))


class SparkOptions(Config):
    """The one setting that compiling reads."""

    treat_nan_as_null: bool = False


@pytest.fixture
def spark_options(monkeypatch):
    """Spark's own settings are only there once its package is loaded, which compiling does not need."""
    monkeypatch.setattr(ibis.options, "pyspark", SparkOptions())


@pytest.mark.usefixtures("spark_options")
@pytest.mark.parametrize("room", [loyalty, funnels, service, comparisons], ids=lambda room: room.__name__)
def test_every_expression_compiles_for_both_engines(room):
    for expression in room():
        for dialect in ("duckdb", "pyspark"):
            assert "SELECT" in ibis.to_sql(expression, dialect=dialect)
