"""What is mined from the star as of a date: margins, tiers, groups and who moved. The science is in `mining/`."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir

from mining.abc_tiers import abc_tiers
from mining.as_of_dates import month_end
from mining.movements import rfm_moves, tier_moves
from mining.net_margins import net_margins
from mining.rfm import rfm
from pipelines.mined import Store, refresh
from pipelines.resources import WorkspaceResource
from workspace.settings import Mining

Find = Callable[[Store, date], ir.Table]


def find_margins(settings: Mining) -> Find:
    """Net margin of every buyer."""
    months = settings.abc.window_months

    def find(store: Store, as_of: date) -> ir.Table:
        facts = (store.star(table) for table in ("fct_orders", "fct_calls", "fct_cases", "fct_campaign_contacts"))
        return net_margins(*facts, as_of=as_of, window_months=months).mutate(
            window_months=ibis.literal(months, "int32")
        )

    return find


def find_tiers(settings: Mining) -> Find:
    """Tier of every buyer, with the cuts it was made with."""
    cuts = {"cut_a": settings.abc.cut_a, "cut_b": settings.abc.cut_b}

    def find(store: Store, as_of: date) -> ir.Table:
        margins = store.mined("customer_margins", as_of)
        tiers = abc_tiers(margins.select("customer_key", "net_margin"), **cuts)
        made_with = {name: ibis.literal(cut, "int32") for name, cut in cuts.items()}
        return tiers.mutate(**made_with, window_months=ibis.literal(settings.abc.window_months, "int32"))

    return find


def find_rfm(settings: Mining) -> Find:
    """Recency, frequency, monetary value and group of every buyer."""
    days = settings.rfm.window_days

    def find(store: Store, as_of: date) -> ir.Table:
        scores = rfm(store.star("fct_orders"), as_of=as_of, window_days=days)
        return scores.mutate(window_days=ibis.literal(days, "int32"))

    return find


def find_moves(store: Store, as_of: date) -> ir.Table:
    """Who moved tier or group: since the day before, and at month ends since the month end before."""
    days = store.dates("customer_tiers")
    before = {"night": as_of - timedelta(days=1), "month": as_of.replace(day=1) - timedelta(days=1)}
    periods = [
        period for period, day in before.items() if day in days and (period == "night" or as_of == month_end(as_of))
    ]
    moves = [moves_between(store, before[period], as_of, period) for period in periods]
    # The first date of all has nothing before it: nobody has moved, and the table is there all the same.
    return ibis.union(*moves) if moves else moves_between(store, as_of, as_of, "night").filter(ibis.literal(False))


def moves_between(store: Store, before: date, after: date, period: str) -> ir.Table:
    """Moves of tier and group between two dates."""
    tiers = [
        store.mined("customer_margins", day)
        .drop("as_of")
        .inner_join(store.mined("customer_tiers", day).select("customer_key", "tier"), "customer_key")
        for day in (before, after)
    ]
    groups = [store.mined("customer_rfm", day) for day in (before, after)]
    moves = ibis.union(tier_moves(*tiers), rfm_moves(*groups))
    return moves.mutate(previous_as_of=ibis.literal(before), period=ibis.literal(period)).relocate(
        "previous_as_of", "period"
    )


FACTS = ["fct_orders", "fct_calls", "fct_cases", "fct_campaign_contacts"]
MINED = {
    "customer_margins": ("Revenue, costs and net margin of every buyer, as of a date.", FACTS, []),
    "customer_tiers": ("ABC tier of every buyer, as of a date.", [], ["customer_margins"]),
    "customer_rfm": ("Recency, frequency, monetary value and group of every buyer, as of a date.", FACTS, []),
    "customer_moves": ("Who moved tier or group, and why.", [], ["customer_margins", "customer_tiers", "customer_rfm"]),
}


def parameters(settings: Mining) -> dict[str, tuple[Find, Any]]:
    """For each table what finds it and the settings it is made with."""
    every = settings.model_dump(include={"abc", "rfm"})
    return {
        "customer_margins": (find_margins(settings), every["abc"]),
        "customer_tiers": (find_tiers(settings), every["abc"]),
        "customer_rfm": (find_rfm(settings), every["rfm"]),
        "customer_moves": (find_moves, every),
    }


def mining_asset(table: str, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """One table of schema `mining` as an asset, partitioned by the night's as-of date."""
    description, facts, mined = MINED[table]

    @dg.asset(
        name=table,
        key_prefix="mining",
        deps=[dg.AssetKey(["star", fact]) for fact in facts] + [dg.AssetKey(["mining", other]) for other in mined],
        partitions_def=partitions,
        group_name="mining",
        owners=["team:analysts"],
        kinds={"ibis", "duckdb"},
        description=description,
    )
    def mined_table(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
        place = workspace.open()
        find, made_with = parameters(place.settings.mining)[table]
        as_of = date.fromisoformat(context.partition_key)
        return dg.MaterializeResult(metadata=refresh(place, table, as_of, made_with, find))

    return mined_table


def mining_assets(partitions: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """Every table of schema `mining`."""
    return [mining_asset(table, partitions) for table in MINED]
