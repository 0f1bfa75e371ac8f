"""State: nights, lists and the audit log survive and read back as they were written."""

from datetime import date

import pytest

from workspace import state
from workspace.folders import Workspace


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "regulars.toml").write_text("")
    return Workspace.open(tmp_path)


def test_a_night_that_publishes(workspace):
    night_id = state.start_night(workspace, date(2025, 1, 31))
    assert state.nights(workspace)[0].status == "running"
    state.end_night(workspace, night_id, generation="2025-01-31_0001", steps={"raw": 1.5})
    night = state.nights(workspace)[0]
    assert (night.status, night.as_of, night.steps) == ("published", date(2025, 1, 31), {"raw": 1.5})
    assert night.ended_at is not None
    assert night.ended_at >= night.started_at


def test_a_night_that_fails_says_where_and_why(workspace):
    state.end_night(workspace, state.start_night(workspace, date(2025, 1, 31)), failed_step="star", problem="no disk")
    night = state.nights(workspace)[0]
    assert (night.status, night.failed_step, night.problem) == ("failed", "star", "no disk")


def test_the_youngest_night_comes_first(workspace):
    for day in (1, 2, 3):
        state.start_night(workspace, date(2025, 1, day))
    assert [night.as_of.day for night in state.nights(workspace, limit=2)] == [3, 2]


def test_a_list_keeps_its_definition(workspace):
    definition = {"tier": ["A"], "name": "O'Hara; drop table lists"}
    list_id = state.store_list(
        workspace,
        name="spring",
        created_by="anna",
        generation="2025-01-31_0001",
        as_of=date(2025, 1, 31),
        definition=definition,
        customer_count=7,
        file="lists/1.parquet",
    )
    stored = state.lists(workspace)[0]
    assert (stored["list_id"], stored["definition"], stored["customer_count"]) == (list_id, definition, 7)


def test_an_error_leaves_nothing_half_written(workspace):
    def interrupted():
        with state.connect(workspace) as connection:
            connection.execute("insert into audit (at, who, action, detail) values ('now', 'a', 'b', '{}')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    with state.connect(workspace) as connection:
        assert connection.execute("select count(*) from audit").fetchone()[0] == 0
