"""Fixtures that several rooms share: where the real data lies, and a small demo company that has had its night."""

from datetime import date
from pathlib import Path

import pytest

from pipelines import demo
from pipelines.nightly import run_nightly
from workspace.folders import PROJECT, Workspace

SHARED_DATA = PROJECT.parent / "shared" / "data"
LAST_DAY = date(2025, 6, 30)


def real_data(name: str) -> Path:
    """A folder of the public test data; skips the test where it is absent."""
    folder = SHARED_DATA / name
    if not folder.is_dir():
        pytest.skip(f"the public test data is not here: {folder} is absent")
    return folder


def new_workspace(folder: Path, settings: str) -> Workspace:
    """A workspace with these settings."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "regulars.toml").write_text(settings)
    return Workspace.open(folder).ensure()


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A demo company of 400 customers and 200 days, loaded and published. Read only: tests that change it copy it."""
    settings = (PROJECT / "regulars.toml").read_text()
    workspace = new_workspace(tmp_path_factory.mktemp("demo") / "workspace", settings)
    demo.write(workspace, customers=400, days=200, end_on=LAST_DAY, seed=7)
    result = run_nightly(workspace, LAST_DAY)
    assert result.generation is not None, f"{result.failed_step}: {result.problem}"
    return workspace
