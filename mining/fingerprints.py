"""Fingerprints of what mining reads: the same fingerprint means the same results, nothing to redo."""

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.known_rows import with_cancellation

# A row's mark stays below this prime, so that a billion marks still add up within 64 bits.
PRIME = 2_147_483_647
FACTOR = 1_000_003
COMPLAINT = "complaint"


def input_fingerprints(
    orders: ir.Table, calls: ir.Table, cases: ir.Table, contacts: ir.Table, *, as_ofs: Sequence[date]
) -> ir.Table:
    """A fingerprint of all rows known by the end of each date.

    Every row leaves a mark made of its customer, amounts and flags; marks and rows are added up by day and then up
    to each date. A row added, removed, corrected, moved to another day or to another customer changes the
    fingerprint of every date from its day on, and of no earlier one. Plain whole numbers, so that any engine gives
    the same; two different inputs agree by accident about once in two thousand million.

    Parameters
    ----------
    orders, calls, cases, contacts : as for `net_margins`; orders with discount_amount and channel_key, cases with
        category, which loyalty reads
    as_ofs : dates, one or more

    Returns
    -------
    table of (as_of, fingerprint text), one row per date

    Raises
    ------
    ValueError
        If there is no date.
    """
    if not as_ofs:
        raise ValueError("fingerprints need one date or more")
    orders, money = with_cancellation(orders), ["net_amount", "cost_amount", "discount_amount"]
    days = ibis.union(
        # An order counts from its day on as if it stood, and its cancellation is a row of its own day.
        daily(orders, "ordered_on", 1, money, ["has_goods"], keys=["channel_key"]),
        daily(orders.filter(_.is_cancelled), "cancelled_on", 5, money, ["has_goods"], keys=["channel_key"]),
        daily(calls, "started_on", 2, ["cost_amount"], []),
        daily(cases.mutate(is_complaint=_.category == COMPLAINT), "opened_on", 3, ["cost_amount"], ["is_complaint"]),
        daily(contacts.mutate(is_sent=_.arm == "treatment"), "contacted_on", 4, ["cost_amount"], ["is_sent"]),
    )
    dates = ibis.memtable([{"as_of": day} for day in sorted(set(as_ofs))], schema={"as_of": "date"})
    known = dates.left_join(days, days.day_on <= dates.as_of)
    sums = known.group_by("as_of").agg(rows=_.rows.sum().fill_null(0), marks=_.marks.sum().fill_null(0))
    return sums.select("as_of", fingerprint=_.rows.cast("string") + "-" + _.marks.cast("string"))


def rows_fingerprint(rows: ir.Table) -> str:
    """A fingerprint of the rows of a table, whatever their order: for what is read as a whole.

    Each row leaves a mark made of the engine's hash of every column, in the columns' order; the marks are added up.
    The mark so far is hashed with every column: were it only added, rows that swap a value would leave the same sum.
    Another engine gives another fingerprint of the same rows, with which nothing is lost but one computation.
    """
    mark: ir.Value = ibis.literal(1, "int64")
    for name in rows.columns:
        mark = (mark + rows[name].hash() % PRIME).hash() % PRIME
    marked = rows.select(mark=mark)
    found = marked.agg(rows=_.count(), marks=_.mark.sum().fill_null(0)).to_pyarrow().to_pylist()[0]
    return f"{found['rows']}-{found['marks']}"


def daily(
    facts: ir.Table, day: str, kind: int, amounts: list[str], flags: list[str], *, keys: Sequence[str] = ()
) -> ir.Table:
    """Rows and the sum of their marks by day, of known customers only: mining reads no others."""
    known = facts.filter(facts.customer_key.notnull(), facts[day].notnull())
    mark: ir.Value = ibis.literal(kind, "int64")
    for flag in flags:
        mark = 2 * mark + known[flag].fill_null(False).ifelse(1, 0)
    for amount in amounts:
        # Ten-thousandths: money has four decimals. An unknown amount and a zero give the same results.
        units = (known[amount].fill_null(0) * 10_000).cast("int64")
        mark = (mark * FACTOR + units) % PRIME
    for key in keys:
        mark = (mark * FACTOR + known[key].fill_null(0) % PRIME) % PRIME
    # Multiplied and not added: two customers who swap orders must not cancel out.
    mark = (mark * (known.customer_key % FACTOR + FACTOR)) % PRIME
    days = known.mutate(day_on=known[day], mark=mark).group_by("day_on").agg(rows=_.count(), marks=_.mark.sum())
    # The day belongs to the mark: an order that moves to another day of the same month changes recency.
    number = _.day_on.delta(ibis.date(1970, 1, 1), unit="day")
    return days.mutate(marks=_.marks % PRIME * number)
