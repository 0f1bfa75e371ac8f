"""Every page's logic without a browser: with data, with nothing published, with empty tables, after a failed night."""

import gc
from collections.abc import Callable
from datetime import timedelta

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import app_frame
from dashboards.app_data import lists, overview, rfm, tiers
from dashboards.app_data.list_query import ListFilter
from dashboards.app_data.overview import Period
from dashboards.app_data.reader import Published
from dashboards.app_format import day, number, plain, short
from tests.dashboards.reading import metrics, words
from workspace import generations, state
from workspace.folders import Workspace

Open = Callable[..., AppTest]
PAGES = (
    "review",
    "overview",
    "customers",
    "tiers",
    "rfm",
    "loyalty",
    "funnels",
    "service",
    "questions",
    "compare",
    "explore",
    "search",
    "churn",
    "value",
    "prospects",
    "forecast",
    "models",
    "segments",
    "lists",
    "data",
)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_and_says_whose_data_of_which_day(
    open_page: Open, company: Workspace, published: Published, page: str
) -> None:
    app = open_page(company, page)
    assert not app.exception
    assert not app.error
    assert f"Data as of **{day(published.as_of)}**" in words(app)
    assert plain(published.name) in words(app)
    assert plain(published.company_name) in "\n".join(caption.value for caption in app.sidebar.caption)


def test_after_the_first_page_nobody_looks_for_garbage_among_what_is_loaded(
    open_page: Open, company: Workspace
) -> None:
    gc.unfreeze()
    app_frame.keep_loaded.cache_clear()
    loaded = len(gc.get_objects())
    try:
        open_page(company, "tiers")
        assert gc.get_freeze_count() > loaded / 2
        assert len(gc.get_objects()) < loaded / 2
    finally:
        gc.unfreeze()


@pytest.mark.parametrize("page", PAGES)
def test_with_nothing_published_every_page_says_what_to_do(open_page: Open, unpublished: Workspace, page: str) -> None:
    app = open_page(unpublished, page)
    assert not app.exception
    assert "Nothing is published here yet" in words(app)
    assert "`make demo`" in words(app)
    assert "`regulars nightly`" in words(app)


@pytest.mark.parametrize("page", PAGES)
def test_with_empty_tables_every_page_opens(open_page: Open, emptied: Workspace, page: str) -> None:
    app = open_page(emptied, page)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("overview", "`sales.orders`"),
        ("tiers", "`sales.orders`"),
        ("rfm", "`sales.orders`"),
        ("lists", "Nobody belongs to this list"),
        ("data", "Freshness"),
    ],
)
def test_an_empty_page_names_the_feeds_that_would_fill_it(
    open_page: Open, emptied: Workspace, page: str, said: str
) -> None:
    assert said in words(open_page(emptied, page))


@pytest.mark.parametrize("page", PAGES)
def test_a_failed_night_is_told_on_every_page(open_page: Open, failed: Workspace, page: str) -> None:
    app = open_page(failed, page)
    assert not app.exception
    banner = app.error[0].value
    assert "The night of 2 Jan 2030 failed at star." in banner
    assert f"You see the data of {day(generations.current(failed).as_of)}." in banner
    assert plain("The <b>test</b> unique_orders found 3 rows.") in banner
    assert "`regulars nightly`" in banner


def test_a_night_that_goes_well_again_takes_the_banner_away(open_page: Open, failed: Workspace) -> None:
    night = state.start_night(failed, generations.current(failed).as_of)
    try:
        assert not open_page(failed, "data").error  # running: nothing is known to be wrong
        state.end_night(failed, night, generation="x")
        assert not open_page(failed, "data").error
    finally:
        with state.connect(failed) as connection:
            connection.execute("delete from nights where night_id = ?", (night,))


@pytest.mark.parametrize("page", ["overview", "tiers", "rfm", "lists"])
def test_malicious_names_are_shown_as_text(open_page: Open, malicious: Workspace, page: str) -> None:
    app = open_page(malicious, page)
    assert not app.exception
    assert not app.error


def test_a_malicious_name_is_not_markdown_on_the_customers_own_page(
    open_page: Open, malicious: Workspace, malicious_names: list[str]
) -> None:
    with duckdb.connect(str(generations.current(malicious).file), read_only=True) as connection:
        for name in malicious_names:
            row = connection.execute("select customer_key from serving.customer_360 where name = ?", [name]).fetchone()
            assert row is not None
            app = open_page(malicious, "customers", customer=str(row[0]))
            assert not app.exception
            assert app.header[0].value == plain(short(name, 80))


# Overview


def test_overview_cards_are_those_of_the_period(open_page: Open, company: Workspace, published: Published) -> None:
    app = open_page(company, "overview")
    for days, name in ((30, "30 days"), (7, "7 days")):
        app.segmented_control(key="period").set_value(name).run()
        totals = overview.totals(published.file, published.as_of - timedelta(days=days - 1), published.as_of)
        assert metrics(app)["Orders"] == plain(number(totals["order_count"]))
        assert metrics(app)["Active buyers"] == plain(number(totals["buyer_count"]))


def test_a_period_without_a_whole_one_before_is_not_compared(open_page: Open, company: Workspace) -> None:
    app = open_page(company, "overview", period="12 months")
    assert all(metric.delta == "" for metric in app.metric)


@pytest.mark.parametrize("measure", ["Margin", "Orders", "New customers", "Visits", "Calls"])
def test_overview_shows_every_measure(open_page: Open, company: Workspace, measure: str) -> None:
    assert not open_page(company, "overview", measure=measure).exception


# Tiers and RFM


def test_tiers_on_the_page_add_up_to_all_buyers(published: Published) -> None:
    now = overview.tiers_on(published.file, published.as_of)
    members = lists.count(published.file, ListFilter(tiers=("A", "B", "C", "D")))
    assert int(now["customer_count"].sum()) == members
    for tier, count in zip(now["tier"], now["customer_count"], strict=True):
        assert lists.count(published.file, ListFilter(tiers=(tier,))) == count


def test_groups_on_the_page_are_those_of_the_lists(published: Published) -> None:
    for _, row in overview.groups_on(published.file, published.as_of).iterrows():
        assert lists.count(published.file, ListFilter(groups=(row["rfm_group"],))) == row["customer_count"]
    cells = rfm.grid(published.file, published.as_of)
    assert int(cells["customer_count"].sum()) == int(
        overview.groups_on(published.file, published.as_of)["customer_count"].sum()
    )


def as_counts(rows: list[dict[str, object]], name: str) -> dict[tuple[object, object], object]:
    return {(row[f"{name}_from"], row[f"{name}_to"]): row["customer_count"] for row in rows}


def test_stored_movement_is_the_movement_joined_here(published: Published) -> None:
    found = tiers.dates(published.file)
    month_ends = [one for one in found if (one + timedelta(days=1)).day == 1]
    pairs = [(found[1], found[0]), *zip(month_ends[1:], month_ends[:-1], strict=True)]
    assert len(pairs) > 2
    for before, after in pairs:
        stored = as_counts(tiers.movement(published.file, before, after), "tier")
        assert stored == as_counts(tiers.movement_between(published.file, before, after), "tier")
        stored = as_counts(rfm.movement(published.file, before, after), "group")
        assert stored == as_counts(rfm.movement_between(published.file, before, after), "group")


@pytest.mark.parametrize("page", ["tiers", "rfm"])
def test_dates_the_wrong_way_round_are_turned(open_page: Open, company: Workspace, page: str) -> None:
    measure = {"tiers": "tier", "rfm": "rfm_group"}[page]
    app = open_page(company, page)
    before, after = app.selectbox(key=f"{measure}_from"), app.selectbox(key=f"{measure}_to")
    before.select_index(0).run()  # the day before the last
    after.select_index(3).run()  # two days before that
    assert not app.exception
    assert "the other way round" in words(app)


def test_movers_lie_between_the_dates(published: Published) -> None:
    found = tiers.dates(published.file)
    before, after = found[-1], found[0]
    for move in tiers.movers(published.file, "tier", before, after, 500):
        assert before < move["as_of"] <= after
        assert move["reason"]


# Lists


def test_the_count_follows_the_filter_and_the_address(
    open_page: Open, company: Workspace, published: Published
) -> None:
    app = open_page(company, "lists", tiers=["A", "B"])
    expected = lists.count(published.file, ListFilter(tiers=("A", "B")))
    assert metrics(app)["On this list"] == number(expected)
    app.multiselect(key="tiers").set_value(["A"]).run()
    assert metrics(app)["On this list"] == number(lists.count(published.file, ListFilter(tiers=("A",))))


def test_contact_details_come_only_when_asked_for_and_asking_is_logged(open_page: Open, company: Workspace) -> None:
    app = open_page(company, "lists", tiers=["A"])
    assert "name" not in app.dataframe[0].value.columns
    app.toggle(key="contact_details").set_value(True).run()
    assert {"name", "email", "phone"} <= set(app.dataframe[0].value.columns)
    assert "not limited to people who agreed" in words(app)
    with state.connect(company) as connection:
        last = connection.execute("select action from audit order by audit_id desc limit 2").fetchall()
    assert [row["action"] for row in last] == ["personal data seen", "contact details asked for"]


def test_a_list_is_made_and_kept(open_page: Open, company: Workspace, published: Published) -> None:
    app = open_page(company, "lists", tiers=["D"])
    shown = metrics(app)["On this list"]
    app.text_input(key="list_name").set_value("Costly *ones*").run()
    next(button for button in app.button if button.label == "Make the list").click().run()
    assert not app.exception
    made = state.lists(company)[0]
    assert (made["name"], number(made["customer_count"])) == ("Costly *ones*", shown)
    assert plain("Costly *ones*") in words(app)
    assert {button.label for button in app.download_button} == {"CSV", "Excel", "Parquet"}


def test_a_list_without_a_name_is_not_made(open_page: Open, company: Workspace) -> None:
    app = open_page(company, "lists")
    before = len(state.lists(company))
    next(button for button in app.button if button.label == "Make the list").click().run()
    assert "A list needs a name" in app.error[0].value.replace("\\", "")
    assert len(state.lists(company)) == before


# Data


@pytest.mark.parametrize(
    "show", ["Freshness", "Deliveries", "Quality", "Quarantine", "Drift", "Checks", "Nights and generations"]
)
def test_every_view_of_the_data_opens(open_page: Open, company: Workspace, emptied: Workspace, show: str) -> None:
    for workspace in (company, emptied):
        app = open_page(workspace, "data", show=show)
        assert not app.exception
        assert not app.error


def test_the_law_is_shown_and_holds(open_page: Open, company: Workspace) -> None:
    found = metrics(open_page(company, "data"))
    delivered, *others = (
        int(found[name].replace("\\", "").replace(",", ""))
        for name in ("Rows delivered", "Accepted", "Duplicates", "Quarantined")
    )
    assert delivered == sum(others) > 0


def test_period_before_of_the_whole_history_is_empty(published: Published) -> None:
    period = Period(published.as_of.replace(year=1990), published.as_of)
    assert not overview.totals(published.file, *vars(period.before()).values())["is_covered"]
