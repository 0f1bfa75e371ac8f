"""A real browser on the dashboard, for the tests that need one: the server, a tab that must stay quiet, waiting."""

import shutil
import subprocess
import sys
import urllib.parse
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from workspace.folders import PROJECT, Workspace

APP = PROJECT / "dashboards" / "streamlit_app.py"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
# Milliseconds. It ends a test that hangs and measures nothing: a busy machine may stand still for a minute.
WAIT = 180_000


def chromium() -> str | None:
    """The system's Chromium; `None` means the one that Playwright brought."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def served(workspace: Workspace, elsewhere: Path) -> Iterator[str]:
    """The dashboard's address on this machine, started from a folder that is not the project's."""
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", "0"],
        cwd=elsewhere,
        env={"REGULARS_WORKSPACE": str(workspace.root), "PATH": "/usr/bin:/bin", "HOME": str(elsewhere)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield address_in(process.stdout)
    finally:
        process.terminate()
        process.wait(timeout=30)


def address_in(lines: IO[str]) -> str:
    """Where a server listens, as it says itself once it does; what it says later is read on and forgotten.

    A pipe that nobody reads on is full some day, and the server would wait for ever.
    """
    said = ""
    for line in lines:
        said += line
        if "URL:" in line:
            Thread(target=deque, args=(lines, 0), daemon=True).start()
            return line.split("URL:")[1].strip()
    pytest.fail(f"the dashboard did not start:\n{said}")


@pytest.fixture(scope="module")
def address(company: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(company, tmp_path_factory.mktemp("elsewhere")) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A new tab; at the end nothing may have gone wrong in it, and nothing may have been asked of other machines."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(WAIT)
    trouble: list[str] = []
    asked: set[str] = set()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    # A page below the root first looks for the server below itself; that is Streamlit's own way of finding it.
    page.on(
        "console",
        lambda said: (
            trouble.append(f"{said.text} {said.location}")
            if said.type == "error" and "/_stcore/" not in said.location["url"]
            else None
        ),
    )
    page.on("request", lambda request: asked.add(urllib.parse.urlparse(request.url).hostname or ""))
    yield page
    context.close()
    assert not trouble
    assert asked <= {"127.0.0.1", ""}


def shown(tab: Page, url: str, title: str) -> None:
    """Open an address and wait until the page has finished drawing."""
    tab.goto(url)
    expect(tab.locator("h1")).to_have_text(title, timeout=WAIT)
    finished(tab)


def finished(tab: Page) -> None:
    """Wait until the server has nothing more to draw."""
    expect(tab.locator('[data-testid="stApp"]')).to_have_attribute("data-test-script-state", "notRunning", timeout=WAIT)
    expect(tab.locator('[data-testid="stSkeleton"]')).to_have_count(0, timeout=WAIT)
