"""Queries of the Loyalty page: stages and index, the pyramid, concentration, movement, who is due."""

from datetime import date
from typing import Any

import pandas as pd

from dashboards.app_data.reader import cached, record, records, rows


@cached
def stages_on(file: str, as_of: date) -> pd.DataFrame:
    """Every stage on one date: customers, share, net margin, mean index and its three parts."""
    return rows(
        file,
        """
        select loyalty_stage, customer_count, customer_share, net_margin::double as net_margin, mean_index,
            mean_durability, mean_firmness, mean_stability
        from serving.stage_history where as_of = $as_of
        """,
        {"as_of": as_of},
    )


@cached
def stage_history(file: str) -> pd.DataFrame:
    """Stages of buyers at each month end and on the last date, oldest first."""
    return rows(
        file,
        """
        select as_of, loyalty_stage, customer_count, mean_index from serving.stage_history
        where loyalty_stage <> 'potential'
            and (is_month_end or as_of = (select max(as_of) from serving.stage_history))
        order by as_of, loyalty_stage
        """,
    )


@cached
def index_spread(file: str) -> pd.DataFrame:
    """How many buyers have which loyalty index, in steps of 5, by stage."""
    return rows(
        file,
        """
        select least(floor(loyalty_index / 5) * 5, 95)::integer as index_from, loyalty_stage,
            count(*) as customer_count
        from serving.customer_360 where loyalty_index is not null
        group by all order by all
        """,
    )


@cached
def due(file: str, as_of: date) -> dict[str, Any]:
    """How many buyers may be expected when, are overdue or cannot be dated."""
    return record(
        file,
        """
        select
            count(*) filter (next_order_on <= $as_of + interval 7 day) as week_count,
            count(*) filter (next_order_on <= $as_of + interval 30 day) as month_count,
            count(*) filter (is_overdue and loyalty_stage not in ('lapsed', 'lost')) as overdue_count,
            count(*) filter (next_order_status = 'too few gaps') as undated_count,
            count(*) filter (index_basis = 'few orders') as few_count,
            count(*) filter (loyalty_index is not null) as buyer_count,
            avg(loyalty_index) as mean_index
        from serving.customer_360
        """,
        {"as_of": as_of},
    )


@cached
def dates(file: str) -> list[date]:
    """Dates with stages, latest first."""
    found = records(file, "select distinct as_of from serving.stage_history order by as_of desc")
    return [row["as_of"] for row in found]


@cached
def movement(file: str, before: date, after: date) -> list[dict[str, Any]]:
    """How many buyers went from each stage to each; stored for neighbouring dates, joined here for others."""
    stored = records(
        file,
        """
        select stage_from, stage_to, customer_count from serving.stage_movements
        where as_of = $after and previous_as_of = $before
        qualify period = max(period) over ()
        order by stage_from nulls last, stage_to nulls last
        """,
        {"before": before, "after": after},
    )
    return stored or movement_between(file, before, after)


def movement_between(file: str, before: date, after: date) -> list[dict[str, Any]]:
    """As `movement`, joined from the buyers' stages on both dates."""
    return records(
        file,
        """
        with earlier as (select customer_key, loyalty_stage from mining.customer_loyalty where as_of = $before),
        later as (select customer_key, loyalty_stage from mining.customer_loyalty where as_of = $after)
        select earlier.loyalty_stage as stage_from, later.loyalty_stage as stage_to, count(*) as customer_count
        from later
        full join earlier using (customer_key)
        group by all
        order by stage_from nulls last, stage_to nulls last
        """,
        {"before": before, "after": after},
    )


@cached
def pyramid_on(file: str, as_of: date) -> pd.DataFrame:
    """The five levels on one date, from the top down."""
    return rows(
        file,
        """
        select pyramid_level, pyramid_action, pyramid_budget, customer_count, customer_share,
            net_margin::double as net_margin, margin_share, cost_to_serve_amount::double as cost_to_serve_amount
        from serving.pyramid_history where as_of = $as_of order by place
        """,
        {"as_of": as_of},
    )


@cached
def concentration_history(file: str) -> pd.DataFrame:
    """Concentration among buyers at each month end and on the last date, oldest first."""
    return rows(
        file,
        """
        select * from serving.concentration_history
        where (is_month_end or as_of = (select max(as_of) from serving.concentration_history)) and gini is not null
        order by as_of
        """,
    )


@cached
def concentration_groups(file: str) -> pd.DataFrame:
    """Concentration by attribute: customers by kind, products by category; most concentrated first."""
    return rows(
        file,
        "select * from serving.concentration_groups order by holders, attribute, gini desc nulls last, group_name",
    )


@cached
def monthly_orders(file: str, as_of: date) -> pd.DataFrame:
    """Orders of known customers in each whole month up to the date: (group_name, period_on, value)."""
    return rows(
        file,
        """
        select 'all' as group_name, date_trunc('month', ordered_on)::date as period_on, count(*)::double as value
        from star.fct_orders
        where is_sale and ordered_on <= $as_of
            -- A month that has just begun, or in which the company began, would look like a fall or a rise.
            and (date_trunc('month', ordered_on) < date_trunc('month', $as_of::date) or $as_of = last_day($as_of))
            and date_trunc('month', ordered_on) > (select date_trunc('month', min(ordered_on)) from star.fct_orders)
        group by all order by all
        """,
        {"as_of": as_of},
    )
