"""What is usual of a figure: worked by hand, unmoved by one wild value, and seldom wrong however many are looked at."""

import numpy as np
import pytest

from mining.usual_values import usual_range

A_QUARTER = {"chance": 0.5}
"Leaves a quarter on either side: with one degree of freedom, Student's quantile is tan(45 degrees) = 1."


def test_worked_by_hand():
    # Median 2, deviations 1, 0, 2: their median is 1; 1.4826 x 3 / 2.2 = 2.02173; x sqrt(1 + pi / 6) = 2.49550.
    found = usual_range([4, 1, 2], **A_QUARTER)
    assert (found.low, found.middle, found.high) == pytest.approx((-0.49550, 2, 4.49550), abs=1e-5)
    assert found.count == 3


def test_a_constant_past_leaves_the_noise_of_the_value_itself_and_no_less_than_the_floor():
    # Half of a normal distribution lies within 0.67449 deviations.
    assert usual_range([5, 5, 5], noise=2, **A_QUARTER).high == pytest.approx(5 + 2 * 0.67449, abs=0.01)
    assert usual_range([5, 5, 5], floor=3, **A_QUARTER).high == 8
    assert usual_range([5, 5, 5], noise=2, floor=3, **A_QUARTER).high == 8


def test_noise_that_is_known_makes_the_spread_that_is_estimated_matter_less():
    # s = 2.49550 squared is 6.2275; with as much noise again, 1 degree of freedom becomes 1 x (2 / 1) squared = 4.
    # A quarter lies beyond t = 0.74070 (tables); 0.74070 x sqrt(2 x 6.2275) = 2.61406.
    found = usual_range([4, 1, 2], noise=2.49550, **A_QUARTER)
    assert found.high == pytest.approx(2 + 2.61406, abs=1e-4)


def test_the_more_figures_the_wider():
    assert usual_range([4, 1, 2], chance=1, figures=2) == usual_range([4, 1, 2], **A_QUARTER)


def test_one_wild_value_among_the_past_moves_hardly_anything():
    past = list(np.random.default_rng(1).normal(100, 5, 25))
    calm, wild = usual_range([*past, 100]), usual_range([*past, 1e9])
    assert wild.high - wild.low < 1.2 * (calm.high - calm.low)


@pytest.mark.parametrize("count", [8, 26, 60])
def test_of_deliveries_with_ten_figures_each_no_more_are_false_alarms_than_was_asked_for(count):
    series = np.random.default_rng(count).normal(size=(600, 10, count + 1))
    alarms = sum(
        any(not usual_range(one[:-1], chance=0.05, figures=10).holds(one[-1]) for one in figures) for figures in series
    )
    assert alarms <= 45, "5 in 100 of 600 are 30; that it is 46 by luck has a chance of 0.3 %"


def test_a_jump_of_ten_deviations_is_noticed_after_half_a_year_of_a_weekday():
    past = np.random.default_rng(3).normal(100, 5, 26)
    assert not usual_range(past, figures=20).holds(150)
    assert not usual_range(past, figures=20).holds(50)


def test_too_few_values_are_refused():
    with pytest.raises(ValueError, match="at least 3"):
        usual_range([1, 2])
