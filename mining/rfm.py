"""RFM: recency, frequency and monetary value of every buyer, their scores 1 to 5 and the group they make."""

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.known_rows import AsOf, dates_of, days_before, known_orders

MONEY = "decimal(18, 4)"

# Rows: recency score; columns: FM score 1 to 5.
GROUPS = {
    5: ("New", "Promising", "Active", "Loyal", "Champions"),
    4: ("Promising", "Promising", "Active", "Loyal", "Champions"),
    3: ("Needs attention", "Needs attention", "Needs attention", "Loyal", "Loyal"),
    2: ("Almost lost", "Almost lost", "At risk", "At risk", "At risk"),
    1: ("Dormant", "Dormant", "Previously loyal", "Previously loyal", "Previously loyal"),
}


def rfm(orders: ir.Table, *, as_of: AsOf, window_days: int | None = None) -> ir.Table:
    """Score every buyer by the last order, the number of orders and the money spent.

    Each score is min(5, 1 + 5 x customers strictly worse / customers) in whole numbers, so that ties share a score.
    FM is the mean of F and M, halves up; R and FM together give the group (`GROUPS`).

    Parameters
    ----------
    orders : fct_orders: customer_key, ordered_on, net_amount, item_quantity, is_sale, is_cancelled, cancelled_at
    as_of : last day that counts; with several dates each is answered as if asked alone
    window_days : frequency and monetary count the last so many days; `None`: the whole history. Recency always
        looks at the whole history, so that every buyer has a group.

    Returns
    -------
    table of (as_of, customer_key, first_order_on, last_order_on, recency_days, frequency, monetary_amount, r_score,
    f_score, m_score, fm_score, rfm_group), one row per date and customer with a sale on or before it; frequency
    counts sales, monetary_amount is their net amount less returns, decimal(18, 4)

    Raises
    ------
    ValueError
        If `window_days` is below 1 or there is no date.

    Source: Hughes, "Strategic Database Marketing", 1994; the formula and the grid are the design's.
    """
    customers = buyers(orders, as_of, window_days)
    # A later last order is better, so recency is scored on the date and not on the days that have passed.
    thresholds = [lowest_of_each_score(customers, value) for value in ("last_order_on", "frequency", "monetary_amount")]
    recency, frequency, monetary = thresholds
    scores = customers
    for lowest in thresholds:
        scores = scores.inner_join(lowest, "as_of")
    scores = scores.mutate(
        r_score=score(_.last_order_on, recency),
        f_score=score(_.frequency, frequency),
        m_score=score(_.monetary_amount, monetary),
    )
    scores = scores.mutate(fm_score=((_.f_score + _.m_score + 1) // 2).cast("int32"))
    values = ("first_order_on", "last_order_on", "recency_days", "frequency", "monetary_amount")
    names = ("r_score", "f_score", "m_score", "fm_score")
    return scores.select("as_of", "customer_key", *values, *names, rfm_group=group_name(_.r_score, _.fm_score))


def buyers(orders: ir.Table, as_of: AsOf, window_days: int | None) -> ir.Table:
    """One row per date and customer with a sale on or before it, with the values that are scored."""
    if window_days is not None and window_days < 1:
        raise ValueError(f"a window has 1 day or more, got {window_days}")
    known = known_orders(orders, {day: days_before(day, window_days) for day in dates_of(as_of)})
    amount, is_order = _.net_amount.cast(MONEY), _.is_sale
    if window_days is not None:
        amount = _.is_recent.ifelse(amount, ibis.literal(0, MONEY))
        is_order = is_order & _.is_recent
    values = known.group_by("as_of", "customer_key").agg(
        first_order_on=_.ordered_on.min(where=_.is_sale),
        last_order_on=_.ordered_on.max(where=_.is_sale),
        frequency=_.count(where=is_order),
        monetary_amount=amount.sum().cast(MONEY),
    )
    days = _.as_of.delta(_.last_order_on, unit="day")
    return values.filter(_.last_order_on.notnull()).mutate(recency_days=days.cast("int64"))


def lowest_of_each_score(customers: ir.Table, value: str) -> ir.Table:
    """One row per date: the lowest `value` that earns a score of 2, 3, 4 and 5; null where no customer earns it.

    Scores rise with the value, so these four say it all. They are found among the distinct values and their counts,
    where ranking every customer would sort a million rows.
    """
    levels = customers.group_by("as_of", value).agg(level_customers=_.count())
    below = ibis.window(group_by="as_of", order_by=value, rows=(None, -1))
    levels = levels.mutate(
        worse=_.level_customers.sum().over(below).fill_null(0),
        customers=_.level_customers.sum().over(ibis.window(group_by="as_of")),
    )
    # 1 + 5 x worse / customers reaches n where 5 x worse >= (n - 1) x customers: whole numbers, no rounding.
    lowest = {n: levels[value].min(where=5 * _.worse >= (n - 1) * _.customers) for n in range(2, 6)}
    return levels.group_by("as_of").agg(**{f"{value}_of_{n}": each for n, each in lowest.items()})


def score(value: ir.Value, lowest: ir.Table) -> ir.IntegerValue:
    """The score of `value` against the row of `lowest_of_each_score` that was joined to it."""
    branches = [(value >= _[lowest.columns[n - 1]], n) for n in range(5, 1, -1)]
    return ibis.cases(*branches, else_=1).cast("int32")


def group_name(r_score: ir.IntegerValue, fm_score: ir.IntegerValue) -> ir.StringValue:
    """The group of a recency score and an FM score."""
    rows = []
    for recency, names in GROUPS.items():
        row = ibis.cases(*((fm_score == fm, name) for fm, name in enumerate(names, start=1)))
        rows.append((r_score == recency, row))
    return ibis.cases(*rows)
