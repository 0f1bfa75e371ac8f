"""Queries of the Funnels page: the sales funnel and its forecast, the web funnel, prospects and what they sought."""

import pandas as pd

from dashboards.app_data.reader import cached, record, rows


@cached
def sales(file: str, attribute: str) -> pd.DataFrame:
    """Stages of the sales funnel, group by group."""
    return rows(
        file,
        """
        select * replace (present_amount::double as present_amount) from serving.sales_funnel
        where attribute = $attribute order by group_name, place
        """,
        {"attribute": attribute},
    ).drop(columns=["as_of", "attribute"])


@cached
def open_opportunities(file: str) -> pd.DataFrame:
    """What is open, the most expected first; the key as text, which the browser keeps whole."""
    return rows(
        file,
        """
        select customer_key::varchar as customer_key, name, stage, amount::double as amount, win_share, win_basis,
            expected_amount, expected_close_on, owner_id, lead_source
        from serving.open_opportunities
        order by expected_amount desc nulls last, opportunity_key
        """,
    )


@cached
def forecast(file: str) -> pd.DataFrame:
    """What will come in by month; 'all' last, what has no month before it."""
    return rows(
        file,
        """
        select close_month, open_count, open_amount::double as open_amount, expected_amount, expected_low,
            expected_high, unrated_count
        from serving.sales_forecast
        order by close_month = 'all', close_month = 'no date', close_month <> 'overdue', close_month
        """,
    )


@cached
def web(file: str, attribute: str) -> pd.DataFrame:
    """Steps of the web funnel, group by group."""
    return rows(
        file,
        "select * exclude (as_of, attribute) from serving.web_funnel where attribute = $attribute"
        " order by group_name, place",
        {"attribute": attribute},
    )


@cached
def after_visits(file: str) -> pd.DataFrame:
    """Through which channel known visitors ordered in the week after."""
    return rows(file, "select * exclude (as_of) from serving.visit_orders order by visit_day_count desc, channel")


@cached
def prospects(file: str) -> dict[str, int]:
    """How many prospects there are, have visited lately, looked at a product, put one into a cart."""
    return record(
        file,
        """
        select count(*) as known, count(*) filter (visit_count > 0) as visited,
            count(*) filter (view_count > 0) as looked, count(*) filter (has_cart) as carted
        from serving.prospect_interests
        """,
    )


@cached
def warm_prospects(file: str, limit: int) -> pd.DataFrame:
    """Prospects who looked at most, latest visit first among equals."""
    return rows(
        file,
        """
        select customer_key::varchar as customer_key, name, view_count, visit_count, has_cart, main_category,
            last_search, last_seen_on
        from serving.prospect_interests where visit_count > 0
        order by has_cart desc, view_count desc, last_seen_on desc, prospect_interests.customer_key
        limit $limit
        """,
        {"limit": limit},
    )


@cached
def sought(file: str, kind: str) -> pd.DataFrame:
    """Categories looked at before a first order, or terms searched for; most people first."""
    return rows(
        file,
        "select * exclude (as_of, kind) from serving.sought_things where kind = $kind"
        " order by people_count desc, sought limit 20",
        {"kind": kind},
    )
