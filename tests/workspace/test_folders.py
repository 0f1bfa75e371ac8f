"""Which workspace is opened, and what lies where."""

import pytest

from workspace.errors import SettingsError
from workspace.folders import DEFAULT_ROOT, PROJECT, Workspace


def make(folder, text=""):
    folder.mkdir(exist_ok=True)
    (folder / "regulars.toml").write_text(text)
    return folder


def test_the_folder_asked_for_wins_over_the_environment(tmp_path, monkeypatch):
    asked, other = make(tmp_path / "asked"), make(tmp_path / "other")
    monkeypatch.setenv("REGULARS_WORKSPACE", str(other))
    assert Workspace.open(asked).root == asked
    assert Workspace.open().root == other


def test_the_projects_own_data_folder_is_the_default_and_uses_the_projects_settings(monkeypatch):
    monkeypatch.delenv("REGULARS_WORKSPACE", raising=False)
    opened = Workspace.open()
    assert (opened.root, opened.settings_file) == (DEFAULT_ROOT, PROJECT / "regulars.toml")


def test_a_folder_without_settings_is_not_a_workspace(tmp_path):
    with pytest.raises(SettingsError, match="regulars init"):
        Workspace.open(tmp_path)


def test_ensure_makes_every_folder_and_changes_nothing_else(tmp_path):
    opened = Workspace.open(make(tmp_path / "w", "[company]\nname = 'x'")).ensure().ensure()
    assert all(
        folder.is_dir()
        for folder in (opened.landing, opened.raw, opened.quarantine, opened.published, opened.exports, opened.state)
    )
    assert opened.settings_file.read_text() == "[company]\nname = 'x'"


def test_landing_may_lie_elsewhere(tmp_path):
    elsewhere = tmp_path / "deliveries"
    opened = Workspace.open(make(tmp_path / "w", f"[ingest]\nlanding = '{elsewhere}'"))
    assert opened.landing == elsewhere
