"""The churn horizon: after how long a silence a customer counts as lost, chosen from what silent customers did."""

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
from ibis import _

DEFAULT_HORIZON_DAYS = 365
CANDIDATES = tuple(range(30, 721, 30))


def churn_horizons(
    gaps: ir.Table, *, as_of: date, candidates: Sequence[int] = CANDIDATES, follow_up_days: int = 365
) -> ir.Table:
    """What each candidate horizon would have got wrong, judged `follow_up_days` later.

    Customers are looked at as they stood `follow_up_days` before `as_of`. Silent for longer than the horizon they
    would have been called lost; truly gone is who did not buy in the follow-up. False alarms are those called lost
    who came back, missed those gone who were not called. The longer the horizon, the fewer false alarms and the more
    misses; where they cross is a horizon that favours neither error.

    Parameters
    ----------
    gaps : result of `purchase_gaps` as of `as_of`
    as_of : last day that counts
    candidates : horizons in days
    follow_up_days : days for which customers are followed

    Returns
    -------
    table of (horizon_days, buyer_count, called_count, false_alarm_count, gone_count, missed_count,
    false_alarm_share: of those called, missed_share: of those gone; null where there are none)
    """
    looked_at = as_of - timedelta(days=follow_up_days)
    is_past = _.ordered_on <= looked_at
    customers = gaps.group_by("customer_key").agg(
        last_order_on=_.ordered_on.max(where=is_past), has_returned=(_.ordered_on.max() > looked_at)
    )
    customers = customers.filter(_.last_order_on.notnull())
    silence = (-_.last_order_on.delta(ibis.literal(looked_at), unit="day")).cast("int64")
    # One row per length of silence: the candidates then meet hundreds of rows and not a million.
    silences = (
        customers.mutate(silence_days=silence)
        .group_by("silence_days")
        .agg(buyers=_.count(), gone=_.count(where=~_.has_returned))
    )
    horizons = ibis.memtable([{"horizon_days": days} for days in candidates], schema={"horizon_days": "int64"})
    is_called = _.silence_days > _.horizon_days
    judged = (
        horizons.cross_join(silences)
        .group_by("horizon_days")
        .agg(
            buyer_count=_.buyers.sum(),
            called_count=_.buyers.sum(where=is_called).fill_null(0),
            false_alarm_count=(_.buyers - _.gone).sum(where=is_called).fill_null(0),
            gone_count=_.gone.sum(),
            missed_count=_.gone.sum(where=~is_called).fill_null(0),
        )
    )
    return judged.mutate(
        false_alarm_share=_.false_alarm_count.cast("float64") / _.called_count.nullif(0),
        missed_share=_.missed_count.cast("float64") / _.gone_count.nullif(0),
    )


def chosen_horizon(horizons: ir.Table, *, min_customers: int = 100) -> tuple[int, str]:
    """The shortest horizon whose false alarms are no larger a share than its misses, and how it came about.

    Parameters
    ----------
    horizons : result of `churn_horizons`
    min_customers : with fewer gone, or no crossing among the candidates, the default of 365 days stands

    Returns
    -------
    days, and 'chosen from the data' or why not
    """
    judged = horizons.filter(_.gone_count >= min_customers, _.called_count > 0)
    # Shares compared crosswise as whole numbers.
    crossed = judged.filter(_.false_alarm_count * _.gone_count <= _.missed_count * _.called_count)
    found = crossed.agg(days=_.horizon_days.min(), judged=_.count()).execute()
    days = found["days"].iloc[0]
    if int(found["judged"].iloc[0]) > 0:
        return int(days), "chosen from the data"
    return DEFAULT_HORIZON_DAYS, "too little history: fewer than enough customers gone, or no candidate is balanced"
