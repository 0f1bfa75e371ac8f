"""After a night: raw brought together, and what has been kept for its time let go."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from pipelines import increments, warehouse
from pipelines.ingest import register
from pipelines.ingest.compacting import compact
from pipelines.ingest.expiring import expire_quarantine
from workspace.folders import Workspace

RUNS_AT_ONCE = 50


def keep_up(workspace: Workspace, instance: dg.DagsterInstance) -> str:
    """Bring small files of raw together, and drop quarantined rows and Dagster's runs that are past their time.

    Returns
    -------
    what was done, in words
    """
    keep = workspace.settings.nightly
    with warehouse.connect(workspace) as connection:
        held = increments.held_batches(connection)
    fewer = compact(workspace, held)
    rows = expire_quarantine(workspace, older_than(keep.keep_quarantine_days))
    if fewer or rows:
        with warehouse.connect(workspace) as connection:
            register(connection, workspace)  # its views name the files
    runs = drop_old_runs(instance, older_than(keep.keep_run_days), workspace.state / "dagster")
    return f"raw has {fewer} files less; {rows:,} rows left quarantine; {runs} runs were dropped from Dagster's log"


def older_than(days: int) -> datetime:
    """The instant so many days ago."""
    return datetime.now(UTC) - timedelta(days=days)


def drop_old_runs(instance: dg.DagsterInstance, before: datetime, home: Path) -> int:
    """Delete finished runs that were created before an instant, with their events, files and logs; how many."""
    finished = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    dropped = 0
    while old := instance.get_run_ids(
        filters=dg.RunsFilter(created_before=before, statuses=finished), limit=RUNS_AT_ONCE
    ):
        for run_id in old:
            instance.delete_run(run_id)
            for file in (home / "history" / "runs").glob(f"{run_id}.db*"):
                file.unlink()
            shutil.rmtree(home / "storage" / run_id, ignore_errors=True)
        dropped += len(old)
    return dropped
