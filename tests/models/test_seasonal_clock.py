"""The seasonal clock: months found again, days counted by hand, a later year foretold where plain days mislead."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pareto_nbd import ParetoNbd
from models.registry import Registry
from models.seasonal_clock import SeasonalClock
from models.seasonal_process import OrderDays, histories_of, season_with_process
from tests.models.known_company import company
from tests.models.test_registry import a_card

START = date(2023, 1, 1).toordinal()
SEASON = np.array([0.95, 0.9, 0.95, 0.95, 0.95, 0.9, 0.8, 0.85, 0.95, 1.05, 1.3, 1.7])


def months(first: int, days: int) -> np.ndarray:
    """Month of each day, 0 to 11."""
    return np.array([date.fromordinal(first + day).month - 1 for day in range(days)])


def clock(index: np.ndarray = SEASON) -> SeasonalClock:
    made = SeasonalClock()
    made.index_ = np.asarray(index, dtype=float)
    return made


@pytest.mark.parametrize("years", [2, 3])
def test_months_are_found_again_beside_growth(years):
    days = np.arange(365 * years + 1)
    orders = 200 * np.exp(0.3 * days / 365) * SEASON[months(START, len(days))]
    found = SeasonalClock().fit(np.column_stack([START + days, orders]))
    assert found.index_ == pytest.approx(SEASON / (SEASON[months(START, 365)].mean()), rel=0.02)
    assert found.warnings_ == ()


def test_less_than_two_years_teach_no_season():
    days = np.arange(700)
    found = SeasonalClock().fit(np.column_stack([START + days, SEASON[months(START, 700)]]))
    assert (found.index_ == 1).all()
    assert "23 whole months, 24" in found.warnings_[0]
    rows = np.array([[2, 100.0, 300], [0, 0, 50]])
    assert found.transform(rows, START + 699) == pytest.approx(rows)


def test_a_year_has_as_many_seasonal_days_as_days():
    days = np.arange(365 * 2 + 1)
    found = SeasonalClock().fit(np.column_stack([START + days, SEASON[months(START, len(days))]]))
    assert found.elapsed(START, START + 365) == pytest.approx(365)


def test_days_worked_by_hand():
    # November counts 1.3, December 1.7: the last two days of November and the first three of December.
    until = date(2024, 12, 3).toordinal()
    assert clock().elapsed(date(2024, 11, 28).toordinal(), until) == pytest.approx(2 * 1.3 + 3 * 1.7)
    # A first order on 28 November, the last on 1 December, looked at on the 3rd.
    assert clock().transform([[1, 3.0, 5.0, 99.0]], until)[0] == pytest.approx([1, 2 * 1.3 + 1.7, 2.6 + 5.1, 99])


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 900), st.integers(0, 900), st.integers(0, 900))
def test_histories_stay_histories(a, b, c):
    first, last, as_of = sorted((START + a, START + b, START + c))
    x = float(last > first)
    row = clock().transform([[x, last - first, as_of - first]], as_of)
    assert 0 <= row[0, 1] <= row[0, 2]
    assert (row[0, 1] > 0) == (x > 0)
    assert clock().elapsed(first, last) + clock().elapsed(last, as_of) == pytest.approx(clock().elapsed(first, as_of))


def test_a_year_is_foretold_where_days_alone_mislead():
    # Everybody orders at one rate in seasonal time, is looked at after December, and followed for a year.
    known = company(8000, days=1150, seed=8, shock_hazard=0)
    index = SEASON / SEASON[months(START, 365)].mean()
    passed = np.append(0.0, index[months(START, 1200)].cumsum())
    day = np.floor(np.interp(known.order_day, passed, np.arange(1201))).astype(int)
    pairs = np.unique(np.column_stack([known.order_customer, day]), axis=0)
    now = 730  # the last day of 2024
    past, later = pairs[pairs[:, 1] <= now], pairs[(pairs[:, 1] > now) & (pairs[:, 1] <= now + 365)]
    who, first_row, count = np.unique(past[:, 0], return_index=True, return_counts=True)
    first, last = past[first_row, 1], past[first_row + count - 1, 1]
    histories = np.column_stack([count - 1, last - first, now - first])
    came = np.isin(later[:, 0], who).sum()
    by_day = np.bincount(past[:, 1], minlength=now + 1)
    learnt = SeasonalClock().fit(np.column_stack([START + np.arange(now + 1), by_day]))
    seasonal = learnt.transform(histories, START + now)
    errors = [ParetoNbd().fit(X).expected_orders(X, 365).sum() / came - 1 for X in (histories, seasonal)]
    assert errors[0] > 0.08
    assert abs(errors[1]) < 0.05


def test_it_is_stored_and_loaded(tmp_path):
    made = SeasonalClock().fit(np.column_stack([START + np.arange(800), np.ones(800)]))
    loaded = Registry(tmp_path).save("season", made, a_card()).load()
    assert np.array_equal(loaded.index_, made.index_)


@pytest.fixture(scope="module")
def one_year() -> tuple[OrderDays, np.ndarray, int]:
    """Customers who came over one year and order by the season: their days, and every order of the year after."""
    known = company(6000, days=1150, seed=3, shock_hazard=0)
    index = SEASON / SEASON[months(START, 365)].mean()
    passed = np.append(0.0, index[months(START, 1200)].cumsum())
    day = np.floor(np.interp(known.order_day, passed, np.arange(1201))).astype(int)
    pairs = np.unique(np.column_stack([known.order_customer, day]), axis=0)
    past, later = pairs[pairs[:, 1] <= 364], pairs[(pairs[:, 1] > 364) & (pairs[:, 1] <= 729)]
    came = int(np.isin(later[:, 0], past[:, 0]).sum())
    return OrderDays(past[:, 0], START + past[:, 1]), index, came


def test_one_year_teaches_the_months_when_customers_are_known(one_year):
    orders, index, _ = one_year
    found = season_with_process(orders, as_of=START + 364 + 1)
    assert found.warnings_ == ()
    # The share of all sales by month would be off by far more: the record gains customers all year.
    # In the first quarter hardly anybody was known yet.
    assert found.index_[3:] == pytest.approx(index[3:], rel=0.12)


def test_a_year_is_foretold_from_one_year(one_year):
    orders, _, came = one_year
    found = season_with_process(orders, as_of=START + 365)
    histories, _ = histories_of(OrderDays(np.unique(orders.customer, return_inverse=True)[1], orders.day), START + 365)
    seasonal = found.transform(histories, START + 365)
    errors = [ParetoNbd().fit(X).expected_orders(X, 365).sum() / came - 1 for X in (histories, seasonal)]
    assert abs(errors[1]) < 0.08
    assert errors[0] > errors[1] + 0.05


def test_less_than_one_year_teaches_no_season_even_with_the_process(one_year):
    orders, _, _ = one_year
    early = orders.day < START + 300
    found = season_with_process(OrderDays(orders.customer[early], orders.day[early]), as_of=START + 300)
    assert (found.index_ == 1).all()
    assert "less than 365 days" in found.warnings_[0]


def test_orders_to_come_change_nothing_and_the_same_orders_give_the_same_season(one_year):
    orders, _, _ = one_year
    turned = OrderDays(orders.customer[::-1], orders.day[::-1])
    first, second = (season_with_process(each, as_of=START + 365).index_ for each in (orders, turned))
    assert first == pytest.approx(second, rel=1e-9)
