"""Boosted tables: the parts sum up, two features at a time are enough, missing values, categories, and the contract."""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks
from threadpoolctl import threadpool_info

from models.boosted_tables import BoostedTables
from models.boosted_trees import BoostedTrees
from models.calibrated_rankings import CalibratedTables
from models.calibration import SigmoidCalibration, bias, share_due
from models.churn import ChurnModel, bands, expected_loss, worth_acting
from models.measures import area_under_curve, expected_calibration_error
from models.newcomer_tier import NewcomerTier
from models.score_rule import ScoreRule


def noisy(rows: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The first two columns matter together only (same sign), the third alone, the fourth never."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 4))
    log_odds = 2.0 * np.sign(X[:, 0] * X[:, 1]) + X[:, 2]
    return X, (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(int)


@pytest.fixture(scope="module")
def model() -> BoostedTables:
    # Where neither feature says anything alone, the first splits are blind: it takes more rounds than usual.
    return BoostedTables(rounds=400, bins=16).fit(*noisy(12_000))


def test_contributions_and_the_intercept_sum_up_to_the_log_odds(model):
    X, _ = noisy(500, 1)
    X[::7, 2] = np.nan
    assert model.contributions(X).sum(axis=1) + model.intercept_ == pytest.approx(model.decision_function(X))


@pytest.mark.parametrize("categorical", [(), (2,), (1, 3)])
def test_tables_say_what_the_trees_said(categorical):
    X, y = noisy(1000)
    X[:, list(categorical)] = np.floor(np.abs(3 * X[:, list(categorical)]))
    model = BoostedTables(rounds=30, bins=8, categorical=categorical)
    kept = {}
    taken_apart = model._take_apart
    model._take_apart = lambda trees, codes: kept.update(trees=trees, codes=codes) or taken_apart(trees, codes)
    model.fit(X, y)
    of_trees = kept["trees"].decision_function(model._for_trees(model._codes(X)))
    assert model.decision_function(X) == pytest.approx(of_trees, abs=1e-9)


def test_two_features_that_matter_only_together_are_found_and_share_the_credit(model):
    X, y = noisy(4000, 2)
    truth = 2.0 * np.sign(X[:, 0] * X[:, 1]) + X[:, 2]
    assert area_under_curve(y, model.decision_function(X)).value > area_under_curve(y, truth).value - 0.03
    size = np.abs(model.contributions(X)).mean(axis=0)
    assert size[0] == pytest.approx(size[1], rel=0.15)
    assert size[3] < 0.15 * size[:3].min()


def test_contributions_average_out_over_customers_like_those_it_learnt_from(model):
    X, _ = noisy(20_000, 3)
    assert np.abs(model.contributions(X).mean(axis=0)).max() < 0.05


def test_a_missing_value_is_a_value():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 2))
    missing = rng.random(2000) < 0.3
    X[missing, 0] = np.nan
    y = (rng.random(2000) < np.where(missing, 0.9, 0.1)).astype(int)
    model = BoostedTables(rounds=40).fit(X, y)
    assert model.predict_proba([[np.nan, 0.0], [0.0, 0.0]])[:, 1] == pytest.approx([0.9, 0.1], abs=0.06)


def test_codes_have_no_order():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 6, (3000, 2)).astype(float)
    y = (rng.random(3000) < np.where(X[:, 0] % 2 == 0, 0.8, 0.2)).astype(int)
    model = BoostedTables(rounds=40, bins=8, categorical=(0,)).fit(X, y)
    assert np.round(model.predict_proba([[c, 0.0] for c in range(6)])[:, 1] > 0.5).tolist() == [1, 0, 1, 0, 1, 0]


def test_the_same_data_gives_the_same_model():
    X, y = noisy(3000)
    first, second = (BoostedTables(rounds=20, most_rows=1000).fit(X, y) for _ in range(2))
    assert np.array_equal(first.mains_, second.mains_)
    assert np.array_equal(first.pair_mains_, second.pair_mains_)


@pytest.mark.parametrize("make", [BoostedTables, BoostedTrees])
def test_few_rows_are_grown_by_one_thread_and_the_others_get_theirs_back(monkeypatch, make):
    def threads() -> list[int]:
        return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "openmp"]

    seen, before = [], threads()
    grow = make._trees
    monkeypatch.setattr(make, "_trees", lambda *given: seen.append(threads()) or grow(*given))
    make(rounds=2).fit(*noisy(200))
    assert set(seen[0]) == {1}
    assert threads() == before


def test_the_last_period_sets_the_level_and_the_order_stays():
    X, y = noisy(6000)
    period = np.repeat([1, 2, 3], 2000)
    rng = np.random.default_rng(9)
    y = np.where((period == 3) & (rng.random(6000) < 0.5), 0, y)  # in the last period half of the ones do not happen
    plain = CalibratedTables(rounds=40).fit(X[period < 3], y[period < 3])
    later = CalibratedTables(rounds=40).fit(X, y, period)
    new, _ = noisy(2000, 4)
    assert later.predict_proba(new)[:, 1].mean() == pytest.approx(y[period == 3].mean(), abs=0.03)
    order = np.argsort(plain.decision_function(new))
    assert (np.diff(later.decision_function(new)[order]) >= -1e-9).all()


def test_sigmoid_finds_a_known_line():
    rng = np.random.default_rng(0)
    z = rng.normal(size=40_000)
    y = rng.random(40_000) < 1 / (1 + np.exp(-(0.5 * z - 1)))
    line = SigmoidCalibration().fit(z, y)
    assert (line.slope_, line.offset_) == pytest.approx((0.5, -1), abs=0.05)


def test_level_worked_by_hand():
    # Log-odds of 0 say one half; three of four are due: log 3 up for everybody.
    line = SigmoidCalibration().fit([-1, 1, -1, 1], [0, 1, 1, 0])
    line.slope_, line.offset_ = 2.0, 0.0
    line.set_share(np.zeros(400), 0.75)
    assert (line.slope_, line.offset_) == (2.0, pytest.approx(np.log(3)))


def test_the_share_due_worked_by_hand():
    # Said one half, came two thirds (with Laplace's rule 200 of 300): log-odds off by log 2. So of one fifth, a third.
    off = bias(np.full(298, 0.5), np.repeat([1, 0], [199, 99]))
    assert off == pytest.approx(np.log(2))
    assert share_due(np.full(10, 0.2), off) == pytest.approx(1 / 3)


def test_a_season_is_met_by_the_share_that_is_due():
    X, y = noisy(6000)
    later, came = noisy(4000, 6)
    came = np.where(np.random.default_rng(1).random(4000) < 0.4, 0, came)  # a season of few ones
    model = CalibratedTables(rounds=150, bins=16).fit(X, y, np.repeat([1, 2, 3], 2000))
    order, reasons = np.argsort(model.decision_function(later)), model.contributions(later)
    off = expected_calibration_error(came, model.predict_proba(later)[:, 1])
    model.set_share(later, 0.3)
    found = model.predict_proba(later)[:, 1]
    assert found.mean() == pytest.approx(0.3)
    assert expected_calibration_error(came, found) < off / 2
    assert (np.diff(model.decision_function(later)[order]) >= -1e-9).all()
    assert np.array_equal(model.contributions(later), reasons)


def test_contributions_are_of_the_log_odds_that_were_set_right():
    X, y = noisy(3000)
    model = CalibratedTables(rounds=20, bins=8).fit(X, y, np.repeat([1, 2, 3], 1000))
    line = model.calibration_
    base = line.slope_ * model.ranking_.intercept_ + line.offset_
    assert abs(line.slope_ - 1) > 0.05
    assert model.contributions(X).sum(axis=1) + base == pytest.approx(model.decision_function(X))


def test_bands_loss_and_acting_worked_by_hand():
    assert bands([0.1, 0.35, 0.65]).tolist() == ["low", "medium", "high"]
    assert expected_loss([0.5, 0.5], [100, -20]).tolist() == [50, 0]
    # 0.5 x 100 x 10 percent = 5 against a contact of 4, then of 5.
    assert worth_acting([0.5], [100], saved_share=0.1, contact_cost=4).tolist() == [True]
    assert worth_acting([0.5], [100], saved_share=0.1, contact_cost=5).tolist() == [False]


def test_inactivity_rule_worked_by_hand():
    days = np.array([[10.0], [20], [30], [40], [50], [60]])
    rule = ScoreRule(0).fit(days, [0, 0, 0, 1, 0, 1])
    # From 40 days on: both of the lost, one of four who stayed: 1 - 1/4. No cut does better.
    assert rule.cut_ == 40
    assert rule.predict([[39], [40]]).tolist() == [0, 1]
    assert rule.predict_proba([[20], [60]])[:, 1] == pytest.approx([0, 1], abs=0.01)


def test_the_curve_of_a_baseline_ranks_as_its_column_does():
    # Flat steps would tie people and make the baseline look worse than it is.
    rng = np.random.default_rng(0)
    days = rng.gamma(1, 60, (400, 1))
    y = (rng.random(400) < 1 / (1 + np.exp(-(days[:, 0] - 60) / 80))).astype(int)
    rule = ScoreRule(0).fit(days, y)
    of_column = area_under_curve(y, days[:, 0]).value
    assert area_under_curve(y, rule.predict_proba(days)[:, 1]).value == pytest.approx(of_column, abs=1e-9)


@parametrize_with_checks(
    [
        BoostedTables(rounds=5, bins=4),
        ChurnModel(rounds=5, bins=4),
        ScoreRule(),
        NewcomerTier(smallest=1),
    ]
)
def test_scikit_learns_own_contract(estimator, check):
    check(estimator)
