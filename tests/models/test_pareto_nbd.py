"""Pareto/NBD against numerical integrals, simulation and the published fit in test_cdnow."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime

from models.histories import grouped
from models.pareto_nbd import ParetoNbd, leaving, log_likelihood
from tests.models.known_company import company


@pytest.mark.parametrize(
    ("m", "s", "alpha", "beta", "start", "end"),
    [(0.5, 0.6, 10, 11, 0, 39), (100.5, 0.6, 10, 11, 30, 39), (30, 2, 50, 800, 10, 730), (1, 0.6, 10, 11, 0, 39)],
)
def test_leaving_is_the_integral_it_says(m, s, alpha, beta, start, end):
    expected, _ = quad(lambda u: s * beta**s / (beta + u) ** (s + 1) * ((alpha + start) / (alpha + u)) ** m, start, end)
    mine = leaving(np.array([m]), s, alpha, beta, np.array([float(start)]), np.array([float(end)]))[0][0]
    assert mine == pytest.approx(expected, rel=5e-5)


def test_likelihood_of_one_customer_worked_by_hand():
    # All parameters 1, x = 0, T = 1: alive 1/2 x 1/2; left: integral of 1/(1+u)^3 from 0 to 1 = 3/8. Sum 5/8.
    value, _ = log_likelihood(np.ones(4), grouped(np.array([[0.0, 0.0, 1.0]])))
    assert value == pytest.approx(np.log(5 / 8))


def test_gradient_is_the_slope_of_the_likelihood():
    data = grouped(company(300).histories(900))
    theta = np.log([0.7, 60.0, 1.4, 900.0])
    slope = approx_fprime(theta, lambda t: log_likelihood(np.exp(t), data)[0], 1e-6)
    assert log_likelihood(np.exp(theta), data)[1] == pytest.approx(slope, rel=1e-3)


def test_fit_finds_the_rates_of_a_company_without_shocks():
    model = ParetoNbd().fit(company(15_000, days=1095, shock_hazard=0.0).histories(1095))
    assert model.r_ == pytest.approx(0.9, rel=0.08)
    assert model.r_ / model.alpha_ * 365.25 == pytest.approx(6.2, rel=0.05)
    assert model.s_ / model.beta_ * 365.25 == pytest.approx(0.24, rel=0.15)


def test_simulated_futures_have_the_expected_orders_and_the_chance_of_none():
    model = ParetoNbd()
    model.r_, model.alpha_, model.s_, model.beta_ = 0.55, 10.6, 0.61, 11.7
    rows = [[6, 20.0, 31.0], [0, 0, 39.0]]
    orders = model.simulated_orders(rows, 26, 100_000, np.random.default_rng(0))
    assert orders.mean(axis=1) == pytest.approx(model.expected_orders(rows, 26), rel=0.02)
    assert (orders == 0).mean(axis=1) == pytest.approx(model.probability_of_no_order(rows, 26), abs=0.006)
    assert model.probability_alive([[0, 0, 300.0]])[0] < 0.3
