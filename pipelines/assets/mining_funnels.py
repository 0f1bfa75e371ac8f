"""Funnels as tables of schema `mining`: sales, web, and prospects with what they looked for."""

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining import (
    as_of_dates,
    column_statistics,
    funnels,
    instants,
    intervals,
    known_rows,
    people,
    prospects,
    web_funnel,
)
from pipelines.mined import Store, of_the_night
from workspace.mining_settings import Mining


def opened(store: Store, day: date) -> ir.Table:
    """The opportunities as they stood on a date."""
    return funnels.opportunities_as_of(store.star("fct_opportunities"), as_of=day, time_zone=store.time_zone)


def still_open(store: Store, day: date) -> ir.Table:
    """What is open, each with its chance."""
    known = opened(store, day)
    return funnels.open_opportunities(known, funnels.win_rates(known, as_of=day, time_zone=store.time_zone))


def find_sales_funnel(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """Stages of the sales funnel: all together, by lead source, by owner."""
    [day] = dates
    known = opened(store, day)
    found = [
        funnels.sales_funnel(known, as_of=day, by=by, time_zone=store.time_zone).mutate(
            attribute=ibis.literal(by or "all")
        )
        for by in (None, "lead_source", "owner_id")
    ]
    return ibis.union(*found).mutate(as_of=ibis.literal(day))


def find_open(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """The open opportunities with the chance that their stage gives them."""
    [day] = dates
    return still_open(store, day).mutate(as_of=ibis.literal(day))


def find_forecast(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """What they will bring, by month."""
    [day] = dates
    return funnels.sales_forecast(still_open(store, day), as_of=day).mutate(as_of=ibis.literal(day))


def find_web_funnel(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """From visit to order: all together, by device, by source."""
    [day] = dates
    star = [store.star(table) for table in ("fct_web_sessions", "fct_web_events")]
    found = [
        web_funnel.web_funnel(*star, as_of=day, by=by).mutate(attribute=ibis.literal(by or "all"))
        for by in (None, "device", "utm_source")
    ]
    return ibis.union(*found).mutate(as_of=ibis.literal(day))


def find_visit_orders(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """Through which channel known visitors ordered in the days after."""
    [day] = dates
    star = [store.star(table) for table in ("fct_web_sessions", "fct_orders")]
    return web_funnel.orders_after_visits(*star, as_of=day).mutate(as_of=ibis.literal(day))


def find_prospects(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """What each prospect looked at."""
    [day] = dates
    known = people.known_people(
        store.star("dim_customer"), store.star("fct_touchpoints"), as_of=day, time_zone=store.time_zone
    )
    products = store.star("dim_product").filter(_.is_current).select("product_key", "category")
    found = prospects.prospect_interests(
        known, store.star("fct_orders"), store.star("fct_web_events"), products, as_of=day
    )
    return found.mutate(as_of=ibis.literal(day))


def find_sought(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """Categories looked at before a first order, and terms searched for."""
    [day] = dates
    events = store.star("fct_web_events")
    products = store.star("dim_product").filter(_.is_current).select("product_key", "category")
    looked = prospects.sought_categories(events, products, store.star("fct_orders"), as_of=day)
    searched = prospects.searched_terms(events, as_of=day)
    shares = ("share_low", "share_high")
    found = ibis.union(
        looked.select(
            *shares, kind=ibis.literal("category"), sought="category", people_count="looker_count",
            success_count="buyer_count", success_share="buyer_share",
        ),
        searched.select(
            *shares, kind=ibis.literal("search term"), sought="search_term", people_count="search_session_count",
            success_count="found_session_count", success_share="found_share",
        ),
    )  # fmt: skip
    return found.mutate(as_of=ibis.literal(day))


FUNNEL_CODE = [funnels, web_funnel, prospects, people, instants, intervals, column_statistics, known_rows, as_of_dates]
SALES, WEB = ["fct_opportunities"], ["fct_web_sessions", "fct_web_events"]
MODULES = {
    "sales_funnel": of_the_night(
        "Stages of the sales funnel with conversion and time in stage, as of the night's date.",
        find_sales_funnel,
        SALES,
        FUNNEL_CODE,
    ),
    "open_opportunities": of_the_night(
        "Open opportunities with their chance, as of the night's date.", find_open, SALES, FUNNEL_CODE
    ),
    "sales_forecast": of_the_night(
        "What open opportunities will bring, as of the night's date.", find_forecast, SALES, FUNNEL_CODE
    ),
    "web_funnel": of_the_night(
        "From visit to order on the site, as of the night's date.", find_web_funnel, WEB, FUNNEL_CODE
    ),
    "visit_orders": of_the_night(
        "Orders of known visitors in the days after, by channel, as of the night's date.",
        find_visit_orders,
        ["fct_web_sessions", "fct_orders"],
        FUNNEL_CODE,
    ),
    "prospect_interests": of_the_night(
        "What each prospect looked at, as of the night's date.",
        find_prospects,
        ["dim_customer", "fct_touchpoints", "fct_orders", "fct_web_events", "dim_product"],
        FUNNEL_CODE,
    ),
    "sought_things": of_the_night(
        "Categories looked at before a first order and terms searched for, as of the night's date.",
        find_sought,
        ["fct_web_events", "fct_orders", "dim_product"],
        FUNNEL_CODE,
    ),
}
