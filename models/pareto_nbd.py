"""Pareto/NBD: customers order while they stay and may leave on any day, also between orders."""

from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, psi
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from models.histories import Floats, Grouped, check_histories, grouped, thin_data_warnings

NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2
LIMIT = 14.0
TINY = 1e-300


class ParetoNbd(BaseEstimator):
    """The Pareto/NBD by maximum likelihood on grouped identical histories (x, t_x, T), as of `BgNbd`.

    Orders come at rate lambda ~ Gamma(r, alpha) until a lifetime of rate mu ~ Gamma(s, beta) is over. Leaving needs no
    order, so a one-time buyer who has been silent for long has probably left.

    Attributes
    ----------
    r_, alpha_, s_, beta_ : learned parameters; alpha_ and beta_ in the unit of time
    log_likelihood_, warnings_, is_converged_

    Source: Schmittlein, Morrison, Colombo, "Counting Your Customers: who are they and what will they do next?",
    Management Science 33(1), 1987; Fader, Hardie, "A note on deriving the Pareto/NBD model", 2005 (FH).
    """

    def __init__(self, *, horizon: float = 365.0, unit_days: float = 1.0) -> None:
        self.horizon = horizon
        self.unit_days = unit_days

    def fit(self, X: Floats, y: object = None, sample_weight: Floats | None = None) -> Self:
        """Find the parameters of the highest likelihood for histories X (customers, 3)."""
        X = check_histories(X)
        self.n_features_in_ = X.shape[1]
        scale = float(X[:, 2].mean()) or 1.0
        data = grouped(X[:, :3], sample_weight)
        data = data._replace(t_x=data.t_x / scale, age=data.age / scale)
        customers = float(data.weight.sum())

        def downhill(theta: Floats) -> tuple[float, Floats]:
            value, gradient = log_likelihood(np.exp(np.clip(theta, -LIMIT, LIMIT)), data)
            return -value / customers, -gradient / customers

        options = {"gtol": 1e-7, "ftol": 1e-14, "maxiter": 500, "maxcor": 20}
        found = minimize(downhill, np.zeros(4), jac=True, method="L-BFGS-B", options=options)
        self.is_converged_ = bool(np.abs(found.jac).max() < 1e-4)
        self.log_likelihood_ = float(-found.fun * customers - (data.weight * data.x).sum() * np.log(scale))
        self.r_, alpha, self.s_, beta = (float(v) for v in np.exp(found.x))
        self.alpha_, self.beta_ = alpha * scale, beta * scale
        warnings = thin_data_warnings(customers, float(X[:, 2].max()) * self.unit_days)
        flat = np.abs(found.x).max() > LIMIT - 2 or not self.is_converged_
        self.warnings_ = warnings + (("the likelihood of Pareto/NBD has no clear top",) if flat else ())
        return self

    def _known(self, X: Floats) -> tuple[Floats, Floats, Floats]:
        check_is_fitted(self)
        X = check_histories(X)
        return X[:, 0], X[:, 1], X[:, 2]

    def log_likelihoods(self, X: Floats) -> Floats:
        """The logarithm of the density of each history: that of being there after it, over P(alive)."""
        x, _, age = self._known(X)
        r, alpha = self.r_, self.alpha_
        stays = self.s_ * np.log(self.beta_ / (self.beta_ + age))
        orders = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + age)
        return orders + stays - np.log(np.maximum(self.probability_alive(X), TINY))

    def probability_alive(self, X: Floats) -> Floats:
        """P(alive at T | x, t_x, T): alive and silent since t_x, against left since."""
        x, t_x, age = self._known(X)
        m = self.r_ + x
        still = ((self.alpha_ + t_x) / (self.alpha_ + age)) ** m * (self.beta_ / (self.beta_ + age)) ** self.s_
        return still / (still + leaving(m, self.s_, self.alpha_, self.beta_, t_x, age)[0])

    def expected_orders(self, X: Floats, time: float) -> Floats:
        """E[Y(t) | x, t_x, T]: orders within `time` from now on."""
        x, _, age = self._known(X)
        return self.probability_alive(X) * (self.r_ + x) / (self.alpha_ + age) * self._days_left(age, time)

    def _days_left(self, age: Floats | float, time: float) -> Floats:
        """Time that somebody alive at `age` is expected to stay within `time`."""
        beta = self.beta_ + np.asarray(age, dtype=np.float64)
        k = self.s_ - 1 if abs(self.s_ - 1) > 1e-7 else 1e-7
        return beta / k * -np.expm1(-k * np.log1p(time / beta))

    def expected_orders_of_new(self, time: float) -> float:
        """E[X(t)]: repeat orders within `time` of the first."""
        check_is_fitted(self)
        return float(self.r_ / self.alpha_ * self._days_left(0.0, time))

    def probability_of_no_order(self, X: Floats, time: float) -> Floats:
        """P(Y(t) = 0 | x, t_x, T): left already, or alive and silent until `time` or until leaving."""
        x, _, age = self._known(X)
        m, alpha, beta = self.r_ + x, self.alpha_ + age, self.beta_ + age
        silent = (alpha / (alpha + time)) ** m * (beta / (beta + time)) ** self.s_
        silent = silent + leaving(m, self.s_, alpha, beta, np.zeros(len(m)), np.full(len(m), float(time)))[0]
        return 1 - self.probability_alive(X) * (1 - silent)

    def simulated_orders(self, X: Floats, time: float, draws: int, rng: np.random.Generator) -> Floats:
        """Orders within `time` in simulated futures, (customers, draws)."""
        x, _, age = self._known(X)
        shape = (draws, len(x))
        is_alive = rng.random(shape) < self.probability_alive(X)
        rate = rng.gamma(self.r_ + x, 1 / (self.alpha_ + age), shape)
        leave = rng.gamma(self.s_, 1 / (self.beta_ + age), shape)
        stays = np.minimum(rng.exponential(1.0, shape) / np.maximum(leave, 1e-300), time)
        return (rng.poisson(rate * stays) * is_alive).T

    def predict(self, X: Floats) -> Floats:
        """Orders expected within `horizon`."""
        return self.expected_orders(X, self.horizon)


def leaving(
    m: Floats, s: float, alpha: Floats | float, beta: Floats | float, start: Floats, end: Floats
) -> list[Floats]:
    """The chance of leaving between two times, in silence since the first of them, and its derivatives.

    Integral of s beta^s / (beta + u)^(s + 1) x ((alpha + start) / (alpha + u))^m over u from `start` to `end`: FH
    write it with hypergeometric functions, which are slow and lose digits for frequent buyers. Gauss-Legendre in a
    variable in which the silence is a straight line needs 24 nodes. The derivatives are by m, alpha, s and beta.
    """
    sums = [np.zeros(len(m)) for _ in range(5)]
    for story in stories(m, s, alpha, beta, start, end):
        first, u, stretch, decay, mass = story
        terms = (1.0, -stretch, m * (1 / first - 1 / (alpha + u)), 1 / s + decay, s / beta - (s + 1) / (beta + u))
        sums = [total + mass * term for total, term in zip(sums, terms, strict=True)]
    return sums


class Story(NamedTuple):
    """Customers who left at some moment of a silence; each field has one number a customer, or one for all."""

    first: Floats | float  # alpha + start of the silence
    left_at: Floats
    stretch: Floats  # logarithm of (alpha + left_at) / first
    decay: Floats  # logarithm of beta / (beta + left_at)
    chance: Floats  # of the story


def stories(
    m: Floats, s: float, alpha: Floats | float, beta: Floats | float, start: Floats, end: Floats
) -> Iterator[Story]:
    """The moments that `leaving` sums over, each with its chance."""
    first = alpha + start
    k = np.where(np.abs(m - 1) < 1e-9, 1e-9, m - 1)
    width = -np.expm1(-k * np.log((alpha + end) / first))
    front = s * first * width / k
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        stretch = -np.log1p(-node * width) / k
        u = first * np.exp(stretch) - alpha
        decay = np.log(beta / (beta + u))
        yield Story(first, u, stretch, decay, weight * front * np.exp(s * decay) / (beta + u))


def log_likelihood(theta: Floats, data: Grouped) -> tuple[float, Floats]:
    """The log-likelihood of FH, and its gradient by the logarithms of r, alpha, s, beta."""
    r, alpha, s, beta = theta
    m = r + data.x
    last, now = alpha + data.t_x, alpha + data.age
    log_silent, log_stay = np.log(last / now), np.log(beta / (beta + data.age))
    stays = np.exp(m * log_silent + s * log_stay)
    dead, dead_r, dead_alpha, dead_s, dead_beta = leaving(m, s, alpha, beta, data.t_x, data.age)
    both = stays + dead
    of_level = gammaln(r + data.level_x) - gammaln(r) + r * np.log(alpha)
    value = (data.level_weight * of_level).sum() + (data.weight * (np.log(both) - m * np.log(last))).sum()
    w, each = data.weight / both, data.weight
    n = data.level_weight
    by_r = (n * (psi(r + data.level_x) - psi(r) + np.log(alpha))).sum() - (each * np.log(last)).sum()
    by_r += (w * (stays * log_silent + dead_r)).sum()
    by_alpha = (n * r / alpha).sum() - (each * m / last).sum()
    by_alpha += (w * (stays * m * (1 / last - 1 / now) + dead_alpha)).sum()
    by_s = (w * (stays * log_stay + dead_s)).sum()
    by_beta = (w * (stays * s * (1 / beta - 1 / (beta + data.age)) + dead_beta)).sum()
    return float(value), np.array([r * by_r, alpha * by_alpha, s * by_s, beta * by_beta])
