"""The Explore page without a browser: its numbers are those of other pages, its parts add up, views are kept."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app_data import explore, overview
from dashboards.app_data.explore import View
from dashboards.app_data.reader import Published, Where
from workspace import views
from workspace.folders import Workspace

Open = Callable[..., AppTest]
SHARED = {
    "orders": "order_count", "revenue": "revenue_amount", "margin": "margin_amount", "returned": "returned_amount",
    "buyers": "buyer_count",
}  # fmt: skip
DAILY = ("visit_count", "call_count", "case_count", "contact_count", "new_customer_count")


@pytest.fixture(scope="module")
def where(published: Published) -> Where:
    return Where(published.file, published.as_of, published.time_zone)


@pytest.fixture(scope="module")
def year(where: Where) -> tuple[date, date]:
    return where.as_of - timedelta(days=364), where.as_of


def test_a_number_is_the_same_on_the_overview(where: Where, year: tuple[date, date]) -> None:
    [row] = explore.explored(where, View(tuple(SHARED), (), None, *year)).to_dict("records")
    totals = overview.totals(where.file, *year)
    assert {name: row[name] for name in SHARED} == {name: float(totals[column]) for name, column in SHARED.items()}
    names = [column.removesuffix("_count") + "s" for column in DAILY]
    [row] = explore.explored(where, View(tuple(names), (), None, *year)).to_dict("records")
    daily = overview.daily(where.file, *year)
    assert [row[name] for name in names] == [float(daily[column].sum()) for column in DAILY]
    assert all(row.values())


def test_customers_are_those_of_the_tiers_page(where: Where, year: tuple[date, date]) -> None:
    found = explore.explored(where, View(("customers",), ("tier",), None, *year))
    shown = overview.tiers_on(where.file, where.as_of)
    assert (
        dict(zip(found["tier"], found["customers"], strict=True)).items()
        >= dict(zip(shown["tier"], shown["customer_count"].astype(float), strict=True)).items()
    )


def test_months_and_regions_add_up_to_the_year(where: Where, year: tuple[date, date]) -> None:
    whole = explore.explored(where, View(("revenue", "visits"), (), None, *year)).iloc[0]
    parts = explore.explored(where, View(("revenue", "visits"), ("region",), "month", *year))
    assert parts["revenue"].sum() == pytest.approx(whole["revenue"], abs=0.005)
    assert parts["visits"].sum() == whole["visits"]


def test_the_customers_behind_a_cell_bring_what_it_says(where: Where, year: tuple[date, date]) -> None:
    cell = explore.explored(where, View(("revenue",), ("tier", "category"), None, *year)).query("tier == 'A'").iloc[0]
    found = explore.behind(where, "revenue", (("tier", "A"), ("category", cell["category"])), *year)
    assert found["value"].sum() == pytest.approx(cell["revenue"], abs=0.005)
    assert set(found["tier"]) == {"A"}
    assert found["value"].is_monotonic_decreasing


def test_dimensions_are_those_that_all_measures_have() -> None:
    assert "category" in explore.dimensions(["revenue", "orders"])
    assert "category" not in explore.dimensions(["revenue", "visits"])
    assert "tier" in explore.dimensions(["revenue", "visits", "churn_risk"])


def test_the_page_opens_with_an_address_and_keeps_it_by_name(open_page: Open, company: Workspace) -> None:
    app = open_page(company, "explore", measures=["Visits", "Conversion"], by=["Region"], grain="quarter")
    assert not app.exception
    assert app.multiselect(key="measures").value == ["visits", "conversion"]
    assert list(app.dataframe[0].value.columns) == ["region", "period_on", "visits", "conversion"]
    app.text_input(key="view_name").set_value("How we convert").run()
    app.button(key="keep_view").click().run()
    [view] = [view for view in views.saved(company, "explore") if view.name == "How we convert"]
    assert view.address["measures"] == ["Visits", "Conversion"]
    app.button(key="forget_How we convert").click().run()
    assert not views.saved(company, "explore")


def test_days_of_two_years_are_shown_by_a_longer_step(open_page: Open, company: Workspace) -> None:
    app = open_page(company, "explore", grain="day", period="everything")
    assert not app.exception
    assert any("Too long a period for steps of a day" in caption.value for caption in app.caption)


def test_nothing_published_yet_says_which_feeds_are_missing(open_page: Open, emptied: Workspace) -> None:
    app = open_page(emptied, "explore")
    assert not app.exception
    assert any("sales.orders" in text.value for text in [*app.markdown, *app.caption, *app.info])
