"""Forecast: better than the seasonal naive where there is something to know, and intervals that hold on later weeks."""

import numpy as np
import pytest

from models.forecast import WeeklyForecast, conformal_quantile, damped_trend, level, seasonal_naive


def weeks(count: int, seed: int, growth: float = 0.002) -> np.ndarray:
    """Three series with growth, a season of 52 weeks and noise of a tenth."""
    rng = np.random.default_rng(seed)
    t = np.arange(count)[:, None]
    season = 1 + 0.3 * np.sin(2 * np.pi * (t + np.array([0, 10, 20])) / 52)
    return np.array([1000, 300, 80]) * (1 + growth * t) * season * rng.normal(1, 0.1, (count, 3))


def many_weeks(count: int, seed: int, series: int = 60) -> np.ndarray:
    """Series of many sizes, each in its own phase of the season: one bad week does not decide about all of them."""
    rng = np.random.default_rng(seed)
    t = np.arange(count)[:, None]
    season = 1 + 0.3 * np.sin(2 * np.pi * (t + rng.uniform(0, 52, series)) / 52)
    return 10 ** rng.uniform(2, 3, series) * (1 + 0.002 * t) * season * rng.normal(1, 0.1, (count, series))


def test_seasonal_naive_worked_by_hand():
    past = np.array([[1.0], [2], [3], [4], [5]])
    assert seasonal_naive(past, 4, 3).ravel().tolist() == [3, 4, 5, 3]
    assert seasonal_naive(past, 2, 52).ravel().tolist() == [5, 5]


def test_a_constant_is_foretold_as_itself():
    past = np.full((60, 2), 7.0)
    for make in (level, damped_trend):
        assert make(past, 3, 52) == pytest.approx(np.full((3, 2), 7.0))


def test_it_beats_the_seasonal_naive_on_past_origins():
    model = WeeklyForecast().fit(weeks(156, 1))
    assert (model.error_ < model.naive_error_).all()


@pytest.mark.parametrize("known", [70, 104, 156])
def test_intervals_hold_on_weeks_to_come(known):
    inside = []
    for seed in range(3):
        whole = many_weeks(known + 8, seed)
        model = WeeklyForecast(ahead=8).fit(whole[:known])
        inside.append((model.low_ <= whole[known:]) & (whole[known:] <= model.high_))
        assert model.coverage_ == pytest.approx(0.90, abs=0.04)
    assert np.mean(inside) == pytest.approx(0.90, abs=0.03)


def test_later_weeks_change_nothing():
    whole = weeks(164, 3)
    assert np.array_equal(
        WeeklyForecast().fit(whole[:150]).forecast_, WeeklyForecast().fit(whole[:164][:150]).forecast_
    )


def test_short_histories_are_said_and_foretold():
    model = WeeklyForecast().fit(weeks(20, 0))
    assert np.isfinite(model.forecast_).all()
    assert any("no whole season" in text for text in model.warnings_)


def test_conformal_quantile_worked_by_hand():
    # Nine errors: with the coming one ten places, so the largest holds with 9 in 10.
    assert conformal_quantile(np.arange(1.0, 10.0), 0.9) == 9
    assert conformal_quantile(np.arange(1.0, 10.0), 0.5) == 5


def test_replayed_coverage_knows_nothing_of_weeks_to_come():
    # Errors of 1, but week 19 goes wrong by 100: foretold at origin 18 as the second week, at origin 19 as the first.
    errors = np.ones((20, 2, 1))
    errors[18, 1] = errors[19, 0] = 100
    # Of origins 10 to 19 both forecasts of that week lie outside, as neither origin could know of it: 18 of 20.
    assert WeeklyForecast(ahead=2, level=0.99)._replayed_coverage(errors) == pytest.approx(0.9)
