"""Views kept of the Explore page in a real browser: opened again they stay chosen, in whatever language."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

from tests.dashboards.browsing import WAIT, finished, served, shown
from tests.dashboards.conftest import republish
from workspace import views
from workspace.folders import Workspace

CONVERSION = {"measures": ["Visits", "Conversion"], "by": ["Region"], "grain": ["quarter"]}


@pytest.fixture(scope="module")
def kept(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = republish(demo_workspace, tmp_path_factory.mktemp("views") / "kept", lambda connection: None)
    views.save(workspace, "explore", "How we convert", "me", dict(CONVERSION))
    return workspace


def chosen(tab: Page) -> dict[str, list[str]]:
    """What the address holds of the view."""
    asked = parse_qs(urlparse(tab.url).query)
    return {name: asked.get(name, []) for name in CONVERSION}


def measured(tab: Page, text: str) -> None:
    """A measure is chosen, and the page has been drawn with it."""
    expect(tab.locator(".st-key-measures")).to_contain_text(text, timeout=WAIT)
    finished(tab)


def test_a_kept_view_outlives_the_next_click(tab: Page, kept: Workspace, tmp_path: Path) -> None:
    with served(kept, tmp_path) as url:
        shown(tab, f"{url}/explore", "Explore")
        measured(tab, "Revenue")
        tab.get_by_text("How we convert", exact=True).first.click()
        measured(tab, "Conversion")
        assert chosen(tab) == CONVERSION
        tab.get_by_test_id("stMain").get_by_text("90 days", exact=True).click()
        expect(tab).to_have_url(re.compile("period=90"), timeout=WAIT)
        measured(tab, "Conversion")
        assert chosen(tab) == CONVERSION

        # Kept by somebody who reads English; opened by somebody who reads Chinese, who goes on reading it.
        shown(tab, f"{url}/explore?lang=zh", "探索")
        measured(tab, "收入")
        tab.get_by_text("How we convert", exact=True).first.click()
        measured(tab, "转化率")
        tab.get_by_test_id("stMain").get_by_text("90 天", exact=True).click()
        expect(tab).to_have_url(re.compile("period=90"), timeout=WAIT)
        measured(tab, "转化率")
        expect(tab.locator(".st-key-by")).to_contain_text("地区")
        expect(tab.locator("h1")).to_have_text("探索")
