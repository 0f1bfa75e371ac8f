"""Service as tables of schema `mining`: satisfaction, the loop of complaints, calls by hour, costs of contacts."""

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining import as_of_dates, column_statistics, instants, intervals, people, service, service_calls, service_cases
from pipelines.mined import Store, of_the_night
from workspace.mining_settings import Mining

# What tells customers apart when they are asked what they expect.
SEGMENTS = ("tier", "loyalty_stage", "region", "age_band")
COMPLAINT = "complaint"


def find_satisfaction(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """Perceived against expected by topic, for all and for each segment."""
    [day] = dates
    surveys = store.star("fct_surveys")
    known = segments(store, day)
    found = [service.satisfaction_gaps(surveys, as_of=day).mutate(attribute=ibis.literal("all"))]
    for name in SEGMENTS:
        gaps = service.satisfaction_gaps(surveys, known, as_of=day, by=name)
        found.append(gaps.mutate(attribute=ibis.literal(name)))
    return ibis.union(*found).mutate(as_of=ibis.literal(day))


def segments(store: Store, day: date) -> ir.Table:
    """Everybody's segments on a date."""
    customers = people.customers_as_of(store.star("dim_customer"), as_of=day, time_zone=store.time_zone)
    known = customers.select("customer_key", "region", "age_band")
    for table, column in (("customer_tiers", "tier"), ("customer_loyalty", "loyalty_stage")):
        part = store.mined(table, [day]).select("customer_key", column)
        known = known.left_join(part, "customer_key").drop("customer_key_right")
    return known


def known_cases(store: Store, day: date) -> ir.Table:
    """The cases as they stood on a date."""
    return service_cases.cases_as_of(store.star("fct_cases"), as_of=day, time_zone=store.time_zone)


def find_loop(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """How complaints go through their steps, by severity and channel too; and all cases by category."""
    [day] = dates
    cases = known_cases(store, day)
    complaints = cases.filter(_.category == COMPLAINT)
    parts: list[tuple[str, ir.Table, str | None]] = [
        ("complaints", complaints, None),
        ("complaints", complaints, "severity"),
        ("complaints", complaints, "channel"),
        ("all cases", cases, "category"),
    ]
    found = [
        service_cases.closed_loop(known, as_of=day, by=by).mutate(
            scope=ibis.literal(scope), attribute=ibis.literal(by or "all")
        )
        for scope, known, by in parts
    ]
    return ibis.union(*found).mutate(as_of=ibis.literal(day))


def find_overdue(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """The cases still open that should have been resolved."""
    [day] = dates
    return service_cases.overdue_cases(known_cases(store, day)).mutate(as_of=ibis.literal(day))


def find_calls(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """Inbound calls by hour: weekday 0 is all days together."""
    [day] = dates
    calls = store.star("fct_calls")
    found = [
        service_calls.calls_by_hour(calls, as_of=day, time_zone=store.time_zone, by_weekday=each)
        for each in (False, True)
    ]
    return ibis.union(*found).mutate(as_of=ibis.literal(day))


def find_costs(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """What one contact costs by channel."""
    [day] = dates
    facts = map(store.star, ("fct_calls", "fct_cases", "fct_campaign_contacts"))
    return service.contact_costs(*facts, as_of=day).mutate(as_of=ibis.literal(day))


SERVICE_CODE = [service, service_cases, service_calls, people, instants, intervals, column_statistics, as_of_dates]
MODULES = {
    "satisfaction_gaps": of_the_night(
        "What customers got against what they expected, by topic and segment, as of the night's date.",
        find_satisfaction,
        ["fct_surveys", "dim_customer"],
        SERVICE_CODE,
        ["customer_tiers", "customer_loyalty"],
    ),
    "case_loop": of_the_night(
        "How complaints go through their steps, as of the night's date.",
        find_loop,
        ["fct_cases"],
        SERVICE_CODE,
    ),
    "overdue_cases": of_the_night(
        "Open cases that should have been resolved, as of the night's date.",
        find_overdue,
        ["fct_cases"],
        SERVICE_CODE,
    ),
    "call_hours": of_the_night(
        "Inbound calls by hour: waiting, abandonment, load, as of the night's date.",
        find_calls,
        ["fct_calls"],
        SERVICE_CODE,
    ),
    "contact_costs": of_the_night(
        "What one contact costs by channel, as of the night's date.",
        find_costs,
        ["fct_calls", "fct_cases", "fct_campaign_contacts"],
        SERVICE_CODE,
    ),
}
