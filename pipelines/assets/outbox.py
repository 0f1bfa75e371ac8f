"""After the night is published: the scheduled lists leave. What does not arrive warns; the night stands."""

from datetime import date

import dagster as dg
import duckdb

from pipelines.resources import WorkspaceResource
from workspace import generations
from workspace.errors import NothingPublishedError
from workspace.folders import Workspace
from workspace.generations import Generation
from workspace.outbox.delivering import deliver
from workspace.outbox.records import FAILED, Outcome
from workspace.outbox.schedules import schedules

GENERATION = dg.AssetKey(["published", "generation"])


def deliver_published(workspace: Workspace, only: str | None = None) -> list[Outcome]:
    """Deliver what is scheduled, from the generation that readers see."""
    if only is None and not schedules(workspace):
        return []
    generation = generations.current(workspace)
    with duckdb.connect(str(generation.file), read_only=True) as connection:
        return deliver(workspace, generation, connection, only=only)


def is_shown(workspace: Workspace, as_of: date) -> bool:
    """Whether readers see this very night: a backfill of an earlier day delivers nothing."""
    try:
        found: Generation = generations.current(workspace)
    except NothingPublishedError:
        return False
    return found.as_of == as_of


def outbox_asset(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The scheduled lists of the night."""

    @dg.asset(
        name="outbox",
        key_prefix="published",
        deps=[GENERATION],
        partitions_def=partitions,
        group_name="publish",
        owners=["team:marketers"],
        check_specs=[dg.AssetCheckSpec("everything_arrived", asset=dg.AssetKey(["published", "outbox"]))],
        description="Saved segments that are delivered each night, to a folder or an HTTP address.",
    )
    def outbox(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
        place = workspace.open()
        as_of = date.fromisoformat(context.partition_key)
        found = deliver_published(place) if is_shown(place, as_of) else []
        failed = [one for one in found if one.status == FAILED]
        for one in failed:
            context.log.warning(f"{one.schedule} did not arrive: {one.problem}")
        return dg.MaterializeResult(
            metadata={"delivered": len(found) - len(failed), "failed": len(failed)},
            check_results=[
                dg.AssetCheckResult(
                    passed=not failed,
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata={one.schedule: one.problem for one in failed},
                )
            ],
        )

    return outbox
