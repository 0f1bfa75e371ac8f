"""Opening generations: the resolved file, read only, a new one at the next look, old connections closed."""

from pathlib import Path

import duckdb
import pytest

from dashboards.app_data import overview, reader
from workspace import generations
from workspace.errors import NothingPublishedError
from workspace.folders import Workspace


@pytest.fixture
def small(tmp_path: Path) -> Workspace:
    (tmp_path / "regulars.toml").write_text("")
    return Workspace.open(tmp_path).ensure()


def publish(workspace: Workspace, day: str, orders: int) -> None:
    """A generation that holds one day with so many orders."""

    def write(target: Path) -> None:
        with duckdb.connect(str(target)) as connection:
            connection.execute("create schema meta; create schema serving")
            connection.execute(
                "create table meta.generation as select $name as name, $day::date as as_of, timestamp '2026-01-01' as"
                " built_at, 'Company' as company_name, 'EUR' as currency, 'UTC' as time_zone,"
                """ '{"mining": {"abc": {"cut_a": 70, "cut_b": 90, "window_months": 6}}}' as settings""",
                {"name": name, "day": day},
            )
            connection.execute(
                "create table serving.daily_metrics as select $day::date as date_on, $orders as order_count",
                {"day": day, "orders": orders},
            )

    name = generations.next_name(workspace, generations.date.fromisoformat(day))
    generations.publish(workspace, name, write, keep=5)


def test_nothing_published_is_told_as_such(small: Workspace) -> None:
    with pytest.raises(NothingPublishedError):
        reader.published(small)


def test_the_pointer_is_resolved_to_the_real_file(small: Workspace) -> None:
    publish(small, "2025-12-30", 1)
    data = reader.published(small)
    assert Path(data.file) == small.published / "2025-12-30_0001.duckdb"
    assert (data.cut_a, data.cut_b, data.window_months) == (70, 90, 6)


def test_a_new_generation_is_seen_at_the_next_look_and_the_old_one_still_reads(small: Workspace) -> None:
    publish(small, "2025-12-30", 1)
    old = reader.published(small)
    assert overview.daily(old.file, old.as_of, old.as_of)["order_count"].tolist() == [1]
    publish(small, "2025-12-31", 2)
    new = reader.published(small)
    assert overview.daily(new.file, new.as_of, new.as_of)["order_count"].tolist() == [2]
    assert overview.daily(old.file, old.as_of, old.as_of)["order_count"].tolist() == [1]


def test_connections_to_generations_before_the_last_are_closed(small: Workspace) -> None:
    opened = []
    for day in ("2025-12-29", "2025-12-30", "2025-12-31"):
        publish(small, day, 1)
        opened.append(reader.connection(reader.published(small).file))
    with pytest.raises(duckdb.ConnectionException):
        opened[0].execute("select 1")
    assert opened[2].execute("select 1").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "statement",
    [
        "delete from serving.daily_metrics",
        "create table x (a int)",
        "attach '/tmp/elsewhere.duckdb'",
        "copy serving.daily_metrics to '/tmp/regulars-outside.csv'",
        "select * from read_csv('/etc/passwd')",
        "set enable_external_access = true",
    ],
)
def test_a_page_can_neither_change_the_data_nor_reach_other_files(small: Workspace, statement: str) -> None:
    publish(small, "2025-12-30", 1)
    with pytest.raises(duckdb.Error):
        reader.connection(reader.published(small).file).cursor().execute(statement)
