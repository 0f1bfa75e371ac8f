"""Report cards of amounts: the share of error saved and its interval, grades, segments, and forecasts replayed."""

import json

import numpy as np
import pytest

from models.amount_card import amount_card, forecast_card
from models.comparison import error_saved
from models.forecast import WeeklyForecast
from models.registry import Registry
from tests.models.test_forecast import many_weeks


def test_share_of_error_saved_worked_by_hand():
    # Errors 1, 1, 1, 1 against 2, 4, 2, 4: 8 of 12 saved.
    found = error_saved([0, 0, 0, 0], [1, 1, 1, 1], [2, 4, 2, 4])
    assert (found.first, found.second, found.value) == (1, 3, pytest.approx(2 / 3))
    # Two groups that are alike leave no doubt; of one group nothing can be said.
    alike = error_saved([0, 0, 0, 0], [1, 1, 1, 1], [2, 4, 2, 4], groups=[0, 0, 1, 1])
    assert (alike.low, alike.high) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert np.isnan(error_saved([0, 0], [1, 1], [2, 4], groups=[7, 7]).low)


@pytest.mark.parametrize("size", [1, 10])
def test_the_interval_covers_as_often_as_it_says_where_errors_go_together(size):
    rng, inside = np.random.default_rng(0), 0
    for _ in range(500):
        group = np.repeat(np.arange(40), size)
        ours, theirs = (scale * rng.exponential(1, 40)[group] for scale in (0.8, 1.0))
        found = error_saved(np.zeros(len(group)), ours, theirs, groups=group)
        inside += found.low <= 0.2 <= found.high
    assert inside / 500 == pytest.approx(0.95, abs=0.03)


def card(predicted, baseline, actual, **further):
    return amount_card(
        model="value",
        as_of="2025-06-30",
        predicted=predicted,
        actual=actual,
        baselines={"own average": baseline, "nothing": np.zeros(len(actual))},
        periods={"judge": "2024-06-30", "horizon_days": 365},
        data={"rows": len(actual)},
        **further,
    )


def test_grades_follow_the_error_saved_and_c_publishes_the_baseline():
    rng = np.random.default_rng(0)
    actual = rng.gamma(2, 50, 4000)
    near, far = actual + rng.normal(0, 20, 4000), actual + rng.normal(0, 40, 4000)
    good = card(near, far, actual, interval=(near - 30, near + 30), segments={"young": np.arange(4000) < 400})
    assert (good.grade, good.published, good.best_baseline) == ("A", "model", "own average")
    assert good.error_saved == pytest.approx(0.5, abs=0.03)
    assert good.interval_coverage == pytest.approx(0.866, abs=0.02)  # within 1.5 standard deviations
    assert good.segments["young"].rows == 400
    bad = card(far, near, actual)
    assert (bad.grade, bad.published) == ("C", "own average")
    assert json.loads(bad.to_json())["interval_coverage"] is None
    slightly = card(near + 0, actual + rng.normal(0, 20.9, 4000), actual)
    assert slightly.grade == "B"


def test_few_customers_are_no_proof():
    actual = np.arange(1.0, 21)
    found = card(actual, actual * 2, actual)
    assert found.grade == "C"
    assert "20 rows" in found.grade_reason


def test_forecast_is_judged_on_its_past_origins_and_stored_with_its_card(tmp_path):
    model = WeeklyForecast(ahead=4).fit(many_weeks(156, 1, series=3))
    found = forecast_card(model, as_of="2025-06-30", names=("all", "A", "B"), periods={}, data={})
    assert found.grade in ("A", "B")
    assert set(found.segments) == {"all", "A", "B"}
    # Each series in units of its naive error: the baseline's mean error is 1 but for the weights of the series.
    assert found.baseline_judgements["seasonal naive"].mean_absolute_error == pytest.approx(1)
    assert found.interval_coverage == model.coverage_
    assert Registry(tmp_path).save("forecast", model, found).card()["grade"] == found.grade


def test_noise_without_a_season_that_lasts_is_not_called_better():
    # Each week as the one before, plus noise: a walk, where nothing foretells better than the last week.
    rng = np.random.default_rng(3)
    walk = 1000 + rng.normal(0, 10, (40, 2)).cumsum(axis=0)
    model = WeeklyForecast(ahead=4, origins=20).fit(walk)
    found = forecast_card(model, as_of="2025-06-30", names=("all", "A"), periods={}, data={})
    assert found.grade == "C"
    assert found.published == "seasonal naive"
    assert model.naive_ == pytest.approx(np.repeat(walk[-1:], 4, axis=0))
