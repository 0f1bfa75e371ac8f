"""Tables of the night alone: they stand while nothing changes, and are replaced when the date or a setting does."""

import shutil
from datetime import timedelta
from pathlib import Path

import ibis
import pytest

from pipelines import mined, mined_tonight
from pipelines.assets.mining_rules import STEPS
from pipelines.mined_tonight import refresh_tonight
from pipelines.searches import Search
from tests.conftest import LAST_DAY
from workspace.folders import Workspace


@pytest.fixture
def workspace(demo_workspace: Workspace, tmp_path: Path) -> Workspace:
    """A copy that a test may change."""
    shutil.copytree(demo_workspace.root, tmp_path / "w", symlinks=True)
    return Workspace.open(tmp_path / "w")


def test_what_stands_is_not_found_again(workspace):
    asked = []

    def find(store, as_of):
        asked.append(as_of)
        return {"first": ibis.memtable({"a": [1, 2]}), "second": ibis.memtable({"b": ["x"]})}

    def night(as_of, made_with):
        modules = [mined_tonight]
        return refresh_tonight(workspace, "a_step", as_of, find=find, made_with=made_with, modules=modules)

    assert night(LAST_DAY, 1) == {"first": 2, "second": 1}
    assert night(LAST_DAY, 1) == {"first": 2, "second": 1}
    assert len(asked) == 1
    night(LAST_DAY, 2)
    night(LAST_DAY - timedelta(days=1), 2)
    assert len(asked) == 3
    with mined.opened(workspace) as store:
        held = store.connection.execute("select distinct as_of from mining.first").fetchall()
    assert held == [(LAST_DAY - timedelta(days=1),)]


def test_what_is_searched_by_week_stands_till_the_next_sunday_and_moves_on_with_the_night(workspace):
    asked = []

    def find(store, day):
        asked.append(day)
        return {"found": ibis.memtable({"a": [1, 2]})}

    def night(days):
        as_of = LAST_DAY + timedelta(days=days)
        search = Search(lambda store, day: [store.star("dim_channel")], 5)
        refresh_tonight(workspace, "a_search", as_of, find=find, made_with=1, modules=[mined_tonight], search=search)
        with mined.opened(workspace) as store:
            found = store.connection.execute("select distinct as_of - ?, found_on from mining.found", [as_of])
            return found.fetchall()

    # 30 June 2025 is a Monday.
    sunday = LAST_DAY - timedelta(days=1)
    assert [night(days) for days in (0, 1, 5)] == [[(0, sunday)]] * 3
    assert asked == [sunday]
    assert night(6) == [(0, sunday + timedelta(days=7))]
    with mined.opened(workspace) as store:
        store.connection.execute("update star.dim_channel set channel = 'other'")
        store.connection.execute("update meta.built set built_at = now()::timestamp where stage = 'star'")
    night(7)
    assert asked == [sunday, *[sunday + timedelta(days=7)] * 2], "what it read has changed"


def test_every_table_of_the_night_is_there_and_says_what_is_missing(demo_workspace):
    """Two hundred days are too few for rules with a check on the last 180: the night says so and goes on."""
    with mined.opened(demo_workspace) as store:
        for step in STEPS.values():
            for table in step.tables:
                assert store.columns(table), table
        notes = dict(
            store.connection.execute(
                "select level, note from serving.rule_searches where kind = 'sequential'"
            ).fetchall()
        )
        rules = store.connection.execute("select count(*) from serving.sequential_rules").fetchone()
        offers = store.connection.execute("select distinct basis from serving.next_best_offers").fetchall()
    assert rules == (0,)
    assert set(notes) == {"product", "category"}
    assert all(note.startswith("Too little data") for note in notes.values())
    assert offers == [("popular",)]


def test_a_company_without_a_line_has_tables_without_rows(workspace):
    with mined.opened(workspace) as store:
        for table in ("fct_order_lines", "fct_orders", "fct_touchpoints", "fct_cases", "fct_web_sessions"):
            store.connection.execute(f"delete from star.{table}")
        found = {}
        for name in ("sequential_rules", "basket_rules", "paths"):
            found |= STEPS[name].find(store, LAST_DAY, workspace.settings.mining)
        assert {name: rows.count().execute() for name, rows in found.items() if not name.endswith("searches")} == {
            "sequential_rules": 0,
            "rule_clocks": 0,
            "basket_rules": 0,
            "paths": 0,
        }
        notes = [note for name in ("rule", "basket", "path") for note in found[f"{name}_searches"].execute()["note"]]
    assert all(note.startswith("Too little data") for note in notes)
