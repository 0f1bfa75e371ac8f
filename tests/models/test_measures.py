"""Measures, worked by hand; comparisons; report card."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from models.comparison import auc_difference, challenge
from models.measures import (
    area_under_curve,
    expected_calibration_error,
    expected_profit_curve,
    gain_curve,
    profit_curve,
    top_decile_lift,
)
from models.report_card import grade_of, replay, report_card


def test_auc_worked_by_hand():
    # Ones at 0.8 and 0.4, zeros at 0.4 and 0.1: pairs 1, 1, 1/2, 1 of 4.
    assert area_under_curve([1, 1, 0, 0], [0.8, 0.4, 0.4, 0.1]).value == 3.5 / 4


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=4, max_size=40))
def test_auc_is_scikit_learns(rows):
    y, s = np.array(rows).T
    if 0 < y.sum() < len(y):
        found = area_under_curve(y, s)
        assert found.value == pytest.approx(roc_auc_score(y, s))
        assert 0 <= found.low <= found.value <= found.high <= 1


def test_the_interval_of_the_auc_covers_as_often_as_it_says():
    rng, inside = np.random.default_rng(0), 0
    for _ in range(400):
        y = np.repeat([1, 0], 100)
        found = area_under_curve(y, rng.normal(size=200) + y)
        inside += found.low <= 0.7602 <= found.high  # Phi(1 / sqrt 2)
    assert inside / 400 == pytest.approx(0.95, abs=0.035)


def test_calibration_error_worked_by_hand():
    # Two bins of two: 0.2 said and none came, 0.7 said and one of two came: (0.2 + 0.2) / 2.
    assert expected_calibration_error([0, 0, 1, 0], [0.2, 0.2, 0.7, 0.7], bins=2) == pytest.approx(0.2)


def test_errors_that_cancel_out_over_everybody_are_still_errors():
    y, p = np.repeat([1, 0], 50), np.repeat([0.2, 0.8], 50)
    assert expected_calibration_error(y, p) == pytest.approx(0.8)


def test_gain_lift_and_profit_worked_by_hand():
    y, s = [1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]
    assert gain_curve(y, s, points=4)[:, 1].tolist() == [0, 0.5, 0.5, 1, 1]
    assert gain_curve(y, s, points=4)[1, 2] == 2
    # Margin 10, contact 3: 7, 4, 11, 8.
    assert profit_curve(y, s, margin=10, contact_cost=3, points=4)[:, 3].tolist() == [0, 7, 4, 11, 8]
    assert expected_profit_curve([0.5, 0.1], margin=10, contact_cost=3, points=2)[:, 3] == pytest.approx([0, 2, 0])


def test_a_score_without_differences_gains_nothing_whatever_the_order_of_rows():
    y = np.repeat([1, 0], [10, 90])
    assert top_decile_lift(y, np.zeros(100)) == pytest.approx(1)


def test_difference_is_paired():
    rng = np.random.default_rng(0)
    y = np.repeat([1, 0], 500)
    score = rng.normal(size=1000) + y
    same = auc_difference(y, score, score)
    assert (same.value, same.low, same.high) == (0, 0, 0)
    near = auc_difference(y, score + 0.3 * y, score)
    assert near.low > 0


def test_challenger_must_rank_better_and_not_lie_more():
    rng = np.random.default_rng(0)
    truth = rng.random(20_000)
    y = (rng.random(20_000) < truth).astype(int)
    blurred = np.clip(truth * 0.5 + 0.25, 0, 1) + rng.normal(0, 0.05, 20_000)
    assert challenge(y, blurred, truth).replaces
    assert not challenge(y, truth, blurred).replaces
    assert not challenge(y, truth, truth).replaces
    assert "further off" in challenge(y, blurred, truth**6).reason


def card(probability, baseline, y):
    return report_card(
        model="churn",
        as_of="2025-06-30",
        is_one=y,
        probability=probability,
        baselines={"inactivity": baseline, "nothing": np.full(len(y), 0.5)},
        periods={"judge": "2025-03-01", "horizon_days": 120},
        data={"rows": len(y)},
        segments={"young": np.arange(len(y)) < 400, "few": np.arange(len(y)) < 5},
    )


def test_grades_follow_the_gain_and_c_publishes_the_baseline():
    rng = np.random.default_rng(1)
    truth = rng.random(5000)
    y = (rng.random(5000) < truth).astype(int)
    weak = np.clip(truth + rng.normal(0, 0.5, 5000), 0.001, 0.999)
    good, bad = card(truth, weak, y), card(weak, truth, y)
    assert (good.grade, good.published, good.best_baseline) == ("A", "model", "inactivity")
    assert (bad.grade, bad.published) == ("C", "inactivity")
    assert card(truth, truth, y).grade == "C"
    assert [segment.segment for segment in good.segments] == ["young"]
    assert json.loads(good.to_json())["model_judgement"]["rows"] == 5000


@pytest.mark.parametrize("lost", [0, 3])
def test_too_few_lost_customers_are_no_proof(lost):
    # Three customers in perfect order have an AUC of 1 without any spread: that must not read as an A.
    y = np.repeat([1, 0], [lost, 500 - lost])
    found = card(y * 0.9, np.linspace(0, 1, 500), y)
    assert found.grade == "C"
    assert f"{lost} of the rarer outcome" in found.grade_reason
    assert json.loads(found.to_json())["grade"] == "C"


def test_grade_b_is_better_but_not_clearly():
    gain = auc_difference([1, 0], [1, 0], [1, 0])._replace(value=0.012, low=0.004, high=0.02)
    assert grade_of(gain, "inactivity")["grade"] == "B"


def test_replay_worked_by_hand():
    # By expected loss the model picks customers 1 and 2 (0.9 x 100, 0.8 x 50), the baseline 3 and 1.
    found = replay([1, 1, 0, 0], [0.9, 0.8, 0.1, 0.1], [100, 50, 60, 1], [0.5, 0.1, 0.9, 0.1], contacts=2)
    assert (found["lost_reached"], found["value_reached"]) == (2, 150)
    assert (found["lost_reached_by_baseline"], found["value_reached_by_baseline"]) == (1, 100)
    assert found["value_reached_at_random"] == 75
