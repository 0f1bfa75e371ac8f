"""Calls by hour: how many come, how long they wait, how many give up, and how loaded those are who answer."""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.as_of_dates import months_before
from mining.column_statistics import wilson_columns
from mining.instants import local_hour

MIN_CALLS = 30


def calls_by_hour(
    calls: ir.Table,
    *,
    as_of: date,
    window_months: int = 3,
    time_zone: str = "UTC",
    by_weekday: bool = False,
    prompt_seconds: int = 20,
) -> ir.Table:
    """Inbound calls by hour of the company's clock: waiting, abandonment and load.

    Offered load in erlangs is calls an hour times the mean time an answered call takes, for all who called, so those
    who gave up are counted as work that was wanted. No feed says who was on duty: agents on duty in an hour of a day
    are those who took a call in it, which in quiet hours is too few and makes the occupancy an upper bound.

    Parameters
    ----------
    calls : fct_calls: started_at, started_on, direction, agent_key, queue_seconds, talk_seconds, outcome, is_abandoned
    as_of : last day that counts
    window_months : length of the window
    time_zone : the company's
    by_weekday : also by day of the week, 1 Monday to 7 Sunday; otherwise weekday is 0
    prompt_seconds : answered within so many seconds is prompt

    Returns
    -------
    table of (weekday, hour 0 to 23, day_count: days on which calls came at all, call_count, calls_per_hour,
    answered_count, abandoned_count, abandoned_share, abandoned_low, abandoned_high: 95 %; mean_wait_seconds,
    ninetieth_wait_seconds: of all calls; prompt_share: of all calls; mean_talk_seconds: of those answered;
    agents_on_duty: mean; offered_load: erlangs; occupancy: offered load per agent on duty, null without one;
    load_status 'quiet', 'busy': above 0.7, 'overloaded': above 0.9, 'too few': fewer than 30 calls)

    Source: Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone
    exchanges", 1917, for offered load; Cooper, "Introduction to Queueing Theory", 1981.
    """
    after = months_before(as_of, window_months)
    known = calls.filter(_.started_on > after, _.started_on <= as_of, _.direction == "inbound")
    hour = local_hour(known.started_at, after, as_of, time_zone)
    weekday = (known.started_on.day_of_week.index() + 1).cast("int64") if by_weekday else ibis.literal(0, "int64")
    known = known.mutate(hour=hour, weekday=weekday)
    slots = ["weekday", "hour"]
    days = known.group_by("weekday").agg(day_count=_.started_on.nunique())
    duty = known.filter(_.agent_key.notnull()).group_by(*slots, "started_on").agg(agents=_.agent_key.nunique())
    duty = duty.group_by(*slots).agg(agent_hours=_.agents.sum())
    is_answered = _.outcome == "answered"
    counted = known.group_by(*slots).agg(
        call_count=_.count(),
        answered_count=_.count(where=is_answered),
        abandoned_count=_.count(where=_.is_abandoned),
        mean_wait_seconds=_.queue_seconds.mean(),
        ninetieth_wait_seconds=_.queue_seconds.quantile(0.9),
        prompt_count=_.count(where=is_answered & (_.queue_seconds <= prompt_seconds)),
        mean_talk_seconds=_.talk_seconds.mean(where=is_answered),
    )
    counted = counted.inner_join(days, "weekday").left_join(duty, slots).drop("weekday_right", "hour_right")
    share, low, high = wilson_columns(counted.abandoned_count, counted.call_count)
    per_hour = counted.call_count.cast("float64") / counted.day_count
    counted = counted.mutate(
        calls_per_hour=per_hour,
        abandoned_share=share,
        abandoned_low=low,
        abandoned_high=high,
        prompt_share=counted.prompt_count.cast("float64") / counted.call_count,
        agents_on_duty=counted.agent_hours.cast("float64").fill_null(0.0) / counted.day_count,
        offered_load=(per_hour * counted.mean_talk_seconds / 3600).fill_null(0.0),
    )
    counted = counted.mutate(occupancy=_.offered_load / _.agents_on_duty.nullif(0))
    status = ibis.cases(
        (_.call_count < MIN_CALLS, "too few"),
        (_.occupancy > 0.9, "overloaded"),
        (_.occupancy > 0.7, "busy"),
        else_="quiet",
    )
    return counted.mutate(load_status=status).drop("agent_hours", "prompt_count")
