"""Counting for sequential rules: what followed a start within a window, and the exposure it is measured against.

A start is (antecedent, customer_key, time): the day on which a customer first completed an antecedent. Days are the
coded purchases (customer_key, item_code, time, previous_time). All joins run in the engine; only counts come out.
"""

import ibis
import ibis.expr.types as ir
from ibis import _

LINE_STEPS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30, 50, 100)
"""Purchases in a window are compared within these steps: from each to below the next."""
BILLION = 1_000_000_000


def period_of(time: ir.IntegerColumn, first_time: int, period_days: int) -> ir.IntegerColumn:
    """Which period of so many days a day falls into, from 0."""
    return ((time - first_time) / period_days).floor().cast("int32")


def with_cell(visits: ir.Table, first_time: int, period_days: int) -> ir.Table:
    """The visits with their cell: the period they fall into and the step of purchases in the window after."""
    step = sum(((visits.lines_ahead >= least).cast("int32") for least in LINE_STEPS), ibis.literal(0, "int32"))
    period = period_of(visits.time, first_time, period_days)
    return visits.select("customer_key", "time", cell=period * (len(LINE_STEPS) + 1) + step)


def first_starts(days: ir.Table) -> ir.Table:
    """Every customer's first purchase of every item as a start; the antecedent is the item's code."""
    return days.filter(_.previous_time.isnull()).select("customer_key", "time", antecedent=_.item_code)


def control_starts(visits: ir.Table, one_in: int) -> ir.Table:
    """Every visit, or one in so many, as a start whose antecedent is its cell; picked by key and day, never by luck."""
    place = (_.customer_key % 1_000_003) * 31 + _.time * 17
    chosen = visits if one_in == 1 else visits.filter(place % one_in == 0)
    return chosen.select("customer_key", "time", antecedent=_.cell)


def followed(starts: ir.Table, days: ir.Table, window_days: int) -> ir.Table:
    """What was bought within the window after a start: (antecedent, item_code, customer_key, lag_days).

    One row per start and item, at its first purchase after: the one whose item was last bought at or before the start.
    """
    joined = starts.rename(start="time").inner_join(days, "customer_key")
    lag = joined.time - joined.start
    is_first = joined.previous_time.isnull() | (joined.previous_time <= joined.start)
    return joined.filter(lag >= 1, lag <= window_days, is_first).select(
        "antecedent", "item_code", "customer_key", lag_days=_.time - _.start
    )


def followed_by(starts: ir.Table, days: ir.Table, pairs: ir.Table, window_days: int) -> ir.Table:
    """As `followed`, of these pairs (antecedent, item_code) alone, with whatever else the starts carry.

    Joined by customer and item: all that a customer bought would be most of what there is.
    """
    wanted = starts.rename(start="time").inner_join(pairs, "antecedent")
    joined = wanted.inner_join(days, ["customer_key", "item_code"])
    lag = joined.time - joined.start
    is_first = joined.previous_time.isnull() | (joined.previous_time <= joined.start)
    found = joined.filter(lag >= 1, lag <= window_days, is_first)
    return found.mutate(lag_days=found.time - found.start).drop("time", "start", "previous_time")


def pair_counts(followed: ir.Table, least: int) -> ir.Table:
    """Customers per pair where they are at least so many: (antecedent, item_code, hits)."""
    return followed.group_by("antecedent", "item_code").agg(hits=_.count()).filter(_.hits >= least)


def own_purchases(starts: ir.Table, days: ir.Table, pairs: ir.Table, window_days: int) -> ir.Table:
    """Where a customer's own purchases of the consequent fell: one row per pair and start with one on another day.

    Returns (antecedent, item_code, customer_key, start, bought_days, is_hit: whether one came within the window).
    """
    wanted = starts.rename(start="time").inner_join(pairs, "antecedent")
    bought = wanted.inner_join(days, ["customer_key", "item_code"]).filter(_.time != _.start)
    in_window = (_.time > _.start) & (_.time - _.start <= window_days)
    return bought.group_by("antecedent", "item_code", "customer_key", "start").agg(
        bought_days=_.count(), is_hit=in_window.cast("int32").max()
    )


def own_chances(own: ir.Table, visits: ir.Table, shares: ir.Table, window_days: int) -> ir.Table:
    """The chance of each hit in `own_purchases` had the customer bought the item on any of their purchase days.

    The bought days are drawn from the customer's purchase days other than the start, each weighted by how often a
    visit of its period holds the item (`shares`: item_code, period, share), so that seasons and launches count.
    Returns (antecedent, item_code, trials, hits, expected).
    """
    spread = own.inner_join(visits, "customer_key").filter(_.time != _.start)
    weighed = spread.inner_join(shares, ["item_code", "period"])
    in_window = (_.time > _.start) & (_.time - _.start <= window_days)
    keys = ["antecedent", "item_code", "customer_key", "bought_days", "is_hit"]
    places = weighed.group_by(keys).agg(
        visit_days=_.count(), weight=_.share.sum(), window_weight=in_window.ifelse(_.share, 0.0).sum()
    )
    # Days are drawn without replacement: n visits, m bought days; the middle of the m factors stands for each of them.
    rest = _.visit_days - (_.bought_days - 1) / 2
    miss = 1 - (_.window_weight / _.weight * _.visit_days / rest).clip(upper=1.0)
    # Added as whole billionths: a sum of floats depends on the order in which the engine happens to add them.
    chances = places.mutate(billionths=((1 - miss**_.bought_days) * BILLION).round().cast("int64"))
    return chances.group_by("antecedent", "item_code").agg(
        trials=_.count(), hits=_.is_hit.sum(), expected=_.billionths.sum().cast("float64") / BILLION
    )


def visit_shares(days: ir.Table, visits: ir.Table) -> ir.Table:
    """How often a visit of each period holds each item: (item_code, period, share); both tables carry `period`."""
    totals = visits.group_by("period").agg(visits=_.count())
    bought = days.group_by("item_code", "period").agg(bought=_.count())
    return bought.inner_join(totals, "period").select("item_code", "period", share=_.bought / _.visits)


def others_nearby(starts: ir.Table, days: ir.Table, others: ir.Table, window_days: int) -> ir.Table:
    """Starts whose customer bought another item within the window before or after: (antecedent, other, customer_key).

    `others`: (antecedent, other: an item's code).
    """
    wanted = starts.rename(start="time").inner_join(others, "antecedent")
    bought = wanted.inner_join(days.rename(other="item_code"), ["customer_key", "other"])
    near = bought.filter((_.time - _.start).abs() <= window_days)
    return near.select("antecedent", "other", "customer_key").distinct()


def lag_counts(followed: ir.Table) -> ir.Table:
    """How many starts of each pair were followed after how many days: (antecedent, item_code, lag_days, hits)."""
    return followed.group_by("antecedent", "item_code", "lag_days").agg(hits=_.count())
