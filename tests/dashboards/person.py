"""Somebody who uses the pages in a browser, and what it costs them."""

from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from dashboards.app_format import number
from tests.dashboards.browsing import WAIT, finished

BEGUN = 1_500  # milliseconds, on a busy machine; many an answer is there before anybody looks


def about(fewest: int) -> range:
    """The actions a task may take: at most a fifth more than the fewest; fewer would be counted wrongly."""
    return range(fewest, fewest * 6 // 5 + 1)


class Person:
    """Somebody at the Overview. An action is a click, a choice from a list, or a field typed; each is counted."""

    def __init__(self, tab: Page, address: str) -> None:
        self.tab, self.address, self.actions = tab, address, 0
        tab.goto(address)
        self.on("Overview")

    def done(self) -> None:
        """Count an action, and wait until the page has answered it: begun to, where it has to, and ended."""
        self.actions += 1
        with suppress(AssertionError):
            expect(self.tab.get_by_test_id("stApp")).to_have_attribute(
                "data-test-script-state", "running", timeout=BEGUN
            )
        finished(self.tab)

    def on(self, title: str) -> None:
        """The page of this title stands there."""
        expect(self.tab.locator("h1")).to_have_text(title, timeout=WAIT)
        finished(self.tab)

    def click(self, what: Locator) -> None:
        what.click()
        self.done()

    def button(self, name: str) -> None:
        self.click(self.tab.get_by_test_id("stMain").get_by_role("button", name=name, exact=True).first)

    def view(self, name: str) -> None:
        """A choice that lies open on the page."""
        found = self.tab.get_by_test_id("stMain")
        self.click(found.get_by_role("radio", name=name).or_(found.get_by_role("button", name=name, exact=True)).first)

    def go(self, title: str) -> None:
        """A page by the navigation."""
        self.click(self.tab.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True))
        self.on(title)

    def link(self, text: str) -> None:
        self.click(self.tab.get_by_test_id("stMain").get_by_role("link").filter(has_text=text).first)

    def type(self, label: str, text: str) -> None:
        field = self.tab.get_by_test_id("stMain").get_by_label(label, exact=True).first
        field.fill(text)
        field.press("Tab")
        self.done()

    def choose(self, key: str, text: str, place: int = -1) -> None:
        """One of a list, found by typing; `key` begins the key of its widget."""
        widget = self.tab.locator(f'[class*="st-key-{key}"]').nth(place)
        box = widget.locator("input").first
        box.click()
        box.fill(text)
        self.tab.get_by_role("option", name=text, exact=True).first.click()
        # A list of which several are chosen stays open; in one that is closed Escape takes the choice back.
        if widget.get_by_test_id("stMultiSelect").count():
            self.tab.keyboard.press("Escape")
        self.done()

    def row(self, place: int = 0) -> None:
        """The box before a row of the first table."""
        self.click_at(self.tab.get_by_test_id("stDataFrame").first, 15, 50 + 35 * place)

    def click_at(self, what: Locator, x: int, y: int) -> None:
        what.scroll_into_view_if_needed()
        what.click(position={"x": x, "y": y})
        self.done()

    def search(self, text: str) -> None:
        """The search of every page: its button, and the words."""
        self.click(self.tab.get_by_test_id("stSidebar").get_by_role("button", name="Search"))
        self.on("Search")
        field = self.tab.locator(".st-key-q input")
        field.fill(text)
        field.press("Enter")
        self.done()

    def segment(self, name: str) -> None:
        """A saved segment, by the search."""
        self.search(name)
        self.link(name)
        self.on("Segments")

    def file(self, name: str, folder: Path) -> Path:
        """What the last button of this name gives."""
        with self.tab.expect_download(timeout=WAIT) as download:
            self.tab.get_by_role("button", name=name, exact=True).first.click()
        self.actions += 1
        target = folder / download.value.suggested_filename
        download.value.save_as(target)
        return target

    def sees(self, text: str) -> None:
        expect(self.tab.get_by_test_id("stMain")).to_contain_text(text, timeout=WAIT)

    def counts(self, count: int) -> None:
        """The number of people in sight."""
        expect(self.tab.get_by_test_id("stMetricValue").first).to_have_text(number(count), timeout=WAIT)
