"""Watches landing, so that a delivery is loaded, or refused, when it arrives."""

import hashlib
from time import time

import dagster as dg

from pipelines.jobs import INTAKE
from workspace.folders import Workspace

QUIET_SECONDS = 60


def landing_state(workspace: Workspace, now: float) -> tuple[str, bool]:
    """A fingerprint of what lies in landing, and whether anything changed within the last minute (still arriving)."""
    digest, newest = hashlib.sha256(), 0.0
    for source in workspace.settings.sources.values():
        for file in sorted(workspace.landing.glob(source.files)) if source.files else []:
            found = file.stat()
            newest = max(newest, found.st_mtime)
            digest.update(f"{file}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest(), now - newest < QUIET_SECONDS


def landing_sensor(workspace: Workspace) -> dg.SensorDefinition:
    """Ask for an intake when landing has changed and has been quiet for a minute."""

    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        fingerprint, arriving = landing_state(workspace, time())
        if fingerprint == context.cursor or arriving:
            return dg.SensorResult(skip_reason=dg.SkipReason("Nothing new in landing, or still arriving."))
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=fingerprint)], cursor=fingerprint)

    return dg.SensorDefinition(
        name="landing",
        job_name=INTAKE,
        evaluation_fn=look,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts the intake when deliveries have arrived.",
    )
