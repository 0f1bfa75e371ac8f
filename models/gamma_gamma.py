"""Gamma-Gamma: what an order of each customer is worth, between the customer's own mean and everybody's."""

from typing import Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, psi
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_is_fitted

from models.histories import ENOUGH_BUYERS, Floats
from models.too_little import TooLittleDataError

LIMIT = 20.0
TIED = 0.3


class GammaGamma(BaseEstimator):
    """The Gamma-Gamma model of spending by maximum likelihood.

    The value of an order of one customer is Gamma(p, v), and v ~ Gamma(q, gamma) over customers; values do not
    depend on how often one orders, which `correlation_` checks.

    Attributes
    ----------
    p_, q_, gamma_ : learned parameters; gamma_ in the unit of money
    log_likelihood_, covariance_ : of the logarithms of the three
    correlation_ : of the number of orders with their mean value
    n_excluded_ : customers left out of the fit: no order, or a mean value not above zero
    warnings_ : what makes the fit doubtful, in words

    Source: Fader, Hardie, "The Gamma-Gamma model of monetary value", 2013, eq. (1a) to (5).
    """

    def fit(self, X: Floats, y: object = None) -> Self:
        """Find the parameters of the highest likelihood for X: orders averaged, their mean value."""
        X = check_array(X, dtype=np.float64, ensure_min_features=2)
        self.n_features_in_ = X.shape[1]
        usable = (X[:, 0] > 0) & (X[:, 1] > 0)
        self.n_excluded_ = int((~usable).sum())
        if usable.sum() < 2:
            raise TooLittleDataError("two customers or more with orders of a mean value above zero are needed")
        x, z = X[usable, 0], X[usable, 1]
        scale = float(z.mean())
        level_x, level = np.unique(x, return_inverse=True)
        data = (x, z / scale, level_x, level, np.bincount(level))

        def downhill(theta: Floats) -> tuple[float, Floats]:
            value, gradient = self._log_likelihood(np.clip(theta, -LIMIT, LIMIT), *data)
            return -value / len(x), -gradient / len(x)

        options = {"gtol": 1e-9, "ftol": 1e-15, "maxiter": 1000, "maxcor": 20}
        start = np.log([1.0, 2.0, 1.0])
        found = minimize(downhill, start, jac=True, method="L-BFGS-B", options=options)
        theta = found.x
        step = 1e-5
        rows = np.array([downhill(theta + step * e)[1] - downhill(theta - step * e)[1] for e in np.eye(3)]) / (2 * step)
        self.covariance_ = np.linalg.pinv((rows + rows.T) / 2 * len(x), hermitian=True)
        self.p_, self.q_ = float(np.exp(theta[0])), float(np.exp(theta[1]))
        self.gamma_ = float(np.exp(theta[2]) * scale)
        self.log_likelihood_ = float(-found.fun * len(x) - len(x) * np.log(scale))
        spread = x.std() * z.std()
        self.correlation_ = float(((x - x.mean()) * (z - z.mean())).mean() / spread) if spread > 0 else 0.0
        self.warnings_ = self._warnings(len(x), theta)
        return self

    @staticmethod
    def _log_likelihood(
        theta: Floats, x: Floats, z: Floats, level_x: Floats, level: Floats, n: Floats
    ) -> tuple[float, Floats]:
        """Eq. (1a) summed over customers, and its gradient by log p, log q, log gamma."""
        p, q, gamma = np.exp(theta)
        shape = p * level_x
        total_rate = np.log(gamma + x * z)
        of_level = gammaln(shape + q) - gammaln(shape) + shape * np.log(level_x)
        each = q * np.log(gamma) - gammaln(q)
        log_z, r = np.log(z), shape[level]
        value = (n * (of_level + each)).sum() + ((r - 1) * log_z - (r + q) * total_rate).sum()
        by_shape = n * (psi(shape + q) - psi(shape) + np.log(level_x)) + np.bincount(level, log_z - total_rate)
        by_q = (n * (psi(shape + q) + np.log(gamma) - psi(q))).sum() - total_rate.sum()
        by_gamma = (n * q).sum() / gamma - ((r + q) / (gamma + x * z)).sum()
        return float(value), np.array([(by_shape * shape).sum(), q * by_q, gamma * by_gamma])

    def _warnings(self, customers: int, theta: Floats) -> tuple[str, ...]:
        """What makes this fit doubtful, in words."""
        found = []
        if customers < ENOUGH_BUYERS:
            found.append(f"{customers} customers with a mean value, fewer than {ENOUGH_BUYERS}: loosely known")
        if abs(self.correlation_) > TIED:
            found.append(f"order value and number of orders go together (correlation {self.correlation_:.2f})")
        if self.q_ <= 1:
            found.append("q is 1 or less: the mean order value of everybody is not finite")
        if np.abs(theta).max() > LIMIT - 3:
            found.append("the parameters are hardly determined: order values differ too little or too oddly")
        return tuple(found)

    def mean_value(self) -> float:
        """The mean order value over customers, p gamma / (q - 1); infinite for q up to 1."""
        check_is_fitted(self)
        return self.p_ * self.gamma_ / (self.q_ - 1) if self.q_ > 1 else float("inf")

    def predict(self, X: Floats) -> Floats:
        """E(M | p, q, gamma, x, z), eq. (5): the order value expected of each customer; x = 0 gives everybody's mean.

        The formula is a weighted mean of the customer's own and everybody's, so it takes a mean value below zero too.
        """
        check_is_fitted(self)
        X = check_array(X, dtype=np.float64, ensure_min_features=2)
        x, z = X[:, 0], np.where(X[:, 0] > 0, X[:, 1], 0)
        expected = self.p_ * (self.gamma_ + x * z) / np.maximum(self.p_ * x + self.q_ - 1, 1e-12)
        return np.where(x > 0, expected, self.mean_value())
