"""Loyalty, Funnels, Service, Questions and Compare in a real browser: they open quietly, react, and give files."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboards.app_format import day
from tests.dashboards.browsing import WAIT, finished, shown
from workspace import generations
from workspace.folders import Workspace

TITLES = {
    "loyalty": "Loyalty",
    "funnels": "Funnels",
    "service": "Service",
    "questions": "Questions",
    "compare": "Compare",
}


@pytest.mark.parametrize(("path", "title"), TITLES.items())
def test_the_page_opens_wide_and_narrow(tab: Page, address: str, company: Workspace, path: str, title: str) -> None:
    shown(tab, f"{address}/{path}", title)
    expect(tab.locator('[data-testid="stException"]')).to_have_count(0)
    expect(tab.locator('[data-testid="stAlertContentError"]')).to_have_count(0)
    expect(tab.locator(".st-key-data_date")).to_contain_text(f"Data as of {day(generations.current(company).as_of)}")
    tab.set_viewport_size({"width": 390, "height": 800})
    finished(tab)
    wide = tab.evaluate("document.scrollingElement.scrollWidth")
    main = tab.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth")
    assert max(wide, main) <= 390


def test_a_stage_leads_to_its_list(tab: Page, address: str) -> None:
    shown(tab, f"{address}/loyalty", "Loyalty")
    tab.get_by_role("link", name="List of the lapsed").click()
    expect(tab.locator("h1")).to_have_text("Lists", timeout=WAIT)
    finished(tab)
    expect(tab.locator(".st-key-card_count")).to_contain_text("in loyalty stage lapsed")


def test_a_table_is_taken_away(tab: Page, address: str, tmp_path: Path) -> None:
    shown(tab, f"{address}/loyalty", "Loyalty")
    with tab.expect_download(timeout=WAIT) as download:
        tab.locator(".st-key-no_print_files_loyalty_stages").get_by_role("button", name="CSV").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert file.name == "loyalty-stages.csv"
    assert lines[0].startswith("Loyalty stage,Meaning,Customer count")
    assert len(lines) == 8


def test_another_question_is_answered(tab: Page, address: str) -> None:
    shown(tab, f"{address}/questions", "Questions")
    tab.get_by_label("Question", exact=True).click()
    tab.get_by_role("option", name="Who buys A and not B?").click()
    expect(tab.locator(".st-key-card_answer")).to_contain_text("Who buys", timeout=WAIT)
    finished(tab)
    expect(tab.locator(".st-key-card_how")).to_contain_text("Counted; interval after Wilson")
