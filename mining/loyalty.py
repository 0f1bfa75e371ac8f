"""Loyalty as of a date in one table: stage, index and next order; trend and season in another, as they cost more."""

from datetime import date

import ibis.expr.types as ir

from mining.loyalty_index import firmness_counts, loyalty_index
from mining.loyalty_stages import loyalty_stages
from mining.loyalty_trends import loyalty_trends
from mining.next_orders import next_orders
from mining.purchase_gaps import gap_levels, lapse_limits, purchase_gaps, purchase_rhythms
from mining.seasonality import purchase_seasons


def customer_standing(
    orders: ir.Table,
    cases: ir.Table,
    people: ir.Table,
    *,
    as_of: date,
    horizon_days: int = 365,
    new_days: int = 90,
    new_orders: int = 3,
    established_days: int = 365,
    loyal_percent: int = 25,
    min_gaps: int = 30,
) -> ir.Table:
    """One row for everybody known by the end of `as_of`; everything but the stage is null for who has not bought.

    Gaps and rhythms are stored on the way (`cache`), because several results are read from them.

    Parameters
    ----------
    orders : fct_orders: customer_key, ordered_on, channel, discount_amount, item_quantity, is_sale, is_cancelled,
        cancelled_at
    cases : fct_cases: customer_key, opened_on, category
    people : table of (customer_key), as `people.known_people` returns it; buyers missing here are added
    as_of : last day that counts
    horizon_days, new_days, new_orders, established_days, loyal_percent : as for `loyalty_stages`
    min_gaps : as for `lapse_limits`

    Returns
    -------
    table of the columns of `loyalty_stages`, and gap_count, run_started_on, run_days, typical_gap_days; the columns
    of `loyalty_index` and `next_orders`
    """
    gaps = purchase_gaps(orders, as_of=as_of).cache()
    rhythms = purchase_rhythms(gaps, as_of=as_of, horizon_days=horizon_days).cache()
    levels = gap_levels(gaps, rhythms).cache()
    index = loyalty_index(rhythms, firmness_counts(orders, cases, as_of=as_of), horizon_days=horizon_days).cache()
    stages = loyalty_stages(
        people,
        rhythms,
        lapse_limits(levels, min_gaps=min_gaps),
        index,
        as_of=as_of,
        horizon_days=horizon_days,
        new_days=new_days,
        new_orders=new_orders,
        established_days=established_days,
        loyal_percent=loyal_percent,
    )
    run = rhythms.select("customer_key", "gap_count", "run_started_on", "run_days", "typical_gap_days")
    due = next_orders(rhythms, levels, as_of=as_of, horizon_days=horizon_days, min_gaps=min_gaps)
    return beside(stages, run, index, due)


def customer_trends(orders: ir.Table, *, as_of: date) -> ir.Table:
    """Trend and season of every buyer: who buys more and more or less, and in which part of the year.

    Parameters
    ----------
    orders : fct_orders, as for `customer_standing`
    as_of : last day that counts

    Returns
    -------
    table of the columns of `loyalty_trends` and `purchase_seasons`, one row per buyer
    """
    gaps = purchase_gaps(orders, as_of=as_of).cache()
    return beside(loyalty_trends(gaps, as_of=as_of), purchase_seasons(gaps, as_of=as_of))


def beside(whole: ir.Table, *parts: ir.Table) -> ir.Table:
    """Each row of `whole` with what the parts know of the same customer."""
    for part in parts:
        whole = whole.left_join(part, "customer_key").drop("customer_key_right")
    return whole
