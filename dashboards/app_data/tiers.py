"""Queries of the Tiers page: history, concentration, movement between two dates and who moved."""

from datetime import date
from typing import Any

import pandas as pd

from dashboards.app_data.reader import cached, records, rows


@cached
def dates(file: str) -> list[date]:
    """Dates with tiers, latest first."""
    found = records(file, "select distinct as_of from serving.tier_history order by as_of desc")
    return [row["as_of"] for row in found]


@cached
def history(file: str) -> pd.DataFrame:
    """Tiers at each month end and on the last date, oldest first."""
    return rows(
        file,
        """
        select * from serving.tier_history
        where is_month_end or as_of = (select max(as_of) from serving.tier_history)
        order by as_of, tier
        """,
    )


@cached
def concentration(file: str) -> pd.DataFrame:
    """The concentration curve: share of customers, best first, and the share of margin they bring."""
    return rows(file, "select customer_share, margin_share from serving.concentration_curve order by point")


@cached
def movement(file: str, before: date, after: date) -> list[dict[str, Any]]:
    """How many customers went from each tier to each, with the change of their net margin.

    Neighbouring month ends and nights are stored; any other pair of dates is joined here, with the same result.
    A null `tier_from` is no buyer before, a null `tier_to` no buyer any more (after a correction).
    """
    stored = records(
        file,
        """
        select tier_from, tier_to, customer_count, net_margin_change from serving.tier_movements
        where as_of = $after and previous_as_of = $before
        qualify period = max(period) over ()
        order by tier_from nulls last, tier_to nulls last
        """,
        {"before": before, "after": after},
    )
    return stored or movement_between(file, before, after)


def movement_between(file: str, before: date, after: date) -> list[dict[str, Any]]:
    """As `movement`, joined from the customers' tiers on both dates."""
    return records(
        file,
        """
        with earlier as (select customer_key, tier, net_margin from mining.customer_tiers where as_of = $before),
        later as (select customer_key, tier, net_margin from mining.customer_tiers where as_of = $after)
        select earlier.tier as tier_from, later.tier as tier_to, count(*) as customer_count,
            sum(coalesce(later.net_margin, 0) - coalesce(earlier.net_margin, 0)) as net_margin_change
        from later
        full join earlier using (customer_key)
        group by all
        order by tier_from nulls last, tier_to nulls last
        """,
        {"before": before, "after": after},
    )


@cached
def movers(file: str, measure: str, before: date, after: date, limit: int) -> list[dict[str, Any]]:
    """Recorded moves of `measure` (tier, rfm_group) after `before` and up to `after`, most margin first.

    Moves from month end to month end where the dates span one, else those of the single nights.
    """
    return records(
        file,
        """
        select as_of, customer_key, name, value_from, value_to, direction, reason, net_margin_change,
            count(*) over () as move_count
        from serving.customer_moves
        where measure = $measure and as_of > $before and as_of <= $after and previous_as_of >= $before
        qualify period = min(period) over ()
        order by abs(coalesce(net_margin_change, 0)) desc, as_of desc, customer_key
        limit $limit
        """,
        {"measure": measure, "before": before, "after": after, "limit": limit},
    )
