"""What each product brought over a window: the holders of value in the long tail of the assortment."""

from datetime import date

import ibis.expr.types as ir
from ibis import _

from mining.as_of_dates import months_before
from mining.instants import end_of_day
from mining.known_rows import with_cancellation


def product_margins(
    lines: ir.Table, orders: ir.Table, products: ir.Table, *, as_of: date, window_months: int = 12
) -> ir.Table:
    """Net revenue less cost of goods of every product sold or returned in the months that end with `as_of`.

    Lines of unknown buyers count too. A line counts until the day on which its order is cancelled.

    Parameters
    ----------
    lines : fct_order_lines: order_key, product_key, ordered_on, margin_amount
    orders : fct_orders: order_key, is_sale, is_cancelled, cancelled_at, item_quantity
    products : dim_product: product_key, category, valid_from, valid_to
    as_of : last day that counts
    window_months : length of the window (as_of - window_months, as_of]

    Returns
    -------
    table of (product_key, category: as of the date, net_margin DECIMAL(18, 4)), one row per product

    Raises
    ------
    ValueError
        If `window_months` is below 1.
    """
    after = months_before(as_of, window_months)
    cancelled = with_cancellation(orders).filter(_.is_cancelled, _.cancelled_on <= as_of).select("order_key")
    sold = lines.filter(_.ordered_on > after, _.ordered_on <= as_of, _.product_key.notnull())
    sold = sold.anti_join(cancelled, "order_key")
    sums = sold.group_by("product_key").agg(net_margin=_.margin_amount.sum().cast("decimal(18, 4)"))
    end = end_of_day(as_of)
    known = products.filter(_.valid_from < end, _.valid_to >= end).select("product_key", "category")
    return sums.left_join(known, "product_key").drop("product_key_right")
