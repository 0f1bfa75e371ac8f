"""The value pyramid: five levels of customers by the profit they bring, and what to do with each."""

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.abc_tiers import abc_tiers
from mining.instants import days_between

# From the top down: level, what to do, and which budget pays for it.
ACTIONS = {
    "top": ("look after", "service budget first"),
    "could join the top": ("develop", "marketing budget first"),
    "small": ("serve cheaply", "self-service"),
    "dormant": ("reactivate or archive", "one attempt, then none"),
    "cost money": ("fix or let go", "none before the cause is known"),
}
YEAR_DAYS, LEAST_DAYS, LEAST_ORDERS = 365, 90, 2


def value_pyramid(margins: ir.Table, rhythms: ir.Table, *, dormant_days: int = 365, cut_percent: int = 80) -> ir.Table:
    """The level of every buyer; the first of these rules that applies decides.

    1. top: those who together bring the first `cut_percent` of all positive net margin (tier A of `abc_tiers`); one
       of them who has gone silent is still to be looked after, more than anybody
    2. dormant: silent for more than `dormant_days`; what such a customer still costs is the price of not archiving
    3. cost money: net margin below zero
    4. could join the top: the next up to 95 % (tier B); or a customer of less than a year whose net margin, carried
       on at the same pace for a year, would reach the lowest of the top. A pace needs two orders, and counts at
       least 90 days, so that a first week is not taken for a year.
    5. small: everybody else

    Parameters
    ----------
    margins : result of `net_margins` over twelve months: customer_key, net_margin, cost_to_serve_amount
    rhythms : result of `purchase_rhythms` as of the same date
    dormant_days : the churn horizon
    cut_percent : percent of cumulative margin that makes the top, 1 to 94

    Returns
    -------
    table of (customer_key, pyramid_level, pyramid_action, pyramid_budget, net_margin, cost_to_serve_amount,
    yearly_pace_margin: float, null without a pace; silence_days), one row per buyer

    Raises
    ------
    ValueError
        If a bound is out of range.

    Source: Curry and Curry, "The Customer Marketing Method", 2000, for the pyramid; the levels are the design's.
    """
    if dormant_days < 1 or not 0 < cut_percent < 95:
        raise ValueError(f"dormant_days must be 1 or more and cut_percent 1 to 94, got {dormant_days}, {cut_percent}")
    tiers = abc_tiers(margins.select("customer_key", "net_margin"), cut_a=cut_percent, cut_b=95)
    costs = margins.select("customer_key", "cost_to_serve_amount")
    known = tiers.inner_join(costs, "customer_key").inner_join(paces(rhythms), "customer_key")
    known = known.cross_join(tiers.agg(top_entry=_.net_margin.cast("float64").min(where=_.tier == "A")))
    known = known.mutate(yearly_pace_margin=_.net_margin.cast("float64") * _.years_worth)
    level = ibis.cases(
        (_.tier == "A", "top"),
        (_.silence_days > dormant_days, "dormant"),
        (_.net_margin < 0, "cost money"),
        (_.tier == "B", "could join the top"),
        ((_.yearly_pace_margin >= _.top_entry).fill_null(False), "could join the top"),
        else_="small",
    )
    known = known.mutate(pyramid_level=level)
    action, budget = (
        ibis.cases(*((known.pyramid_level == name, words[place]) for name, words in ACTIONS.items()))
        for place in (0, 1)
    )
    return known.select(
        "customer_key",
        "pyramid_level",
        "net_margin",
        "cost_to_serve_amount",
        "yearly_pace_margin",
        "silence_days",
        pyramid_action=action,
        pyramid_budget=budget,
    )


def paces(rhythms: ir.Table) -> ir.Table:
    """How many times a year holds the time that a customer has been one; null with fewer than two orders.

    Returns
    -------
    table of (customer_key, silence_days, years_worth: 1 from the first year on)
    """
    days = rhythms.silence_days + days_between(rhythms.last_order_on, rhythms.first_order_on)
    counted = ibis.least(ibis.greatest(days, LEAST_DAYS), YEAR_DAYS)
    worth = YEAR_DAYS / counted.cast("float64")
    return rhythms.select(
        "customer_key",
        "silence_days",
        years_worth=ibis.ifelse(rhythms.order_count >= LEAST_ORDERS, worth, ibis.null("float64")),
    )


def pyramid_levels(pyramid: ir.Table) -> ir.Table:
    """The pyramid as five rows, from the top down, empty levels too.

    Returns
    -------
    table of (place 1 to 5, pyramid_level, pyramid_action, pyramid_budget, customer_count, customer_share, net_margin,
    margin_share: of the sum over all customers, null where that is not positive; cost_to_serve_amount)
    """
    rows = [
        {"place": place, "pyramid_level": name, "pyramid_action": words[0], "pyramid_budget": words[1]}
        for place, (name, words) in enumerate(ACTIONS.items(), start=1)
    ]
    sums = pyramid.group_by("pyramid_level").agg(
        customers=_.count(), margin=_.net_margin.sum(), service=_.cost_to_serve_amount.sum()
    )
    levels = ibis.memtable(rows).left_join(sums, "pyramid_level").drop("pyramid_level_right")
    levels = levels.mutate(
        customer_count=_.customers.fill_null(0),
        net_margin=_.margin.fill_null(0),
        cost_to_serve_amount=_.service.fill_null(0),
    )
    whole = ibis.window()
    everybody, total = levels.customer_count.sum().over(whole), levels.net_margin.sum().over(whole).cast("float64")
    levels = levels.mutate(
        customer_share=levels.customer_count.cast("float64") / everybody.nullif(0),
        margin_share=ibis.ifelse(total > 0, levels.net_margin.cast("float64") / total, ibis.null("float64")),
    )
    return levels.drop("customers", "margin", "service")
