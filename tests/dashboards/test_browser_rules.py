"""The Cross-sell and Paths pages in a real browser: drawn quietly, with the graph; offers come out as a file."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.dashboards.browsing import WAIT, finished, served, shown
from tests.dashboards.conftest import republish
from tests.dashboards.test_cross_sell import make_rules
from workspace.folders import Workspace


@pytest.fixture(scope="module")
def address(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("rules")
    with served(republish(demo_workspace, folder / "ruled", make_rules), folder) as url:
        yield url


def test_rules_are_drawn_and_offers_come_out_as_shown(tab: Page, address: str, tmp_path: Path) -> None:
    shown(tab, f"{address}/cross_sell?basis=All+offers", "Cross-sell")
    expect(tab.locator(".st-key-card_follows")).to_contain_text("buy Scale within 60 days")
    expect(tab.locator(".st-key-card_graph canvas, .st-key-card_graph svg").first).to_be_visible(timeout=WAIT)
    expect(tab.locator('[data-testid="stException"]')).to_have_count(0)
    with tab.expect_download(timeout=WAIT) as download:
        tab.locator(".st-key-no_print_offers").get_by_role("button", name="CSV").click()
    file = tmp_path / "offers.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        assert [row["Item name"] for row in csv.DictReader(lines)] == ["'=Scale", "Beans"]


def test_paths_are_drawn_for_every_outcome(tab: Page, address: str) -> None:
    shown(tab, f"{address}/paths", "Paths")
    expect(tab.locator(".st-key-card_telling canvas, .st-key-card_telling svg").first).to_be_visible(timeout=WAIT)
    tab.get_by_role("radio", name="First purchase").or_(tab.get_by_role("button", name="First purchase")).first.click()
    finished(tab)
    expect(tab.get_by_text("No path is common enough")).to_be_visible()
