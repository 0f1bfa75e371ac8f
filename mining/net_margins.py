"""Net margin: what each customer brought and cost in a window of months. Tables in, tables out."""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.as_of_dates import months_before
from mining.known_rows import AsOf, dates_of, known_orders, known_rows

MONEY = "decimal(18, 4)"


def net_margins(
    orders: ir.Table,
    calls: ir.Table,
    cases: ir.Table,
    contacts: ir.Table,
    *,
    as_of: AsOf,
    window_months: int = 12,
) -> ir.Table:
    """Revenue, cost of goods, cost to serve and net margin of every buyer over the months that end with `as_of`.

    A buyer is a customer with at least one sale on or before `as_of`, however long ago; one who neither bought nor
    cost anything in the window has zeros. Revenue is net of discounts and returns; cancelled orders bring none.
    Goods whose cost is unknown cost nothing here, so that margin falls back to revenue. Cost to serve is agents'
    time on calls and cases and the contacts sent; members of a control group were sent nothing.

    Parameters
    ----------
    orders : fct_orders: customer_key, ordered_on, net_amount, cost_amount, item_quantity, is_sale, is_cancelled,
        cancelled_at
    calls : fct_calls: customer_key, started_on, cost_amount
    cases : fct_cases: customer_key, opened_on, cost_amount
    contacts : fct_campaign_contacts: customer_key, contacted_on, arm, cost_amount
    as_of : last day that counts; with several dates each is answered as if asked alone
    window_months : length of the window (as_of - window_months, as_of]

    Returns
    -------
    table of (as_of, customer_key, revenue_amount, cost_of_goods_amount, cost_to_serve_amount, net_margin,
    last_booked_on), one row per date and buyer; amounts decimal(18, 4) in the company's currency; last_booked_on is
    the day of the last order or return, however long ago

    Raises
    ------
    ValueError
        If `window_months` is below 1 or there is no date.

    Source: cost to serve as in Kaplan and Narayanan, "Measuring and Managing Customer Profitability", 2001.
    """
    windows = {day: months_before(day, window_months) for day in dates_of(as_of)}
    served = [
        costs(calls, "started_on", windows),
        costs(cases, "opened_on", windows),
        costs(contacts.filter(_.arm == "treatment"), "contacted_on", windows),
    ]
    # One stack and one grouping: a join per fact would build a table of a million customers for each.
    sums = ibis.union(sales(orders, windows), *served).group_by("as_of", "customer_key")
    margins = sums.agg(
        is_buyer=_.is_sale.max(),
        revenue_amount=_.revenue.sum().cast(MONEY),
        cost_of_goods_amount=_.goods.sum().cast(MONEY),
        cost_to_serve_amount=_.service.sum().cast(MONEY),
        last_booked_on=_.booked_on.max(),
    )
    margins = margins.filter(_.is_buyer == 1).drop("is_buyer")
    net = _.revenue_amount - _.cost_of_goods_amount - _.cost_to_serve_amount
    return margins.mutate(net_margin=net.cast(MONEY)).relocate("last_booked_on", after="net_margin")


def sales(orders: ir.Table, windows: dict[date, date]) -> ir.Table:
    """One row per order that counts; orders before the window bring no money but show that the customer bought."""
    nothing = ibis.literal(0, MONEY)
    return known_orders(orders, windows).select(
        "as_of",
        "customer_key",
        is_sale=_.is_sale.ifelse(1, 0),
        revenue=_.is_recent.ifelse(_.net_amount.cast(MONEY), nothing),
        goods=_.is_recent.ifelse(_.cost_amount.cast(MONEY).fill_null(nothing), nothing),
        service=nothing,
        booked_on=_.ordered_on,
    )


def costs(facts: ir.Table, day: str, windows: dict[date, date]) -> ir.Table:
    """One row per call, case or contact in the window."""
    nothing = ibis.literal(0, MONEY)
    counted = known_rows(facts, day, windows).filter(_.is_recent)
    return counted.select(
        "as_of",
        "customer_key",
        is_sale=ibis.literal(0, "int8"),
        revenue=nothing,
        goods=nothing,
        service=_.cost_amount.cast(MONEY).fill_null(nothing),
        booked_on=ibis.null("date"),
    )
