"""Pictures of every page for the documentation: python docs/take_screenshots.py [workspace], into docs/images/."""

import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

HERE = Path(__file__).resolve().parent
APP = HERE.parent / "dashboards" / "streamlit_app.py"
WIDTH, HEIGHT, LONGEST = 1280, 800, 1700
PAGES = {
    "overview": "",
    "customers": "customers?q=anna",
    "tiers": "tiers",
    "rfm": "rfm",
    "loyalty": "loyalty",
    "funnels": "funnels",
    "service": "service",
    "questions": "questions",
    "compare": "compare",
    "segments": "segments?s=eNqrVkrMyVGyiq5WSstMzUlRslIqyUwtUtJRys9Ljc9PA8ooOQJ5TkqxtbG1AEkqDek",
    "explore": "explore?by=Tier",
    "search": "search?q=beans",
    "cross-sell": "cross_sell",
    "models": "models",
    "lists": "lists?tiers=A&tiers=B&consents=E-mail",
    "data": "data",
}


def main() -> None:
    """Start the dashboard, walk through its pages, save one picture of each."""
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", "0"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(Path.home())}
    if len(sys.argv) > 1:
        environment["REGULARS_WORKSPACE"] = sys.argv[1]
    # Only this project's own page is started, by this Python.
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603
    assert server.stdout is not None
    address = next(line.split("URL:")[1].strip() for line in server.stdout if "URL:" in line)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
            )
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.set_default_timeout(120_000)
            for name, path in PAGES.items():
                take(page, f"{address}/{path}", name)
            open_a_customer(page, address)
            picture(page, "customer")
            browser.close()
    finally:
        server.terminate()
        server.wait()


def take(page: Page, url: str, name: str) -> None:
    """One page, from its title to its end."""
    page.goto(url)
    finished(page)
    picture(page, name)


def open_a_customer(page: Page, address: str) -> None:
    """The 360 of the first customer in the list of matches."""
    page.goto(f"{address}/{PAGES['customers']}")
    finished(page)
    page.get_by_test_id("stDataFrame").click(position={"x": 15, "y": 50})
    expect(page.locator("h2").first).to_be_visible()
    finished(page)


def finished(page: Page) -> None:
    """Wait until the server has nothing more to draw and the charts are there."""
    page.locator("h1").wait_for()
    app = page.locator('[data-testid="stApp"]')
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=120_000)
    expect(page.locator('[data-testid="stSkeleton"]')).to_have_count(0, timeout=120_000)
    page.wait_for_timeout(2500)  # charts and tables are drawn by the browser, which does not say when it has done


def picture(page: Page, name: str) -> None:
    """Save what there is to see in 256 colours, which is a quarter of the size and looks the same."""
    height = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
    page.set_viewport_size({"width": WIDTH, "height": min(max(HEIGHT, height), LONGEST)})
    page.wait_for_timeout(1200)
    taken = Image.open(BytesIO(page.screenshot())).convert("RGB")
    target = HERE / "images" / f"{name}.png"
    taken.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    sys.stdout.write(f"{target.relative_to(HERE.parent)}  {target.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main()
