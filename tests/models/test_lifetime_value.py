"""Lifetime value: its parts, discount, total and intervals on a later year of a company whose truth is known."""

import numpy as np
import pytest

from models.bg_nbd import BgNbd
from models.hold_out import hold_out, naive_forecasts
from models.lifetime_value import LifetimeValue, better_process, bounds
from models.mbg_nbd import MbgNbd
from models.pareto_nbd import ParetoNbd
from tests.models.known_company import Company, company

AS_OF, HORIZON = 730.0, 365.0


def rows(known: Company, as_of: float) -> np.ndarray:
    return np.column_stack([known.histories(as_of), known.spending(as_of)])


@pytest.fixture(scope="module")
def known() -> Company:
    return company(10_000, days=1095, seed=4)


@pytest.fixture(scope="module")
def model(known) -> LifetimeValue:
    past = LifetimeValue(discount_rate=0).fit(rows(known, AS_OF - HORIZON))
    past.calibrate(rows(known, AS_OF - HORIZON), known.value(AS_OF - HORIZON, AS_OF))
    now = LifetimeValue(discount_rate=0).fit(rows(known, AS_OF))
    now.interval_level_ = past.interval_level_
    return now


def test_the_total_of_the_later_year_is_met_within_5_percent(model, known):
    check = hold_out(model.predict(rows(known, AS_OF)), known.value(AS_OF, AS_OF + HORIZON))
    assert abs(check.total_error) < 0.05


def test_intervals_cover_90_percent_of_customers_within_3(model, known):
    low, high = model.predict_interval(rows(known, AS_OF))
    actual = known.value(AS_OF, AS_OF + HORIZON)
    assert ((low <= actual) & (actual <= high)).mean() == pytest.approx(0.90, abs=0.03)


def test_an_interval_that_is_judged_knows_nothing_of_the_values_it_is_judged_by(known):
    X, value = rows(known, AS_OF - HORIZON)[:1000], known.value(AS_OF - HORIZON, AS_OF)[:1000]
    past = LifetimeValue(discount_rate=0).fit(X)
    before, level = past.held_out_interval(X, value), past.interval_level_
    other = value.copy()
    other[::2] = 1e9  # nobody's interval holds this: the other half is promised all there is
    after = past.held_out_interval(X, other)
    for was, now in zip(before, after, strict=True):
        assert np.array_equal(was[::2], now[::2])
    assert (after[1][1::2] > before[1][1::2]).mean() > 0.5
    assert past.interval_level_ == level
    assert ((before[0] <= value) & (value <= before[1])).mean() == pytest.approx(0.90, abs=0.03)


def test_it_ranks_and_errs_better_than_naive_averages(model, known):
    actual = known.value(AS_OF, AS_OF + HORIZON)
    X = rows(known, AS_OF)
    recent = known._spent(AS_OF - 365, AS_OF)[known.known(AS_OF)]
    naive = naive_forecasts(recent, X[:, 3] * X[:, 4], X[:, 2], window=365, horizon=HORIZON)
    ours = hold_out(model.predict(X), actual)
    for name, amounts in naive.items():
        theirs = hold_out(amounts, actual)
        assert ours.rank_correlation > theirs.rank_correlation, name
        assert ours.mean_absolute_error < theirs.mean_absolute_error, name


def test_leaving_on_any_day_is_recognised(model):
    assert model.process_ == "pareto"


class Given:
    """A process whose histories have these logarithms of likelihood."""

    def __init__(self, each):
        self.each = np.asarray(each, dtype=float)

    def log_likelihoods(self, X):
        return self.each[: len(X)]


def test_mbg_is_used_only_where_it_is_likelier_beyond_chance():
    # Of ten histories each six are likelier by 1 under it and four less: mean 0.2, spread 0.98.
    gains, even = Given(np.tile([1, 1, 1, 1, 1, 1, -1, -1, -1, -1], 30)), Given(np.zeros(300))
    assert better_process({"mbg": gains, "pareto": even}, np.zeros((90, 3))) == "pareto"  # 1.94 standard errors
    assert better_process({"mbg": gains, "pareto": even}, np.zeros((100, 3))) == "mbg"  # 2.04
    assert better_process({"mbg": even, "pareto": gains}, np.zeros((100, 3))) == "pareto"
    assert better_process({"mbg": even}, np.zeros((100, 3))) == "mbg"


@pytest.mark.parametrize("process", [BgNbd, MbgNbd, ParetoNbd])
def test_the_likelihoods_of_histories_sum_up_to_that_of_the_fit(known, process):
    X = known.histories(730)
    model = process().fit(X)
    assert model.log_likelihoods(X).sum() == pytest.approx(model.log_likelihood_, rel=1e-9)


@pytest.mark.parametrize("process", ["mbg", "pareto"])
def test_nobody_is_alive_for_certain_after_one_order(known, process):
    X = rows(known, AS_OF)
    model = LifetimeValue(process=process).fit(X)
    once = X[(X[:, 0] == 0) & (X[:, 2] > 30)]
    alive = model.orders_.probability_alive(once[:, :3])
    assert alive.max() < 1
    assert np.corrcoef(alive, once[:, 2])[0, 1] < -0.9  # the longer silent, the less likely
    # Those the model believes in do order more often than those it does not.
    later = known.value(AS_OF, AS_OF + HORIZON)[(X[:, 0] == 0) & (X[:, 2] > 30)] > 0
    assert later[alive > np.median(alive)].mean() > later[alive <= np.median(alive)].mean()


def test_money_later_is_worth_less(model, known):
    X = rows(known, AS_OF)
    discounted = LifetimeValue(discount_rate=0.2).fit(X)
    plain = LifetimeValue(discount_rate=0).fit(X)
    ratio = discounted.predict(X).sum() / plain.predict(X).sum()
    # All of it comes within the year, about its middle or a little before: between one year's discount and none.
    assert 1 / 1.2 < ratio < 1
    assert ratio == pytest.approx(1.2**-0.48, abs=0.01)


def test_without_discount_value_is_orders_times_margin(model, known):
    X = rows(known, AS_OF)
    expected = model.orders_.expected_orders(X[:, :3], HORIZON) * model.margin_.predict(X[:, 3:])
    assert model.predict(X) == pytest.approx(expected)


def test_the_same_data_gives_the_same_interval(model, known):
    X = rows(known, AS_OF)[:500]
    assert np.array_equal(model.predict_interval(X), model.predict_interval(X))


def test_bounds_worked_by_hand():
    # Nine draws and the future make ten places, each as likely: between the first and the ninth lie eight of them.
    assert [float(v[0]) for v in bounds(np.arange(1.0, 10.0)[None, :], 0.8)] == [1, 9]
    # Below the eighth draw lie eight places too.
    assert [float(v[0]) for v in bounds(np.array([[0.0] * 5 + [1, 2, 3, 4]]), 0.8)] == [0, 3]


def test_hold_out_worked_by_hand():
    check = hold_out([4, 3, 2, 1] * 5, [8, 3, 2, 1] * 5)
    assert check.predicted_total == 50
    assert check.actual_total == 70
    assert check.total_error == pytest.approx(50 / 70 - 1)
    assert check.mean_absolute_error == 1
    assert check.rank_correlation == pytest.approx(1)
    assert check.top_decile_share == pytest.approx(16 / 70)
