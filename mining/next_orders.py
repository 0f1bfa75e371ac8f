"""When each customer is due: the next order's date with its range, from gaps seen in customers like them."""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.instants import days_after, days_until

# The range in tenths: eight in ten of those who come back do so between low and high.
LOW, MIDDLE, HIGH = 1, 5, 9


def next_orders(
    rhythms: ir.Table, levels: ir.Table, *, as_of: date, horizon_days: int = 365, min_gaps: int = 30
) -> ir.Table:
    """The day on which each customer who is not lost may be expected, were they to come back.

    Of all gaps seen in customers of the same class, those longer than the present silence are still possible; their
    tenth, middle and ninetieth part give the range. Nothing is assumed about the shape of gaps. What it does not say
    is whether the customer comes back at all.

    Parameters
    ----------
    rhythms : result of `purchase_rhythms`
    levels : result of `gap_levels`
    as_of : last day that counts
    horizon_days : who is silent for longer is lost and has no date
    min_gaps : fewer possible gaps than this give no date

    Returns
    -------
    table of (customer_key, next_order_status 'expected', 'too few gaps', 'lost'; next_order_on: the middle,
    next_order_low_on, next_order_high_on: null unless expected; is_overdue: the middle of the gaps of the class is
    over, null with too few), one row per buyer

    Raises
    ------
    ValueError
        If `min_gaps` is below 1.
    """
    if min_gaps < 1:
        raise ValueError(f"at least one gap must be asked for, got min_gaps={min_gaps}")
    silences = rhythms.filter(_.silence_days <= horizon_days).select("gap_class", "silence_days").distinct()
    possible = remaining_gaps(silences, levels).filter(_.possible_count >= min_gaps)
    usual = remaining_gaps(silences.mutate(silence_days=ibis.literal(0, "int64")).distinct(), levels)
    usual = usual.select("gap_class", usual_gap_days="middle_days")
    due = rhythms.left_join(possible, ["gap_class", "silence_days"]).left_join(usual, "gap_class")
    status = ibis.cases(
        (_.silence_days > horizon_days, "lost"), (_.middle_days.notnull(), "expected"), else_="too few gaps"
    )
    dates = {
        name: days_after(_.last_order_on, _[f"{part}_days"])
        for name, part in (("next_order_on", "middle"), ("next_order_low_on", "low"), ("next_order_high_on", "high"))
    }
    is_overdue = ibis.ifelse(_.middle_days.notnull(), _.silence_days > _.usual_gap_days, ibis.null("boolean"))
    return due.select("customer_key", next_order_status=status, **dates, is_overdue=is_overdue)


def remaining_gaps(silences: ir.Table, levels: ir.Table) -> ir.Table:
    """For each class and silence: how many gaps of the class were longer, and their tenths in days."""
    longer = silences.inner_join(levels, ["gap_class", levels.gap_days > silences.silence_days])
    own = ["gap_class", "silence_days"]
    counted = longer.mutate(
        up_to=_.seen_count.sum().over(ibis.window(group_by=own, order_by="gap_days", rows=(None, 0))),
        possible_count=_.seen_count.sum().over(ibis.window(group_by=own)),
    )
    tenths = {
        f"{name}_days": _.gap_days.min(where=10 * _.up_to >= tenth * _.possible_count)
        for name, tenth in (("low", LOW), ("middle", MIDDLE), ("high", HIGH))
    }
    return counted.group_by(own).agg(possible_count=_.possible_count.max(), **tenths)


def date_coverage(predicted: ir.Table, gaps_after: ir.Table, *, as_of: date, until: date) -> ir.Table:
    """How the dates given as of a past day turned out, among customers who did come back.

    Parameters
    ----------
    predicted : result of `next_orders` as of the past day
    gaps_after : result of `purchase_gaps` as of `until`
    as_of, until : the past day, and the day to which is now known. Only who came back by `until` can be judged, so
        leave the range time to end.

    Returns
    -------
    table of one row: returned_count, before_count, within_count, after_count: came back before, within and after the
    range; middle_error_days: median days between the date given and the day of return
    """
    back = gaps_after.filter(_.ordered_on > as_of, _.ordered_on <= until)
    back = back.group_by("customer_key").agg(returned_on=_.ordered_on.min())
    judged = predicted.filter(_.next_order_status == "expected").inner_join(back, "customer_key")
    off = days_until(as_of, judged.next_order_on) - days_until(as_of, judged.returned_on)
    return judged.mutate(off=off).agg(
        returned_count=_.count(),
        before_count=_.count(where=_.returned_on < _.next_order_low_on),
        within_count=_.count(where=(_.returned_on >= _.next_order_low_on) & (_.returned_on <= _.next_order_high_on)),
        after_count=_.count(where=_.returned_on > _.next_order_high_on),
        middle_error_days=_.off.abs().median(),
    )
