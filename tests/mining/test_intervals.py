"""Intervals against published tables and worked examples, corrections by hand, then what must hold for any input."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.intervals import (
    Sample,
    benjamini_hochberg,
    correlation_interval,
    holm,
    mean_interval,
    newcombe,
    normal_quantile,
    sampled_share_margin,
    share_difference_p,
    student_quantile,
    two_sided_p,
    welch,
    wilson,
)


def rounded(interval, places=4):
    return tuple(round(value, places) for value in interval)


def test_normal_quantiles_are_those_of_the_tables():
    assert round(normal_quantile(0.95), 4) == 1.9600
    assert round(normal_quantile(0.90), 4) == 1.6449
    assert round(two_sided_p(1.959964), 4) == 0.05


@pytest.mark.parametrize(
    ("degrees", "confidence", "quantile"),
    # Fisher and Yates' table of t.
    [(1, 0.95, 12.706), (2, 0.95, 4.303), (3, 0.95, 3.182), (4, 0.95, 2.776), (5, 0.99, 4.032), (9, 0.95, 2.262),
     (10, 0.90, 1.812), (29, 0.95, 2.045), (30, 0.99, 2.750), (120, 0.95, 1.980), (1000, 0.95, 1.962)],
)  # fmt: skip
def test_student_s_quantiles_are_those_of_the_table(degrees, confidence, quantile):
    assert round(student_quantile(degrees, confidence), 3) == quantile


def test_a_fraction_of_a_degree_lies_between_its_neighbours():
    assert student_quantile(5) < student_quantile(4.5) < student_quantile(4)
    with pytest.raises(ValueError, match=r"got 0\.5"):
        student_quantile(0.5)


def test_wilson_as_newcombe_printed_it():
    # Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
    assert rounded(wilson(81, 263)) == (0.3080, 0.2553, 0.3662)
    assert rounded(wilson(15, 148)) == (0.1014, 0.0624, 0.1605)
    assert rounded(wilson(0, 20)) == (0.0, 0.0, 0.1611)
    assert rounded(wilson(1, 29)) == (0.0345, 0.0061, 0.1718)


def test_a_sample_s_margin_by_hand():
    # 50 of 100 of 10,000: (50 + 1.9207) / (100 + 3.8415) = 0.5; 1.96 * sqrt(0.25 / 103.8415 * 9900 / 9999) = 0.0957.
    assert round(sampled_share_margin(50, 100, 10_000), 4) == 0.0957
    # None of 100: 1.9207 / 103.8415 = 0.018497; 1.96 * sqrt(0.018497 * 0.981503 / 103.8415 * 0.990099) = 0.02579.
    assert round(sampled_share_margin(0, 100, 10_000), 5) == 0.02579
    assert sampled_share_margin(100, 100, 10_000) == pytest.approx(sampled_share_margin(0, 100, 10_000))
    assert sampled_share_margin(3, 100, 100) == 0


def test_newcombe_as_newcombe_printed_it():
    # "Interval estimation for the difference", 1998, table II, method 10: 56/70 - 48/80, 9/10 - 3/10, 0/10 - 0/20.
    assert rounded(newcombe(56, 70, 48, 80)) == (0.2000, 0.0524, 0.3339)
    assert rounded(newcombe(9, 10, 3, 10)) == (0.6000, 0.1705, 0.8090)
    assert rounded(newcombe(0, 10, 0, 20)) == (0.0, -0.1611, 0.2775)


def test_no_trial_is_no_share():
    with pytest.raises(ValueError, match="0 of 0"):
        wilson(0, 0)
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


def test_equal_shares_do_not_differ_and_all_or_nothing_does_not_divide_by_zero():
    assert share_difference_p(5, 10, 50, 100) == 1.0
    assert share_difference_p(0, 10, 0, 10) == 1.0
    # 20/100 against 10/100: pooled 0.15, error 0.0505, z 1.98.
    assert round(share_difference_p(20, 100, 10, 100), 3) == 0.048


def test_a_mean_of_few_values_has_student_s_interval():
    # 10 values, deviation 2: 2.262 x 2 / 3.1623.
    assert rounded(mean_interval(5, 2, 10), 2) == (5, 3.57, 6.43)
    with pytest.raises(ValueError, match="got 1"):
        mean_interval(5, 0, 1)


def test_welch_with_unlike_groups():
    # Parts 4 / 16 and 9 / 9: error 1.1180, degrees 1.5625 / (0.0625 / 15 + 1 / 8) = 12.0968, quantile 2.1766.
    interval, p = welch(Sample(10, 2, 16), Sample(7, 3, 9))
    assert rounded(interval, 2) == (3, 0.57, 5.43)
    assert round(p, 4) == round(two_sided_p(3 / 1.1180), 4)
    assert welch(Sample(1, 0, 5), Sample(1, 0, 5))[1] == 1.0
    assert welch(Sample(1, 0, 5), Sample(2, 0, 5))[1] == 0.0


def test_correlation_by_fisher():
    # atanh 0.5 = 0.5493, 1.96 / sqrt(100) = 0.196.
    assert rounded(correlation_interval(0.5, 103), 3) == (0.5, 0.339, 0.632)


def test_benjamini_and_hochberg_by_hand():
    # 0.01 x 4 / 1, 0.02 x 4 / 2, 0.03 x 4 / 3, 0.5: all of the first three 0.04.
    assert [round(p, 10) for p in benjamini_hochberg([0.02, 0.5, 0.01, 0.03])] == [0.04, 0.5, 0.04, 0.04]
    assert benjamini_hochberg([]) == []


def test_holm_by_hand():
    # 0.01 x 4, 0.02 x 3, 0.03 x 2 (not below the one before), 0.5.
    assert [round(p, 10) for p in holm([0.02, 0.5, 0.01, 0.03])] == [0.06, 0.5, 0.04, 0.06]


COUNTS = st.integers(1, 500).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))


@given(COUNTS)
def test_wilson_holds_the_share_and_stays_a_share(counts):
    share, low, high = wilson(*counts)
    assert 0 <= low <= share <= high <= 1


@given(COUNTS, COUNTS)
def test_newcombe_turned_round_changes_sign(a, b):
    there, back = newcombe(*a, *b), newcombe(*b, *a)
    assert isclose(there.low, -back.high, abs_tol=1e-12)
    assert -1 - 1e-9 <= there.low <= there.estimate <= there.high <= 1 + 1e-9


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_corrections_keep_the_order_and_holm_is_the_stricter(p_values):
    by_rate, by_family = benjamini_hochberg(p_values), holm(p_values)
    assert all(
        p - 1e-12 <= rate <= family + 1e-12 for p, rate, family in zip(p_values, by_rate, by_family, strict=True)
    )
    ordered = sorted(range(len(p_values)), key=lambda i: p_values[i])
    assert [by_rate[i] for i in ordered] == sorted(by_rate)
