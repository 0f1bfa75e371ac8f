"""Formulas against hand-worked values, simulation and other ways of computing them; fits against known parameters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.special import beta as beta_function

from models import beta_geometric as formulas
from models.beta_geometric import Parameters
from models.bg_nbd import BgNbd
from models.histories import grouped
from models.mbg_nbd import MbgNbd

CDNOW = Parameters(0.243, 4.414, 0.793, 2.426)


def histories(customers: int = 4000, seed: int = 1, q: Parameters = CDNOW, first: int = 0) -> np.ndarray:
    """Histories drawn from the process itself, order by order."""
    rng = np.random.default_rng(seed)
    rows = []
    age = rng.uniform(30, 39, customers)
    rate, leave = rng.gamma(q.r, 1 / q.alpha, customers), rng.beta(q.a, q.b, customers)
    for T, order_rate, p in zip(age, rate, leave, strict=True):
        x, now, last = 0, 0.0, 0.0
        while not ((x > 0 or first) and rng.random() < p):
            now += rng.exponential(1 / max(order_rate, 1e-300))
            if now > T:
                break
            x, last = x + 1, now
        rows.append((x, last, T))
    return np.array(rows)


def fitted(q: Parameters = CDNOW, kind: type[BgNbd] = BgNbd) -> BgNbd:
    model = kind()
    model.r_, model.alpha_, model.a_, model.b_ = q
    model.coefficients_, model.n_features_in_ = np.zeros((3, 0)), 3
    return model


def test_likelihood_of_one_customer_worked_by_hand():
    # r = alpha = a = b = 1, x = 1, t_x = 1, T = 3. A1 = 1, A2 = B(1, 2) / B(1, 1) = 1/2,
    # A3 = 1/16, A4 = 1/1 x 1/4: 1/2 x (1/16 + 1/4) = 5/32.
    data = grouped(np.array([[1.0, 1.0, 3.0]]))
    assert formulas.log_likelihood(Parameters(1, 1, 1, 1), data, 0)[0] == pytest.approx(np.log(5 / 32))


def test_likelihood_where_the_first_order_is_a_chance_to_leave_worked_by_hand():
    # The same customer, two chances. Stays: E[(1-p)^2] = 1/3, times 1/16. Left at the second: E[p(1-p)] = 1/6, x 1/4.
    data = grouped(np.array([[1.0, 1.0, 3.0]]))
    assert formulas.log_likelihood(Parameters(1, 1, 1, 1), data, 1)[0] == pytest.approx(np.log(1 / 48 + 1 / 24))


@pytest.mark.parametrize("chances", [0, 1])
def test_gradient_is_the_slope_of_the_likelihood(chances):
    data = grouped(histories(300))
    theta = np.log([0.4, 6.0, 0.7, 1.9])
    _, parts = formulas.log_likelihood(Parameters(*np.exp(theta)), data, chances)
    slope = approx_fprime(theta, lambda t: formulas.log_likelihood(Parameters(*np.exp(t)), data, chances)[0], 1e-6)
    assert np.array([part.sum() for part in parts]) == pytest.approx(slope, rel=1e-4)


@pytest.mark.parametrize("kind", [BgNbd, MbgNbd])
def test_expected_orders_agree_with_the_sum_over_the_distribution(kind):
    model = fitted(kind=kind)
    chances = model.repeat_order_probabilities(40, 2000)
    assert chances.sum() == pytest.approx(1, abs=1e-4)
    assert chances @ np.arange(2001) == pytest.approx(model.expected_orders_of_new(40), rel=1e-3)


def test_conditional_expectation_is_the_integral_over_who_the_customer_may_be():
    # E over p ~ Beta(a, b + x), lambda ~ Gamma(r + x, alpha + T) of (1 - exp(-lambda p t)) / p, times P(alive).
    model, x, age, t = fitted(), 4, 38.0, 20.0
    a, b, r, alpha = 0.793, 2.426 + x, 0.243 + x, 4.414 + age

    def integrand(p):
        return p ** (a - 1) * (1 - p) ** (b - 1) / beta_function(a, b) * (1 - (alpha / (alpha + p * t)) ** r) / p

    row = [[x, 30.0, age]]
    expected = quad(integrand, 0, 1)[0] * model.probability_alive(row)[0]
    assert model.expected_orders(row, t)[0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", [BgNbd, MbgNbd])
def test_simulated_futures_have_the_expected_orders_and_the_chance_of_none(kind):
    model, row = fitted(kind=kind), [[3, 20.0, 38.0]]
    orders = model.simulated_orders(row, 30, 100_000, np.random.default_rng(0))[0]
    assert orders.mean() == pytest.approx(model.expected_orders(row, 30)[0], abs=4 * orders.std() / 300)
    assert (orders == 0).mean() == pytest.approx(model.probability_of_no_order(row, 30)[0], abs=0.006)


def test_one_time_buyers_are_alive_for_certain_only_in_bg_nbd():
    assert fitted().probability_alive([[0, 0, 300.0]])[0] == 1
    # Odds of having left: a / b x ((alpha + T) / alpha)^r = 0.793 / 2.426 x (304.414 / 4.414)^0.243 = 0.9145.
    assert fitted(kind=MbgNbd).probability_alive([[0, 0, 300.0]])[0] == pytest.approx(1 / 1.9145, abs=1e-4)


def test_frequent_buyers_do_not_overflow():
    row = [[900, 729.9, 730.0]]
    # p ~ Beta(0.793, 902.426) is Gamma(0.793, 1 / 902) but for rounding, and the rate 900.243 / 734.414 = 1.2258 a day.
    rate, leaves = 1.2258, np.random.default_rng(0).gamma(0.793, 1 / 902, 400_000)
    expected = ((1 - np.exp(-rate * leaves * 365)) / leaves).mean()
    assert fitted().expected_orders(row, 365.0)[0] == pytest.approx(expected, rel=0.005)


@pytest.mark.parametrize(("kind", "first"), [(BgNbd, 0), (MbgNbd, 1)])
def test_fit_finds_the_parameters_that_made_the_data_within_three_standard_errors(kind, first):
    truth = Parameters(0.8, 6.0, 0.9, 2.5)
    model = kind().fit(histories(12_000, q=truth, first=first))
    errors = model.standard_errors()
    for name, true in zip(("r", "alpha", "a", "b"), truth, strict=True):
        assert abs(getattr(model, f"{name}_") - true) < 3 * errors[name], name


def test_weights_count_customers_and_whole_days_group_as_fractions_do():
    X = np.round(histories(3000))
    X[:, 1] = np.where(X[:, 0] > 0, np.maximum(X[:, 1], 1), 0)
    rows, counts = np.unique(X, axis=0, return_counts=True)
    plain, weighted = BgNbd().fit(X), BgNbd().fit(rows, sample_weight=counts)
    in_weeks = BgNbd().fit(X / [1, 7, 7])
    assert weighted.log_likelihood_ == pytest.approx(plain.log_likelihood_, abs=1e-6)
    assert (in_weeks.r_, in_weeks.alpha_ * 7) == pytest.approx((plain.r_, plain.alpha_), rel=1e-3)


def test_covariate_shifts_the_rate_of_those_who_have_it():
    slow, fast = Parameters(0.8, 12.0, 0.9, 2.5), Parameters(0.8, 4.0, 0.9, 2.5)
    X = np.vstack([histories(6000, 1, slow), histories(6000, 2, fast)])
    z = np.repeat([0.0, 1.0], 6000)
    model = BgNbd().fit(np.column_stack([X, z]))
    # alpha exp(-g1): 12 to 4 is g1 = log 3; no effect on leaving.
    assert model.coefficients_[0, 0] == pytest.approx(np.log(3), abs=0.2)
    row = np.array([[2, 20.0, 35.0, 0.0], [2, 20.0, 35.0, 1.0]])
    assert np.diff(model.expected_orders(row, 20))[0] > 0


def test_thin_data_is_said():
    warnings = MbgNbd().fit(histories(300)).warnings_
    assert any("300 buyers, fewer than 500" in text for text in warnings)
    assert any("days of history, under 180" in text for text in warnings)
    assert not any("buyers" in text for text in MbgNbd().fit(histories(600)).warnings_)


@pytest.mark.parametrize("row", [[0, 5, 9], [2, 9, 5], [-1, 0, 5], [1.5, 2, 5], [2, 0, 5]])
def test_impossible_histories_are_refused_by_row(row):
    with pytest.raises(ValueError, match="row 1"):
        BgNbd().fit([[1, 2, 5], row])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60), st.floats(0.01, 1), st.floats(1, 700), st.floats(0.1, 400), st.booleans())
def test_more_silence_makes_alive_less_likely_and_more_time_more_orders(x, at, age, time, is_modified):
    model = fitted(kind=MbgNbd if is_modified else BgNbd)
    t_x = age * at if x else 0.0
    alive = model.probability_alive([[x, t_x, age], [x, t_x, age + 50]])
    assert 0 <= alive[1] <= alive[0] <= 1
    orders = [model.expected_orders([[x, t_x, age]], t)[0] for t in (time, 2 * time)]
    assert 0 <= orders[0] <= orders[1] <= (0.243 + x) / (4.414 + age) * 2 * time + 1e-9
