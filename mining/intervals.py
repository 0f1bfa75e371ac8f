"""Intervals around shares, means and their differences, and the correction for many comparisons. Numbers in and out."""

from collections.abc import Sequence
from math import atanh, comb, cos, pi, sin, sqrt, tan, tanh
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """An estimate with the range that holds the truth with the stated confidence."""

    estimate: float
    low: float
    high: float


def normal_quantile(confidence: float = CONFIDENCE) -> float:
    """How many standard errors reach to either side: 1.96 for 0.95."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence lies between 0 and 1, got {confidence}")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def two_sided_p(z: float) -> float:
    """Probability of a standard normal value at least as far from zero as `z`."""
    return 2 * NormalDist().cdf(-abs(z))


def student_quantile(degrees: float, confidence: float = CONFIDENCE) -> float:
    """The two-sided quantile of Student's t; 12.71, 4.303, 2.776 for 1, 2 and 4 degrees at 0.95.

    Exact for 1 and 2 degrees; from there the distribution function of whole degrees is inverted by halving, the
    fraction of a degree interpolated in 1 / degrees. Above 200 degrees the normal quantile's expansion takes over.

    Source: Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, 26.7.3, 26.7.4 and 26.7.5.
    """
    if degrees < 1:
        raise ValueError(f"Student's t has 1 degree of freedom or more, got {degrees}")
    z = normal_quantile(confidence)
    if degrees > 200:
        return z + (z**3 + z) / (4 * degrees)
    below, above = int(degrees), int(degrees) + 1
    if below == degrees:
        return _whole_student_quantile(below, confidence)
    at_below, at_above = (_whole_student_quantile(n, confidence) for n in (below, above))
    weight = (1 / degrees - 1 / above) / (1 / below - 1 / above)
    return weight * at_below + (1 - weight) * at_above


def _whole_student_quantile(degrees: int, confidence: float) -> float:
    """The quantile for whole degrees, as the tangent of an angle found by halving."""
    if degrees == 1:
        return tan(pi * confidence / 2)
    low, high = 0.0, pi / 2
    for _step in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _student_mass(middle, degrees) < confidence else (low, middle)
    return sqrt(degrees) * tan((low + high) / 2)


def _student_mass(angle: float, degrees: int) -> float:
    """Probability that |t| stays below sqrt(degrees) x tan(angle): the finite sums 26.7.3 (odd) and 26.7.4 (even)."""
    if degrees % 2 == 0:
        terms = (comb(2 * k, k) / 4**k * cos(angle) ** (2 * k) for k in range(degrees // 2))
        return sin(angle) * sum(terms)
    total, factor = 0.0, 1.0
    for k in range(1, (degrees - 1) // 2 + 1):
        factor *= 1.0 if k == 1 else (2 * k - 2) / (2 * k - 1)
        total += factor * cos(angle) ** (2 * k - 1)
    return 2 / pi * (angle + sin(angle) * total)


def wilson(successes: float, trials: float, confidence: float = CONFIDENCE) -> Interval:
    """A share with its score interval, which stays within 0 and 1 and works near both ends.

    Parameters
    ----------
    successes, trials : counts, 0 <= successes <= trials

    Raises
    ------
    ValueError
        If there is no trial, or more successes than trials: a share of nothing is not a number.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"a share needs 0 <= successes <= trials and a trial, got {successes} of {trials}")
    z = normal_quantile(confidence)
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * sqrt(share * (1 - share) / trials + z * z / (4 * trials**2))
    # At the ends the score bound is 0 or 1; the square root may miss it by a rounding.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return Interval(share, low, high)


def sampled_share_margin(successes: int, sampled: int, population: int, confidence: float = CONFIDENCE) -> float:
    """How far the share in a whole population may lie from that in a sample drawn without replacement.

    The margin of none, or all, of a sample is so not nothing; that of a sample of everybody is.

    Parameters
    ----------
    successes, sampled, population : counts, 0 <= successes <= sampled <= population

    Source: Agresti and Coull, "Approximate is better than exact for interval estimation of binomial proportions", The
    American Statistician 52, 1998; Cochran, "Sampling Techniques", 1977, for the finite population.
    """
    z = normal_quantile(confidence)
    trials = sampled + z * z
    share = (successes + z * z / 2) / trials
    left = (population - sampled) / max(population - 1, 1)
    return z * sqrt(share * (1 - share) / trials * left)


def newcombe(
    successes_a: float, trials_a: float, successes_b: float, trials_b: float, confidence: float = CONFIDENCE
) -> Interval:
    """The share of A less the share of B, with the hybrid score interval built from both Wilson intervals.

    Source: Newcombe, "Interval estimation for the difference between independent proportions: comparison of eleven
    methods", Statistics in Medicine 17, 1998, method 10.
    """
    a, b = wilson(successes_a, trials_a, confidence), wilson(successes_b, trials_b, confidence)
    difference = a.estimate - b.estimate
    below = sqrt((a.estimate - a.low) ** 2 + (b.high - b.estimate) ** 2)
    above = sqrt((a.high - a.estimate) ** 2 + (b.estimate - b.low) ** 2)
    return Interval(difference, difference - below, difference + above)


def paired_difference(only_a: int, only_b: int, pairs: int, confidence: float = CONFIDENCE) -> Interval:
    """The share with A less the share with B, both asked of the same cases.

    Parameters
    ----------
    only_a, only_b : cases with the one and not the other
    pairs : all cases, at least 1

    Source: Agresti and Min, "Simple improved confidence intervals for comparing matched proportions", Statistics in
    Medicine 24, 2005: half a case is added to each of the four cells.
    """
    a, b, n = only_a + 0.5, only_b + 0.5, pairs + 2
    middle = (a - b) / n
    reach = normal_quantile(confidence) * sqrt(a + b - (a - b) ** 2 / n) / n
    return Interval((only_a - only_b) / pairs, max(-1.0, middle - reach), min(1.0, middle + reach))


def share_difference_p(successes_a: float, trials_a: float, successes_b: float, trials_b: float) -> float:
    """Two-sided probability of shares this far apart were they equal (pooled z test); 1 where nobody differs."""
    pooled = (successes_a + successes_b) / (trials_a + trials_b)
    error = sqrt(pooled * (1 - pooled) * (1 / trials_a + 1 / trials_b))
    if error == 0:
        return 1.0
    return two_sided_p((successes_a / trials_a - successes_b / trials_b) / error)


def mean_interval(mean: float, deviation: float, count: int, confidence: float = CONFIDENCE) -> Interval:
    """A mean with Student's interval; `deviation` is the sample's (divided by count - 1).

    Raises
    ------
    ValueError
        If there are fewer than two values: one value says nothing of its own spread.
    """
    if count < 2:
        raise ValueError(f"an interval around a mean needs two values or more, got {count}")
    half = student_quantile(count - 1, confidence) * deviation / sqrt(count)
    return Interval(mean, mean - half, mean + half)


class Sample(NamedTuple):
    """What a group's values come down to: mean, standard deviation (divided by count - 1), how many."""

    mean: float
    deviation: float
    size: int


def welch(a: Sample, b: Sample, confidence: float = CONFIDENCE) -> tuple[Interval, float]:
    """The mean of A less the mean of B, with interval and two-sided p value, for groups of unlike spread.

    The p value takes the normal's tail, which is Student's from some 50 degrees on.

    Raises
    ------
    ValueError
        If a group has fewer than two values.

    Source: Welch, "The generalization of 'Student's' problem when several different population variances are
    involved", Biometrika 34, 1947.
    """
    if min(a.size, b.size) < 2:
        raise ValueError(f"both groups need two values or more, got {a.size} and {b.size}")
    parts = [sample.deviation**2 / sample.size for sample in (a, b)]
    difference, error = a.mean - b.mean, sqrt(sum(parts))
    if error == 0:
        return Interval(difference, difference, difference), 0.0 if difference else 1.0
    degrees = sum(parts) ** 2 / sum(p * p / (s.size - 1) for p, s in zip(parts, (a, b), strict=True))
    half = student_quantile(max(degrees, 1.0), confidence) * error
    return Interval(difference, difference - half, difference + half), two_sided_p(difference / error)


def correlation_interval(correlation: float, count: int, confidence: float = CONFIDENCE) -> Interval:
    """A correlation with Fisher's interval; four pairs or more."""
    if count < 4:
        raise ValueError(f"an interval around a correlation needs four pairs or more, got {count}")
    bounded = min(max(correlation, -1 + 1e-12), 1 - 1e-12)
    half = normal_quantile(confidence) / sqrt(count - 3)
    return Interval(correlation, tanh(atanh(bounded) - half), tanh(atanh(bounded) + half))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """p values corrected for their number: those at or below q hold a false-discovery rate of q.

    Source: Benjamini and Hochberg, "Controlling the false discovery rate", JRSS B 57, 1995.
    """
    values = np.asarray(p_values, dtype=float)
    if values.size == 0:
        return []
    order = np.argsort(values, kind="stable")
    ranked = values[order] * values.size / np.arange(1, values.size + 1)
    corrected = np.empty_like(values)
    corrected[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    return corrected.tolist()


def holm(p_values: Sequence[float]) -> list[float]:
    """p values corrected so that the chance of even one false discovery stays below the level.

    Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.
    """
    values = np.asarray(p_values, dtype=float)
    if values.size == 0:
        return []
    order = np.argsort(values, kind="stable")
    ranked = values[order] * (values.size - np.arange(values.size))
    corrected = np.empty_like(values)
    corrected[order] = np.minimum(np.maximum.accumulate(ranked), 1.0)
    return corrected.tolist()
