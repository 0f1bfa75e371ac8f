"""Time that runs faster when more is bought: so that a silence in summer is not taken for a farewell."""

from datetime import date
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_is_fitted

from models.histories import Floats

LEAST_MONTHS = 24
EPOCH = date(1970, 1, 1).toordinal()


class SeasonalClock(BaseEstimator):
    """How much more or less is bought in each month of the year than in the mean month, as a clock for histories.

    The processes of `BgNbd` and `ParetoNbd` let a customer order at one rate all year. Where December brings twice the
    orders of July, whoever is looked at in the new year seems livelier than they are, and newcomers of the autumn most
    of all. Counted in seasonal days, of which a year has as many as of days, the rate is one again.

    Attributes
    ----------
    index_ : (12,), of January to December; all 1 where there are fewer than two whole years
    warnings_ : in words

    Source: ratio to the centred moving average: Macaulay, "The smoothing of time series", NBER, 1931; time that runs
    with the rate of a Poisson process: Cox, Isham, "Point processes", 1980, section 4.2.
    """

    def fit(self, X: Floats, y: object = None) -> Self:
        """Learn from X (days, 2): day number as of `date.toordinal`, orders on it; a day that is left out had none."""
        X = check_array(X, dtype=np.float64, ensure_min_features=2)
        self.n_features_in_, self.index_ = X.shape[1], np.ones(12)
        self.warnings_: tuple[str, ...] = ()
        months, rates = monthly_rates(X[:, 0].astype(np.int64), X[:, 1])
        if len(rates) < LEAST_MONTHS or (rates <= 0).any():
            whole = len(rates)
            self.warnings_ = (f"{whole} whole months, {LEAST_MONTHS} with orders are needed: no season is learnt",)
            return self
        weights = np.array([0.5, *[1.0] * 11, 0.5]) / 12
        usual = np.convolve(rates, weights, mode="valid")
        ratio, month = rates[6:-6] / usual, months[6:-6] % 12
        self.index_ = np.bincount(month, ratio, minlength=12) / np.bincount(month, minlength=12)
        self.index_ = of_mean_one(self.index_)
        return self

    def elapsed(self, after: Floats | int, until: Floats | int) -> Floats:
        """Seasonal days in (after, until], both day numbers; a number for each pair."""
        check_is_fitted(self, "index_")
        after, until = np.broadcast_arrays(np.asarray(after, dtype=np.int64), np.asarray(until, dtype=np.int64))
        lowest = int(after.min())
        days = np.arange(lowest + 1, max(int(until.max()), lowest) + 1) - EPOCH
        month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
        passed = np.append(0.0, self.index_[month].cumsum())
        return passed[until - lowest] - passed[after - lowest]

    def transform(self, X: Floats, as_of: int) -> Floats:
        """Histories with their days counted by this clock; further columns stay.

        Parameters
        ----------
        X : rows that begin with (x, t_x, T) in whole days, as for `BgNbd` and `LifetimeValue`
        as_of : the day they are known of, as of `date.toordinal`; T days before it was the first order
        """
        X = np.array(X, dtype=np.float64)
        first = as_of - X[:, 2].astype(np.int64)
        last = first + X[:, 1].astype(np.int64)
        X[:, 1], X[:, 2] = self.elapsed(first, last), self.elapsed(first, as_of)
        return X


def of_mean_one(index: Floats) -> Floats:
    """The index of the months so that a year has as many seasonal days as days."""
    days = np.diff(np.arange("2001-01", "2002-02", dtype="datetime64[M]").astype("datetime64[D]").astype(np.int64))
    return np.asarray(index * 365 / (index * days).sum())


def monthly_rates(day: Floats, orders: Floats) -> tuple[Floats, Floats]:
    """Whole calendar months between the first and the last day (number since 1970) and orders a day in each."""
    day = day - EPOCH
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    whole = np.arange(month.min(), month.max() + 1)
    starts = np.append(whole, whole[-1] + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    rates = np.bincount(month - whole[0], orders, minlength=len(whole)) / np.diff(starts)
    is_whole = (starts[:-1] >= day.min()) & (starts[1:] <= day.max() + 1)
    return whole[is_whole], rates[is_whole]
