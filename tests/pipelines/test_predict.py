"""Models at night: too little data stops nothing, no label looks past the night, and the registry keeps its word."""

import logging
import shutil
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest

from models.drift import FeatureDrift
from models.gamma_gamma import GammaGamma
from models.report_card import report_card
from models.score_rule import ScoreRule
from models.seasonal_clock import SeasonalClock
from models.too_little import TooLittleDataError
from pipelines import mined
from pipelines.predict import forecasts, run, tables, training
from pipelines.predict.night import Night
from pipelines.predict.training import Drift, Trained
from pipelines.predict.value import next_orders
from tests.conftest import LAST_DAY
from workspace.folders import Workspace

LOG = logging.getLogger("a night")
NO_DRIFT = Drift(0.0, None, ())


@pytest.fixture(scope="module")
def company(demo_workspace, tmp_path_factory) -> Workspace:
    """A copy of the demo company that tests may change."""
    folder = tmp_path_factory.mktemp("predict") / "w"
    shutil.copytree(demo_workspace.root, folder, symlinks=True)
    return Workspace.open(folder)


def rows(workspace: Workspace, query: str) -> list[tuple]:
    with duckdb.connect(str(workspace.warehouse_file), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_a_tiny_company_says_what_it_has_too_little_of(company):
    runs = {row[0]: row[1:] for row in rows(company, "select model, status, said from models.model_runs")}
    assert set(runs) == set(run.MODELS)
    # 200 days: nobody has been seen through a first year.
    assert runs["newcomers"][0] == "too little data"
    assert "100 are needed" in runs["newcomers"][1]
    assert runs["value"][0] == "trained"
    assert runs["forecast"][0] == "trained"


def test_every_table_is_there_with_its_columns(company):
    found = rows(
        company,
        "select table_name, list(column_name order by column_index) from duckdb_columns()"
        " where schema_name = 'models' group by table_name",
    )
    assert dict(found) == {name: list(columns) for name, columns in tables.TABLES.items()}


def test_scores_are_of_the_night_and_of_buyers(company):
    query = "select distinct as_of from models.customer_values"
    assert rows(company, query) == [(LAST_DAY,)]
    buyers = rows(company, "select count(distinct customer_key) from mining.customer_rfm where as_of = '2025-06-30'")
    assert rows(company, "select count(*) from models.customer_values") == buyers
    wrong = rows(company, "select count(*) from models.customer_values where clv_low_amount > clv_high_amount")
    assert wrong == [(0,)]


def test_no_label_looks_past_the_night(company):
    with mined.opened(company) as store:
        night = Night(company, store, LAST_DAY)
        day = LAST_DAY - timedelta(days=30)
        assert len(night.outcomes(night.frame(day), day, 30)) == len(night.frame(day).rows)
        with pytest.raises(ValueError, match="are not over"):
            night.outcomes(night.frame(day), day, 31)


def test_the_same_night_again_scores_the_same_and_trains_nothing(company):
    ask = "select * from models.customer_values order by customer_key"
    before, versions = rows(company, ask), rows(company, "select model_version from models.report_cards order by all")
    said = {line["model"]: line["status"] for line in run.run(company, LAST_DAY, LOG)}
    assert said["value"] == "scored"
    assert rows(company, ask) == before
    assert rows(company, "select model_version from models.report_cards order by all") == versions


def a_card(as_of: date):
    y = np.array([1, 0] * 60)
    return report_card(
        model="toy", as_of=as_of.isoformat(), is_one=y, probability=y * 0.5, baselines={"none": y * 0.0}, periods={},
        data={},
    )  # fmt: skip


def toy(night: Night, column: int, wins: bool) -> Trained:
    X = np.array([[0.0, 1.0], [1.0, 0.0]] * 30)
    artifact = {"model": ScoreRule(column).fit(X, [0, 1] * 30), "as_of": night.as_of.isoformat()}
    return Trained(artifact, a_card(night.as_of), lambda champion: (wins, "it said so"))


@pytest.fixture
def nights(company, tmp_path):
    """Nights by date, with an empty registry."""
    empty = Workspace(tmp_path, company.settings_file)

    def on(days: int) -> Night:
        return Night(empty, None, LAST_DAY + timedelta(days=days))

    return on


def choose(night: Night, drift: Drift = NO_DRIFT, wins: bool = True, column: int = 0, **made_with):
    return training.chosen(
        night, "toy", train=lambda: toy(night, column, wins), drift_of=lambda artifact: drift, made_with=made_with
    )


def test_a_champion_scores_until_drift_or_settings_ask_for_another(nights):
    first = choose(nights(0))
    assert first.status == "trained"
    assert choose(nights(1)).entry == first.entry
    shifted = Drift(0.4, "recency_days", ("recency_days has shifted",))
    # Trained yesterday: it is not challenged again for a month.
    assert choose(nights(1), shifted).status == "scored"
    assert choose(nights(40), shifted, wins=False, column=1).status == "kept"
    # The loser counts as an attempt; the next one comes a month later and wins.
    assert choose(nights(50), shifted).status == "scored"
    third = choose(nights(75), shifted, column=1)
    assert third.status == "replaced"
    assert choose(nights(76)).entry == third.entry
    assert choose(nights(77), horizon=60).said == "the settings have changed"


def test_a_backfill_scores_with_what_was_learnt_by_then(nights):
    late = choose(nights(10))
    early = choose(nights(0), column=1)
    assert early.status == "trained"
    assert early.entry.version < late.entry.version
    # The younger champion stays for the nights after it.
    assert choose(nights(11)).entry == late.entry
    assert choose(nights(5)).entry == early.entry


def test_too_little_data_with_a_champion_goes_on_scoring(nights):
    choose(nights(0))

    def nothing() -> Trained:
        raise TooLittleDataError("12 customers")

    shifted = Drift(0.4, "recency_days", ("recency_days has shifted",))
    found = training.chosen(nights(40), "toy", train=nothing, drift_of=lambda artifact: shifted, made_with={})
    assert (found.status, found.said) == ("scored", "could not be trained anew: 12 customers")


def test_an_estimator_with_too_little_to_learn_from_says_so_and_is_no_failure(nights, caplog):
    found = run.attempt(nights(0), "value", lambda night: GammaGamma().fit([[1, 20.0]]), LOG)
    assert found["status"] == "too little data"
    assert found["said"].startswith("two customers or more")
    assert (run.warnings([found]), caplog.records) == ([], [])


def test_a_model_that_fails_stops_no_night_and_is_told_with_where_it_failed(nights, caplog):
    def breaks_here(night: Night) -> training.Chosen:
        raise ValueError("operands could not be broadcast together")

    found = run.attempt(nights(0), "value", breaks_here, LOG)
    assert (found["status"], found["said"]) == ("failed", "operands could not be broadcast together")
    assert "breaks_here" in caplog.text
    [check] = run.warnings([found])
    assert (check.name, check.status) == ("model value", "warned")
    assert "broadcast" in check.detail


def test_a_failed_model_is_on_record_as_a_warning_until_a_night_without(company, monkeypatch):
    def breaks(night: Night) -> training.Chosen:
        raise ValueError("no such column")

    recorded = "select check_name, status from meta.checks where stage = 'models'"
    with monkeypatch.context() as patched:
        patched.setattr(run, "MODELS", {"newcomers": breaks})
        run.run(company, LAST_DAY, LOG)
    assert rows(company, recorded) == [("model newcomers", "warned")]
    run.run(company, LAST_DAY, LOG)
    assert rows(company, recorded) == []


def test_models_left_out_by_the_settings_leave_their_tables_without_rows(company, tmp_path):
    folder = tmp_path / "w"
    shutil.copytree(company.root, folder, symlinks=True)
    settings = folder / "regulars.toml"
    settings.write_text(settings.read_text() + '\n[models]\nrun = ["forecast"]\n')
    few = Workspace.open(folder)
    assert [line["model"] for line in run.run(few, LAST_DAY, LOG)] == ["forecast"]
    assert rows(few, "select count(*) from models.customer_values") == [(0,)]
    assert rows(few, "select count(*) > 0 from models.weekly_forecasts") == [(True,)]


def test_what_grows_by_itself_is_no_drift():
    X = np.column_stack([np.arange(200.0), np.arange(200.0)])
    drift = FeatureDrift().fit(X)
    later = np.column_stack([np.arange(200.0) + 500, np.arange(200.0)])
    names = ("tenure_days", "recency_days")
    assert training.feature_drift(drift, later, names, "2025-06-01", date(2025, 6, 30)).reasons == ()
    swapped = training.feature_drift(drift, later, names[::-1], "2025-06-01", date(2025, 6, 30))
    assert (swapped.feature, len(swapped.reasons)) == ("recency_days", 1)
    aged = training.feature_drift(drift, X, names, "2025-01-01", date(2025, 6, 30))
    assert aged.reasons == ("trained 180 days ago, limit 90",)


class Halving:
    """Silence as likely as 1 / (1 + days / 60), and for the second customer never under 0.6."""

    def probability_of_no_order(self, histories, days):
        chance = 1 / (1 + days / 60)
        return np.array([chance, max(chance, 0.6)])


def test_the_next_order_is_where_silence_falls_to_one_half(nights):
    class Model:
        orders_ = Halving()

    # Fewer than two whole years: every day counts alike.
    plain = SeasonalClock().fit([[LAST_DAY.toordinal(), 1.0]])
    found = next_orders(nights(0), Model(), plain, np.zeros((2, 5)))
    assert found[0] == pd.Timestamp(LAST_DAY) + pd.Timedelta(days=60)
    assert pd.isna(found[1])


def test_weeks_ahead_follow_the_last_whole_week(company):
    found = rows(company, "select max(week_on) filter (where actual is not null), min(week_on) filter (where forecast"
                          " is not null) from models.weekly_forecasts")[0]  # fmt: skip
    # 30 June 2025 is a Monday: the last whole week began on the 23rd.
    assert found == (date(2025, 6, 23), date(2025, 6, 30))


def test_a_week_that_has_ended_asks_for_a_new_forecast():
    artifact = {"last_week": "2025-06-16"}
    assert forecasts.week_over(artifact, date(2025, 6, 16)).reasons == ()
    assert forecasts.week_over(artifact, date(2025, 6, 23)).reasons == ("a week has ended",)


def test_writing_replaces_the_night_and_keeps_month_ends(tmp_path):
    with duckdb.connect() as connection:
        tables.create(connection)
        for day in (date(2025, 5, 31), date(2025, 6, 28), date(2025, 6, 29), date(2025, 6, 29)):
            tables.write(connection, "churn_scores", day, [{"customer_key": 1, "probability": 0.5}])
        kept = connection.execute("select as_of, customer_key, band from models.churn_scores order by as_of").fetchall()
    assert kept == [(date(2025, 5, 31), 1, None), (date(2025, 6, 29), 1, None)]
