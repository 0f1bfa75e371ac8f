"""Puts assets, jobs, schedule and sensor of one workspace together."""

import dagster as dg

from pipelines.assets.dbt_models import dbt_asset
from pipelines.assets.generation import generation_asset
from pipelines.assets.identity import identity
from pipelines.assets.mining import mining_assets
from pipelines.assets.mining_rules import rule_assets
from pipelines.assets.models import models_asset
from pipelines.assets.outbox import outbox_asset
from pipelines.assets.raw import raw
from pipelines.jobs import intake_job, nightly_job
from pipelines.partitions import as_of_partitions
from pipelines.resources import WorkspaceResource
from pipelines.schedules import nightly_schedule
from pipelines.sensors import landing_sensor
from workspace.folders import Workspace


def definitions(workspace: Workspace) -> dg.Definitions:
    """Everything that runs in one workspace."""
    partitions = as_of_partitions(workspace)
    serving = dbt_asset(workspace, "serving", partitions)
    return dg.Definitions(
        assets=[
            raw,
            dbt_asset(workspace, "staging", None),
            identity,
            dbt_asset(workspace, "star", None),
            *mining_assets(partitions),
            models_asset(partitions),
            *rule_assets(partitions),
            serving,
            generation_asset(partitions, list(serving.keys)),
            outbox_asset(partitions),
        ],
        jobs=[nightly_job(partitions), intake_job()],
        schedules=[nightly_schedule(workspace)],
        sensors=[landing_sensor(workspace)],
        resources={"workspace": WorkspaceResource(root=str(workspace.root))},
        executor=dg.in_process_executor,
    )
