"""Nights that go wrong: readers keep what they had, the reason is on record, and the next night mends it."""

import gzip
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines import dbt, increments, warehouse
from pipelines.ingest import holding, ingest
from pipelines.nightly import run_nightly
from tests.conftest import LAST_DAY, without_models
from tests.contents import assert_same, published_content
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


LATE_ON = date(2025, 4, 14)
STANDING = """
select t.as_of, r.last_order_on, r.recency_days, r.monetary_amount, r.rfm_group, t.tier
from mining.customer_rfm r join mining.customer_tiers t using (as_of, customer_key)
where customer_key = (
    select customer_key from star.bridge_customer_identity where kind = 'customer_id' and identifier = $customer
) order by as_of
"""


def deliver_late(workspace: Workspace) -> str:
    """A large order for a day long past, of a customer whose last order was before it; the customer's number."""
    with duckdb.connect(str(generations.current(workspace).file), read_only=True) as connection:
        (customer,) = connection.execute(
            "select min(identifier) from star.bridge_customer_identity where kind = 'customer_id' and customer_key in"
            " (select customer_key from star.fct_orders where is_sale group by 1 having max(ordered_on) < ?)",
            [date(2025, 3, 31)],
        ).fetchone()
    files = {
        "orders": f"order_id,customer_id,ordered_at,updated_at,status\nLATE,{customer},{LATE_ON},{LATE_ON},completed",
        "order_lines": "order_id,line_number,product_id,quantity,unit_price,unit_cost\nLATE,1,P0001,1000,900,1",
    }
    for name, text in files.items():
        path = workspace.landing / "sales" / str(LATE_ON.year) / f"{name}_late.csv.gz"
        path.write_bytes(gzip.compress(text.encode() + b"\n"))
    ingest(workspace)
    for held in holding.holds(workspace):
        holding.decide(workspace, held.file, "released", "tester")
    return customer


def standing(workspace: Workspace, customer: str) -> dict[date, tuple]:
    with duckdb.connect(str(generations.current(workspace).file), read_only=True) as connection:
        return {row[0]: row[1:] for row in connection.execute(STANDING, {"customer": customer}).fetchall()}


def test_an_order_that_comes_late_is_known_in_all_that_stands_on_its_day(workspace):
    customer = deliver_late(workspace)
    before = standing(workspace, customer)
    assert run_nightly(workspace, LAST_DAY).generation is not None
    with warehouse.connect(workspace) as connection:
        assert not increments.is_made_anew(connection)
    after = standing(workspace, customer)
    known_before = {day: row for day, row in after.items() if day < LATE_ON}
    assert known_before == {day: row for day, row in before.items() if day < LATE_ON}
    april, june = date(2025, 4, 30), LAST_DAY
    for day, silent_days in {april: 16, june: 77}.items():  # from 14 April to the end of the month
        last_on, recency, monetary, _, tier = after[day]
        assert (last_on, recency, tier) == (LATE_ON, silent_days, "A")
        assert monetary - before[day][2] == 900_000
    assert before[june][0] < LATE_ON
    # Everything anew from raw says the same, in every table of star, mining and serving.
    taken_up = published_content(workspace)
    shutil.rmtree(workspace.warehouse_file.parent)
    assert run_nightly(workspace, LAST_DAY).generation is not None
    assert_same(published_content(workspace), taken_up)
