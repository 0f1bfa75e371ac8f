"""Dagster: what is loaded, what runs when, and what a backfill may and may not do."""

import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from pipelines.nightly import dagster_instance, nightly_job
from pipelines.sensors import landing_sensor, landing_state
from pipelines.wiring import definitions
from tests.conftest import LAST_DAY, without_models
from workspace import generations
from workspace.folders import Workspace


@pytest.fixture
def workspace(demo_workspace, tmp_path) -> Workspace:
    """A copy that a test may change."""
    shutil.copytree(demo_workspace.root, tmp_path / "w", symlinks=True)
    return without_models(Workspace.open(tmp_path / "w"))


@pytest.fixture(scope="module")
def defs(demo_workspace) -> dg.Definitions:
    return definitions(demo_workspace)


def test_every_asset_has_a_group_an_owner_and_a_description(defs):
    specs = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
    ours = {name: spec for name, spec in specs.items() if spec.group_name != "default"}
    for name, spec in ours.items():
        assert spec.owners, name
        assert spec.description, name
    assert {spec.group_name for spec in ours.values()} == {
        "ingest", "staging", "identity", "star", "mining", "models", "serving", "publish"
    }  # fmt: skip


def test_lineage_runs_from_raw_to_the_published_generation(defs):
    graph = defs.resolve_asset_graph()

    def before(key: dg.AssetKey) -> set[dg.AssetKey]:
        parents = graph.get(key).parent_keys
        return parents | {ancestor for parent in parents for ancestor in before(parent)}

    ancestors = {key.to_user_string() for key in before(dg.AssetKey(["published", "generation"]))}
    assert {
        "raw/sales_orders", "staging/stg_sales__orders", "identity/customer_identifiers",
        "star/fct_orders", "mining/customer_tiers", "models/churn_scores", "serving/customer_360",
    } <= ancestors  # fmt: skip


def test_steps_run_in_the_order_of_the_way_of_the_data(demo_workspace):
    order = [node.name for node in nightly_job(demo_workspace).nodes_in_topological_order]
    way = [
        "raw",
        "staging",
        "identity",
        "star",
        "mining__customer_margins",
        "mining__customer_tiers",
        "models",
        "serving",
    ]
    assert [step for step in order if step in way] == way
    assert order[-2:] == ["published__generation", "published__outbox"]


def test_the_schedule_describes_the_day_that_has_ended_by_the_companys_clock(defs):
    schedule = defs.resolve_schedule_def("every_night")
    # 00:30 UTC on 1 July is 02:30 in Berlin: the night of 30 June.
    context = dg.build_schedule_context(
        scheduled_execution_time=datetime(2025, 7, 1, 0, 30, tzinfo=UTC), repository_def=defs.get_repository_def()
    )
    request = schedule.evaluate_tick(context).run_requests[0]
    assert request.partition_key == "2025-06-30"
    assert schedule.execution_timezone == "Europe/Berlin"


def test_the_sensor_waits_until_a_delivery_has_stopped_arriving(workspace):
    files = [file for file in workspace.landing.rglob("*") if file.is_file()]
    for file in files:
        os.utime(file, (1_700_000_000, 1_700_000_000))
    fingerprint, arriving = landing_state(workspace, now=1_700_000_060)
    assert not arriving
    grown = 1_700_000_100
    os.utime(files[0], (grown, grown))
    changed, arriving = landing_state(workspace, now=grown + 59)
    assert arriving
    assert changed != fingerprint
    assert landing_state(workspace, now=grown + 60) == (changed, False)


def test_the_sensor_asks_once_for_each_change(workspace):
    for file in filter(Path.is_file, workspace.landing.rglob("*")):
        os.utime(file, (1_700_000_000, 1_700_000_000))
    sensor = landing_sensor(workspace)
    first = sensor(dg.build_sensor_context())
    assert [request.run_key for request in first.run_requests] == [first.cursor]
    again = sensor(dg.build_sensor_context(cursor=first.cursor))
    assert not again.run_requests
    assert "Nothing new" in again.skip_reason.skip_message


def test_a_backfill_adds_to_the_history_and_never_moves_readers_back(workspace):
    shown = generations.current(workspace)
    day = date(2025, 4, 15)
    assert day < LAST_DAY
    with dagster_instance(workspace) as instance:
        outcome = nightly_job(workspace).execute_in_process(
            partition_key=day.isoformat(), instance=instance, tags={"dagster/backfill": "past"}, raise_on_error=True
        )
    assert outcome.success
    assert generations.current(workspace) == shown
    from pipelines.mined import opened

    with opened(workspace) as store:
        assert day in store.dates("customer_tiers")
