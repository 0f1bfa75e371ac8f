"""Churn, Value, Prospects, Forecast and Models without a browser, and the customer's own card."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import app_mailings
from dashboards.app_charts import predictions as charts
from dashboards.app_data import lists, predictions, reader
from dashboards.app_data.list_query import ListFilter
from dashboards.app_data.reader import Published
from dashboards.app_format import number, percent, plain
from dashboards.app_models import TITLES
from dashboards.app_reasons import sentence
from dashboards.app_viewer import Viewer
from models.class_card import class_card
from tests.dashboards.reading import metrics, words
from workspace.access import PERMISSIONS
from workspace.folders import Workspace

Open = Callable[..., AppTest]


def is_there(published: Published, model: str) -> bool:
    run = predictions.last_run(published.file, model)
    return run["model_version"] is not None


@pytest.mark.parametrize("model", ["churn", "value", "response", "newcomers", "forecast"])
def test_models_shows_the_card_or_says_what_is_missing(
    open_page: Open, company: Workspace, published: Published, model: str
) -> None:
    app = open_page(company, "models", model=TITLES[model])
    assert not app.exception
    run = predictions.last_run(published.file, model)
    if is_there(published, model):
        assert f"Grade {run['grade']}" in words(app)
        assert plain(run["model_version"]) in words(app)
    else:
        assert plain(run["said"]) in words(app)


def test_the_card_of_churn_says_what_acting_would_have_reached_and_for_whom_it_errs(
    open_page: Open, company: Workspace, published: Published
) -> None:
    app = open_page(company, "models", model=TITLES["churn"])
    card = next(row["card"] for row in predictions.cards(published.file) if row["model"] == "churn")
    tables = [frame.value for frame in app.dataframe]
    (reached,) = [table for table in tables if "value_reached" in table]
    ways = ("", "_by_baseline", "_at_random")
    for name in ("value_reached", "lost_reached"):
        # Money is shown in whole euros.
        assert reached[name].tolist() == pytest.approx([card["replay"][name + way] for way in ways], abs=0.5)
    (segments,) = [table for table in tables if "segment" in table]
    assert segments["segment"].tolist() == [each["segment"] for each in card["segments"]]
    # No region of so small a company has fifty customers.
    assert {name.split()[0] for name in segments["segment"]} >= {"known", "aged", "channel"}
    assert plain(number(card["data"]["judge_rows"])) in words(app)


def test_the_card_of_newcomers_shows_every_tier(
    open_page: Open, company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    tier = np.repeat(["A", "B"], [30, 70])
    card = class_card(
        model="newcomers",
        as_of="2025-06-30",
        actual=tier,
        predicted=np.repeat(["A", "B"], [20, 80]),
        baselines={"everybody alike": np.repeat("B", 100)},
        periods={"judge": ["2024-01-01", "2024-03-31"]},
        data={"judge_rows": 100},
    )
    run = {"model_version": "v1", "grade": card.grade, "said": "", "status": "trained", "trained_as_of": None}
    run |= {"largest_drift": None}
    stored = {"model": "newcomers", "model_version": "v1", "grade": card.grade, "grade_reason": card.grade_reason}
    stored |= {"card": json.loads(card.to_json()), "trained_as_of": None, "is_champion": True}
    monkeypatch.setattr(predictions, "last_run", lambda *_: run)
    monkeypatch.setattr(predictions, "cards", lambda *_: [stored])
    app = open_page(company, "models", model=TITLES["newcomers"])
    assert not app.exception
    assert metrics(app)["Right"] == plain(percent(0.9))
    (tiers,) = [frame.value for frame in app.dataframe if "recall" in frame.value]
    # Of 30 A 20 are found, all said rightly; of 80 said to be B 70 are.
    assert tiers[["recall", "precision"]].to_numpy().tolist() == [
        pytest.approx([100 * 20 / 30, 100.0]),
        pytest.approx([100.0, 100 * 70 / 80]),
    ]


def test_churn_adds_up_and_its_list_is_the_lists_page_s(
    open_page: Open, company: Workspace, published: Published
) -> None:
    if not is_there(published, "churn"):
        pytest.skip("too little data for churn in this company")
    totals = predictions.churn_totals(published.file)
    app = open_page(company, "churn")
    assert metrics(app)["High risk"] == plain(number(totals["high_count"]))
    assert lists.count(published.file, ListFilter(risks=("high",))) == totals["high_count"]
    everybody = ListFilter(risks=("low", "medium", "high"))
    assert lists.count(published.file, everybody) == totals["scored_count"]


def test_value_is_the_sum_of_the_customers(open_page: Open, company: Workspace, published: Published) -> None:
    app = open_page(company, "value")
    assert not app.exception
    whole = reader.record(published.file, "select sum(clv_amount) as total from serving.customer_360")["total"]
    shown = [value for name, value in metrics(app).items() if name.startswith("Worth in")]
    assert shown == [plain(f"€{number(whole)}")]
    for segment in predictions.SEGMENTS:
        parts = predictions.value_by(published.file, segment)
        assert parts["clv_amount"].sum() == pytest.approx(float(whole))


def test_forecast_shows_every_split(open_page: Open, company: Workspace, published: Published) -> None:
    for split in ("In total", "By tier", "By group"):
        app = open_page(company, "forecast", split=split, measure="Orders")
        assert not app.exception
    ahead = predictions.forecast(published.file, "order_count", "total").query("is_ahead")
    assert metrics(open_page(company, "forecast", measure="Orders"))["Next 8 weeks"] == plain(
        number(ahead["forecast"].sum())
    )


def test_a_customer_s_card_says_why_and_links_to_the_report_card(
    open_page: Open, company: Workspace, published: Published
) -> None:
    found = reader.record(
        published.file,
        """
        select customer_key, churn_reason_1 from serving.customer_predictions
        order by churn_probability desc nulls last, customer_key
        """,
    )
    app = open_page(company, "customers", customer=str(found["customer_key"]))
    assert not app.exception
    assert "What may come" in words(app)
    if found["churn_reason_1"]:
        assert plain(sentence(found["churn_reason_1"], "EUR")) in words(app)


def test_the_profit_curve_counts_answers_and_contacts() -> None:
    # 4 people with chances 1/2, 1/4, 1/8, 1/8, an answer brings 10 and a contact costs 2: 3, 3.5, 2.75, 2.
    curve = app_mailings.profit_curve(np.array([0.5, 0.25, 0.125, 0.125]), margin=10, cost=2)
    assert curve["contact_count"].tolist() == [0, 1, 2, 3, 4]
    assert curve["profit"].tolist() == [0, 3, 3.5, 2.75, 2]


def test_prospects_draws_both_models_where_both_are_there(
    open_page: Open, company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = ["rule", "row_count", "answered_share", "later_answered_share"]
    first_weeks = ["rule", "likely_tier", "row_count", "tier_share", "later_row_count", "later_tier_share"]
    stand_ins = {
        "last_run": {"model_version": "v1", "grade": "B", "said": "better"},
        "response_chances": pd.DataFrame({"probability": [0.5, 0.2, 0.01]}),
        "prospects": pd.DataFrame(),
        "response_curve": pd.DataFrame({"contacted_share": [0.0, 0.5, 1.0], "reached_share": [0.0, 0.75, 1.0]}),
        "response_rules": pd.DataFrame(columns=rules),
        "newcomers": pd.DataFrame({"likely_tier": ["A"], "customer_count": [3]}),
        "newcomer_rules": pd.DataFrame(columns=first_weeks),
    }
    for name, answer in stand_ins.items():
        monkeypatch.setattr(predictions, name, lambda *_, answer=answer: answer)
    app = open_page(company, "prospects")
    assert not app.exception
    assert "broken" not in words(app)
    # A contact costs 1, an answer brings 20: of 10, 4 and 0.2 expected, two are worth it.
    assert metrics(app)["Best number"] == "2"
    assert "the better half held 75 % of the answers" in words(app).replace("\u202f", " ").replace("75.0", "75")


@pytest.fixture
def answering(tmp_path: Path) -> str:
    """A generation in which three people could be written to, and one customer could not."""
    file = tmp_path / "published" / "one.duckdb"
    file.parent.mkdir()
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            """
            create schema serving;
            create table serving.customer_360 as from (values
                (1, 'Ada', 'Bern', 'West', false, false), (2, 'Bo', 'Wien', 'Ost', true, null),
                (3, 'Cy', 'Genf', 'West', null, true), (4, 'Di', 'Graz', 'Ost', true, true)
            ) as people(customer_key, name, city, region, consent_email, consent_post);
            create table serving.customer_predictions as from (values
                (1, 0.3, 'a', 'b'), (2, 0.2, 'a', 'b'), (3, 0.9, 'a', 'b'), (4, null, null, null)
            ) as chances(customer_key, response_probability, response_reason_1, response_reason_2);
            """
        )
    return str(file)


@pytest.mark.parametrize(
    ("limit", "names", "reachable"), [(0, [], 0), (1, ["Cy"], 1), (2, ["Cy", "Ada"], 1), (9, ["Cy", "Ada", "Bo"], 2)]
)
def test_those_written_to_are_those_with_the_best_chances(
    answering: str, limit: int, names: list[str], reachable: int
) -> None:
    viewer = Viewer("ida", PERMISSIONS["marketer"])
    assert predictions.prospects(answering, viewer, limit)["name"].tolist() == names
    assert predictions.reachable(answering, limit) == reachable


def test_bars_of_a_probability_stand_on_each_other() -> None:
    spread = pd.DataFrame(
        {
            "bin": [3, 3, 4],
            "churn_band": ["medium", "low", "high"],
            "customer_count": [2, 5, 7],
            "expected_loss_amount": [1.0, 2.0, 3.0],
        }
    )
    spec = charts.churn_spread(spread, "customer_count", "Customers")
    (table,) = spec["datasets"].values()
    rows = table.to_dict("records")
    drawn = {row["churn_band"]: (row["low"], row["high"], row["lower"], row["upper"]) for row in rows}
    assert drawn == {"low": (0.15, 0.2, 0, 5), "medium": (0.15, 0.2, 5, 7), "high": (0.2, 0.25, 0, 7)}
    assert spec["mark"]["type"] == "rect", "bars between two numbers on both axes are not drawn"
