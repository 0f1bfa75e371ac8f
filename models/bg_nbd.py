"""BG/NBD: how often customers order while they stay, and when they silently leave."""

from typing import Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, expit, gammaln
from scipy.stats import norm
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from models import beta_geometric as formulas
from models.beta_geometric import Parameters
from models.histories import Floats, Grouped, check_histories, grouped, thin_data_warnings

NAMES = ("r", "alpha", "a", "b")
SMALL_PART = 20_000
TINY = 1e-300
LIMIT = 14.0  # of the logarithm of a parameter: beyond it the likelihood is flat


class BgNbd(BaseEstimator):
    """BG/NBD by maximum likelihood on grouped identical histories.

    A history is (x, t_x, T): repeat orders, time of the last one and time observed, both since the first order, in one
    unit of time. Orders on one day are one. Further columns are covariates z that do not change with time, which act as
    alpha exp(-z g1), a exp(z g2), b exp(z g3).

    A customer without a repeat order is alive for certain by this model: there was no chance to leave. `MbgNbd` is the
    one to use for deciding; this one is kept for the published figures.

    Parameters
    ----------
    horizon : time ahead, in the unit of the histories, that `predict` counts orders in
    unit_days : days in one unit of time; only the warning of a short history needs it
    penalty : weight of the sum of squared log-parameters and coefficients, per customer; 0 is plain maximum likelihood

    Attributes
    ----------
    r_, alpha_, a_, b_ : learned parameters; alpha_ in the unit of time
    coefficients_ : (3, covariates): g1, g2, g3
    log_likelihood_ : of all customers
    covariance_ : of the logarithms of the four parameters, then the coefficients, from the observed information
    warnings_ : what makes the fit doubtful, in words
    n_histories_, is_converged_

    Source: Fader, Hardie, Lee, "Counting Your Customers the Easy Way", Marketing Science 24(2), 2005, eq. (6) to (10);
    covariates: Fader, Hardie, "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models", 2007.
    """

    chances_at_first = 0

    def __init__(self, *, horizon: float = 365.0, unit_days: float = 1.0, penalty: float = 0.0) -> None:
        self.horizon = horizon
        self.unit_days = unit_days
        self.penalty = penalty

    def fit(self, X: Floats, y: object = None, sample_weight: Floats | None = None) -> Self:
        """Find the parameters of the highest likelihood for histories X (customers, 3 + covariates)."""
        X = check_histories(X)
        self.n_features_in_ = X.shape[1]
        # Time in units of the mean age: the parameters are then near 1 whatever the unit.
        scale = float(X[:, 2].mean()) or 1.0
        covariates = X.shape[1] - 3
        data = grouped(X, sample_weight)
        data = data._replace(t_x=data.t_x / scale, age=data.age / scale)
        start, shape = np.zeros(4 + 3 * covariates), np.eye(4 + 3 * covariates)
        if len(data.x) > 2 * SMALL_PART:
            # A part finds the neighbourhood and the shape of the hill; the whole then needs a few steps.
            start = self._climb(part_of(data), start, shape)
            shape = rounded(self._hessian(part_of(data), start))
        theta = self._climb(data, start, shape)
        value, _ = self._downhill(theta, data)
        hessian = self._hessian(data, theta)
        value -= self.penalty * float(theta @ theta)
        customers = float(data.weight.sum())
        # In a unit `scale` times as long, each of the x orders had a density `scale` times as high.
        self.log_likelihood_ = -value * customers - float((data.weight * data.x).sum()) * np.log(scale)
        self.covariance_ = np.linalg.pinv(hessian * customers, hermitian=True)
        theta[1] += np.log(scale)
        self.r_, self.alpha_, self.a_, self.b_ = (float(v) for v in np.exp(theta[:4]))
        self.coefficients_ = theta[4:].reshape(3, covariates)
        self.n_histories_ = len(data.x)
        self.warnings_ = self._warnings(customers, float(data.age.max()) * scale, theta)
        return self

    def _climb(self, data: Grouped, start: Floats, shape: Floats) -> Floats:
        """The log-parameters and coefficients at the top, by steps in coordinates that `shape` makes round."""

        def downhill(u: Floats) -> tuple[float, Floats]:
            value, gradient = self._downhill(start + shape @ u, data)
            return value, shape.T @ gradient

        options = {"gtol": 1e-7, "ftol": 1e-15, "maxiter": 500, "maxcor": 20}
        found = minimize(downhill, np.zeros(len(start)), jac=True, method="L-BFGS-B", options=options)
        self.is_converged_ = bool(np.abs(found.jac).max() < 1e-4)
        return start + shape @ found.x

    def _downhill(self, theta: Floats, data: Grouped) -> tuple[float, Floats]:
        """Minus the log-likelihood per customer, and its gradient."""
        kept = np.clip(theta, -LIMIT, LIMIT)
        value, parts = formulas.log_likelihood(at(kept, data.level_z), data, self.chances_at_first)
        of_covariates = [sign * part @ data.level_z for sign, part in zip((-1, 1, 1), parts[1:], strict=True)]
        gradient = np.concatenate([[part.sum() for part in parts], *of_covariates])
        customers = data.weight.sum()
        return (
            -value / customers + self.penalty * float(theta @ theta),
            -gradient / customers + 2 * self.penalty * theta,
        )

    def _hessian(self, data: Grouped, theta: Floats, step: float = 1e-5) -> Floats:
        """Second derivatives of `_downhill`, from differences of its exact gradient."""
        here = self._downhill(theta, data)[1]
        rows = np.array([self._downhill(theta + step * e, data)[1] - here for e in np.eye(len(theta))]) / step
        return (rows + rows.T) / 2

    def _warnings(self, customers: float, longest: float, theta: Floats) -> tuple[str, ...]:
        """What makes this fit doubtful, in words."""
        found = list(thin_data_warnings(customers, longest * self.unit_days))
        if not self.is_converged_:
            found.append("the likelihood has no clear top")
        spread = np.sqrt(np.maximum(np.diag(self.covariance_)[:4], 0))
        for name, value, error in zip(NAMES, theta[:4], spread, strict=True):
            if abs(value) > LIMIT - 2 or error > 1:
                found.append(f"{name} is hardly determined by these histories")
        return tuple(found)

    def parameters(self, z: Floats | None = None) -> Parameters:
        """r, alpha, a and b, for each row of covariates `z` where there are any."""
        check_is_fitted(self)
        theta = np.concatenate([np.log([self.r_, self.alpha_, self.a_, self.b_]), self.coefficients_.ravel()])
        return at(theta, np.zeros((1, 0)) if z is None else np.asarray(z, dtype=np.float64))

    def standard_errors(self) -> dict[str, float]:
        """Of r, alpha, a and b, by the delta method from the observed information."""
        check_is_fitted(self)
        of_log = np.sqrt(np.maximum(np.diag(self.covariance_)[:4], 0))
        return {name: getattr(self, f"{name}_") * float(error) for name, error in zip(NAMES, of_log, strict=True)}

    def interval(self, level: float = 0.9) -> dict[str, tuple[float, float]]:
        """Wald intervals of r, alpha, a and b, made on the logarithms and so never below zero."""
        check_is_fitted(self)
        reach = norm.ppf((1 + level) / 2) * np.sqrt(np.maximum(np.diag(self.covariance_)[:4], 0))
        values = np.array([getattr(self, f"{name}_") for name in NAMES])
        pairs = zip(values * np.exp(-reach), values * np.exp(reach), strict=True)
        return {name: (float(low), float(high)) for name, (low, high) in zip(NAMES, pairs, strict=True)}

    def _known(self, X: Floats) -> tuple[Parameters, Floats, Floats, Floats]:
        """The parameters of each row and its x, t_x and T."""
        check_is_fitted(self)
        X = check_histories(X)
        if X.shape[1] != self.n_features_in_:
            raise ValueError(f"fitted on {self.n_features_in_} columns, got {X.shape[1]}")
        return self.parameters(X[:, 3:]) if X.shape[1] > 3 else self.parameters(), X[:, 0], X[:, 1], X[:, 2]

    def log_likelihoods(self, X: Floats) -> Floats:
        """The logarithm of the density of each history: that of being there after it, over P(alive)."""
        q, x, _, age = self._known(X)
        stays = betaln(q.a, q.b + x + self.chances_at_first) - betaln(q.a, q.b)
        orders = gammaln(q.r + x) - gammaln(q.r) + q.r * np.log(q.alpha) - (q.r + x) * np.log(q.alpha + age)
        return orders + stays - np.log(np.maximum(self.probability_alive(X), TINY))

    def probability_alive(self, X: Floats) -> Floats:
        """P(alive at T | x, t_x, T): FHL's companion note of 2008; 1 for x = 0 in BG/NBD, less in MBG/NBD."""
        q, x, t_x, age = self._known(X)
        return expit(-formulas.dead_log_odds(q, x, t_x, age, self.chances_at_first))

    def expected_orders(self, X: Floats, time: float) -> Floats:
        """E[Y(t) | x, t_x, T], FHL eq. (10): orders within `time` from now on."""
        q, x, _, age = self._known(X)
        alive = formulas.updated(q, x, age, self.chances_at_first)
        return self.probability_alive(X) * formulas.orders_while_alive(alive, time)

    def probability_of_no_order(self, X: Floats, time: float) -> Floats:
        """P(Y(t) = 0 | x, t_x, T): left already, or alive and silent, whose rate is Gamma(r + x, alpha + T)."""
        q, x, _, age = self._known(X)
        silent = ((q.alpha + age) / (q.alpha + age + time)) ** (q.r + x)
        return 1 - self.probability_alive(X) * (1 - silent)

    def expected_orders_of_new(self, time: Floats | float) -> Floats:
        """E[X(t)], FHL eq. (9): repeat orders within `time` of the first order of somebody with z = 0."""
        check_is_fitted(self)
        q = Parameters(self.r_, self.alpha_, self.a_, self.b_)
        return formulas.orders_of_a_new_customer(q, np.asarray(time, dtype=np.float64), self.chances_at_first)

    def repeat_order_probabilities(self, time: float, most: int) -> Floats:
        """P(X(t) = 0, ..., most), FHL eq. (8), of somebody with z = 0."""
        check_is_fitted(self)
        q = Parameters(self.r_, self.alpha_, self.a_, self.b_)
        return formulas.repeat_order_probabilities(q, time, most, self.chances_at_first)

    def simulated_orders(self, X: Floats, time: float, draws: int, rng: np.random.Generator) -> Floats:
        """Orders within `time` in simulated futures, (customers, draws)."""
        # Poisson, cut short by the order after which the customer leaves.
        q, x, _, age = self._known(X)
        alive = formulas.updated(q, x, age, self.chances_at_first)
        shape = (draws, len(x))
        is_alive = rng.random(shape) < self.probability_alive(X)
        rate = rng.gamma(alive.r, 1 / np.asarray(alive.alpha), shape)
        leave = rng.beta(alive.a, alive.b, shape)
        return (np.minimum(rng.poisson(rate * time), rng.geometric(np.maximum(leave, 1e-12))) * is_alive).T

    def predict(self, X: Floats) -> Floats:
        """Orders expected within `horizon`."""
        return self.expected_orders(X, self.horizon)


def at(theta: Floats, z: Floats) -> Parameters:
    """The parameters of each row of covariates; scalars where there are none."""
    r, alpha, a, b = (float(value) for value in np.exp(theta[:4]))
    if z.shape[1] == 0:
        return Parameters(r, alpha, a, b)
    of_alpha, of_a, of_b = (z @ g for g in theta[4:].reshape(3, -1))
    return Parameters(r, alpha * np.exp(-of_alpha), a * np.exp(of_a), b * np.exp(of_b))


def part_of(data: Grouped) -> Grouped:
    """Every so manieth of the histories, about `SMALL_PART` of them."""
    chosen = slice(None, None, len(data.x) // SMALL_PART)
    weight, level = data.weight[chosen], data.level[chosen]
    level_weight = np.bincount(level, weight, minlength=len(data.level_x))
    return data._replace(
        x=data.x[chosen],
        t_x=data.t_x[chosen],
        age=data.age[chosen],
        weight=weight,
        level=level,
        level_weight=level_weight,
    )


def rounded(hessian: Floats) -> Floats:
    """Coordinates in which this Hessian is the identity; the plain ones where it is not that of a hilltop."""
    values, vectors = np.linalg.eigh(hessian)
    return vectors / np.sqrt(values) if values.min() > 1e-8 * values.max() else np.eye(len(hessian))
