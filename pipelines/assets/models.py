"""The models of a night as one step: trained where due, scored as of the day. The science is in `models/`."""

from datetime import date

import dagster as dg

from pipelines import warehouse
from pipelines.predict import run, tables
from pipelines.resources import WorkspaceResource

STAR = (
    "dim_customer",
    "fct_orders",
    "fct_web_sessions",
    "fct_calls",
    "fct_cases",
    "fct_campaign_contacts",
    "fct_consents",
)
RUNS, NO_FAILURE = dg.AssetKey(["models", "model_runs"]), "no_model_failed"

DESCRIPTIONS = {
    "model_runs": "What became of each model in each night, in words.",
    "report_cards": "Every version of every model with its report card.",
    "churn_scores": "Probability of leaving, reasons and what is at stake, of every customer old enough to judge.",
    "customer_values": "Lifetime value with its interval, of every buyer.",
    "response_scores": "Chance of an answer, of everybody who has not bought yet.",
}


def models_asset(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """Every table of schema `models`, partitioned by the night's as-of date."""
    deps = [dg.AssetKey(["star", table]) for table in STAR] + [dg.AssetKey(["mining", "customer_tiers"])]
    specs = [
        dg.AssetSpec(
            dg.AssetKey(["models", table]),
            deps=deps,
            group_name="models",
            owners=["team:analysts"],
            kinds={"scikitlearn", "duckdb"},
            description=DESCRIPTIONS.get(table, f"{table.replace('_', ' ').capitalize()}, as of the night."),
        )
        for table in tables.TABLES
    ]

    check = dg.AssetCheckSpec(
        NO_FAILURE, asset=RUNS, description="No model failed but by having too little data; a failure is in the log."
    )

    @dg.multi_asset(name="models", specs=specs, check_specs=[check], partitions_def=partitions)
    def predicted(context: dg.AssetExecutionContext, workspace: WorkspaceResource):  # type: ignore[no-untyped-def]
        place = workspace.open()
        lines = run.run(place, date.fromisoformat(context.partition_key), context.log)
        for line in lines:
            context.log.info(f"{line['model']}: {line['status']}: {line['said']}")
        failed = run.warnings(lines)
        yield dg.AssetCheckResult(
            asset_key=RUNS,
            check_name=NO_FAILURE,
            passed=not failed,
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(check.detail for check in failed) or "Every model ran, or said what is missing.",
        )
        with warehouse.connect(place) as connection:
            for spec in specs:
                rows = warehouse.row_count(connection, "models", spec.key.path[-1])
                yield dg.MaterializeResult(asset_key=spec.key, metadata={"dagster/row_count": rows or 0})

    return predicted
