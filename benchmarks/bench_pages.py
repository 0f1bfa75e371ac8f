"""How long a page takes to open in a browser, from the request until nothing more is drawn, at a million customers.

By its address a page comes with all of the browser's own start; from page to page, as most people go, without it.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Locator, Page, expect, sync_playwright

from benchmarks.bench_nightly import ROOT
from benchmarks.multiplied import multiplied_company

AIM = 1.0
ROUNDS = 5
PAGES = {
    "Overview": "",
    "Customers": "customers",
    "Customers, a search": "customers?q=anna",
    "Tiers": "tiers",
    "RFM": "rfm",
    "Segments": "segments",
    "Explore": "explore?by=Tier",
    "Lists": "lists?tiers=A&tiers=B",
    "Data": "data",
}

# As the navigation calls them, in an order in which none is next to one that asks the same.
WALK = (
    "Customers", "Tiers", "RFM", "Loyalty", "Segments", "Compare", "Explore", "Lists", "Churn", "Value", "Prospects",
    "Cross-sell", "Paths", "Funnels", "Service", "Questions", "Forecast", "Models", "Data", "Overview",
)  # fmt: skip
# Page, its title, and what is clicked on it in turn.
CLICKS = {
    "Overview, another period": ("", "Overview", ("7 days", "90 days")),
    "Segments, another mix": ("segments", "Segments", ("RFM group", "Loyalty stage")),
    "Explore, another period": ("explore?by=Tier", "Explore", ("90 days", "30 days")),
}
CLICK_AIM = 0.3


@contextmanager
def served_by(folder: Path) -> Iterator[tuple[str, int]]:
    """The dashboard's address, and the number of its process."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            str(ROOT / "dashboards" / "streamlit_app.py"),
            "--server.port",
            "0",
            "--",
            "--ahead",
        ],
        env={"REGULARS_WORKSPACE": str(folder), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield next(line.split("URL:")[1].strip() for line in process.stdout if "URL:" in line), process.pid
    finally:
        process.terminate()
        process.wait()


def drawn(page: Page, title: str) -> None:
    """Wait until the page has its title and the server nothing more to draw."""
    expect(page.locator("h1")).to_have_text(title, timeout=300_000)
    app = page.locator('[data-testid="stApp"]')
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=300_000)
    expect(page.locator('[data-testid="stSkeleton"]')).to_have_count(0, timeout=300_000)


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def opening(page: Page, url: str, title: str) -> Callable[[], None]:
    """Go to an address and wait for the page."""

    def go() -> None:
        page.goto(url)
        drawn(page, title)

    return go


def timed(work: str, times: list[float], aim: float, first: float | None = None) -> dict:
    """A row of several times; the first of all, when the server knew nothing yet, does not count."""
    return {
        "work": work,
        "ours_seconds": median(times),
        "ours_note": f"{min(times):.2f} to {max(times):.2f}" + (f", first of all {first:.2f} s" if first else ""),
        "aim": f"{aim:g} s",
        "met": median(times) <= aim,
    }


def walked(page: Page, address: str, customers: int) -> Iterator[dict]:
    """Each page of `WALK` several times, come to from another page by the navigation, as rows."""
    opening(page, f"{address}/", "Overview")()
    times: dict[str, list[float]] = {name: [] for name in WALK}
    for _ in range(ROUNDS + 1):
        for name in WALK:
            link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True)

            def go(link: Locator = link, name: str = name) -> None:
                link.click()
                drawn(page, name)

            times[name].append(seconds(go))
    for name, (first, *again) in times.items():
        yield timed(f"{name}, come to from another page, {customers / 1e6:.1f} M customers", again, AIM, first)


def clicking(page: Page, name: str) -> Callable[[], None]:
    """Click on a choice and wait until the page has answered: begun to, and ended."""
    app = page.locator('[data-testid="stApp"]')

    def go() -> None:
        choices = page.get_by_test_id("stMain")
        choices.get_by_role("radio", name=name).or_(choices.get_by_role("button", name=name, exact=True)).first.click()
        page.wait_for_function("window.answered")
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=300_000)

    return go


# Says when a page has been run again: it turns to running and back.
WATCH = """() => {
    window.answered = false;
    const app = document.querySelector('[data-testid="stApp"]');
    const look = () => { if (app.dataset.testScriptState === 'running') window.answered = true; };
    new MutationObserver(look).observe(app, {attributes: true});
}"""


def clicked(page: Page, address: str) -> Iterator[dict]:
    """Each click of `CLICKS` several times, as rows."""
    for name, (path, title, choices) in CLICKS.items():
        opening(page, f"{address}/{path}", title)()
        times = []
        for number in range(ROUNDS):
            page.evaluate(WATCH)
            times.append(seconds(clicking(page, choices[number % len(choices)])))
        yield timed(f"{name}, a click", times, CLICK_AIM)


def measure(address: str, customers: int) -> list[dict]:
    """Each page several times by its address; the first opening, when the server knows nothing yet, is not counted."""
    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        for name, path in PAGES.items():
            go = opening(page, f"{address}/{path}", name.split(",")[0])
            first = seconds(go)
            times = [seconds(go) for _ in range(ROUNDS)]
            rows.append(timed(f"{name}, {customers / 1e6:.1f} M customers", times, AIM, first))
        rows += walked(page, address, customers)
        rows += clicked(page, address)
        browser.close()
    return rows


def run(customers: int = 4_000, times: int = 250, years: int = 2) -> list[dict]:
    """A demo company's generation, each customer copied `times` times, published, and every page opened."""
    with multiplied_company(customers, times, years) as (place, count), served_by(place.root) as (address, _):
        return measure(address, count)


if __name__ == "__main__":
    for row in run():
        sys.stdout.write(f"{row}\n")
