"""Steps of a customer's path: what each touchpoint was, and what touchpoints do not say: searches, delays, silence."""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.purchase_days import EPOCH, day_number

OVERDUE, SEARCH, DISCOUNT, SILENCE = "complaint open too long", "search", "discount", "silence"


def touch_steps(
    touchpoints: ir.Table,
    *,
    as_of: date,
    cases: ir.Table | None = None,
    sessions: ir.Table | None = None,
    lines: ir.Table | None = None,
    overdue_days: int = 5,
    silence_days: int = 60,
) -> ir.Table:
    """List each known customer's steps, day by day, up to `as_of`.

    Parameters
    ----------
    touchpoints : table of (customer_key, touched_on, kind, direction)
    cases : table of (customer_key, opened_on, resolved_at, null while open): a case is a step of its own on the day
        it has been open `overdue_days`
    sessions : table of (customer_key, started_on, search_count): a visit with a search
    lines : table of (customer_key, ordered_on, discount_amount, is_counted): something bought at a discount
    silence_days : days after a customer's own last touchpoint at which they have fallen silent

    Returns
    -------
    table of (customer_key, time: days since 1970-01-01, item: the step), each once a day
    """
    today = day_number(as_of)
    touched = touchpoints.filter(_.touched_on <= as_of)
    parts = [_steps(touched, touched.touched_on, touched.kind), _silences(touched, today, silence_days)]
    if cases is not None:
        parts.append(_overdue(cases, today, overdue_days))
    if sessions is not None:
        searches = sessions.filter(_.started_on <= as_of, _.search_count > 0)
        parts.append(_steps(searches, searches.started_on, ibis.literal(SEARCH)))
    if lines is not None:
        cheaper = lines.filter(_.ordered_on <= as_of, _.is_counted, _.discount_amount > 0)
        parts.append(_steps(cheaper, cheaper.ordered_on, ibis.literal(DISCOUNT)))
    return ibis.union(*parts).drop_null().distinct()


def _number(day: ir.DateValue) -> ir.IntegerValue:
    """The day as the number of days since 1970-01-01."""
    return day.delta(ibis.literal(EPOCH), unit="day").cast("int64")


def _steps(table: ir.Table, day: ir.DateValue, item: ir.StringValue) -> ir.Table:
    return table.select("customer_key", time=_number(day), item=item.cast("string"))


def _silences(touched: ir.Table, today: int, silence_days: int) -> ir.Table:
    """The days on which customers had not been heard of for so long."""
    heard = touched.filter(_.direction == "in")
    heard = heard.select("customer_key", time=_number(heard.touched_on)).distinct()
    following = _.time.lead().over(ibis.window(group_by="customer_key", order_by="time"))
    quiet = heard.mutate(following=following, time=_.time + silence_days).filter(_.time <= today)
    quiet = quiet.filter(_.following.isnull() | (_.following > _.time))
    return quiet.select("customer_key", "time", item=ibis.literal(SILENCE))


def _overdue(cases: ir.Table, today: int, overdue_days: int) -> ir.Table:
    """The days on which cases had been open for so long."""
    late = cases.mutate(time=_number(cases.opened_on) + overdue_days, resolved=_number(cases.resolved_at.date()))
    late = late.filter(_.time <= today, _.resolved.isnull() | (_.resolved > _.time))
    return late.select("customer_key", "time", item=ibis.literal(OVERDUE))
