"""Hostile text in the data and in every input, in a real browser: shown as text, never run, and nothing breaks."""

import csv
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest
from playwright.sync_api import Page, expect

from tests.dashboards.browsing import WAIT, finished, served, shown
from tests.dashboards.conftest import MALICIOUS, republish
from workspace.folders import Workspace

RUNS = "window.ran=true"
HOSTILE = (
    *MALICIOUS,
    f"</p></div></style><svg onload='{RUNS}'><script>{RUNS}</script>",
    f'"><img src=x onerror="{RUNS}"><iframe srcdoc="<script>parent.{RUNS}</script>">',
    f"[click](javascript:{RUNS}) <a href='javascript:{RUNS}'>x</a> ![i](http://example.invalid/i.png)",
    "\u202egnp.exe \u2066x\u2069 شركة القهوة ١٢٣ عميل",
    "🧑‍🚀👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿" * 40,
    "W" * 10_000,
    "a\u0300\u0301\u0302\u0303" * 500,
    "{{constructor.constructor('window.ran=true')()}} ${7*7} %(x)s :material/home: :red-badge[x]",
    "<!--[if]><b>x</b><![endif]--> &lt;b&gt; &#x3C;script&#x3E;",
)
# What somebody types: all the markup at once, what is too wide, what is written from the right and in many signs.
INPUTS = (
    " ".join(text for text in HOSTILE if "<" in text or "{" in text),
    "W" * 10_000,
    HOSTILE[-6] + HOSTILE[-5][:99],
)
PAGES = {
    "Overview": "", "Customers": "customers?q=a", "Search": "search?q=a", "Segments": "segments", "Lists": "lists",
    "Explore": "explore?by=City", "Compare": "compare", "Tiers": "tiers", "RFM": "rfm", "Loyalty": "loyalty",
    "Cross-sell": "cross_sell", "Service": "service", "Funnels": "funnels", "Questions": "questions", "Data": "data",
}  # fmt: skip
NAMED = {
    "serving.customer_360": ("name", "email", "city", "region", "phone"),
    "serving.customer_moves": ("name", "reason"),
    "star.dim_product": ("name", "category", "brand"),
    "star.dim_campaign": ("name", "offer"),
    "serving.next_best_offers": ("product_name", "reason"),
    "serving.basket_rules": ("antecedent_name", "consequent_name"),
    "serving.overdue_cases": ("name", "category"),
    "serving.prospect_interests": ("name", "last_search"),
    "serving.sought_things": ("thing",),
    "meta.quarantine": ("reason",),
    "meta.deliveries": ("file", "reason"),
}


def poison(connection: duckdb.DuckDBPyConnection) -> None:
    """Put a hostile text into every third value of whatever a source may name."""
    for table, columns in NAMED.items():
        schema, name = table.split(".")
        known = connection.execute(
            "select column_name from duckdb_columns() where schema_name = ? and table_name = ?", [schema, name]
        ).fetchall()
        for column in columns:
            if (column,) in known:
                query = (
                    f"update {table} set {column} = $texts[1 + (rowid // 3 % len($texts))::integer] where rowid % 3 = 0"
                )
                connection.execute(query, {"texts": list(HOSTILE)})


@pytest.fixture(scope="module")
def address(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("hostile")
    with served(republish(demo_workspace, folder / "poisoned", poison), folder) as url:
        yield url


@pytest.fixture
def quiet(tab: Page) -> Iterator[Page]:
    """A tab in which nothing of the data or of an input may have run."""
    dialogs: list[str] = []
    tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    yield tab
    assert not dialogs


def faults(tab: Page, width: int) -> list[str]:
    """What went wrong: something ran, or could run, or the page is not drawn, or wider than the screen."""
    expect(tab.locator('[data-testid="stException"]')).to_have_count(0)
    expect(tab.get_by_text("This page could not be drawn")).to_have_count(0)
    made = "[onerror], [onload], iframe[srcdoc], a[href^='javascript'], img[src^='http://example']"
    wide = "Math.max(document.scrollingElement.scrollWidth, document.querySelector('[data-testid=stMain]').scrollWidth)"
    found = {
        "something ran": tab.evaluate("window.ran === true") or tab.title() == "run",
        "something could run": tab.locator(f'[data-testid="stApp"] :is({made})').count() > 0,
        "wider than the screen": tab.evaluate(wide) > width,
    }
    return [fault for fault, is_there in found.items() if is_there]


def write(tab: Page, field: str, text: str, button: str) -> None:
    """Write into a field and press what keeps it, both by the keys of their widgets."""
    place = tab.locator(f".st-key-{field} input")
    place.fill(text)
    place.press("Tab")
    finished(tab)
    tab.locator(f".st-key-{button} button").click()


@pytest.mark.parametrize("title", PAGES)
def test_hostile_data_is_text_on_every_page(quiet: Page, address: str, title: str) -> None:
    shown(quiet, f"{address}/{PAGES[title]}", title)
    assert not faults(quiet, 1280)
    quiet.set_viewport_size({"width": 390, "height": 800})
    finished(quiet)
    assert not faults(quiet, 390)


def test_hostile_words_in_an_address_are_searched_for(quiet: Page, address: str) -> None:
    for text in INPUTS:
        # An address longer than what servers take is refused by them, whatever is in it.
        asked = quote(text[:1500])
        for page, title in (("customers", "Customers"), ("search", "Search")):
            shown(quiet, f"{address}/{page}?q={asked}", title)
            assert not faults(quiet, 1280)
    shown(quiet, f"{address}/search?q=bold", "Search")
    expect(quiet.get_by_test_id("stMain")).to_contain_text("**bold** :red[red] $a$ `code`")
    for broken in ("segments?s=", "lists?s=", "explore?by=", "customers?customer=", "tiers?tier_from="):
        quiet.goto(f"{address}/{broken}{quote(INPUTS[0][:500])}")
        expect(quiet.locator("h1")).to_be_visible(timeout=WAIT)
        finished(quiet)
        assert not faults(quiet, 1280)


def test_hostile_words_that_people_type_are_kept_and_shown_as_text(quiet: Page, address: str) -> None:
    for text in INPUTS:
        shown(quiet, f"{address}/segments?view=Save+and+share", "Segments")
        write(quiet, "segment_name", text, "save_new")
        expect(quiet.get_by_test_id("stAlert").first).to_be_visible(timeout=WAIT)
        finished(quiet)
        assert not faults(quiet, 1280)
        shown(quiet, f"{address}/explore", "Explore")
        quiet.locator(".st-key-no_print_views").get_by_test_id("stPopover").get_by_role("button").click()
        # As many signs as the field takes; some of them count double.
        write(quiet, "view_name", text[:40], "keep_view")
        expect(quiet.locator('[class*="st-key-open_"]').first).to_be_visible(timeout=WAIT)
        finished(quiet)
        assert not faults(quiet, 1280)
    quiet.set_viewport_size({"width": 390, "height": 800})
    for page, title in (("explore", "Explore"), ("segments?view=Save+and+share", "Segments")):
        shown(quiet, f"{address}/{page}", title)
        assert not faults(quiet, 390)


def test_hostile_names_leave_as_text(quiet: Page, address: str, tmp_path: Path) -> None:
    shown(quiet, f"{address}/lists?tiers=A&tiers=B&tiers=C&tiers=D", "Lists")
    quiet.get_by_text("Include contact details").click()
    made = quiet.locator(".st-key-card_keep")
    # What the switch brings is there before anybody types: a page that is drawn anew may lose what is half typed.
    expect(made).to_contain_text("carries contact details", timeout=WAIT)
    finished(quiet)
    made.get_by_label("Name", exact=True).fill(INPUTS[0][:100])
    made.get_by_role("button", name="Make the list").click()
    expect(made).to_contain_text("is kept with", timeout=WAIT)
    finished(quiet)
    assert not faults(quiet, 1280)
    with quiet.expect_download(timeout=WAIT) as download:
        made.get_by_role("button", name="CSV").click()
    file = tmp_path / "list.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    assert {len(row) for row in rows} == {len(rows[0])}
    cells = [cell for row in rows[1:] for cell in row]
    assert any("=cmd" in cell for cell in cells), "the hostile names are on the list"
    assert not [cell for cell in cells if cell[:1] in tuple("=@\t\r") or cell.startswith(("+SUM", "-2+3"))]
