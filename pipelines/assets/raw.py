"""Deliveries to raw: one asset per feed, loaded by `pipelines.ingest`."""

from collections.abc import Iterator

import dagster as dg

from pipelines import book, warehouse
from pipelines.checks import conservation, drift_warnings, held_warnings, stop_on_failure
from pipelines.contracts import Contract, contracts
from pipelines.ingest import holds, ingest, register, take_alerts
from pipelines.jobs import NIGHTLY, begin_night
from pipelines.resources import WorkspaceResource


def raw_key(contract: Contract) -> dg.AssetKey:
    """The key dbt's sources lead to."""
    return dg.AssetKey(["raw", contract.table])


RAW_SPECS = [
    dg.AssetSpec(
        raw_key(contract),
        group_name="ingest",
        owners=["team:operators"],
        description=f"{contract.description} Grain: {contract.grain}.",
        kinds={"parquet", "duckdb"},
    )
    for contract in contracts().values()
]
CONSERVATION = "conservation"
CHECK_SPECS = [
    dg.AssetCheckSpec(
        CONSERVATION,
        asset=raw_key(contract),
        blocking=True,
        description="For every delivery: rows delivered = accepted + duplicates + quarantined; raw holds them.",
    )
    for contract in contracts().values()
]


@dg.multi_asset(name="raw", specs=RAW_SPECS, check_specs=CHECK_SPECS)
def raw(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> Iterator[dg.MaterializeResult]:
    """Load every new delivery, then show the warehouse what raw holds and check that nothing was lost."""
    place = workspace.open()
    if context.run.job_name == NIGHTLY:
        begin_night(place, context.run.tags["dagster/partition"])
    try:
        delivered = ingest(place, report=context.log.info)
    except OSError as error:
        # A network disk that is away for a moment comes back; a bad file never gets here, it is refused by name.
        raise dg.RetryRequested(max_retries=2, seconds_to_wait=20) from error
    with warehouse.connect(place) as connection:
        register(connection, place)
        counts = dict(connection.execute("select feed, row_count from meta.feeds").fetchall())
        checks = {check.name: check for check in conservation(connection)}
        # Only a night tells of drift: what another intake wrote is written over before anybody reads it.
        news = drift_warnings(take_alerts(place)) if context.run.job_name == NIGHTLY else []
        book.record(connection, "raw", [*checks.values(), *held_warnings(holds(place)), *news])
    stop_on_failure(checks.values())
    for contract in contracts().values():
        new = [result.feeds[contract.name] for result in delivered if contract.name in result.feeds]
        check = checks[f"{CONSERVATION} {contract.name}"]
        yield dg.MaterializeResult(
            asset_key=raw_key(contract),
            check_results=[
                dg.AssetCheckResult(
                    asset_key=raw_key(contract),
                    check_name=CONSERVATION,
                    passed=check.status == "passed",
                    description=check.detail,
                )
            ],
            metadata={
                "dagster/row_count": counts.get(contract.name, 0),
                "deliveries": len(new),
                "rows_accepted": sum(each.accepted for each in new),
                "rows_duplicate": sum(each.duplicates for each in new),
                "rows_quarantined": sum(each.quarantined for each in new),
            },
        )
