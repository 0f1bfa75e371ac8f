"""What was known by the end of a date: the rows that mining as of that date may read, for one date or many at once."""

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

AsOf = date | Sequence[date]


def dates_of(as_of: AsOf) -> list[date]:
    """The dates asked for, in order, each once.

    Raises
    ------
    ValueError
        If there is none.
    """
    dates = [as_of] if isinstance(as_of, date) else sorted(set(as_of))
    if not dates:
        raise ValueError("as_of needs one date or more")
    return dates


def known_rows(facts: ir.Table, day: str, windows: dict[date, date]) -> ir.Table:
    """The rows of `facts` known by the end of each date, once per date, customers unknown left out.

    Parameters
    ----------
    facts : table with customer_key and the date column `day`
    windows : for each as-of date the day after which its window begins

    Returns
    -------
    the rows with as_of: date and is_recent: boolean, whether the row lies in the window (after, as_of]
    """
    facts = facts.filter(facts.customer_key.notnull())
    if len(windows) == 1:
        # A literal where one would do: a join with one row costs half as much again.
        [(as_of, after)] = windows.items()
        known = facts.filter(facts[day] <= as_of)
        return known.mutate(as_of=ibis.literal(as_of), is_recent=known[day] > after)
    rows = [{"as_of": as_of, "after": after} for as_of, after in windows.items()]
    dates = ibis.memtable(rows, schema={"as_of": "date", "after": "date"})
    known = facts.inner_join(dates, facts[day] <= dates.as_of)
    return known.mutate(is_recent=known[day] > known.after).drop("after")


def known_orders(orders: ir.Table, windows: dict[date, date]) -> ir.Table:
    """Orders placed by the end of each date and not cancelled by then.

    What was cancelled later still was a sale: whoever asks as of a past date gets the answer that was given then.

    Parameters
    ----------
    orders : fct_orders: customer_key, ordered_on, net_amount, cost_amount, item_quantity, is_sale, is_cancelled,
        cancelled_at
    windows : as for `known_rows`

    Returns
    -------
    the rows as `known_rows` gives them, is_sale as of the date
    """
    known = known_rows(with_cancellation(orders), "ordered_on", windows)
    known = known.filter(~known.is_cancelled | (known.cancelled_on > known.as_of))
    return known.mutate(is_sale=known.has_goods)


def with_cancellation(orders: ir.Table) -> ir.Table:
    """Orders with the day of cancellation and whether anything was sold, cancelled or not.

    The day is the star's `cancelled_on`, by the company's clock; a table that has only `cancelled_at` is dated in UTC.
    """
    return orders.mutate(
        cancelled_on=orders.cancelled_on if "cancelled_on" in orders.columns else orders.cancelled_at.date(),
        has_goods=orders.is_sale | (orders.is_cancelled & (orders.item_quantity > 0)),
    )


def known_lines(lines: ir.Table, orders: ir.Table, as_of: date) -> ir.Table:
    """Order lines placed by the end of a date; those of an order that was cancelled later still count.

    Parameters
    ----------
    lines : fct_order_lines: order_key, ordered_on, is_counted, and more
    orders : fct_orders: order_key, is_cancelled, cancelled_at or cancelled_on, and what `with_cancellation` wants
    """
    cancelled = with_cancellation(orders.filter(orders.is_cancelled, orders.ordered_on <= as_of))
    later = cancelled.filter(cancelled.cancelled_on > as_of).select("order_key").distinct()
    known = lines.filter(lines.ordered_on <= as_of)
    known = known.left_join(later.mutate(stood=ibis.literal(True)), "order_key").drop("order_key_right")
    return known.mutate(is_counted=known.is_counted | known.stood.fill_null(False)).drop("stood")


def days_before(as_of: date, days: int | None) -> date:
    """The day after which a window of `days` days begins; without a length, before all history."""
    return date.min if days is None else as_of - timedelta(days=days)
