"""Dagster's event log with its connections kept: the same events in the same files, and few files open."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from pipelines import event_log
from pipelines.nightly import dagster_home, dagster_instance
from workspace.folders import Workspace


@dg.asset
def counted() -> dg.MaterializeResult:
    """An asset with metadata."""
    return dg.MaterializeResult(metadata={"dagster/row_count": 3})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace in a folder whose name YAML must not misread."""
    folder = tmp_path / 'work: "here" #1'
    folder.mkdir()
    (folder / "regulars.toml").write_text("")
    return Workspace.open(folder).ensure()


def run_once(instance: dg.DagsterInstance) -> str:
    """Materialize the asset; the run's id."""
    return dg.materialize([counted], instance=instance).run_id


def test_events_are_those_that_dagster_itself_would_read(workspace: Workspace):
    with dagster_instance(workspace) as instance:
        assert isinstance(instance.event_log_storage, event_log.KeptOpenEventLog)
        run_id = run_once(instance)
        ours = instance.event_log_storage.get_logs_for_run(run_id)
    plain = SqliteEventLogStorage(str(dagster_home(workspace) / "history" / "runs"))
    assert [entry.message for entry in plain.get_logs_for_run(run_id)] == [entry.message for entry in ours]
    materialization = plain.get_latest_materialization_events([counted.key])[counted.key]
    assert materialization is not None
    assert materialization.run_id == run_id


def test_statements_share_an_engine_and_old_files_are_let_go(workspace: Workspace, monkeypatch: pytest.MonkeyPatch):
    made: list[str] = []
    create = event_log.create_engine
    monkeypatch.setattr(event_log, "create_engine", lambda url, **rest: made.append(url) or create(url, **rest))
    with dagster_instance(workspace) as instance:
        runs = [run_once(instance) for _ in range(event_log.KEPT_OPEN + 2)]
        assert len(made) == len(set(made)) == len(runs) + 1, "one engine a run and one for the index"
        storage = instance.event_log_storage
        assert len(storage._engines) == event_log.KEPT_OPEN
        assert len(storage.get_logs_for_run(runs[0])) > 5, "an old run is opened anew"
    assert storage._engines == {}, "nothing stays open"
