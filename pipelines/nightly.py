"""Runs the nightly job in this process, without a Dagster server, telling a listener about each step."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from uuid import uuid4

import dagster as dg

from pipelines.console import Listener
from pipelines.jobs import NIGHTLY
from pipelines.warehouse import exclusive
from pipelines.wiring import definitions
from workspace import generations, state
from workspace.folders import Workspace

DAGSTER_YAML = """\
# Written by regulars: one run at a time, nothing sent anywhere, no processes that follow what steps print: none does.
telemetry:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
event_log_storage:
  module: pipelines.event_log
  class: KeptOpenEventLog
  config:
    base_dir: {events}
"""


@cache
def nightly_job(workspace: Workspace) -> dg.JobDefinition:
    """The nightly of a workspace, put together once a process."""
    return definitions(workspace).resolve_job_def(NIGHTLY)


@dataclass(frozen=True)
class NightResult:
    """How a nightly ended: its generation, or the step that failed and why."""

    as_of: date
    generation: generations.Generation | None
    seconds: dict[str, float]
    failed_step: str | None = None
    problem: str | None = None


def dagster_home(workspace: Workspace) -> Path:
    """Dagster's own storage for this workspace, with its settings written."""
    home = workspace.state / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    # JSON is YAML, whatever the name of the folder holds; where Dagster itself would keep its events.
    (home / "dagster.yaml").write_text(DAGSTER_YAML.format(events=json.dumps(str(home / "history" / "runs"))))
    return home


@contextmanager
def dagster_instance(workspace: Workspace) -> Iterator[dg.DagsterInstance]:
    """The workspace's Dagster storage, so that runs from the command line are seen in its interface too."""
    os.environ["DAGSTER_HOME"] = str(dagster_home(workspace))
    with dg.DagsterInstance.get() as instance:
        yield instance


def run_nightly(workspace: Workspace, as_of: date, listen: Listener = lambda step, event, seconds: None) -> NightResult:
    """Run every step as of `as_of`.

    Parameters
    ----------
    listen : called as (step, "start" | "success" | "failure", seconds) while the night goes on
    """
    with exclusive(workspace):
        pass  # said at once and plainly, before Dagster starts; the run itself takes the lock again and keeps it
    job = nightly_job(workspace)
    seconds: dict[str, float] = {}
    run_id = str(uuid4())
    started: dict[str, float] = {}

    def hear(event: dg.EventLogEntry) -> None:
        inner = event.dagster_event
        if inner is None or not inner.step_key or not inner.event_type_value.startswith("STEP_"):
            return
        kind = inner.event_type_value.removeprefix("STEP_").lower()
        if kind == "start":
            started[inner.step_key] = event.timestamp
        elif kind in {"success", "failure"}:
            seconds[inner.step_key] = event.timestamp - started.get(inner.step_key, event.timestamp)
        if kind in {"start", "success", "failure"}:
            listen(inner.step_key, kind, seconds.get(inner.step_key, 0.0))

    with dagster_instance(workspace) as instance:
        instance.add_event_listener(run_id, hear)
        outcome = job.execute_in_process(
            partition_key=as_of.isoformat(),
            instance=instance,
            run_id=run_id,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    night = state.nights(workspace, 1)[0]
    published = generations.current(workspace) if outcome.success else None
    return NightResult(as_of, published, seconds, night.failed_step, night.problem)


def steps(workspace: Workspace) -> list[str]:
    """Names of the steps of a nightly, for a progress bar."""
    return [node.name for node in nightly_job(workspace).nodes]
