"""What is mined is stored once a date, and how many dates are computed together changes nothing."""

import shutil
from functools import partial
from pathlib import Path

import pytest

from pipelines import mined
from pipelines.assets.mining import MODULES
from pipelines.mined import refresh
from tests.conftest import LAST_DAY
from workspace.folders import Workspace


@pytest.fixture
def workspace(demo_workspace: Workspace, tmp_path: Path) -> Workspace:
    """A copy that a test may change."""
    shutil.copytree(demo_workspace.root, tmp_path / "w", symlinks=True)
    return Workspace.open(tmp_path / "w")


def content(workspace: Workspace, table: str) -> list[tuple]:
    """A hash of each date's rows."""
    with mined.opened(workspace) as store:
        query = f"select as_of, count(*), bit_xor(hash(row({table}))) from mining.{table} group by as_of order by as_of"
        return store.connection.execute(query).fetchall()


def mine(workspace: Workspace, table: str) -> dict[str, int]:
    """One module's step of the night."""
    module, settings = MODULES[table], workspace.settings.mining
    find = partial(lambda store, dates, find: find(store, dates, settings), find=module.find)
    return refresh(workspace, table, LAST_DAY, find=find, made_with="a test", modules=module.code)


@pytest.mark.parametrize("table", ["customer_rfm", "customer_moves"])
def test_dates_one_by_one_and_together_give_the_same(workspace, monkeypatch, table):
    together = content(workspace, table)
    assert len(together) > 3
    monkeypatch.setattr(mined, "ROWS_AT_ONCE", 1)
    with mined.opened(workspace) as store:
        assert all(len(days) == 1 for days in mined.passes(store, mined.needed_dates(store, LAST_DAY)))
        store.connection.execute(f"drop table mining.{table}")
    assert mine(workspace, table)["dates_unchanged"] == 0
    assert content(workspace, table) == together
    assert mine(workspace, table)["dates_computed"] == 0, "what stands is not computed again"
