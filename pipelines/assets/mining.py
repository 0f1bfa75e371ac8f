"""What is mined from the star as of a date: margins, tiers, groups and who moved. The science is in `mining/`."""

from collections.abc import Sequence
from datetime import date

import dagster as dg
import ibis
import ibis.expr.types as ir

from mining import abc_tiers, as_of_dates, known_rows, movements, net_margins, reasons, rfm
from pipelines.assets import mining_funnels, mining_loyalty, mining_offers, mining_service
from pipelines.mined import Module, Store, comparisons_of, refresh
from pipelines.resources import WorkspaceResource
from workspace.folders import Workspace
from workspace.mining_settings import Mining

FACTS = ("fct_orders", "fct_calls", "fct_cases", "fct_campaign_contacts")


def find_margins(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """Net margin of every buyer."""
    months = settings.abc.window_months
    found = net_margins.net_margins(*map(store.star, FACTS), as_of=dates, window_months=months)
    return found.mutate(window_months=ibis.literal(months, "int32"))


def find_tiers(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """Tier of every buyer, with the cuts it was made with."""
    cuts = settings.abc.model_dump()
    margins = store.mined("customer_margins", dates).select("as_of", "customer_key", "net_margin")
    tiers = abc_tiers.abc_tiers(margins, cut_a=cuts["cut_a"], cut_b=cuts["cut_b"], within=["as_of"])
    return tiers.mutate(**{name: ibis.literal(value, "int32") for name, value in cuts.items()})


def find_rfm(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """Recency, frequency, monetary value and group of every buyer."""
    days = settings.rfm.window_days
    scores = rfm.rfm(store.star("fct_orders"), as_of=dates, window_days=days)
    return scores.mutate(window_days=ibis.literal(days, "int32"))


def find_moves(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """Who moved tier or group: since the day before, and at month ends since the month end before."""
    comparisons = [pair for day in dates for pair in comparisons_of(day, store.dates("customer_tiers"))]
    if not comparisons:
        # The first date of all has nothing before it: nobody has moved, and the table is there all the same.
        comparisons = [movements.Comparison(date.min, date.min, "night")]
    compared = sorted({day for each in comparisons for day in (each.as_of, each.previous_as_of)})
    tiers = store.mined("customer_tiers", compared).select("as_of", "customer_key", "tier")
    margins = store.mined("customer_margins", compared).inner_join(tiers, ["as_of", "customer_key"])
    scores = store.mined("customer_rfm", compared)
    within = movements.Comparison._fields
    return ibis.union(
        movements.tier_moves(*movements.compared(margins, comparisons), within=within),
        movements.rfm_moves(*movements.compared(scores, comparisons), within=within),
    )


MARGIN_CODE = [net_margins, known_rows, as_of_dates]
TIER_CODE = [*MARGIN_CODE, abc_tiers]
RFM_CODE = [rfm, known_rows]
MODULES = {
    "customer_margins": Module(
        "Revenue, costs and net margin of every buyer, as of a date.", find_margins, FACTS, [], MARGIN_CODE
    ),
    "customer_tiers": Module("ABC tier of every buyer, as of a date.", find_tiers, [], ["customer_margins"], TIER_CODE),
    "customer_rfm": Module(
        "Recency, frequency, monetary value and group of every buyer.", find_rfm, ["fct_orders"], [], RFM_CODE
    ),
    "customer_moves": Module(
        "Who moved tier or group, and why.",
        find_moves,
        [],
        ["customer_margins", "customer_tiers", "customer_rfm"],
        [*TIER_CODE, *RFM_CODE, movements, reasons],
    ),
    **mining_loyalty.MODULES,
    **mining_service.MODULES,
    **mining_funnels.MODULES,
    **mining_offers.MODULES,
}


def run_module(workspace: Workspace, table: str, module: Module, as_of: date) -> dict[str, int]:
    """Bring a module's table up to date for a night; the metadata of the run."""
    settings = workspace.settings.mining
    return refresh(
        workspace,
        table,
        as_of,
        find=lambda store, dates: module.find(store, dates, settings),
        made_with=settings.model_dump(include=set(module.settings)),
        modules=module.code,
        dates=module.dates,
        is_anew=module.is_anew,
    )


def mining_asset(table: str, module: Module, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """One table of schema `mining` as an asset, partitioned by the night's as-of date."""

    @dg.asset(
        name=table,
        key_prefix="mining",
        deps=[dg.AssetKey(["star", fact]) for fact in module.facts]
        + [dg.AssetKey(["mining", other]) for other in module.mined],
        partitions_def=partitions,
        group_name="mining",
        owners=["team:analysts"],
        kinds={"ibis", "duckdb"},
        description=module.description,
    )
    def mined_table(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
        metadata = run_module(workspace.open(), table, module, date.fromisoformat(context.partition_key))
        return dg.MaterializeResult(metadata=metadata)

    return mined_table


def mining_assets(partitions: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """Every table of schema `mining`."""
    return [mining_asset(table, module, partitions) for table, module in MODULES.items()]
