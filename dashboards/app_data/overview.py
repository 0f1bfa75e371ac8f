"""Queries of the Overview: a period and the one before it, what moved overnight, tiers and groups now."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from dashboards.app_data.reader import cached, record, records, rows

LARGEST_MOVES = 8  # that are shown


@dataclass(frozen=True)
class Period:
    """Days from `first_on` to `last_on`, both included."""

    first_on: date
    last_on: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last_on - self.first_on).days + 1

    def before(self) -> "Period":
        """The period of the same length that ends the day before this one begins."""
        last = self.first_on - timedelta(days=1)
        return Period(last - timedelta(days=self.days - 1), last)


@cached
def totals(file: str, first_on: date, last_on: date) -> dict[str, Any]:
    """Sums over a period: orders, revenue, margin, returned; customers so far; different buyers.

    Buyers are counted from the orders, because a buyer of two days is one buyer.
    """
    sums = record(
        file,
        """
        select
            coalesce(sum(order_count) filter (date_on >= $first), 0)::bigint as order_count,
            coalesce(sum(revenue_amount) filter (date_on >= $first), 0) as revenue_amount,
            coalesce(sum(margin_amount) filter (date_on >= $first), 0) as margin_amount,
            coalesce(sum(returned_amount) filter (date_on >= $first), 0) as returned_amount,
            coalesce(sum(new_customer_count), 0)::bigint as customer_count,
            coalesce(min(date_on) <= $first, false) as is_covered
        from serving.daily_metrics
        where date_on <= $last
        """,
        {"first": first_on, "last": last_on},
    )
    buyers = record(
        file,
        """
        select count(distinct customer_key) as buyer_count
        from star.fct_orders
        where is_sale and customer_key is not null and ordered_on between $first and $last
        """,
        {"first": first_on, "last": last_on},
    )
    return sums | buyers


@cached
def daily(file: str, first_on: date, last_on: date) -> pd.DataFrame:
    """Every day of a period with its metrics, oldest first."""
    return rows(
        file,
        "select * from serving.daily_metrics where date_on between $first and $last order by date_on",
        {"first": first_on, "last": last_on},
    )


@cached
def moves_by_direction(file: str, as_of: date, period: str) -> list[dict[str, Any]]:
    """How many customers moved up, down or came new, by measure (tier, rfm_group)."""
    return records(
        file,
        """
        select measure, direction, count(*) as customer_count, sum(net_margin_change) as net_margin_change
        from serving.customer_moves
        where as_of = $as_of and period = $period
        group by all
        order by all
        """,
        {"as_of": as_of, "period": period},
    )


@cached
def largest_moves(file: str, as_of: date, period: str, limit: int) -> list[dict[str, Any]]:
    """The moves with the most margin behind them: one row per customer, the tier before the group."""
    return records(
        file,
        """
        select customer_key, name, measure, value_from, value_to, direction, reason, net_margin_change
        from serving.customer_moves
        where as_of = $as_of and period = $period
        qualify row_number() over (partition by customer_key order by measure desc) = 1
        order by abs(coalesce(net_margin_change, 0)) desc, customer_key
        limit $limit
        """,
        {"as_of": as_of, "period": period, "limit": limit},
    )


@cached
def tiers_on(file: str, as_of: date) -> pd.DataFrame:
    """Tiers on one date: customers, revenue, margin, cost to serve and shares, A first."""
    return rows(file, "select * from serving.tier_history where as_of = $as_of order by tier", {"as_of": as_of})


@cached
def groups_on(file: str, as_of: date) -> pd.DataFrame:
    """RFM groups on one date: customers, money, mean recency and frequency, largest first."""
    return rows(
        file,
        "select * from serving.rfm_group_history where as_of = $as_of order by customer_count desc, rfm_group",
        {"as_of": as_of},
    )
