"""The short summary that closes a nightly: rows by feed, customers by tier and group, slowest steps, what to open."""

from typing import Any

import duckdb

from pipelines import console
from pipelines.nightly import NightResult
from workspace import generations
from workspace.folders import DEFAULT_ROOT, Workspace

FEEDS = """
select feeds.feed, feeds.row_count as rows_in_raw, coalesce(sum(d.rows_duplicate), 0)::bigint as duplicates,
       coalesce(sum(d.rows_quarantined), 0)::bigint as quarantined
from meta.feeds as feeds left join meta.deliveries as d using (feed)
group by all order by feeds.feed
"""
REFUSED = "select count(distinct delivery_id) from meta.deliveries where status = 'refused'"
TIERS = """
select tier, customer_count as customers, round(net_margin, 2) as net_margin, margin_share
from serving.tier_history where as_of = ? order by tier
"""
GROUPS = """
select rfm_group as "group", customer_count as customers, round(monetary_amount, 2) as net_revenue
from serving.rfm_group_history where as_of = ? order by customers desc
"""


def show_summary(workspace: Workspace, result: NightResult) -> None:
    """Print what a night brought, to stdout."""
    generation = result.generation or generations.current(workspace)
    with duckdb.connect(str(generation.file), read_only=True) as connection:
        feeds = rows(connection, FEEDS)
        refused = connection.execute(REFUSED).fetchone()
        tiers = rows(connection, TIERS, generation.as_of)
        groups = rows(connection, GROUPS, generation.as_of)
    console.show_table("Rows by feed", feeds, right=["rows_in_raw", "duplicates", "quarantined"])
    if refused and refused[0]:
        console.out.print(f"{refused[0]} deliveries were refused: see 'regulars quarantine list'.")
    for tier in tiers:
        tier["net_margin"] = f"{tier['net_margin']:,.2f}"
        tier["margin_share"] = "" if tier["margin_share"] is None else f"{float(tier['margin_share']):.1%}"
    for group in groups:
        group["net_revenue"] = f"{group['net_revenue']:,.2f}"
    currency = workspace.settings.company.currency
    console.show_table(f"Customers by tier ({currency})", tiers, right=["customers", "net_margin", "margin_share"])
    console.show_table(f"Customers by group ({currency})", groups, right=["customers", "net_revenue"])
    slowest = sorted(result.seconds.items(), key=lambda step: -step[1])[:5]
    steps = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in slowest)
    console.out.print(f"Slowest steps  {steps}; all {sum(result.seconds.values()):.1f} s")
    console.out.print(
        f"Published      {generation.name}, as of {generation.as_of}, {generation.file.stat().st_size / 1e6:,.0f} MB"
    )
    show_next(workspace)


def show_next(workspace: Workspace) -> None:
    """How to open what was made."""
    option = "" if workspace.root == DEFAULT_ROOT else f" WORKSPACE={workspace.root}"
    console.out.print(f"Dashboard      make ui{option}")
    console.out.print(f"Dagster        make dagster{option}")


def rows(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[dict[str, Any]]:
    """The rows of a query as dicts; only for what is already small."""
    cursor = connection.execute(query, list(parameters))
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
