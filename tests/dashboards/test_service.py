"""The Service page without a browser: figures are those of the facts, the saving follows the sliders."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app_data import service
from dashboards.app_data.reader import Published, record
from dashboards.app_format import number, plain
from tests.dashboards.reading import metrics, words
from workspace.folders import Workspace

Open = Callable[..., AppTest]


def test_complaints_are_those_of_the_year(open_page: Open, company: Workspace, published: Published) -> None:
    app = open_page(company, "service")
    assert not app.exception
    counted = record(
        published.file,
        """
        select count(*) as complaints from star.fct_cases
        where category = 'complaint' and opened_on <= $as_of and opened_on > $as_of - interval 12 month
        """,
        {"as_of": published.as_of},
    )["complaints"]
    assert counted
    assert metrics(app)["Complaints"] == plain(number(counted))


def test_calls_by_hour_add_up_to_the_calls(published: Published) -> None:
    counted = record(
        published.file,
        """
        select count(*) as calls from star.fct_calls
        where direction = 'inbound' and started_on <= $as_of and started_on > last_day($as_of - interval 3 month)
        """,
        {"as_of": published.as_of},
    )["calls"]
    assert int(service.calls(published.file)["call_count"].sum()) == counted
    assert int(service.calls_by_weekday(published.file)["call_count"].sum()) == counted


def test_gaps_are_perceived_less_expected_by_every_attribute(published: Published) -> None:
    topics = set(service.satisfaction(published.file, "all")["topic"])
    assert topics
    for attribute in service.attributes(published.file):
        found = service.satisfaction(published.file, attribute)
        assert set(found["topic"]) == topics
        assert found["gap_mean"].tolist() == pytest.approx((found["perceived_mean"] - found["expected_mean"]).tolist())


def test_moving_everybody_saves_five_times_a_fifth(open_page: Open, company: Workspace) -> None:
    app = open_page(company, "service")
    app.slider(key="back").set_value(0)
    saved = []
    for share in (20, 100):
        app.slider(key="moved").set_value(share).run()
        assert not app.exception
        text = metrics(app)["Saved in a year"].replace("\\", "").replace(",", "").replace("\u2212", "-")
        saved.append(float(text.replace("€", "")))
    # The amount is shown without cents.
    assert saved[1] == pytest.approx(5 * saved[0], abs=3)


def test_nothing_is_moved_to_itself(open_page: Open, company: Workspace) -> None:
    app = open_page(company, "service")
    app.selectbox(key="move_to").set_value(app.selectbox(key="move_from").value).run()
    assert "Choose two different channels." in [caption.value for caption in app.caption]


def test_every_attribute_and_measure_can_be_shown(open_page: Open, company: Workspace) -> None:
    app = open_page(company, "service", segment="region", loop_by="category", calls_by="Share given up")
    assert not app.exception


def test_without_service_the_page_names_the_feeds(open_page: Open, emptied: Workspace) -> None:
    app = open_page(emptied, "service")
    assert not app.exception
    said = "\n".join(info.value for info in app.info)
    for feed in ("marketing.surveys", "call_center.cases", "call_center.calls"):
        assert f"`{feed}`" in said


def test_the_first_overdue_cases_are_shown_and_the_file_holds_all_without_names(published: Published) -> None:
    whole = service.overdue_count(published.file)
    assert whole
    everybody = service.overdue(published.file, whole + 1)
    assert len(everybody) == whole
    assert everybody["age_days"].is_monotonic_decreasing
    assert service.overdue(published.file, 1)["case_id"].tolist() == everybody["case_id"].head(1).tolist()
    taken = service.overdue_file(published.file)
    assert taken["case_id"].tolist() == everybody["case_id"].tolist()
    assert "name" not in taken


def test_of_more_overdue_cases_than_are_shown_the_page_says_so(
    open_page: Open, company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "overdue_count", lambda file: 1_234)
    assert "1,234 cases, oldest first, the first 500 shown." in words(open_page(company, "service"))
