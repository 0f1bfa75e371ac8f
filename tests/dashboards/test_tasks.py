"""Twenty tasks as somebody new would try them, each in a real browser from the Overview on, and what they cost.

Beside each task stand the fewest actions that anybody who knows the pages needs, counted by hand: what has to be told
cannot be left out. A task may take a fifth more, no further.
"""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import openpyxl
import pytest
from playwright.sync_api import Page, expect

from dashboards.app_data import lists, outbox, reader
from dashboards.app_data.list_query import ListFilter
from dashboards.app_data.outbox import Order
from dashboards.app_format import number
from dashboards.app_viewer import LISTS, Viewer
from tests.dashboards.browsing import WAIT, served
from tests.dashboards.conftest import republish
from tests.dashboards.person import Person, about
from workspace import generations, state
from workspace.folders import Workspace
from workspace.segments import saved
from workspace.segments.checking import definition_of

SETTINGS = """
[outbox.destinations.mailing]
folder = "mailing"
[outbox.destinations.partner]
url = "http://127.0.0.1:9/"
secret_variable = "NOT_SET_ANYWHERE"
"""
BEST = definition_of({"all": [{"field": "tier", "one_of": ["A"]}]})
TEA = definition_of({"all": [{"act": "buy", "where": [{"trait": "category", "one_of": ["Tea"]}]}]})


@pytest.fixture(scope="module")
def shop(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two nights, two saved segments, one of them in two versions, and a scheduled list that did not arrive."""
    made = republish(demo_workspace, tmp_path_factory.mktemp("tasks") / "shop", lambda connection: None)
    made.settings_file.write_text(made.settings_file.read_text() + SETTINGS)
    made = Workspace.open(made.root)
    first = generations.current(made)

    name = generations.next_name(made, first.as_of)

    def second(target: Path) -> None:
        target.write_bytes(first.file.read_bytes())
        with duckdb.connect(str(target)) as connection:
            connection.execute("update meta.generation set name = ?", [name])
            connection.execute(
                "update serving.customer_360 set tier = 'B' where customer_key in"
                " (select customer_key from serving.customer_360 where tier = 'A' order by customer_key limit 2)"
            )

    generations.publish(made, name, second, keep=5)
    saved.save(made, name="The best", definition=TEA, who="ann")
    saved.save(made, name="The best", definition=BEST, who="ann", segment_id=1)
    saved.save(made, name="Tea drinkers", definition=TEA, who="bob")
    ann = Viewer("ann", frozenset({LISTS}))
    key = outbox.save(made, ann, Order(1, "partner", "whole", "csv", ("tier",), "to try"))
    outbox.deliver(made, reader.published(made), ann, key)
    return made


@pytest.fixture(scope="module")
def address(shop: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(shop, tmp_path_factory.mktemp("elsewhere")) as url:
        yield url


@pytest.fixture
def asked(shop: Workspace) -> Callable[[str], int]:
    """What a query of one number answers."""

    def answer(query: str) -> int:
        return int(next(iter(reader.record(reader.published(shop).file, query).values())))

    return answer


@pytest.fixture
def person(tab: Page, address: str) -> Person:
    return Person(tab, address)


def rows_of(file: Path) -> int:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return len(list(csv.reader(lines))) - 1


# Loyal customers of the north, who have not called this year, agree to e-mail, and have bought tea but no grinder.
AUDIENCE = """
select count(*) from serving.customer_360 where rfm_group in ('Loyal', 'Champions')
    and region in ('Nord', 'Nordost') and consent_email
    and customer_key not in (select customer_key from star.fct_calls where customer_key is not null
        and direction = 'inbound' and started_on > (select as_of - 365 from meta.generation))
    and customer_key in (select customer_key from star.fct_order_lines join star.dim_product using (product_key)
        where category = 'Tea' and is_current and is_counted and quantity > 0 and customer_key is not null)
    and customer_key not in (select customer_key from star.fct_order_lines join star.dim_product using (product_key)
        where category = 'Grinders' and is_current and is_counted and quantity > 0 and customer_key is not null)
"""


def test_the_audience_with_a_tenth_held_out_and_its_file(
    person: Person, asked: Callable[[str], int], shop: Workspace, tmp_path: Path
) -> None:
    # Segments; group: field, two values; region: field, two values; called: act; agrees: field; tea: act, product;
    # grinder: act, product; list; name; purpose; make; file: 17.
    person.go("Segments")
    person.choose("seg_1_add_attribute", "RFM group")
    person.choose("seg_2_rfm_group_one_of", "Loyal")
    person.choose("seg_2_rfm_group_one_of", "Champions")
    person.choose("seg_1_add_attribute", "Region")
    person.choose("seg_3_region_one_of", "Nord")
    person.choose("seg_3_region_one_of", "Nordost")
    person.choose("seg_1_add_act", "Did not call")
    person.choose("seg_1_add_attribute", "Agree to e-mail")
    person.choose("seg_1_add_act", "Bought")
    person.choose("seg_6_buy_category", "Tea")
    person.choose("seg_1_add_act", "Did not buy")
    person.choose("seg_7_buy_category", "Grinders")
    matched = asked(AUDIENCE)
    person.counts(matched)
    person.link("Make a list")
    person.on("Lists")
    person.sees(f"{number(matched)} matched")
    person.type("Name", "Tea in the north")
    person.type("Purpose", "a grinder for their tea")
    person.button("Make the list")
    file = person.file("CSV", tmp_path)
    row = state.lists(shop)[0]
    assert row["definition"]["plan"]["control_percent"] == 10
    assert rows_of(file) == row["customer_count"] == row["definition"]["funnel"]["final"]
    assert person.actions in about(17)


def test_a_segment_by_its_sentence_is_saved(person: Person, shop: Workspace, asked: Callable[[str], int]) -> None:
    # Segments; open the sentence; write; read; save and share; name; save: 7.
    person.go("Segments")
    person.click(person.tab.get_by_text("Write the sentence instead"))
    person.type("Sentence", "People whose tier is B, and who agree to e-mail.")
    person.button("Read it")
    person.counts(asked("select count(*) from serving.customer_360 where tier = 'B' and consent_email"))
    person.view("Save and share")
    person.type("Name", "Second best")
    person.button("Save as new")
    person.sees("is saved as version 1")
    assert "Second best" in [one.name for one in saved.segments(shop)]
    assert person.actions in about(7)


def test_an_older_version_of_a_segment_is_opened(person: Person) -> None:
    # Segments; save and share; the segment; its version: 4.
    person.go("Segments")
    person.view("Save and share")
    person.click(person.tab.locator("summary").filter(has_text="The best"))
    person.button("Open version 1")
    person.sees("People who bought of category Tea.")
    assert person.actions in about(4)


def test_a_saved_segment_becomes_a_list_for_excel(person: Person, shop: Workspace, tmp_path: Path) -> None:
    # Lists; the segment; name; purpose; make; file: 6.
    person.go("Lists")
    person.button("The best")
    person.type("Name", "Best for Excel")
    person.type("Purpose", "to greet them")
    person.button("Make the list")
    file = person.file("Excel", tmp_path)
    sheet = openpyxl.load_workbook(file, read_only=True).active
    assert sum(1 for _ in sheet.iter_rows()) - 1 == state.lists(shop)[0]["customer_count"]
    assert person.actions in about(6)


def test_a_list_by_one_condition(person: Person, shop: Workspace, tmp_path: Path) -> None:
    # Lists; tier; name; make; file: 5.
    person.go("Lists")
    person.choose("tiers", "B")
    person.type("Name", "All of B")
    person.button("Make the list")
    file = person.file("CSV", tmp_path)
    assert rows_of(file) == lists.count(reader.published(shop).file, ListFilter(tiers=("B",)))
    assert person.actions in about(5)


def test_revenue_by_region_and_who_is_behind_a_number(person: Person) -> None:
    # Explore; by region; a row: 3.
    person.go("Explore")
    person.choose("by", "Region")
    person.row()
    person.sees("Customers behind it")
    assert person.actions in about(3)


def test_a_view_is_kept_by_name(person: Person) -> None:
    # Explore; by channel; keep; name; keep: 5.
    person.go("Explore")
    person.choose("by", "Channel")
    person.button("Keep this view")
    field = person.tab.locator(".st-key-view_name input")
    field.fill("Channels")
    field.press("Tab")
    person.done()
    person.click(person.tab.locator(".st-key-keep_view button"))
    expect(person.tab.get_by_test_id("stMain").get_by_role("button", name="Channels", exact=True)).to_be_visible()
    assert person.actions in about(5)


def test_a_customer_by_an_address(person: Person, shop: Workspace) -> None:
    # Search; the address; the customer: 3.
    query = "select name, email from serving.customer_360 where email is not null order by customer_key limit 1"
    one = reader.record(reader.published(shop).file, query)
    person.search(one["email"])
    person.link(one["name"].split()[0])
    person.on("Customers")
    expect(person.tab.locator("h2").first).to_contain_text(one["name"].split()[0])
    assert person.actions in about(3)


def test_what_a_word_means(person: Person) -> None:
    # Search; the word: 2.
    person.search("RFM group")
    person.sees("25 cells, ten groups")
    assert person.actions in about(2)


def test_who_moved_last_night(person: Person) -> None:
    # The one who moved: 1.
    link = person.tab.locator('[class*="st-key-move_"] a').first
    name = link.inner_text()
    person.click(link)
    person.on("Customers")
    expect(person.tab.locator("h2").first).to_contain_text(name.split()[0])
    assert person.actions in about(1)


def test_who_is_slipping_this_morning(person: Person) -> None:
    # What says so: 1.
    person.link("may well leave")
    person.on("Churn")
    expect(person.tab.get_by_test_id("stDataFrame").first).to_be_visible(timeout=WAIT)
    assert person.actions in about(1)


def test_which_delivery_failed_and_why_and_again(person: Person) -> None:
    # What says so; again: 2.
    person.link("did not arrive last night")
    person.on("Segments")
    person.sees("NOT_SET_ANYWHERE is not set")
    person.button("Deliver now")
    person.sees("NOT_SET_ANYWHERE is not set")
    assert person.actions in about(2)


def test_which_rows_wait_in_quarantine(person: Person) -> None:
    # Data; quarantine: 2.
    person.go("Data")
    person.view("Quarantine")
    expect(person.tab.get_by_test_id("stDataFrame").first).to_be_visible(timeout=WAIT)
    assert person.actions in about(2)


def test_who_joined_and_left_a_segment_since_last_night(person: Person) -> None:
    # Search; its name; the segment; over time: 4.
    person.segment("The best")
    person.view("Over time")
    person.sees("People whose tier is A.")
    expect(person.tab.get_by_test_id("stMetricValue").nth(3)).to_have_text("2")
    assert person.actions in about(4)


def test_how_far_two_segments_overlap(person: Person, asked: Callable[[str], int]) -> None:
    # Search; its name; the segment; overlap; the other: 5.
    person.segment("The best")
    person.view("Overlap")
    person.choose("segment_other", "Tea drinkers")
    both = asked(
        "select count(*) from serving.customer_360 where tier = 'A' and customer_key in (select customer_key from"
        " star.fct_order_lines join star.dim_product using (product_key) where category = 'Tea' and is_current"
        " and is_counted and quantity > 0)"
    )
    expect(person.tab.get_by_test_id("stMetricValue").nth(2)).to_have_text(number(both))
    assert person.actions in about(5)


def test_a_saved_segment_is_delivered_every_night(person: Person, shop: Workspace) -> None:
    # Search; its name; the segment; every night; changes; purpose; schedule: 7.
    person.segment("Tea drinkers")
    person.view("Every night")
    person.choose("nightly_what", "Who joined and who left")
    person.type("Purpose", "a letter about tea")
    person.button("Deliver every night")
    person.sees("The next night delivers it")
    [one] = [one.schedule for one in outbox.scheduled(shop) if one.schedule.segment_name == "Tea drinkers"]
    assert (one.destination, one.what) == ("mailing", "changes")
    assert person.actions in about(7)


def test_a_question_and_the_list_of_those_behind_it(person: Person) -> None:
    # Questions; the question; the list: 3.
    person.go("Questions")
    person.choose("question", "Who buys A and not B?")
    person.link("Make a list of them")
    person.on("Lists")
    person.sees("Only people")
    assert person.actions in about(3)


def test_two_tiers_are_compared(person: Person, asked: Callable[[str], int]) -> None:
    # Compare, which begins with tiers; the one tier; the other: 3.
    person.go("Compare")
    person.choose("a_tier", "A", place=0)
    person.choose("b_tier", "C", place=0)
    for side, tier in (("A", "A"), ("B", "C")):
        person.sees(f"{side}: Tier {tier}")
        person.sees(number(asked(f"select count(*) from serving.customer_360 where tier = '{tier}'")))
    assert person.actions in about(3)


def test_an_address_keeps_what_was_chosen(person: Person, tab: Page) -> None:
    # Lists; tier; the address opened again: 2 and none.
    person.go("Lists")
    person.choose("tiers", "A")
    count = tab.get_by_test_id("stMetricValue").first.inner_text()
    tab.goto(tab.url)
    person.on("Lists")
    expect(tab.get_by_test_id("stMetricValue").first).to_have_text(count)
    assert person.actions in about(2)


def test_the_customers_of_an_rfm_group_become_a_list(person: Person, asked: Callable[[str], int]) -> None:
    # RFM; the list: 2.
    person.go("RFM")
    person.link("List of champions")
    person.on("Lists")
    person.counts(asked("select count(*) from serving.customer_360 where rfm_group = 'Champions'"))
    assert person.actions in about(2)
