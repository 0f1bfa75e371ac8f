"""Gamma-Gamma: worked by hand, against known parameters, and what it warns of."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from models.gamma_gamma import GammaGamma


def spending(customers: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    orders = 1 + rng.poisson(2, customers)
    rate = rng.gamma(4.0, 1 / 90.0, customers)
    return np.column_stack([orders, rng.gamma(5.0 * orders) / rate / orders])


def test_fit_finds_the_parameters_that_made_the_data():
    model = GammaGamma().fit(spending(20_000))
    errors = np.sqrt(np.diag(model.covariance_))
    assert np.abs(np.log([model.p_, model.q_, model.gamma_]) - np.log([5, 4, 90])).max() < 3 * errors.max()
    assert model.mean_value() == pytest.approx(5 * 90 / 3, rel=0.03)
    assert model.warnings_ == ()


def test_expected_value_is_a_weighted_mean_of_own_and_everybodys():
    model = GammaGamma()
    model.p_, model.q_, model.gamma_ = 2.0, 3.0, 30.0
    # Everybody: 2 x 30 / 2 = 30. Own mean 90 over 2 orders: weights 2 / 6 and 4 / 6, 30 / 3 + 90 x 2 / 3 = 70.
    assert model.predict([[0, 0], [2, 90.0], [2, -90.0]]) == pytest.approx([30, 70, -50])


def test_gradient_is_the_slope_of_the_likelihood():
    x, z = spending(200).T
    level_x, level = np.unique(x, return_inverse=True)
    data = (x, z, level_x, level, np.bincount(level))
    theta = np.log([3.0, 5.0, 60.0])
    slope = approx_fprime(theta, lambda t: GammaGamma._log_likelihood(t, *data)[0], 1e-7)
    assert GammaGamma._log_likelihood(theta, *data)[1] == pytest.approx(slope, rel=1e-3)


def test_customers_without_a_value_above_zero_are_left_out_and_counted():
    X = spending(600)
    with_losers = np.vstack([X, [[1, 0.0], [2, -5.0], [0, 0.0]]])
    model = GammaGamma().fit(with_losers)
    assert model.n_excluded_ == 3
    assert model.p_ == GammaGamma().fit(X).p_


def test_what_makes_it_doubtful_is_said():
    X = spending(400)
    X[:, 1] *= X[:, 0]
    warnings = " ".join(GammaGamma().fit(X).warnings_)
    assert "400 customers with a mean value, fewer than 500" in warnings
    assert "go together" in warnings
