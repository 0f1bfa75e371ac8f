"""Queries of the Loyalty page: stages and index, the pyramid, concentration, movement, who is due."""

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from dashboards.app_data.asking import Asked
from dashboards.app_data.reader import Where, cached, record, records, rows
from mining.concentration import concentration
from mining.seasonality import group_seasons

ATTRIBUTES = ("region", "country", "kind", "age_band", "gender", "main_channel", "main_category")
"""What customers are told apart by."""
MOST_MONTH_ENDS = 13
MONTH_ENDS = """
    select as_of from serving.concentration_history
    where is_month_end or as_of = (select max(as_of) from serving.concentration_history)
    order by as_of desc limit $count
"""


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
def concentration_by(where: Where, attribute: str) -> pd.DataFrame:
    """Concentration within each group of `ATTRIBUTES` at the last month ends and the date, where it can be measured.

    Returns
    -------
    (as_of, group_name, holder_count, gini, gini_low, gini_high, top_fifth_share), by what customers are today
    """
    asked = Asked(where)
    known = attribute_of(asked, attribute)
    found = []
    for row in records(where.file, MONTH_ENDS, {"count": MOST_MONTH_ENDS}):
        held = asked.mined("customer_margins", row["as_of"]).select("customer_key", "net_margin")
        frame = asked.backend.execute(concentration(held.inner_join(known, "customer_key"), by="group_name"))
        found.append(frame[frame["concentration_status"] == "measured"].assign(as_of=pd.Timestamp(row["as_of"])))
    columns = ["as_of", "group_name", "holder_count", "gini", "gini_low", "gini_high", "top_fifth_share"]
    return pd.concat(found)[columns] if found else pd.DataFrame(columns=columns)


def attribute_of(asked: Asked, attribute: str) -> ir.Table:
    """The group that each customer is in by an attribute: (customer_key, group_name)."""
    people = asked.serving("customer_360")
    return people.select("customer_key", group_name=people[attribute].cast("string").fill_null("unknown"))


@cached
def pyramid_history(file: str) -> pd.DataFrame:
    """The levels at each month end and on the last date, oldest first."""
    return rows(
        file,
        """
        select as_of, pyramid_level, customer_count from serving.pyramid_history
        where is_month_end or as_of = (select max(as_of) from serving.pyramid_history)
        order by as_of, place
        """,
    )


@cached
def pyramid_groups(file: str, attribute: str) -> pd.DataFrame:
    """Buyers and net margin on each level within each group of one of `ATTRIBUTES`, the largest group first.

    Returns
    -------
    (group_name, pyramid_level, customer_count, customer_share: of the group, net_margin)
    """
    column = known_attribute(attribute)
    return rows(
        file,
        # The name is one of ours.
        f"""
        with counted as (
            select coalesce(c.{column}::varchar, 'unknown') as group_name, pyramid_level, count(*) as customer_count,
                sum(net_margin_12m)::double as net_margin
            from serving.customer_360 as c where pyramid_level is not null
            group by all
        )
        select *, customer_count / sum(customer_count) over (partition by group_name) as customer_share
        from counted
        order by sum(customer_count) over (partition by group_name) desc, group_name, pyramid_level
        """,  # noqa: S608
    )


def known_attribute(attribute: str) -> str:
    """The attribute, when it is one of `ATTRIBUTES`: no other name reaches a query.

    Raises
    ------
    ValueError
        If it is not.
    """
    if attribute not in ATTRIBUTES:
        raise ValueError(f"Customers are told apart by {', '.join(ATTRIBUTES)}, not by '{attribute}'.")
    return attribute


@cached
def seasons(file: str, series: pd.DataFrame) -> pd.DataFrame:
    """`monthly_orders` of one group taken apart into trend, season and remainder, as `mining.seasonality` gives it."""
    return group_seasons(ibis.memtable(series)).execute()


@cached
def monthly_orders(file: str, as_of: date, attribute: str | None = None) -> pd.DataFrame:
    """Orders in each whole month up to the date, of everybody or of each group of one of `ATTRIBUTES`, none as zero.

    Returns
    -------
    (group_name, period_on, value)
    """
    group = "'all'" if attribute is None else f"coalesce(c.{known_attribute(attribute)}::varchar, 'unknown')"
    return rows(
        file,
        # The name is one of ours.
        f"""
        with ordered as (
            select {group} as group_name, date_trunc('month', o.ordered_on)::date as period_on, count(*) as order_count
            from star.fct_orders as o
            left join serving.customer_360 as c on o.customer_key = c.customer_key
            where o.is_sale and o.ordered_on <= $as_of
            group by all
        ),
        bounds as (
            -- A month that has just begun, or in which the company began, would look like a fall or a rise.
            select min(period_on) + interval 1 month as begins,
                case when $as_of = last_day($as_of::date) then date_trunc('month', $as_of::date)
                    else date_trunc('month', $as_of::date) - interval 1 month end as ends
            from ordered
        ),
        months as (select unnest(generate_series(begins, ends, interval 1 month))::date as period_on from bounds)
        select grouped.group_name, months.period_on, coalesce(ordered.order_count, 0)::double as value
        from (select distinct group_name from ordered) as grouped
        cross join months
        left join ordered on grouped.group_name = ordered.group_name and months.period_on = ordered.period_on
        order by all
        """,  # noqa: S608
        {"as_of": as_of},
    )
