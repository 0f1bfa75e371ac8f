"""Fixtures that several rooms share: where the real data lies, and a small demo company that has had its night."""

import fcntl
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from pipelines import demo
from pipelines.nightly import run_nightly
from workspace.folders import PROJECT, Workspace

SHARED_DATA = PROJECT.parent / "shared" / "data"
LAST_DAY = date(2025, 6, 30)


def pytest_configure() -> None:
    """One thread each for sklearn's loops: the tests are as many processes as there are cores, and small."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # for the processes that tests start
    threadpool_limits(limits=1, user_api="openmp")


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


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that is made by one of the test processes and waited for by the others."""
    base = tmp_path_factory.getbasetemp()
    # Each process of pytest-xdist has a folder of its own in the run's.
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, finished = base / name, base / f"{name}.finished"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            finished.touch()
    return folder


def without_models(workspace: Workspace) -> Workspace:
    """The workspace with nights that leave the models out: for tests that are not about them."""
    settings = workspace.settings_file.read_text()
    workspace.settings_file.write_text(settings + "\n[models]\nrun = []\n")
    return Workspace.open(workspace.root)


def make_demo(folder: Path) -> None:
    """A demo company of 400 customers and 200 days, loaded and published."""
    workspace = new_workspace(folder, (PROJECT / "regulars.toml").read_text())
    demo.write(workspace, customers=400, days=200, end_on=LAST_DAY, seed=7)
    result = run_nightly(workspace, LAST_DAY)
    assert result.generation is not None, f"{result.failed_step}: {result.problem}"


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The demo company of `make_demo`, a copy for this process. Read only: tests that change it copy it."""
    made = made_once(tmp_path_factory, "demo_company", make_demo)
    folder = tmp_path_factory.mktemp("demo") / "workspace"
    shutil.copytree(made, folder, symlinks=True)
    return Workspace.open(folder)
