"""The jobs: the nightly, and the intake that only loads deliveries."""

from datetime import date
from typing import Any

import dagster as dg

from workspace import state
from workspace.folders import Workspace

NIGHTLY = "nightly"
INTAKE = "intake"


def nightly_job(partitions: dg.PartitionsDefinition) -> Any:
    """Everything from landing to a published generation, as of the partition's day."""
    return dg.define_asset_job(
        NIGHTLY,
        selection=dg.AssetSelection.all(),
        partitions_def=partitions,
        executor_def=dg.in_process_executor,
        hooks={record_failure},
        description="Load deliveries, build the star, mine it as of the day, serve, check, publish.",
    )


def intake_job() -> Any:
    """Only load what has arrived, so that a bad delivery is seen by day and not first at night."""
    return dg.define_asset_job(
        INTAKE,
        selection=dg.AssetSelection.groups("ingest"),
        executor_def=dg.in_process_executor,
        description="Load what has arrived in landing; publishes nothing.",
    )


@dg.failure_hook(name="record_failure", required_resource_keys={"workspace"})
def record_failure(context: dg.HookContext) -> None:
    """Write down which step failed and why, so that every page can say so."""
    workspace: Workspace = context.resources.workspace.open()
    running = [night for night in state.nights(workspace, 1) if night.status == "running"]
    if running:
        problem = str(context.op_exception or "the step did not say why")
        state.end_night(workspace, running[0].night_id, failed_step=context.op.name, problem=problem)


def begin_night(workspace: Workspace, as_of_text: str) -> None:
    """Open the night's record; a night still marked as running was cut off, since the lock is now ours."""
    for night in state.nights(workspace):
        if night.status == "running":
            state.end_night(
                workspace,
                night.night_id,
                failed_step="unknown",
                problem="The night was cut off: the machine or the process was stopped.",
            )
    state.start_night(workspace, date.fromisoformat(as_of_text))
