"""The Funnels page without a browser: steps follow from the facts, every grouping opens, empty says what is missing."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app_data import funnels
from dashboards.app_data.reader import Published, record
from dashboards.app_format import number, plain
from workspace.folders import Workspace

Open = Callable[..., AppTest]


def test_every_opportunity_is_a_lead(published: Published) -> None:
    counted = record(
        published.file,
        "select count(*) as n from star.fct_opportunities where opened_on <= $as_of",
        {"as_of": published.as_of},
    )["n"]
    for attribute in ("all", "lead_source", "owner_id"):
        leads = funnels.sales(published.file, attribute).query("stage == 'lead'")
        assert int(leads["reached_count"].sum()) == counted


def test_the_forecast_adds_up_over_months(published: Published) -> None:
    months = funnels.forecast(published.file)
    whole = months[months["close_month"] == "all"]
    parts = months[months["close_month"] != "all"]
    assert parts["open_count"].sum() == whole["open_count"].sum() == len(funnels.open_opportunities(published.file))
    assert parts["expected_amount"].sum() == pytest.approx(whole["expected_amount"].sum())


def test_groups_of_the_web_funnel_add_up_and_steps_get_shorter(published: Published) -> None:
    whole = funnels.web(published.file, "all")["session_count"].tolist()
    assert whole == sorted(whole, reverse=True)
    for attribute in ("device", "utm_source"):
        parts = funnels.web(published.file, attribute).groupby("place")["session_count"].sum()
        assert parts.tolist() == whole


def test_prospects_are_those_without_an_order(open_page: Open, company: Workspace, published: Published) -> None:
    counted = record(published.file, "select count(*) as n from serving.customer_360 where is_prospect")["n"]
    app = open_page(company, "funnels")
    assert not app.exception
    assert {metric.label: metric.value for metric in app.metric}["Prospects"] == plain(number(counted))


@pytest.mark.parametrize("by", ["lead_source", "owner_id"])
def test_every_grouping_opens(open_page: Open, company: Workspace, by: str) -> None:
    app = open_page(company, "funnels", sales_by=by, web_by="device")
    assert not app.exception


def test_without_facts_the_page_names_the_feeds(open_page: Open, emptied: Workspace) -> None:
    app = open_page(emptied, "funnels")
    assert not app.exception
    said = "\n".join(info.value for info in app.info)
    for feed in ("sales.opportunities", "web.events", "external.prospects"):
        assert f"`{feed}`" in said
