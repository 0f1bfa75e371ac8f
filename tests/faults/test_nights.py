"""Nights that go wrong: readers keep what they had, the reason is on record, and the next night mends it."""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines import dbt, warehouse
from pipelines.nightly import run_nightly
from tests.conftest import LAST_DAY, without_models
from workspace import generations, state
from workspace.errors import RegularsError
from workspace.folders import PROJECT, Workspace


@pytest.fixture
def workspace(demo_workspace: Workspace, tmp_path: Path) -> Workspace:
    """A copy that a test may spoil."""
    copy = tmp_path / "w"
    shutil.copytree(demo_workspace.root, copy, symlinks=True)
    return without_models(Workspace.open(copy))


def published_rows(workspace: Workspace) -> int:
    with duckdb.connect(str(generations.current(workspace).file), read_only=True) as connection:
        return connection.execute("select count(*) from serving.customer_360").fetchone()[0]


def test_a_failing_stage_leaves_yesterdays_generation_and_says_why(workspace, monkeypatch):
    before = generations.current(workspace)

    def fail(place, folder, as_of=None, **how):
        raise RegularsError(f"1 of 9 steps of '{folder}' failed: unique_orders: Got 3 results", "See the log.")

    with monkeypatch.context() as patched:
        patched.setattr(dbt, "build", fail)
        result = run_nightly(workspace, LAST_DAY)
    assert (result.generation, result.failed_step) == (None, "serving")
    assert "unique_orders: Got 3 results" in str(result.problem)
    assert generations.current(workspace) == before
    night = state.nights(workspace, 1)[0]
    assert (night.status, night.failed_step) == ("failed", "serving")
    assert "unique_orders" in str(night.problem)

    mended = run_nightly(workspace, LAST_DAY)
    assert mended.generation is not None
    assert mended.generation.number == before.number + 1
    assert state.nights(workspace, 1)[0].status == "published"


def test_rows_that_went_missing_from_raw_stop_the_night(workspace):
    before = generations.current(workspace)
    file = max((workspace.raw / "sales.orders").rglob("*.parquet"), key=lambda file: file.stat().st_size)
    orders = pq.read_table(file)
    pq.write_table(orders.slice(1), file)
    result = run_nightly(workspace, LAST_DAY)
    assert (result.generation, result.failed_step) == (None, "raw")
    assert f"sales.orders: the ledger has {orders.num_rows:,} rows accepted" in str(result.problem)
    assert f"raw holds {orders.num_rows - 1:,}" in str(result.problem)
    assert generations.current(workspace) == before


CRASH = """
import os, sys
from datetime import date
from pipelines.assets import generation
from pipelines.nightly import run_nightly
from workspace.folders import Workspace
generation.shutil.copyfile = lambda *files: os._exit(9)
run_nightly(Workspace.open(sys.argv[1]), date.fromisoformat(sys.argv[2]))
"""


def test_a_process_killed_while_publishing_leaves_no_half_and_no_lock(workspace):
    before, rows = generations.current(workspace), published_rows(workspace)
    killed = subprocess.run(
        [sys.executable, "-c", CRASH, str(workspace.root), LAST_DAY.isoformat()],
        cwd=PROJECT,
        check=False,
        capture_output=True,
    )
    assert killed.returncode == 9
    assert (generations.current(workspace), published_rows(workspace)) == (before, rows)
    assert state.nights(workspace, 1)[0].status == "running"
    assert run_nightly(workspace, LAST_DAY).generation is not None
    cut_off = state.nights(workspace, 2)[1]
    assert (cut_off.status, "cut off" in str(cut_off.problem)) == ("failed", True)


def test_two_nights_never_write_together(workspace):
    with warehouse.exclusive(workspace), pytest.raises(warehouse.BusyError, match="writing"):
        run_nightly(workspace, LAST_DAY)


def test_a_night_for_an_earlier_day_sees_nothing_later(workspace):
    earlier = date(2025, 4, 30)
    result = run_nightly(workspace, earlier)
    assert result.generation is not None
    with duckdb.connect(str(result.generation.file), read_only=True) as connection:
        for query in (
            "select max(as_of) from serving.tier_history",
            "select max(as_of) from serving.rfm_group_history",
            "select max(date_on) from serving.daily_metrics",
            "select max(last_order_on) from serving.customer_360",
            "select max(last_touch_on) from serving.customer_360",
        ):
            assert connection.execute(query).fetchone()[0] <= earlier, query


def test_deleting_the_warehouse_loses_nothing(workspace):
    rows = published_rows(workspace)
    shutil.rmtree(workspace.warehouse_file.parent)
    assert run_nightly(workspace, LAST_DAY).generation is not None
    assert published_rows(workspace) == rows
