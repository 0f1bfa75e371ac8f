"""What churn and newcomers make of a night, on customers made here: what teaches, the level, what is published."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from models.feature_contract import NAMES
from models.periods import time_layout
from models.seasonal_clock import SeasonalClock
from pipelines.predict import churn, newcomers, segments
from pipelines.predict.night import HISTORY, MARGINS, TABULAR, Frame, day_of, number
from workspace.settings import Settings

AS_OF = date(2025, 12, 31)
HORIZON = 90
RHYTHM = NAMES.index("no_order_probability")


@dataclass
class StandIn:
    """A night of 400 customers made from the day's number; what it was asked for is remembered."""

    as_of: date = AS_OF
    turned: tuple[date, ...] = ()  # days whose outcomes are turned round
    first_day: date = AS_OF - timedelta(days=720)
    settings: object = field(default_factory=lambda: Settings().models)
    asked: list[date] = field(default_factory=list)

    def frame(self, day: date) -> Frame:
        rng, count = np.random.default_rng(number(day)), 400
        rows = pd.DataFrame({name: rng.gamma(1, 20, count) for name in (*TABULAR, *MARGINS)})
        repeat, age = rng.poisson(3, count), rng.integers(200, 300, count)
        last = np.where(repeat > 0, np.maximum(age - rng.integers(0, 150, count), 1), 0)
        rows = rows.assign(
            **dict(zip(HISTORY, (repeat.astype(float), last.astype(float), age.astype(float)), strict=True))
        )
        return Frame(rows.assign(customer_key=np.arange(count), tenure_days=age, recency_days=age - last))

    def outcomes(self, frame: Frame, day: date, horizon_days: int) -> pd.DataFrame:
        self.asked.append(day + timedelta(days=horizon_days))
        rng = np.random.default_rng(1 + number(day))
        left = rng.random(len(frame.rows)) < 1 / (1 + np.exp((60 - frame.rows["recency_days"].to_numpy()) / 25))
        return pd.DataFrame({"has_left": ~left if day in self.turned else left})

    def clock(self, day: date) -> SeasonalClock:
        self.asked.append(day)
        return SeasonalClock().fit([[day.toordinal(), 1.0]])


def taught(**changes) -> tuple[StandIn, dict]:
    night = StandIn(**changes)
    return night, churn.fitted(night, layout(), HORIZON)


def layout():
    return time_layout(number(AS_OF) - 720, number(AS_OF), horizon=HORIZON, most=2)


def test_what_judges_never_teaches():
    judge = day_of(layout().judge)
    night, trial = taught()
    assert max(night.asked) == judge, "something after the day that judges was looked at"
    _, other = taught(turned=(judge,))
    frame = night.frame(judge)
    X = churn.matrix(frame, trial, layout().judge)
    assert np.array_equal(churn.probabilities(trial, X), churn.probabilities(other, X))
    # The same of a day that does teach makes another model.
    _, different = taught(turned=(day_of(layout().calibrate),))
    assert not np.allclose(churn.probabilities(trial, X), churn.probabilities(different, X))


def test_the_same_customers_give_the_same_model():
    first, second = (taught()[1] for _ in range(2))
    X = churn.matrix(StandIn().frame(AS_OF), first, number(AS_OF))
    assert np.array_equal(churn.probabilities(first, X), churn.probabilities(second, X))


def test_the_level_follows_the_season_ahead_and_nobody_changes_places():
    _, trial = taught()
    X = churn.matrix(StandIn().frame(AS_OF), trial, number(AS_OF))
    usual = churn.probabilities(trial, X)
    order = np.argsort(trial["model"].decision_function(X))
    quiet = X.copy()
    quiet[:, RHYTHM] = 1 - (1 - X[:, RHYTHM]) / 2  # half as many are expected to order
    model = trial["model"]
    model.ranking_.decision_function = lambda rows, plain=model.ranking_.decision_function: plain(X)  # rhythm alone
    found = churn.probabilities(trial, quiet)
    said = churn.share_due(quiet[:, RHYTHM], trial["bias"])
    assert found.mean() == pytest.approx(said)
    assert found.mean() > usual.mean() + 0.05
    assert (np.diff(found[order]) >= 0).all()


def grown(count: int, *, telling: bool) -> pd.DataFrame:
    """Newcomers whose first year is over; their first revenue and web orders tell the tier, or nothing does."""
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({name: rng.gamma(1, 20, count) for name in newcomers.FEATURES})
    rows["is_web"] = (rng.random(count) < 0.5).astype(float)
    likely = (rows["first_revenue_amount"] > 20) & (rows["is_web"] > 0)
    is_a = likely & (rng.random(count) < 0.95) if telling else rng.random(count) < 0.3
    first_on = pd.date_range("2023-01-01", periods=count, freq="h")
    return rows.assign(tier=np.where(is_a, "A", "C"), first_on=first_on, customer_key=np.arange(count))


@pytest.mark.parametrize(("telling", "published"), [(True, "model"), (False, "everybody alike")])
def test_what_scores_newcomers_is_what_was_better(monkeypatch, telling, published):
    rows = grown(900, telling=telling)
    monkeypatch.setattr(newcomers, "grown", lambda night, given: rows)
    trained = newcomers.train(StandIn(), rows)
    assert trained.card.published == published
    assert {each.name for each in trained.card.classes} >= {"A", "C"}
    picked = SimpleNamespace(
        artifact=trained.artifact, card={"published": trained.card.published}, entry=SimpleNamespace(version="v")
    )
    scored = newcomers.scored(picked, rows)
    if telling:
        assert (scored["likely_tier"] == rows["tier"]).mean() > 0.9
    else:
        assert set(scored["likely_tier"]) == {"C"}
        assert set(scored["rule"]) == {"everybody"}
        assert scored["share_a"].to_numpy() == pytest.approx((rows["tier"] == "A").mean())
    assert {rule["rule"] for rule in trained.card.data["rules"]} == set(scored["rule"])


def test_segments_are_of_young_and_old_regions_and_channels(monkeypatch):
    rows = pd.DataFrame(
        {"tenure_days": [100, 365, 800, 30], "last_channel": ["web", "store", "web", None], "customer_key": range(4)}
    )
    people = pd.DataFrame({"age_years": [34.0, 35.0, 60.0, np.nan], "region": ["North", None, "South", "North"]})
    monkeypatch.setattr(segments, "people_of", lambda *_: people)
    found = {name: mask.astype(int).tolist() for name, mask in segments.segments(None, Frame(rows), AS_OF).items()}
    assert found == {
        "known for under a year": [1, 0, 0, 1],
        "known for a year or more": [0, 1, 1, 0],
        "aged under 35": [1, 0, 0, 0],
        "aged 35 to 59": [0, 1, 0, 0],
        "aged 60 or more": [0, 0, 1, 0],
        "region North": [1, 0, 0, 1],
        "region South": [0, 0, 1, 0],
        "channel store": [0, 1, 0, 0],
        "channel web": [1, 0, 1, 0],
    }
