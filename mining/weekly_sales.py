"""Orders and revenue by week: in total, by the tier and by the group that customers had when the month began."""

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.instants import days_after
from mining.known_rows import with_cancellation

NEWCOMERS = "new or unknown"


def weekly_sales(orders: ir.Table, tiers: ir.Table, scores: ir.Table, *, as_of: date) -> ir.Table:
    """Orders and revenue of every week that is over by `as_of`, in total and by tier and group.

    A customer counts in the tier and group of the month end before the order: whoever is in tier A now was not
    always, and today's tiers would make their past look better than it was. Orders of nobody known count in total and
    among the newcomers.

    Parameters
    ----------
    orders : fct_orders: customer_key, ordered_on, net_amount, item_quantity, is_sale, is_cancelled, cancelled_at
    tiers : mining.customer_tiers: as_of, customer_key, tier, as of month ends
    scores : mining.customer_rfm: as_of, customer_key, rfm_group, as of month ends
    as_of : last day that counts

    Returns
    -------
    table of (week_on: its Monday, split: total, tier or group; series, order_count, net_amount float), one row per
    week and series with an order or return; weeks from Monday to Sunday
    """
    known = with_cancellation(orders).filter(_.ordered_on <= as_of)
    stood = known.filter(~known.is_cancelled | (known.cancelled_on > as_of))
    dated = stood.select(
        "customer_key",
        week_on=_.ordered_on.truncate("W").cast("date"),
        month_on=_.ordered_on.truncate("M").cast("date"),
        is_sale=_.has_goods.ifelse(1, 0),
        net_amount=_.net_amount,
    ).filter(_.week_on <= as_of - timedelta(days=6))
    # Few rows before the joins: a customer's week is one row, however many orders it holds.
    weeks = dated.group_by("customer_key", "week_on", "month_on").agg(
        order_count=_.is_sale.sum(), net_amount=_.net_amount.sum()
    )
    total = weeks.mutate(split=ibis.literal("total"), series=ibis.literal("total"))
    parts = [total, by_standing(weeks, tiers, "tier", "tier"), by_standing(weeks, scores, "rfm_group", "group")]
    columns = ["week_on", "split", "series", "order_count", "net_amount"]
    stacked = ibis.union(*(part.select(columns) for part in parts))
    sums = stacked.group_by("week_on", "split", "series")
    # Summed as money, so that the order of the rows changes no digit and the same data train the same model.
    return sums.agg(order_count=_.order_count.sum(), net_amount=_.net_amount.sum().cast("float64"))


def by_standing(weeks: ir.Table, standings: ir.Table, column: str, split: str) -> ir.Table:
    """Weeks with what each customer was at the month end before."""
    month_on = days_after(standings.as_of, ibis.literal(1))
    held = standings.select("customer_key", month_on=month_on, series=standings[column])
    joined = weeks.left_join(held, ["customer_key", "month_on"])
    return joined.mutate(split=ibis.literal(split), series=_.series.fill_null(NEWCOMERS))
