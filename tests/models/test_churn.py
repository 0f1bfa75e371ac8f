"""Churn on a company whose truth is known: near the oracle, well calibrated, with faithful reasons, in time's order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.churn import ChurnModel
from models.churn_horizon import horizon_errors
from models.lost_profile import differences
from models.measures import area_under_curve, expected_calibration_error
from models.pareto_nbd import ParetoNbd
from models.periods import final_layout, time_layout
from models.reasons import in_words, phrase, strongest
from models.rules import judged, learn_rules
from models.score_rule import ScoreRule
from tests.models.known_company import FEATURES, Company, company

HORIZON, JUDGE = 120, 900
NAMES = (*FEATURES, "alive_probability", "no_order_probability")


@pytest.fixture(scope="module")
def known() -> Company:
    return company(8000, seed=3)


@pytest.fixture(scope="module")
def features(known):
    process = ParetoNbd().fit(known.histories(450))

    def as_of(day: float) -> np.ndarray:
        rows = known.histories(day)
        silent = process.probability_of_no_order(rows, HORIZON)
        return np.column_stack([known.features(day), process.probability_alive(rows), silent])

    return as_of


@pytest.fixture(scope="module")
def model(known, features) -> ChurnModel:
    days = (480, 570, 660, 780)
    X = np.vstack([features(day) for day in days])
    y = np.concatenate([known.left(day, HORIZON) for day in days])
    period = np.concatenate([np.full(len(known.known(day)), day) for day in days])
    return ChurnModel(seed=1).fit(X, y, period)


def test_it_ranks_within_0_01_of_the_oracle_and_says_probabilities_that_hold(known, features, model):
    left, probability = known.left(JUDGE, HORIZON), model.predict_proba(features(JUDGE))[:, 1]
    oracle = area_under_curve(left, known.oracle(JUDGE, HORIZON)).value
    assert area_under_curve(left, probability).value > oracle - 0.01
    assert expected_calibration_error(left, probability) <= 0.02


def test_it_beats_every_baseline(known, features, model):
    left, X, now = known.left(JUDGE, HORIZON), features(JUDGE), features(780)
    ours = area_under_curve(left, model.decision_function(X)).value
    for name in ("recency_days", "gap_factor", "no_order_probability"):
        rule = ScoreRule(NAMES.index(name)).fit(now, known.left(780, HORIZON))
        assert ours > area_under_curve(left, rule.predict_proba(X)[:, 1]).value + 0.01, name


def test_the_oracle_is_calibrated(known):
    # Otherwise it would be no measure of what is possible.
    assert expected_calibration_error(known.left(JUDGE, HORIZON), known.oracle(JUDGE, HORIZON)) < 0.02


def test_features_of_a_day_do_not_change_when_later_data_is_added(known):
    cut = company(8000, seed=3)
    is_known = cut.order_day <= JUDGE
    earlier = Company(
        **{
            **vars(cut),
            "order_customer": cut.order_customer[is_known],
            "order_day": cut.order_day[is_known],
            "order_amount": cut.order_amount[is_known],
        }
    )
    assert np.array_equal(earlier.features(JUDGE), known.features(JUDGE), equal_nan=True)


def test_reasons_are_the_strongest_pushes_in_the_direction_of_the_whole():
    pushes = np.array([[0.5, -0.2, 1.5, 0.1], [-1.0, 0.3, -0.1, 0.0]])
    reasons = strongest(pushes, count=3)
    assert reasons.feature.tolist() == [[2, 0, 3], [0, 2, -1]]
    assert reasons.effect.tolist() == [[1.5, 0.5, 0.1], [-1.0, -0.1, 0.0]]
    values = np.array([[84.0, 0, 3.04, 1], [12, 0, np.nan, 0]])
    words = in_words(reasons, values, ("recency_days", "orders_90d", "gap_factor", "odd"))
    assert words.tolist() == [
        ["silent 3.0 times as long as usual", "no order for 84 days", "odd: 1"],
        ["no order for 12 days", "not known", ""],
    ]


def test_taking_a_reason_away_changes_the_score_as_it_says(model, features):
    # Faithful: with the strongest feature set to that of other customers in turn, the log-odds fall by about its push.
    X = features(JUDGE)
    some, others = X[:40], X[200:700]
    reasons = strongest(model.contributions(some), count=1)
    changes = []
    for row, feature in zip(some, reasons.feature[:, 0], strict=True):
        replaced = np.repeat(row[None, :], len(others), axis=0)
        replaced[:, feature] = others[:, feature]
        changes.append(model.decision_function(row[None, :])[0] - model.decision_function(replaced).mean())
    assert np.corrcoef(changes, reasons.effect[:, 0])[0, 1] > 0.9


def test_a_value_that_is_absent_reads_as_such():
    assert phrase("days_since_complaint", float("nan")) == "never complained"
    assert phrase("discount_share_365d", 0.256) == "26% of the price in discounts"


def test_rules_of_the_lost_hold_later(known, features):
    now, later = features(660), features(JUDGE)
    lost, later_lost = known.left(660, HORIZON), known.left(JUDGE, HORIZON)
    rules, _ = learn_rules(now, lost, depth=3, smallest=100)
    said = judged(rules, now, lost, later, later_lost, NAMES)
    assert sum(rule.rows for rule in said) == len(lost)
    assert said[0].share > 0.9
    assert all(abs(rule.share - rule.later_share) < 0.12 for rule in said if rule.later_rows > 200)


def test_rule_reads_as_words():
    X = np.array([[1.0], [2], [8], [9]] * 20)
    rules, classes = learn_rules(X, [0, 0, 1, 1] * 20, depth=1, smallest=2)
    assert [rule.words(("orders_90d",)) for rule in rules] == ["orders_90d at most 5 or missing", "orders_90d above 5"]
    assert [rule.shares.tolist() for rule in rules] == [[1, 0], [0, 1]]
    assert classes.tolist() == [0, 1]


def test_profile_of_the_lost_worked_by_hand():
    X = np.array([[100.0, 1], [90, np.nan], [10, 1], [20, 1], [30, 1]])
    first = differences(X, [1, 1, 0, 0, 0], ("recency_days", "visits_30d"))[0]
    assert (first.feature, first.lost_median, first.stayed_median, first.separation) == ("recency_days", 95, 20, 1)


def test_horizon_worked_by_hand():
    # Days 0 to 400, candidates 50 and 100: looked at from day 200, active = ordered in days 101 to 200.
    orders = {
        "stays": [0, 150, 210, 260, 310, 390],  # orders on: left for neither
        "gone": [0, 190],  # no order after 200: left for both, a leaver, missed by none
        "back": [120, 270, 390],  # silent until 270: left for 50 and came back, not left for 100
        "last one": [150, 240],  # one order after, then gone: a leaver missed by 50 (and by 100)
        "old": [20],  # not active on day 200
    }
    customer = np.concatenate([[name] * len(days) for name, days in orders.items()])
    days = np.concatenate(list(orders.values()))
    choice = horizon_errors(customer, days, end_day=400, candidates=(50, 100))
    assert [tuple(error) for error in choice.errors] == [(50, 2, 1, 2, 1), (100, 1, 0, 2, 1)]
    assert choice.errors[0].came_back_share == 0.5
    assert choice.errors[0].missed_share == 0.5
    assert choice.horizon_days == 50


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_longer_horizons_cry_wolf_less_and_miss_more(seed):
    some = company(200, days=900, seed=seed)
    choice = horizon_errors(some.order_customer, np.floor(some.order_day), end_day=900, candidates=(30, 90, 180, 300))
    missed = [error.missed_count for error in choice.errors]
    came_back = [error.came_back_count for error in choice.errors]
    assert missed == sorted(missed)
    assert came_back == sorted(came_back, reverse=True)


def test_no_label_reaches_past_the_day_it_is_used_on():
    layout = time_layout(0, 730, horizon=120, step=30, most=4)
    assert layout == ((280, 310, 340, 370), 490, 610)
    assert max(layout.train) + 120 <= layout.calibrate
    assert layout.calibrate + 120 <= layout.judge
    assert final_layout(layout, horizon=120) == ((400, 430, 460, 490), 610, 730)
    with pytest.raises(ValueError, match="needs 450 days of data, there are 300"):
        time_layout(0, 300, horizon=120)
