"""Report cards of classes: recall and precision by hand, the paired gain, grades, and what is published."""

import json

import numpy as np
import pytest

from models.class_card import by_class, class_card


def card(actual, predicted, **baselines):
    return class_card(
        model="newcomers",
        as_of="2025-06-30",
        actual=actual,
        predicted=predicted,
        baselines=baselines,
        periods={},
        data={},
    )


def test_every_class_worked_by_hand():
    # Of two A one is found; B is said twice and right once; nobody is said to be C; D is said and never came.
    found = by_class(np.array(["A", "A", "B", "C"]), np.array(["A", "B", "B", "D"]))
    assert [each[:3] for each in found] == [("A", 2, 1), ("B", 1, 2), ("C", 1, 0), ("D", 0, 1)]
    assert [each.recall for each in found[:3]] == [0.5, 1.0, 0.0]
    assert [each.precision for each in (found[0], found[1], found[3])] == [1.0, 0.5, 0.0]
    assert np.isnan([found[3].recall, found[2].precision]).all()


def test_the_gain_is_paired():
    # Of 100 the model is right in 60, the baseline in 50 of the same: 10 gained, none lost.
    actual = np.repeat("A", 100)
    ours = np.repeat(["A", "B"], [60, 40])
    found = card(actual, ours, plain=np.repeat(["A", "B"], [50, 50]))
    assert found.accuracy_gain == pytest.approx(0.10)
    # Ten ones and ninety zeros: variance 0.09 x 100 / 99.
    assert found.accuracy_gain_low == pytest.approx(0.10 - 1.96 * np.sqrt(0.09 / 99))
    assert (found.grade, found.published) == ("A", "model")


def test_the_best_baseline_is_to_be_beaten_and_published_else():
    actual = np.repeat(["A", "B"], [30, 70])
    found = card(actual, np.repeat("B", 100), alike=np.repeat("B", 100), worse=np.repeat("A", 100))
    assert (found.grade, found.published, found.best_baseline) == ("C", "alike", "alike")
    assert found.model_judgement == (100, 0.7, 0.5)
    assert json.loads(found.to_json())["classes"][0]["precision"] is None


def test_better_but_not_clearly_is_b():
    actual = np.repeat("A", 4000)
    found = card(actual, np.repeat(["A", "B"], [2050, 1950]), plain=np.repeat(["A", "B"], [2000, 2000]))
    assert found.grade == "B"


def test_a_gain_that_may_be_chance_is_c():
    # Right where the baseline is wrong in 8 of 100, wrong where it is right in 5: 3 gained, give or take 7.
    actual = np.repeat("A", 100)
    ours, plain = np.repeat("A", 100), np.repeat("A", 100)
    plain[:8], ours[8:13] = "B", "B"
    found = card(actual, ours, plain=plain)
    assert found.accuracy_gain == pytest.approx(0.03)
    assert found.accuracy_gain_low < 0 < found.accuracy_gain_high
    assert (found.grade, found.published) == ("C", "plain")


def test_few_rows_are_too_little_to_judge_by():
    found = card(np.repeat("A", 49), np.repeat("A", 49), plain=np.repeat("B", 49))
    assert found.grade == "C"
    assert "49 rows" in found.grade_reason
    with pytest.raises(ValueError, match="against a baseline"):
        card(np.repeat("A", 49), np.repeat("A", 49))
