"""Raw brought together while the process dies: the same rows before and after, and in the end no file too many."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from benchmarks import bench_thousand_nights
from pipelines.ingest import compacting, ledger, register, replay, running
from pipelines.ingest.compacting import compact
from pipelines.ingest.expiring import expire_quarantine
from pipelines.ingest.loading import LawBrokenError
from tests.deliveries import Shop, lines
from workspace.folders import Workspace

DAYS = 8


class DiedError(BaseException):
    """Stands for a lost process: nothing may catch it."""


def die(*arguments, **named):
    raise DiedError


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Eight nights, each with a row that is good and one that is not."""
    shop = Shop.open(tmp_path_factory.mktemp("years") / "shop")
    for day in range(DAYS):
        shop.put(f"{day}.csv", lines(f"A{day},1,P1,2,9.99", f"A{day},2,P1,two,9.99"))
        shop.load()
    return shop


@pytest.fixture
def shop(delivered: Shop, tmp_path: Path) -> Shop:
    return Shop.open(shutil.copytree(delivered.workspace.root, tmp_path / "shop"))


def folders(shop: Shop) -> list[str]:
    return sorted(path.name for path in shop.workspace.raw.glob("*/*"))


def test_eight_small_files_become_one_with_the_same_rows(shop: Shop):
    before = shop.query("from raw.sales_order_lines order by all")
    assert len(folders(shop)) == DAYS
    assert compact(shop.workspace) == DAYS - 1
    assert shop.query("from raw.sales_order_lines order by all") == before
    assert len(folders(shop)) == 1
    shop.check_law()
    assert compact(shop.workspace) == 0
    # A delivery known before is known after, and a row said again says nothing new.
    shop.put("again.csv", lines("A0,1,P1,2,9.99"))
    assert shop.load()["again.csv"].feeds["sales.order_lines"].duplicates == 1


def test_batches_that_the_warehouse_does_not_hold_are_left_alone(shop: Shop):
    held = {("sales.order_lines", name) for name in folders(shop)[1:]}
    assert compact(shop.workspace, held) == 0
    assert len(folders(shop)) == DAYS


@pytest.mark.parametrize(
    ("where", "what"),
    [(compacting, "check_same"), (compacting, "sync"), (compacting, "replace"), (running, "delete")],
    ids=["while it writes", "before it renames", "before it is on record", "before it deletes"],
)
def test_a_crash_at_any_point_harms_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch, where, what):
    before = shop.query("from raw.sales_order_lines order by all")
    if what == "delete":
        real = running.delete
        monkeypatch.setattr(where, what, lambda workspace, old: die() if old else real(workspace, old))
    else:
        monkeypatch.setattr(where, what, die)
    with pytest.raises(DiedError):
        compact(shop.workspace)
    monkeypatch.undo()
    assert shop.query("from raw.sales_order_lines order by all") == before
    shop.check_law()
    compact(shop.workspace)
    assert shop.query("from raw.sales_order_lines order by all") == before
    assert len(folders(shop)) == 1, "neither the old files nor what the crash left"


def test_a_file_that_does_not_hold_the_same_rows_is_never_put_on_record(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    before = shop.query("from raw.sales_order_lines order by all")
    real = compacting.check_same

    def with_a_row_changed(connection, old, new, feed):
        real(connection, old, f"(select * replace ('x' as order_id) from {new})", feed)

    monkeypatch.setattr(compacting, "check_same", with_a_row_changed)
    with pytest.raises(LawBrokenError, match=r"sales\.order_lines, brought together"):
        compact(shop.workspace)
    assert shop.query("from raw.sales_order_lines order by all") == before


def test_quarantine_replays_after_raw_was_brought_together(shop: Shop):
    compact(shop.workspace)
    assert sum(result.still_quarantined for result in replay(shop.workspace)) == DAYS
    shop.check_law()


def test_quarantine_goes_after_its_time_and_its_counts_stay(shop: Shop):
    assert expire_quarantine(shop.workspace, datetime.now(UTC) - timedelta(days=1)) == 0
    assert len(shop.quarantine()) == DAYS
    assert expire_quarantine(shop.workspace, datetime.now(UTC) + timedelta(days=1)) == DAYS
    assert shop.quarantine() == []
    assert list(shop.workspace.quarantine.glob("*/*")) == []
    assert shop.one("select sum(rows_quarantined) from meta.deliveries") == DAYS
    assert replay(shop.workspace) == []
    with ledger.open_ledger(shop.workspace) as connection:
        assert ledger.stored_files(connection, "quarantine") == []


def test_nights_leave_few_files_and_nothing_past_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bench_thousand_nights, "KEEP_QUARANTINE", 5)
    (tmp_path / "regulars.toml").write_text(bench_thousand_nights.SETTINGS + "[nightly]\nkeep_generations = 2\n")
    workspace = Workspace.open(tmp_path).ensure()
    lived = list(bench_thousand_nights.nights(workspace, 0, 18))
    # Lines came in 18 nights, orders and events in two: at most seven single files, then one for each eight.
    assert max(night.raw_files for night in lived) <= (1 + 7) + 2 + 2
    assert len(list((workspace.raw / "sales.order_lines").glob("*/*.parquet"))) == 18 // 8 + 18 % 8
    assert len(list(workspace.quarantine.glob("*/*/*.parquet"))) == 5
    assert len(list(workspace.published.glob("*.duckdb"))) == 2
    with duckdb.connect() as connection:
        register(connection, workspace)
        assert connection.execute("select count(*) from raw.sales_order_lines").fetchone() == (18 * 60,)
