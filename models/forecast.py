"""Weekly orders and revenue for the weeks ahead, with intervals that past forecasts have earned."""

from collections.abc import Callable
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_is_fitted

from models.histories import Floats

Forecaster = Callable[[Floats, int, int], Floats]
SMOOTHING = (0.1, 0.2, 0.4, 0.7)
DAMPING = 0.9
RECENT = 8


def seasonal_naive(past: Floats, ahead: int, season: int) -> Floats:
    """Each week as the same week a season ago; where there is no season yet, as the last week. (ahead, series)."""
    if len(past) < season:
        return np.repeat(past[-1:], ahead, axis=0)
    return past[len(past) - season + np.arange(ahead) % season]


def seasonal_growth(past: Floats, ahead: int, season: int) -> Floats:
    """The same week a season ago, times how the last weeks compare with theirs; shrunk, as few weeks say little."""
    if len(past) < season + RECENT:
        return level(past, ahead, season)
    then = past[len(past) - season - RECENT : len(past) - season].sum(axis=0)
    now = past[-RECENT:].sum(axis=0)
    growth = np.where(then > 0, (now + then * 0.25) / np.maximum(then * 1.25, 1e-12), 1.0)
    week = len(past) - season + np.arange(ahead) % season
    # Over three weeks: one odd week a season ago should not come back whole.
    base = np.mean([past[np.minimum(week + shift, len(past) - 1)] for shift in (-1, 0, 1)], axis=0)
    return base * np.clip(growth, 0.2, 5)


def level(past: Floats, ahead: int, season: int) -> Floats:
    """Exponential smoothing without trend; the smoothing that would have foretold each next week best."""
    alpha = np.array(SMOOTHING)[:, None]
    state = np.repeat(past[:1], len(SMOOTHING), axis=0)
    error = np.zeros_like(state)
    for week in past[1:]:
        surprise = week - state
        error += np.abs(surprise)
        state = state + alpha * surprise
    best = np.take_along_axis(state, error.argmin(axis=0)[None, :], axis=0)
    return np.repeat(best, ahead, axis=0)


def damped_trend(past: Floats, ahead: int, season: int) -> Floats:
    """Exponential smoothing with a damped trend: Gardner, McKenzie, Management Science 31(10), 1985."""
    alpha = np.array(SMOOTHING)[:, None]
    state = np.repeat(past[:1], len(SMOOTHING), axis=0)
    trend, error = np.zeros_like(state), np.zeros_like(state)
    for week in past[1:]:
        surprise = week - state - DAMPING * trend
        error += np.abs(surprise)
        state = state + DAMPING * trend + alpha * surprise
        trend = DAMPING * trend + alpha / 4 * alpha * surprise
    best = error.argmin(axis=0)[None, :]
    steps = np.cumsum(DAMPING ** np.arange(1, ahead + 1))[:, None]
    return np.take_along_axis(state, best, axis=0) + steps * np.take_along_axis(trend, best, axis=0)


FORECASTERS: dict[str, Forecaster] = {
    "seasonal naive": seasonal_naive,
    "seasonal growth": seasonal_growth,
    "level": level,
    "damped trend": damped_trend,
}


class WeeklyForecast(BaseEstimator):
    """A weighted mean of simple forecasters, each weighted by its past errors; intervals from the errors of the whole.

    Everything is judged by replaying the past: at each of the last `origins` weeks the forecast is made from what was
    known then, with weights from errors known then.

    Parameters
    ----------
    ahead : weeks to foretell
    season : weeks in a season
    origins : past weeks to replay
    level : share of later weeks that shall lie in their interval

    Attributes
    ----------
    forecast_, low_, high_ : (ahead, series)
    error_, naive_error_ : (series,) mean absolute error over the replayed forecasts, ours and the seasonal naive's
    naive_ : (ahead, series), the seasonal naive forecast, to be published where this one is not better
    replayed_, replayed_naive_, replayed_actual_ : (origins, ahead, series): what both had said at each past origin and
        what came, nan where it has not come yet
    coverage_ : share of replayed weeks inside intervals made from errors known before
    weights_ : (forecasters, series), in the order of `FORECASTERS`
    warnings_ : in words

    Source: combining: Bates, Granger, Operational Research Quarterly 20(4), 1969; intervals: split conformal, Vovk,
    Gammerman, Shafer, "Algorithmic learning in a random world", 2005, over rolling origins.
    """

    def __init__(self, *, ahead: int = 8, season: int = 52, origins: int = 40, level: float = 0.9) -> None:
        self.ahead = ahead
        self.season = season
        self.origins = origins
        self.level = level

    def fit(self, X: Floats, y: object = None) -> Self:
        """Learn from X (weeks, series), complete weeks without gaps, none below zero of what cannot be."""
        X = check_array(X, dtype=np.float64, ensure_min_samples=4)
        self.n_features_in_ = X.shape[1]
        weeks = len(X)
        first = max(3, weeks - self.origins - self.ahead)
        made = {origin: self._all(X[:origin]) for origin in [*range(first, weeks), weeks]}
        mixed, self.weights_ = {}, np.ones((len(FORECASTERS), X.shape[1])) / len(FORECASTERS)
        for origin, forecasts in made.items():
            self.weights_ = self._weights(X, made, origin)
            mixed[origin] = (self.weights_[:, None, :] * forecasts).sum(axis=0)
        self.forecast_ = mixed[weeks]
        naive = {origin: forecasts[0] for origin, forecasts in made.items()}
        self.naive_ = naive[weeks]
        origins = [origin for origin in made if origin < weeks]
        self.replayed_ = np.array([mixed[origin] for origin in origins])
        self.replayed_naive_ = np.array([naive[origin] for origin in origins])
        self.replayed_actual_ = self._actual(X, origins)
        errors = self.replayed_actual_ - self.replayed_
        self.error_ = mean_of(np.abs(errors))
        self.naive_error_ = mean_of(np.abs(self.replayed_actual_ - self.replayed_naive_))
        relative = errors / scales(X, origins)[:, None, :]
        self.coverage_ = self._replayed_coverage(relative)
        reach = self._reach(relative) * scale_of(X)
        floor = np.where((X >= 0).all(axis=0), 0.0, -np.inf)
        self.low_ = np.maximum(self.forecast_ - reach, floor)
        self.high_ = self.forecast_ + reach
        self.warnings_ = self._warnings(weeks)
        return self

    def _all(self, past: Floats) -> Floats:
        """Every forecaster's weeks, (forecasters, ahead, series)."""
        return np.array([make(past, self.ahead, self.season) for make in FORECASTERS.values()])

    def _weights(self, X: Floats, made: dict[int, Floats], origin: int) -> Floats:
        """Inverse squared mean errors over forecasts whose weeks were known by `origin`; equal before there are any."""
        total, count = np.zeros((len(FORECASTERS), X.shape[1])), 0
        for past, forecasts in made.items():
            known = min(self.ahead, origin - past)
            if known > 0:
                total += np.abs(forecasts[:, :known] - X[past : past + known]).sum(axis=1)
                count += known
        if count == 0:
            return np.full(total.shape, 1 / len(FORECASTERS))
        inverse = 1 / np.maximum(total / count, 1e-9) ** 2
        return inverse / inverse.sum(axis=0)

    def _actual(self, X: Floats, origins: list[int]) -> Floats:
        """The weeks after each origin, (origins, ahead, series); nan where the week has not come yet."""
        later = np.vstack([X, np.full((self.ahead, X.shape[1]), np.nan)])
        return np.array([later[origin : origin + self.ahead] for origin in origins])

    def _reach(self, relative: Floats) -> Floats:
        """Half-width of the interval in units of the scale, (ahead, series); errors a week nearer or further count."""
        result = np.zeros(relative.shape[1:])
        for step in range(relative.shape[1]):
            near = np.abs(relative[:, max(0, step - 1) : step + 2]).reshape(-1, relative.shape[2])
            result[step] = [conformal_quantile(column[~np.isnan(column)], self.level) for column in near.T]
        return result

    def _replayed_coverage(self, relative: Floats) -> float:
        """Share of replayed weeks whose error was within the reach known at their origin."""
        inside, count = 0, 0
        for row in range(max(self.ahead, 10), len(relative)):
            known = relative[:row].copy()
            # Weeks that had not come by this origin are not known yet.
            for back in range(1, min(self.ahead, row) + 1):
                known[row - back, back:] = np.nan
            here = np.abs(relative[row])
            is_known = ~np.isnan(here)
            inside += int((here <= self._reach(known))[is_known].sum())
            count += int(is_known.sum())
        return inside / count if count else float("nan")

    def _warnings(self, weeks: int) -> tuple[str, ...]:
        found = []
        if weeks < self.season + self.ahead:
            found.append(f"{weeks} weeks: no whole season to learn from, the forecast is a level")
        if weeks < self.origins:
            found.append(f"{weeks} weeks: the intervals rest on few past forecasts")
        return tuple(found)

    def predict(self, X: object = None) -> Floats:
        """The weeks ahead, (ahead, series)."""
        check_is_fitted(self, "forecast_")
        return self.forecast_


def conformal_quantile(errors: Floats, share: float) -> float:
    """The smallest error that `share` of errors and the coming one stay within; the largest where there are too few."""
    if len(errors) == 0:
        return float("inf")
    place = int(np.ceil(share * (len(errors) + 1))) - 1
    return float(np.sort(errors)[min(place, len(errors) - 1)])


def scale_of(past: Floats) -> Floats:
    """How large a week's error may be expected to be: the mean of the last weeks, and never nothing."""
    return np.maximum(np.abs(past[-RECENT:]).mean(axis=0), 1e-9 + 0.01 * np.abs(past).mean(axis=0))


def scales(X: Floats, origins: list[int]) -> Floats:
    """`scale_of` at each origin, (origins, series)."""
    return np.array([scale_of(X[:origin]) for origin in origins])


def mean_of(errors: Floats) -> Floats:
    """Mean over origins and weeks of those that are known, by series."""
    known = ~np.isnan(errors)
    return np.where(known, errors, 0).sum(axis=(0, 1)) / np.maximum(known.sum(axis=(0, 1)), 1)
