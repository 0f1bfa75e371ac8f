"""Queries of the RFM page: the grid, groups and their history, movement between two dates."""

from datetime import date
from typing import Any

import pandas as pd

from dashboards.app_data.reader import cached, records, rows


@cached
def grid(file: str, as_of: date) -> pd.DataFrame:
    """Customers and money in each of the 25 cells of one date; a cell without customers has no row."""
    return rows(
        file,
        """
        select r_score, fm_score, rfm_group, customer_count, monetary_amount::double as monetary_amount
        from serving.rfm_grid where as_of = $as_of order by r_score desc, fm_score
        """,
        {"as_of": as_of},
    )


@cached
def dates(file: str) -> list[date]:
    """Dates with groups, latest first."""
    found = records(file, "select distinct as_of from serving.rfm_group_history order by as_of desc")
    return [row["as_of"] for row in found]


@cached
def history(file: str) -> pd.DataFrame:
    """Groups at each month end and on the last date, oldest first."""
    return rows(
        file,
        """
        select as_of, rfm_group, customer_count, monetary_amount, mean_recency_days, mean_frequency
        from serving.rfm_group_history
        where is_month_end or as_of = (select max(as_of) from serving.rfm_group_history)
        order by as_of, rfm_group
        """,
    )


@cached
def movement(file: str, before: date, after: date) -> list[dict[str, Any]]:
    """How many customers went from each group to each; stored for neighbouring dates, joined here for others."""
    stored = records(
        file,
        """
        select group_from, group_to, customer_count from serving.rfm_group_movements
        where as_of = $after and previous_as_of = $before
        qualify period = max(period) over ()
        order by group_from nulls last, group_to nulls last
        """,
        {"before": before, "after": after},
    )
    return stored or movement_between(file, before, after)


def movement_between(file: str, before: date, after: date) -> list[dict[str, Any]]:
    """As `movement`, joined from the customers' groups on both dates."""
    return records(
        file,
        """
        with earlier as (select customer_key, rfm_group from mining.customer_rfm where as_of = $before),
        later as (select customer_key, rfm_group from mining.customer_rfm where as_of = $after)
        select earlier.rfm_group as group_from, later.rfm_group as group_to, count(*) as customer_count
        from later
        full join earlier using (customer_key)
        group by all
        order by group_from nulls last, group_to nulls last
        """,
        {"before": before, "after": after},
    )
