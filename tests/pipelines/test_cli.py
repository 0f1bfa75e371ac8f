"""The `regulars` command: what it prints where, its exit codes, and no traceback for what a person can mend."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import LAST_DAY
from workspace import generations
from workspace.folders import PROJECT, Workspace

REGULARS = Path(sys.executable).parent / "regulars"


def regulars(*words: object, workspace: Path | None = None) -> subprocess.CompletedProcess[str]:
    option = ["--workspace", str(workspace)] if workspace else []
    return subprocess.run(
        [REGULARS, *option, *map(str, words)], capture_output=True, text=True, check=False, cwd=PROJECT
    )


@pytest.fixture
def workspace(demo_workspace: Workspace, tmp_path: Path) -> Workspace:
    """A copy that a test may change."""
    copy = tmp_path / "w"
    shutil.copytree(demo_workspace.root, copy, symlinks=True, ignore=shutil.ignore_patterns("landing", "demo_truth"))
    return Workspace.open(copy).ensure()


def test_init_makes_a_workspace_that_the_doctor_understands(tmp_path):
    made = regulars("init", tmp_path / "crm")
    assert (made.returncode, made.stdout) == (0, "")
    assert "regulars.toml" in made.stderr
    doctor = regulars("doctor", workspace=tmp_path / "crm")
    # A new workspace maps nothing yet: the one thing that is missing is named, with its remedy.
    assert doctor.returncode == 1
    assert [line for line in doctor.stdout.splitlines() if line.startswith("FAIL")] == [
        "FAIL  mappings          nothing fills sales.order_lines, sales.orders"
    ]
    assert "docs/how-to/your-own-files.md" in doctor.stdout


def test_init_never_touches_a_folder_that_holds_something(tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    refused = regulars("init", tmp_path)
    assert refused.returncode == 2
    assert "not an empty folder" in refused.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["precious.txt"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nightly", "--as-of", "yesterday"], 2, "'yesterday' is not a date"),
        (["nightly", "--as-of", "2999-01-01"], 2, "to today"),
        (["rollback"], 2, "oldest generation kept"),
        (["no-such-command"], 2, "No such command"),
    ],
)
def test_what_can_be_mended_is_said_without_a_traceback(workspace, words, code, said):
    ran = regulars(*words, workspace=workspace.root)
    assert ran.returncode == code
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr + ran.stdout


def test_a_folder_that_is_no_workspace_says_how_to_make_one(tmp_path):
    ran = regulars("status", workspace=tmp_path)
    assert ran.returncode == 2
    assert "regulars init" in ran.stderr


def test_a_bad_setting_names_file_key_value_and_what_is_allowed(tmp_path):
    (tmp_path / "regulars.toml").write_text("[mining.abc]\ncut_a = 'most'\ncut_c = 3\n")
    ran = regulars("nightly", workspace=tmp_path)
    assert ran.returncode == 2
    for word in (str(tmp_path / "regulars.toml"), "mining.abc.cut_a", "'most'", "cut_a, cut_b, window_months"):
        assert word in ran.stderr
    assert "Traceback" not in ran.stderr


def test_status_for_people_and_for_scripts(workspace):
    name = generations.current(workspace).name
    assert name in regulars("status", workspace=workspace.root).stdout
    answer = json.loads(regulars("status", "--json", workspace=workspace.root).stdout)
    assert answer["published"] == {"name": name, "as_of": LAST_DAY.isoformat()}
    assert answer["nights"][0]["status"] == "published"


def test_quarantine_lists_shows_and_replays(workspace):
    listed = json.loads(regulars("quarantine", "list", "--json", workspace=workspace.root).stdout)
    assert listed["rows"], "the demo company plants malformed rows"
    first = listed["rows"][0]
    shown = json.loads(regulars("quarantine", "show", first["delivery_id"], "--json", workspace=workspace.root).stdout)
    assert {"file", "row_number", "column_name", "value", "reason"} <= shown[0].keys()
    assert sum(row["feed"] == first["feed"] and row["reason"] == first["reason"] for row in shown) == first["row_count"]


def test_publish_and_rollback_move_the_pointer(workspace):
    before = generations.current(workspace)
    assert regulars("publish", workspace=workspace.root).returncode == 0
    assert generations.current(workspace).number == before.number + 1
    assert regulars("rollback", workspace=workspace.root).returncode == 0
    assert generations.current(workspace) == before


def test_another_writer_is_waited_for_by_a_person_and_not_by_the_command(workspace):
    from pipelines.warehouse import exclusive

    with exclusive(workspace):
        ran = regulars("publish", workspace=workspace.root)
    assert ran.returncode == 4
    assert "writing" in ran.stderr
