"""Complaints as a closed loop: opened, assigned, solved, followed up; what is overdue and what came back."""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.as_of_dates import months_before
from mining.column_statistics import wilson_columns
from mining.instants import end_of_day, hours_between, known_instant

STEPS = ("assigned", "resolved", "followed up")
MIN_CASES = 10


def cases_as_of(cases: ir.Table, *, as_of: date, time_zone: str = "UTC") -> ir.Table:
    """The cases opened by the end of `as_of` as they stood then: what was done later is not known yet.

    The answer at follow-up is known once followed up.

    Parameters
    ----------
    cases : fct_cases: case_key, case_id, customer_key, agent_key, channel, category, severity, opened_at, opened_on,
        assigned_at, resolved_at, followed_up_at, satisfaction
    as_of : last day that counts
    time_zone : the company's, in which the day ends

    Returns
    -------
    the same columns and age_hours: since opened; one row per case
    """
    known = cases.filter(_.opened_on <= as_of)
    steps = ("assigned_at", "resolved_at", "followed_up_at")
    known = known.mutate(**{name: known_instant(known[name], as_of, time_zone) for name in steps})
    columns = ("case_key", "case_id", "customer_key", "agent_key", "channel", "category", "severity", "opened_at")
    answer = ibis.ifelse(_.followed_up_at.notnull(), _.satisfaction, ibis.null(known.schema()["satisfaction"]))
    age = hours_between(ibis.literal(end_of_day(as_of, time_zone)), known.opened_at)
    return known.select(*columns, "opened_on", *steps, satisfaction=answer, age_hours=age)


def closed_loop(
    known: ir.Table,
    *,
    as_of: date,
    by: str | None = None,
    due_hours: int = 72,
    reopen_days: int = 14,
    window_months: int = 12,
) -> ir.Table:
    """How complaints go through their steps: how long, how many are overdue, how many come back.

    Times are medians and ninetieth parts of all cases and not only of the finished ones: a case still open counts
    with the time it has been open so far (product-limit estimate), as leaving it out would flatter the slow.

    Parameters
    ----------
    known : result of `cases_as_of`
    as_of : as there
    by : category, severity, channel or another column; None: all together
    due_hours : a case should be resolved within so many hours
    reopen_days : the star keeps one row per case and no reopening; a new case of the same customer and category
        within so many days after the resolution stands for it. Cases resolved less than so many days ago are not
        judged.
    window_months : cases opened in the window

    Returns
    -------
    table of (group_name, step 'assigned', 'resolved', 'followed up', case_count, done_count, open_count, median_hours,
    ninetieth_hours: from opening (for the follow-up from the resolution), null when not reached by so many yet;
    late_count: done late or open and late; late_share, late_low, late_high: 95 %, against `due_hours`, for 'resolved'
    only; reopened_count, judged_count, reopened_share, reopened_low, reopened_high: for 'resolved' only; loop_status
    'measured' or 'too few': fewer than 10 cases)

    Source: Kaplan and Meier, "Nonparametric estimation from incomplete observations", JASA 53, 1958.
    """
    group = ibis.literal("all") if by is None else known[by].cast("string").fill_null("unknown")
    seen = known.mutate(group_name=group, is_back=is_reopened(known, reopen_days), silence=since_resolved(known))
    seen = seen.filter(_.opened_on > months_before(as_of, window_months))
    begins = {"assigned": seen.opened_at, "resolved": seen.opened_at, "followed up": seen.resolved_at}
    ends = {"assigned": seen.assigned_at, "resolved": seen.resolved_at, "followed up": seen.followed_up_at}
    steps = []
    for step in STEPS:
        took = hours_between(ends[step], begins[step])
        so_far = seen.silence if step == "followed up" else seen.age_hours
        is_resolved = step == "resolved"
        hours = ibis.greatest(ibis.coalesce(took, so_far), 0.0)
        steps.append(
            seen.filter(begins[step].notnull()).select(
                "group_name",
                step=ibis.literal(step),
                is_done=ends[step].notnull(),
                hours=hours,
                is_late=(hours > due_hours) if is_resolved else ibis.null("boolean"),
                is_judged=(ends[step].notnull() & (seen.silence >= 24 * reopen_days))
                if is_resolved
                else ibis.literal(False),
                is_back=seen.is_back,
            )
        )
    timed = ibis.union(*steps)
    counted = timed.group_by("group_name", "step").agg(
        case_count=_.count(),
        done_count=_.is_done.sum(),
        late_count=_.is_late.sum(),
        judged_count=_.is_judged.sum(),
        reopened_count=_.count(where=_.is_judged & _.is_back),
    )
    counted = counted.left_join(waiting_times(timed), ["group_name", "step"]).drop("group_name_right", "step_right")
    late, late_low, late_high = wilson_columns(counted.late_count, counted.case_count)
    back, back_low, back_high = wilson_columns(counted.reopened_count, counted.judged_count)
    return counted.mutate(
        open_count=counted.case_count - counted.done_count,
        late_share=late,
        late_low=late_low,
        late_high=late_high,
        reopened_share=back,
        reopened_low=back_low,
        reopened_high=back_high,
        loop_status=(counted.case_count >= MIN_CASES).ifelse("measured", "too few"),
    )


def since_resolved(known: ir.Table) -> ir.FloatingValue:
    """Hours from the resolution to the end of the day that counts; null while open."""
    return known.age_hours - hours_between(known.resolved_at, known.opened_at)


def is_reopened(known: ir.Table, reopen_days: int) -> ir.BooleanValue:
    """Whether the same customer's next case of the category came soon after this one was resolved."""
    own = ibis.window(group_by=["customer_key", "category"], order_by=["opened_at", "case_key"])
    wait = hours_between(known.opened_at.lead().over(own), known.resolved_at)
    # A case opened while this one was still open is another matter.
    return (known.customer_key.notnull() & (wait >= 0) & (wait <= 24 * reopen_days)).fill_null(False)


def waiting_times(timed: ir.Table) -> ir.Table:
    """Median and ninetieth part of the hours of each group and step, unfinished ones counted as such.

    Parameters
    ----------
    timed : table of (group_name, step, hours, is_done)

    Returns
    -------
    table of (group_name, step, median_hours, ninetieth_hours)
    """
    own = ["group_name", "step"]
    # Whole minutes: equal times share a level.
    levels = timed.group_by(*own, minutes=(_.hours * 60).round()).agg(
        done=_.is_done.sum().cast("float64"), all_here=_.count().cast("float64")
    )
    down = ibis.window(group_by=own, order_by=ibis.desc("minutes"), rows=(None, 0))
    levels = levels.mutate(at_risk=_.all_here.sum().over(down))
    # The product of 1 - done / at risk as a sum of logarithms; the last of all ends it, whose logarithm is none.
    is_last = levels.done >= levels.at_risk
    left = ibis.ifelse(is_last, 1.0, 1 - levels.done / levels.at_risk)
    up = ibis.window(group_by=own, order_by="minutes", rows=(None, 0))
    levels = levels.mutate(is_last=is_last, log_left=left.ln())
    levels = levels.mutate(waiting=ibis.ifelse(_.is_last, 0.0, _.log_left.sum().over(up).exp()))
    trace = 1e-9  # what a sum of logarithms may be off
    return levels.group_by(*own).agg(
        median_hours=_.minutes.min(where=_.waiting <= 0.5 + trace).cast("float64") / 60,
        ninetieth_hours=_.minutes.min(where=_.waiting <= 0.1 + trace).cast("float64") / 60,
    )


def overdue_cases(known: ir.Table, *, due_hours: int = 72) -> ir.Table:
    """The cases still open that should have been resolved, for those who act on them.

    Returns
    -------
    table of (case_key, case_id, customer_key, agent_key, channel, category, severity, opened_on, age_hours,
    waits_for 'an agent' or 'a resolution')
    """
    late = known.filter(_.resolved_at.isnull(), _.age_hours > due_hours)
    columns = ("case_key", "case_id", "customer_key", "agent_key", "channel", "category", "severity", "opened_on")
    waits = _.assigned_at.isnull().ifelse("an agent", "a resolution")
    return late.select(*columns, "age_hours", waits_for=waits)
