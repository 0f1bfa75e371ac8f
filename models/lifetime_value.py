"""Customer lifetime value: discounted margin over a set horizon, with an interval that a past period has calibrated."""

from typing import Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_is_fitted

from models.gamma_gamma import GammaGamma
from models.histories import Floats
from models.mbg_nbd import MbgNbd
from models.pareto_nbd import ParetoNbd

YEAR = 365.25
BLOCK = 20_000
LEVELS = np.arange(0.50, 0.991, 0.01)
SURE = 1.96  # standard errors


class LifetimeValue(BaseEstimator):
    """A model of how often and whether still, Gamma-Gamma for how much, discounted over the horizon.

    How often: Pareto/NBD, in which customers leave on any day, or MBG/NBD, in which they leave after an order, where
    the histories are likelier under it beyond chance. In neither is a one-time buyer alive for certain, as in BG/NBD.

    Rows of X are (x, t_x, T, orders, mean margin): repeat order days, days from the first order to the last, days from
    the first order to now; how many orders the mean is taken over, and the mean margin of one of them in money.

    Parameters
    ----------
    horizon : days ahead that count
    process : "mbg", "pareto" or "best", see `better_process`
    discount_rate : yearly, 0.1 is ten percent
    level : share of customers whose later value shall lie in their interval
    draws : simulated futures of each customer that the interval is read from
    seed : of the simulation; each customer's draws depend on the row's place in X

    Attributes
    ----------
    orders_, margin_ : the fitted `MbgNbd` or `ParetoNbd`, and `GammaGamma`
    log_likelihoods_ : of each process that was tried
    interval_level_ : nominal level the intervals are read at; `level` until `calibrate` has looked at a past period
    warnings_ : of both fits, in words

    Source: Fader, Hardie, Lee, "RFM and CLV: using iso-value curves for customer base analysis", JMR 42(4), 2005;
    which process: Vuong, "Likelihood ratio tests for model selection and non-nested hypotheses", Econometrica, 1989.
    """

    def __init__(
        self,
        *,
        horizon: float = 365.0,
        discount_rate: float = 0.10,
        process: Literal["best", "mbg", "pareto"] = "best",
        level: float = 0.9,
        draws: int = 200,
        seed: int = 0,
    ) -> None:
        self.horizon = horizon
        self.discount_rate = discount_rate
        self.process = process
        self.level = level
        self.draws = draws
        self.seed = seed

    def fit(self, X: Floats, y: object = None) -> Self:
        """Fit both parts to X (customers, 5)."""
        X = self._checked(X)
        tried = {
            name: maker(horizon=self.horizon).fit(X[:, :3])
            for name, maker in {"mbg": MbgNbd, "pareto": ParetoNbd}.items()
            if self.process in (name, "best")
        }
        if not tried:
            raise ValueError(f"process is best, mbg or pareto, got {self.process!r}")
        self.log_likelihoods_ = {name: model.log_likelihood_ for name, model in tried.items()}
        self.process_ = better_process(tried, X[:, :3])
        self.orders_: MbgNbd | ParetoNbd = tried[self.process_]
        self.margin_ = GammaGamma().fit(X[:, 3:])
        self.interval_level_ = self.level
        self.n_features_in_ = X.shape[1]
        self.warnings_ = self.orders_.warnings_ + self.margin_.warnings_
        return self

    def calibrate(self, X: Floats, later_value: Floats) -> Self:
        """Choose the nominal level at which intervals would have covered `level` of a past period's customers.

        Parameters
        ----------
        X : histories as of a past date, (customers, 5)
        later_value : margin of each in the horizon after that date, undiscounted or not as in `predict`

        The model is best fitted on what was known by that date. Source: conformal calibration by nested sets, Gupta,
        Kuchibhotla, Ramdas, "Nested conformal prediction", Pattern Recognition 127, 2022.
        """
        value = np.asarray(later_value, dtype=np.float64)
        covered = np.zeros(len(LEVELS))
        X = self._checked(X)
        for start in range(0, len(X), BLOCK):
            futures = np.sort(self._futures(X[start : start + BLOCK], start), axis=1)
            actual = value[start : start + BLOCK]
            for k, level in enumerate(LEVELS):
                low, high = bounds(futures, level)
                covered[k] += ((low <= actual) & (actual <= high)).sum()
        enough = np.flatnonzero(covered / len(X) >= self.level)
        self.interval_level_ = float(LEVELS[enough[0]] if len(enough) else LEVELS[-1])
        return self

    def predict(self, X: Floats) -> Floats:
        """Discounted margin expected of each customer within the horizon, in money."""
        check_is_fitted(self)
        X = self._checked(X)
        edges = np.linspace(0, self.horizon, max(2, round(self.horizon / 30.4)) + 1)
        orders = np.array([self.orders_.expected_orders(X[:, :3], edge) for edge in edges])
        middle = (edges[1:] + edges[:-1]) / 2
        discounted = (np.diff(orders, axis=0) * self._discount(middle)[:, None]).sum(axis=0)
        return discounted * self.margin_.predict(X[:, 3:])

    def predict_interval(self, X: Floats) -> tuple[Floats, Floats]:
        """Lower and upper end of the value of each customer, read from simulated futures."""
        check_is_fitted(self)
        X = self._checked(X)
        low, high = np.zeros(len(X)), np.zeros(len(X))
        for start in range(0, len(X), BLOCK):
            block = slice(start, start + BLOCK)
            futures = np.sort(self._futures(X[block], start), axis=1)
            low[block], high[block] = bounds(futures, self.interval_level_)
        return low, high

    def held_out_interval(self, X: Floats, later_value: Floats) -> tuple[Floats, Floats]:
        """The interval of each customer of a past period, at a level that the other half of the customers chose.

        What `calibrate` chose covers its own customers by construction; these intervals can miss, so that their
        coverage is a check. Every other row belongs to the other half. `interval_level_` stays as it was.

        Parameters
        ----------
        X, later_value : as for `calibrate`, two customers or more
        """
        X, value = self._checked(X), np.asarray(later_value, dtype=np.float64)
        half, kept = np.arange(len(X)) % 2, self.interval_level_
        low, high = np.zeros(len(X)), np.zeros(len(X))
        for own in (0, 1):
            self.calibrate(X[half != own], value[half != own])
            low[half == own], high[half == own] = self.predict_interval(X[half == own])
        self.interval_level_ = kept
        return low, high

    def total_interval(self, X: Floats) -> tuple[float, float]:
        """Interval of the sum over customers at `level`, whose chances are taken as independent."""
        X = self._checked(X)
        sums = np.zeros(self.draws)
        for start in range(0, len(X), BLOCK):
            sums += self._futures(X[start : start + BLOCK], start).sum(axis=0)
        low, high = np.quantile(sums, [(1 - self.level) / 2, (1 + self.level) / 2])
        return float(low), float(high)

    def _checked(self, X: Floats) -> Floats:
        X = check_array(X, dtype=np.float64)
        if X.shape[1] != 5:
            raise ValueError(f"rows are (x, t_x, T, orders, mean margin), got {X.shape[1]} columns")
        return X

    def _discount(self, day: Floats | float) -> Floats:
        return (1 + self.discount_rate) ** (-np.asarray(day) / YEAR)

    def _futures(self, X: Floats, stream: int) -> Floats:
        """Simulated discounted margins, (customers, draws)."""
        rng = np.random.default_rng([self.seed, stream])
        count = self.orders_.simulated_orders(X[:, :3], self.horizon, self.draws, rng)
        p, own, mean = self.margin_.p_, X[:, 3], np.where(X[:, 3] > 0, X[:, 4], 0)
        rate = self.margin_.gamma_ + own * np.maximum(mean, 0)
        scale = (rng.gamma(p * own + self.margin_.q_, 1, count.T.shape) / rate).T
        spent = rng.gamma(np.maximum(p * count, 1e-9)) / scale * (count > 0)
        # Somebody whose orders lose money stands outside Gamma-Gamma: the draws move by what `predict` makes of it.
        below = np.where(mean < 0, p * own * mean / np.maximum(p * own + self.margin_.q_ - 1, 1e-12), 0)
        return (spent + count * below[:, None]) * self._mean_discount()

    def _mean_discount(self) -> float:
        """Of an order somewhere in the horizon."""
        return float(self._discount(np.linspace(0, self.horizon, 101)).mean())


def better_process(tried: dict[str, MbgNbd | ParetoNbd], X: Floats) -> str:
    """The only process that was tried; of two MBG/NBD where it is likelier beyond chance, else Pareto/NBD.

    What the histories cannot tell apart may lie far apart a year on: where orders alone end in leaving, a silence is
    forgiven more easily. The story that asks less of people is kept until the other is shown to be better.
    """
    if len(tried) == 1:
        return next(iter(tried))
    gain = tried["mbg"].log_likelihoods(X) - tried["pareto"].log_likelihoods(X)
    return "mbg" if gain.sum() > SURE * np.sqrt(len(gain)) * gain.std() else "pareto"


def bounds(sorted_futures: Floats, level: float) -> tuple[Floats, Floats]:
    """Equal tails of sorted draws; where half of a tail or more is no order at all, zero and one upper tail.

    A lower end of zero takes in all of the customers who never return, so the upper tail alone carries the error.
    """
    draws = sorted_futures.shape[1]
    # Of n draws and the future itself any order is as likely: so far up and down, and n + 1 instead of n.
    tail = max(1, round((1 - level) / 2 * (draws + 1)))
    low, two_sided = sorted_futures[:, tail - 1], sorted_futures[:, draws - tail]
    one_sided = sorted_futures[:, min(draws, round(level * (draws + 1))) - 1]
    return low, np.where(low == 0, one_sided, two_sided)
