"""The last step: copy the finished warehouse, say in it what it is, and switch readers to it."""

import json
import shutil
from datetime import date
from pathlib import Path

import dagster as dg

from pipelines import book, increments, warehouse
from pipelines.jobs import NIGHTLY
from pipelines.resources import WorkspaceResource
from pipelines.upkeep import keep_up
from workspace import generations, state
from workspace.errors import NothingPublishedError, RegularsError
from workspace.folders import Workspace
from workspace.segments import by_customer

NOT_PUBLISHED = ("raw", "staging", *increments.PRIVATE)
BACKFILL_TAG = "dagster/backfill"


def publish(workspace: Workspace, as_of: date) -> generations.Generation:
    """Publish the private warehouse as the next generation."""
    with warehouse.connect(workspace) as connection:
        connection.execute("checkpoint")
    name = generations.next_name(workspace, as_of)

    def write(file: Path) -> None:
        shutil.copyfile(workspace.warehouse_file, file)
        label(workspace, file, name, as_of)

    return generations.publish(workspace, name, write, workspace.settings.nightly.keep_generations)


def publish_again(workspace: Workspace) -> generations.Generation:
    """Publish the private warehouse as it stands, for the day it was last served for.

    Raises
    ------
    RegularsError
        If it is unfinished or a check has failed: what was stopped at night is not let through by hand.
    """
    with warehouse.connect(workspace) as connection:
        as_of = book.served_as_of(connection)
        failed = connection.execute("select check_name from meta.checks where status = 'failed'").fetchall()
    if as_of is None:
        raise RegularsError("The warehouse is not finished.", "Run 'regulars nightly'.")
    if failed:
        raise RegularsError(
            f"Checks have failed: {', '.join(name for (name,) in failed)}.", "Mend them and run the night."
        )
    return publish(workspace, as_of)


def label(workspace: Workspace, file: Path, name: str, as_of: date) -> None:
    """Drop what readers must not see; add what they count by, and the one row of `meta.generation`."""
    company = workspace.settings.company
    made_with = workspace.settings.model_dump(mode="json", include={"costs", "mining", "identity"})
    with warehouse.connect(workspace, file) as connection:
        for schema in NOT_PUBLISHED:
            connection.execute(f"drop schema if exists {schema} cascade")
        by_customer.write(connection)
        connection.execute(
            """
            create or replace table meta.generation as
            select $name as name, $as_of::date as as_of, now() at time zone 'UTC' as built_at, $company as company_name,
                   $currency as currency, $zone as time_zone, $made_with as settings
            """,
            {
                "name": name,
                "as_of": as_of,
                "company": company.name,
                "currency": company.currency,
                "zone": company.time_zone,
                "made_with": json.dumps(made_with),
            },
        )
        connection.execute("checkpoint")


def is_before_published(workspace: Workspace, as_of: date) -> bool:
    """Whether readers already see a later day."""
    try:
        return as_of < generations.current(workspace).as_of
    except NothingPublishedError:
        return False


def close_night(context: dg.AssetExecutionContext, workspace: Workspace, published: generations.Generation) -> None:
    """Close the night's record with the seconds that each step took."""
    stats = context.instance.get_run_step_stats(context.run.run_id)
    seconds = {step.step_key: step.end_time - step.start_time for step in stats if step.start_time and step.end_time}
    night = state.nights(workspace, 1)[0]
    state.end_night(workspace, night.night_id, generation=published.name, steps=seconds)


def generation_asset(partitions: dg.PartitionsDefinition, upstream: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """The published generation, after everything in `upstream` stands and its blocking checks have passed."""

    @dg.asset(
        name="generation",
        key_prefix="published",
        deps=upstream,
        partitions_def=partitions,
        group_name="publish",
        owners=["team:operators"],
        kinds={"duckdb"},
        description="The finished, read-only file that dashboards and lists read.",
    )
    def generation(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
        place = workspace.open()
        as_of = date.fromisoformat(context.partition_key)
        if BACKFILL_TAG in context.run.tags and is_before_published(place, as_of):
            context.log.info("A backfill adds to the history; readers keep the later day they see.")
            return dg.MaterializeResult(metadata={"generation": "not published: an earlier day than the one shown"})
        published = publish(place, as_of)
        if context.run.job_name == NIGHTLY:
            close_night(context, place, published)
        try:
            context.log.info(keep_up(place, context.instance))
        except (RegularsError, OSError) as error:
            # What is published stands; the next night tries again.
            context.log.warning(f"Raw and logs were not tidied: {error}")
        return dg.MaterializeResult(
            metadata={
                "generation": published.name,
                "megabytes": round(published.file.stat().st_size / 1e6, 1),
                "path": dg.MetadataValue.path(str(published.file)),
            }
        )

    return generation
