"""Loyalty stages: exactly one for everybody known. Tables in, tables out; nothing is stored here."""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.instants import days_until
from mining.movements import MONEY, NOBODY, STATES, direction, side_by_side

STAGES = ("potential", "new", "regular", "established", "loyal", "lapsed", "lost")
# How high each stage stands, for telling ups from downs.
HEIGHTS = {"lost": 0, "potential": 1, "lapsed": 1, "new": 2, "regular": 3, "established": 4, "loyal": 5}
TEXT = "string"
POTENTIAL = {"loyalty_stage": "potential", "stage_reason": "known, has not bought yet"}


def loyalty_stages(
    people: ir.Table,
    rhythms: ir.Table,
    limits: ir.Table,
    index: ir.Table,
    *,
    as_of: date,
    horizon_days: int = 365,
    new_days: int = 90,
    new_orders: int = 3,
    established_days: int = 365,
    loyal_percent: int = 25,
) -> ir.Table:
    """The stage of everybody known; the first of these rules that applies decides.

    1. potential: has not bought
    2. lost: silent for more than `horizon_days`
    3. lapsed: silent for longer than nine in ten of the gaps seen in customers of the same rhythm (`lapse_limits`)
    4. new: first order at most `new_days` ago, and fewer than `new_orders` orders
    5. loyal: established, and among the established in the top `loyal_percent` by loyalty index; ties share a stage
    6. established: from the beginning of the present run to the last purchase, `established_days` or more
    7. regular: every other buyer who is active

    Parameters
    ----------
    people : table of (customer_key): everybody known by the end of `as_of`; buyers missing here are added
    rhythms : result of `purchase_rhythms`
    limits : result of `lapse_limits`
    index : result of `loyalty_index`
    as_of : last day that counts
    horizon_days : the churn horizon; `churn_horizons` proposes one
    new_days, new_orders, established_days, loyal_percent : bounds of the stages

    Returns
    -------
    table of (customer_key, loyalty_stage, stage_reason: words with numbers, first_order_on, last_order_on,
    silence_days, order_count, gap_class, lapse_after_days, lapse_basis), one row per person

    Raises
    ------
    ValueError
        If a bound is below 1, or `loyal_percent` above 100.
    """
    bounds = (horizon_days, new_days, new_orders, established_days, loyal_percent)
    if min(bounds) < 1 or loyal_percent > 100:
        raise ValueError(f"bounds must be 1 or more and loyal_percent at most 100, got {bounds}")
    buyers = rhythms.left_join(limits, "gap_class").drop("gap_class_right")
    is_lapsed = (_.silence_days > _.lapse_after_days).fill_null(False)
    is_new = (days_until(as_of, _.first_order_on) <= new_days) & (_.order_count < new_orders)
    active = ibis.cases(
        (_.silence_days > horizon_days, "lost"),
        (is_lapsed, "lapsed"),
        (is_new, "new"),
        (_.run_days >= established_days, "established"),
        else_="regular",
    )
    buyers = buyers.mutate(loyalty_stage=active)
    loyal = top_of_established(buyers, index, loyal_percent)
    buyers = buyers.left_join(loyal, "customer_key").drop("customer_key_right")
    buyers = buyers.mutate(loyalty_stage=_.is_loyal.fill_null(False).ifelse("loyal", _.loyalty_stage))
    buyers = buyers.mutate(stage_reason=reason(buyers, horizon_days, loyal_percent))
    columns = ("first_order_on", "last_order_on", "silence_days", "order_count", "gap_class", "lapse_after_days")
    staged = buyers.select("customer_key", "loyalty_stage", "stage_reason", *columns, "lapse_basis")
    others = people.select("customer_key").distinct().anti_join(rhythms, "customer_key")
    empty = {
        name: ibis.null(kind) for name, kind in staged.schema().items() if name not in {"customer_key", *POTENTIAL}
    }
    others = others.mutate(**{name: ibis.literal(value) for name, value in POTENTIAL.items()}, **empty)
    return ibis.union(staged, others.select(*staged.columns))


def top_of_established(buyers: ir.Table, index: ir.Table, percent: int) -> ir.Table:
    """Those of the established than whom fewer than `percent` in a hundred have a higher index."""
    established = buyers.filter(_.loyalty_stage == "established").select("customer_key")
    ranked = established.inner_join(index.select("customer_key", "loyalty_index"), "customer_key")
    ranked = ranked.mutate(
        better=ibis.rank().over(ibis.window(order_by=ibis.desc("loyalty_index"))),
        everyone=_.count().over(ibis.window()),
    )
    # rank() counts those strictly better from 0 in ibis; whole numbers, so that a tie on the line is not lost.
    top = ranked.filter(100 * _.better < percent * _.everyone)
    return top.select("customer_key", is_loyal=ibis.literal(True))


def reason(buyers: ir.Table, horizon_days: int, loyal_percent: int) -> ir.StringValue:
    """Why the stage, as in 'silent for 120 days; nine in ten of such gaps are over after 84'."""
    silent = "silent for " + buyers.silence_days.cast(TEXT) + " days"
    orders = buyers.order_count.cast(TEXT) + (buyers.order_count == 1).ifelse(" order", " orders")
    since = " since " + buyers.first_order_on.cast(TEXT)
    run = "bought without a break from " + buyers.run_started_on.cast(TEXT) + " to " + buyers.last_order_on.cast(TEXT)
    return ibis.cases(
        (buyers.loyalty_stage == "lost", silent + f", beyond the horizon of {horizon_days}"),
        (
            buyers.loyalty_stage == "lapsed",
            silent + "; nine in ten gaps of such customers are over after " + buyers.lapse_after_days.cast(TEXT),
        ),
        (buyers.loyalty_stage == "loyal", run + f"; loyalty index in the top {loyal_percent} % of the established"),
        (buyers.loyalty_stage == "established", run),
        (buyers.order_count == 1, "1 order on " + buyers.last_order_on.cast(TEXT) + ", not silent for unusually long"),
        else_=orders + since + ", " + silent,
    )


def stage_moves(before: ir.Table, after: ir.Table) -> ir.Table:
    """Who changed stage between two dates.

    Parameters
    ----------
    before, after : results of `loyalty_stages` as of two dates

    Returns
    -------
    table as `movements.tier_moves` returns it, with measure 'loyalty_stage', `changed` one of 'order', 'silence',
    'time' or 'index' ('correction' for who is no longer known), the reason of the later stage, and both margins null
    """
    moved = side_by_side(before, after, ["order_count", "stage_reason"], "loyalty_stage")
    heights = [ibis.cases(*((_[side] == stage, n) for stage, n in HEIGHTS.items()), else_=-1) for side in STATES]
    has_ordered = _.order_count_after.fill_null(0) > _.order_count_before.fill_null(0)
    changed = ibis.cases(
        (_.state_after == NOBODY, "correction"),
        (has_ordered, "order"),
        (_.state_after.isin(["lapsed", "lost"]), "silence"),
        ((_.state_before == "loyal") | (_.state_after == "loyal"), "index"),
        else_="time",
    )
    return moved.mutate(direction=direction(*heights)).select(
        "customer_key",
        measure=ibis.literal("loyalty_stage"),
        value_from=_.state_before.nullif(NOBODY),
        value_to=_.state_after.nullif(NOBODY),
        direction=_.direction,
        changed=changed,
        reason=_.stage_reason_after.fill_null("no longer known: merged with another customer or erased"),
        net_margin=ibis.null(MONEY),
        net_margin_change=ibis.null(MONEY),
    )
