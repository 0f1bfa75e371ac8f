"""Publishing: the switch is whole or not at all, and readers keep what they have open."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from workspace import generations
from workspace.errors import NothingPublishedError, RegularsError
from workspace.folders import Workspace

DAY = date(2025, 3, 31)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "regulars.toml").write_text("")
    return Workspace.open(tmp_path).ensure()


def publish(workspace: Workspace, answer: int, keep: int = 5) -> generations.Generation:
    def write(file: Path) -> None:
        with duckdb.connect(str(file)) as connection:
            connection.execute("create table answers as select ? as answer", [answer])

    return generations.publish(workspace, generations.next_name(workspace, DAY), write, keep)


def shown(workspace: Workspace) -> int:
    with duckdb.connect(str(generations.current(workspace).file), read_only=True) as connection:
        (answer,) = connection.execute("select answer from answers").fetchone()
        return answer


def test_nothing_published_says_what_to_do(workspace):
    with pytest.raises(NothingPublishedError, match="regulars nightly"):
        generations.current(workspace)


def test_publishing_switches_and_rolling_back_goes_one_back(workspace):
    first, second = publish(workspace, 1), publish(workspace, 2)
    assert (first.name, second.name) == ("2025-03-31_0001", "2025-03-31_0002")
    assert shown(workspace) == 2
    assert generations.rollback(workspace) == first
    assert shown(workspace) == 1
    with pytest.raises(RegularsError, match="oldest"):
        generations.rollback(workspace)


def test_a_name_is_never_used_twice_even_after_rolling_back(workspace):
    publish(workspace, 1)
    publish(workspace, 2)
    generations.rollback(workspace)
    assert publish(workspace, 3).number == 3
    assert shown(workspace) == 3


def test_a_crash_while_writing_leaves_the_old_generation_and_no_trace_after_the_next(workspace):
    publish(workspace, 1)

    def crash(file: Path) -> None:
        file.write_bytes(b"half a file")
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        generations.publish(workspace, generations.next_name(workspace, DAY), crash, 5)
    assert shown(workspace) == 1
    publish(workspace, 2)
    assert sorted(file.name for file in workspace.published.iterdir()) == [
        "2025-03-31_0001.duckdb",
        "2025-03-31_0002.duckdb",
        "current",
    ]


def test_only_the_youngest_are_kept_but_never_the_one_shown_is_deleted(workspace):
    for answer in range(1, 5):
        publish(workspace, answer, keep=2)
    assert [generation.number for generation in generations.generations(workspace)] == [3, 4]
    generations.rollback(workspace)
    generations.prune(workspace, keep=1)
    assert [generation.number for generation in generations.generations(workspace)] == [3, 4]


def test_a_reader_keeps_the_generation_it_opened_while_others_are_published_and_pruned(workspace):
    publish(workspace, 1)
    with duckdb.connect(str(generations.current(workspace).file), read_only=True) as reader:
        for answer in range(2, 5):
            publish(workspace, answer, keep=2)
        assert reader.execute("select answer from answers").fetchone() == (1,)
    assert shown(workspace) == 4


def test_a_published_file_cannot_be_written(workspace):
    assert publish(workspace, 1).file.stat().st_mode & 0o222 == 0


@pytest.mark.parametrize("stray", ["2025-03-31_0001 (copy)", "2025-03-31_before_upgrade", "backup", "2025-03-31_"])
def test_a_copy_laid_beside_them_is_no_generation(workspace, stray):
    first = publish(workspace, 1)
    beside = workspace.published / f"{stray}.duckdb"
    beside.write_bytes(b"")
    second = publish(workspace, 2, keep=1)
    assert generations.generations(workspace) == [second]
    assert not first.file.exists()
    assert beside.exists(), "what is not ours is not deleted"
