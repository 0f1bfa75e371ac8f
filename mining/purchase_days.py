"""What each customer bought on which day: the events that sequences and rules are mined from."""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """The day as the number of days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The date of a day number."""
    return date.fromordinal(EPOCH.toordinal() + int(number))


def purchase_days(lines: ir.Table, *, as_of: date, item: str = "product_key") -> ir.Table:
    """List what each known customer bought on each day up to `as_of`.

    Parameters
    ----------
    lines : table of (customer_key, ordered_on: date, is_counted, is_return, and the column named by `item`)
    as_of : the last day that counts
    item : the column to follow, such as product_key or category

    Returns
    -------
    table of (customer_key, item, time: days since 1970-01-01), each once; returns, cancelled orders and lines without
    a customer or item are left out
    """
    bought = lines.filter(_.ordered_on <= as_of, _.is_counted, ~_.is_return)
    events = bought.select("customer_key", item=_[item], time=_.ordered_on.delta(ibis.literal(EPOCH), unit="day"))
    return events.drop_null().distinct()
