"""When the nightly runs by itself."""

from datetime import timedelta

import dagster as dg

from pipelines.jobs import NIGHTLY
from workspace.folders import Workspace


def nightly_schedule(workspace: Workspace) -> dg.ScheduleDefinition:
    """The nightly of the day that has just ended, at `nightly.schedule` by the company's clock."""
    company = workspace.settings.company

    def ended_day(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = context.scheduled_execution_time.astimezone(company.zone).date() - timedelta(days=1)
        return dg.RunRequest(run_key=day.isoformat(), partition_key=day.isoformat())

    return dg.ScheduleDefinition(
        name="every_night",
        job_name=NIGHTLY,
        cron_schedule=workspace.settings.nightly.schedule,
        execution_timezone=company.time_zone,
        execution_fn=ended_day,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="The nightly, for the day that has just ended.",
    )
