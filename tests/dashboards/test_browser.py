"""What people see, in a real browser: pages open quietly, a list comes out whole, nothing in the data runs."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pytest
from playwright.sync_api import Page, expect

from dashboards.app_data import lists, reader
from dashboards.app_data.list_query import ListFilter
from dashboards.app_format import day, number
from tests.dashboards.browsing import WAIT, finished, served, shown
from workspace import generations
from workspace.folders import Workspace

TITLES = {"": "Overview", "customers": "Customers", "tiers": "Tiers", "rfm": "RFM", "lists": "Lists", "data": "Data"}


@pytest.mark.parametrize(("path", "title"), TITLES.items())
def test_every_page_opens(tab: Page, address: str, company: Workspace, path: str, title: str) -> None:
    shown(tab, f"{address}/{path}", title)
    expect(tab.locator('[data-testid="stException"]')).to_have_count(0)
    expect(tab.locator('[data-testid="stAlertContentError"]')).to_have_count(0)
    date = tab.locator(".st-key-data_date")
    expect(date).to_contain_text(f"Data as of {day(generations.current(company).as_of)}")
    expect(date).to_contain_text(generations.current(company).name)
    expect(tab.locator('[data-testid="stSidebar"]')).to_contain_text("Generation")


def test_pages_are_reached_by_the_navigation(tab: Page, address: str) -> None:
    shown(tab, address, "Overview")
    for title in ("Tiers", "Lists", "Data"):
        tab.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
        expect(tab.locator("h1")).to_have_text(title)
        finished(tab)


def test_a_list_comes_out_with_the_rows_shown(tab: Page, address: str, company: Workspace, tmp_path: Path) -> None:
    shown(tab, f"{address}/lists?tiers=A&tiers=B", "Lists")
    count = tab.get_by_test_id("stMetricValue").inner_text()
    expected = lists.count(reader.published(company).file, ListFilter(tiers=("A", "B")))
    assert count == number(expected)
    tab.get_by_label("Name", exact=True).fill("Best customers")
    tab.get_by_role("button", name="Make the list").click()
    made = tab.locator(".st-key-card_keep")
    expect(made).to_contain_text("is kept with")
    for button, rows in (("CSV", csv_rows), ("Excel", sheet_rows)):
        with tab.expect_download(timeout=WAIT) as download:
            made.get_by_role("button", name=button).click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        assert file.name.startswith("best-customers_")
        assert rows(file) == expected


def csv_rows(file: Path) -> int:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return len(list(csv.reader(lines))) - 1


def sheet_rows(file: Path) -> int:
    sheet = openpyxl.load_workbook(file, read_only=True).active
    assert sheet is not None
    return sum(1 for _ in sheet.iter_rows()) - 1


def test_the_address_keeps_the_filter(tab: Page, address: str) -> None:
    shown(tab, f"{address}/lists?tiers=A&groups=Loyal", "Lists")
    before = tab.get_by_test_id("stMetricValue").inner_text()
    tab.get_by_role("button", name="Remove Loyal").first.click()
    expect(tab.get_by_test_id("stMetricValue")).not_to_have_text(before)
    assert "groups" not in tab.url
    assert "tiers=A" in tab.url
    after = tab.get_by_test_id("stMetricValue").inner_text()
    shown(tab, tab.url, "Lists")
    expect(tab.get_by_test_id("stMetricValue")).to_have_text(after)


def test_a_customer_is_found_and_opened(tab: Page, address: str, company: Workspace) -> None:
    member = reader.records(
        reader.published(company).file,
        "select customer_key, email, name from serving.customer_360 where tier = 'A' and email is not null limit 1",
    )[0]
    shown(tab, f"{address}/customers", "Customers")
    tab.get_by_label("Find a customer").fill(member["email"])
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("Choose a row to open it")).to_be_visible()
    finished(tab)
    grid = tab.get_by_test_id("stDataFrame")
    grid.click(position={"x": 15, "y": 50})  # the box before the first row
    expect(tab.locator("h2").first).to_contain_text(member["name"].split()[0])
    assert f"customer={member['customer_key']}" in tab.url


def test_an_overnight_move_leads_to_its_customer(tab: Page, address: str) -> None:
    shown(tab, address, "Overview")
    links = tab.locator('[class*="st-key-move_"] a')
    if not links.count():
        pytest.skip("nobody moved in the last night of this company")
    links.first.click()
    expect(tab.locator("h1")).to_have_text("Customers")
    expect(tab.locator("h2").first).to_be_visible()
    assert "customer=" in tab.url


def test_nothing_in_the_data_runs(tab: Page, malicious: Workspace, malicious_names: list[str], tmp_path: Path) -> None:
    wanted = [name for name in malicious_names if name.startswith(("<script", "![x]"))]
    keys = [
        reader.records(
            reader.published(malicious).file,
            "select customer_key from serving.customer_360 where name = ?",
            [name],
        )[0]["customer_key"]
        for name in wanted
    ]
    with served(malicious, tmp_path) as url:
        shown(tab, url, "Overview")
        for name, key in zip(wanted, keys, strict=True):
            shown(tab, f"{url}/customers?customer={key}", "Customers")
            expect(tab.locator("h2").first).to_contain_text(name[:30])
            assert tab.title() != "run"
            assert tab.locator("h2 img, h2 script, h2 strong").count() == 0


@pytest.mark.parametrize("path", TITLES)
def test_a_narrow_screen_is_not_broken(tab: Page, address: str, path: str) -> None:
    tab.set_viewport_size({"width": 390, "height": 800})
    shown(tab, f"{address}/{path}", TITLES[path])
    wide = tab.evaluate("document.scrollingElement.scrollWidth")
    main = tab.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth")
    assert max(wide, main) <= 390


def test_paper_carries_the_page_without_the_navigation(tab: Page, address: str) -> None:
    shown(tab, f"{address}/tiers", "Tiers")
    tab.emulate_media(media="print")
    expect(tab.get_by_test_id("stSidebar")).to_be_hidden()
    expect(tab.locator("h1")).to_be_visible()


def test_a_new_generation_is_seen_at_the_next_interaction(
    tab: Page, company: Workspace, tmp_path: Path, copy_of: Callable[[Workspace, Path], Workspace]
) -> None:
    workspace = copy_of(company, tmp_path / "workspace")
    with served(workspace, tmp_path) as url:
        shown(tab, url, "Overview")
        old = generations.current(workspace)
        name = generations.next_name(workspace, old.as_of)
        generations.publish(workspace, name, lambda target: renamed(old.file, target, name), keep=5)
        tab.get_by_role("radio", name="7 days").or_(tab.get_by_role("button", name="7 days")).first.click()
        expect(tab.locator(".st-key-data_date")).to_contain_text(name)


def renamed(source: Path, target: Path, name: str) -> None:
    """A copy of a generation under its own new name."""
    shutil.copyfile(source, target)
    target.chmod(0o644)
    with duckdb.connect(str(target)) as connection:
        connection.execute("update meta.generation set name = ?", [name])
