"""The first weeks of every customer, and those of whom it is not known yet what they will become."""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.feature_families import share
from mining.instants import days_between, days_until
from mining.known_rows import days_before, known_orders

FIRST_DAYS = 30


def first_weeks(orders: ir.Table, *, as_of: date, first_days: int = FIRST_DAYS) -> ir.Table:
    """What every customer did in the first days from the first order on, for those whose first days are over.

    Parameters
    ----------
    orders : fct_orders: customer_key, ordered_at, ordered_on, channel, gross_amount, discount_amount, net_amount,
        item_quantity, is_sale, is_cancelled, cancelled_at
    as_of : last day that counts
    first_days : length of the window, the day of the first order included

    Returns
    -------
    table of (customer_key, first_on, tenure_days, first_order_count, first_revenue_amount, first_item_count,
    first_discount_share: null where nothing was sold; is_web, is_store: where the first order came from, 0 or 1),
    amounts as floats, one row per customer whose first days are over by `as_of`
    """
    known = known_orders(orders, {as_of: days_before(as_of, None)})
    firsts = known.filter(_.is_sale).group_by("customer_key").agg(first_on=_.ordered_on.min())
    dated = known.inner_join(firsts, "customer_key")
    early = dated.filter(
        days_between(dated.ordered_on, dated.first_on) < first_days, dated.ordered_on >= dated.first_on
    )
    sums = early.group_by("customer_key").agg(
        first_on=_.first_on.min(),
        first_order_count=_.count(where=_.is_sale),
        first_revenue_amount=_.net_amount.sum().cast("float64"),
        first_item_count=_.item_quantity.sum().cast("float64"),
        gross=_.gross_amount.sum(where=_.is_sale),
        discount=_.discount_amount.sum(where=_.is_sale),
        # Of orders at one instant the channel decides: the rows' order must not.
        first_channel=_.channel.argmin(ibis.struct({"at": _.ordered_at, "channel": _.channel}), where=_.is_sale),
    )
    found = sums.mutate(
        tenure_days=days_until(as_of, sums.first_on),
        first_discount_share=share(sums.discount, sums.gross),
        is_web=(sums.first_channel == "web").fill_null(False).ifelse(1, 0),
        is_store=(sums.first_channel == "store").fill_null(False).ifelse(1, 0),
    )
    return found.filter(_.tenure_days >= first_days).drop("gross", "discount", "first_channel")
