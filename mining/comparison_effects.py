"""Effects with their intervals from the counts of two groups: numbers by Cliff's delta, categories by shares."""

from math import sqrt

from mining.intervals import newcombe, normal_quantile, share_difference_p, two_sided_p

EMPTY = {"level": None, "standardized_difference": None, "corrected_p": None, "comparison_status": "too few"}
BOUNDS = {"effect_low": None, "effect_high": None}


def numeric_effect(counts: dict, min_size: int) -> dict:
    """The row of one number.

    Parameters
    ----------
    counts : a row of `comparisons.dominance`
    min_size : with fewer on a side there is no interval and no test

    Source: Cliff, "Dominance statistics", Psychological Bulletin 114, 1993, equations 8 to 10 (variance, interval);
    Mann and Whitney, Annals of Mathematical Statistics 18, 1947 (test, ties corrected).
    """
    a, b = int(counts["size_a"]), int(counts["size_b"])
    row = EMPTY | BOUNDS | {"attribute": counts["attribute"], "kind": "number", "size_a": a, "size_b": b}
    if min(a, b) == 0:
        return row | {"value_a": None, "value_b": None, "effect": 0.0}
    means = counts["sum_a"] / a, counts["sum_b"] / b
    row |= {"value_a": means[0], "value_b": means[1], "effect": counts["delta"]}
    if min(a, b) < max(min_size, 2):
        return row
    low, high = delta_interval(counts["delta"], delta_variance(counts), min(a, b))
    row |= {"effect_low": low, "effect_high": high, "corrected_p": rank_p(counts)}
    within = counts["squares_a"] - a * means[0] ** 2 + counts["squares_b"] - b * means[1] ** 2
    # A sum of squares less another: what rounding leaves of nothing is not a spread.
    scale = counts["squares_a"] + counts["squares_b"]
    if within > 1e-12 * scale:
        row["standardized_difference"] = (means[0] - means[1]) / sqrt(within / (a + b - 2))
    return row


def delta_variance(counts: dict) -> float:
    """Cliff's unbiased variance of delta, not below its least sensible value."""
    a, b, delta = counts["size_a"], counts["size_b"], counts["delta"]
    rows = counts["wins_squared"] - a * delta**2
    columns = counts["losses_squared"] - b * delta**2
    cells = counts["untied"] - a * b * delta**2
    variance = (b**2 * rows + a**2 * columns - cells) / (a * b * (a - 1) * (b - 1))
    return max(variance, (1 - delta**2) / (a * b - 1))


def delta_interval(delta: float, variance: float, smaller: int) -> tuple[float, float]:
    """Cliff's asymmetric interval, which stays within -1 and 1."""
    z = normal_quantile()
    if abs(delta) >= 1 - 1e-12:
        # Every pair falls the same way: the variance is none, the bound comes from the size of the smaller group.
        near = (smaller - z * z) / (smaller + z * z)
        return (near, 1.0) if delta > 0 else (-1.0, -near)
    centre = delta - delta**3
    half = z * sqrt(variance) * sqrt((1 - delta**2) ** 2 + z * z * variance)
    below = 1 - delta**2 + z * z * variance
    return (centre - half) / below, (centre + half) / below


def rank_p(counts: dict) -> float:
    """Two-sided probability of ranks this far apart in groups that do not differ; 1 where all values are equal."""
    a, b = counts["size_a"], counts["size_b"]
    n = a + b
    variance = a * b / 12 * (n + 1 - counts["ties"] / (n * (n - 1)))
    if variance <= 0:
        return 1.0
    return two_sided_p(counts["delta"] * a * b / 2 / sqrt(variance))


def category_effect(counts: dict, min_size: int) -> dict:
    """The row of one level: the difference of shares with Newcombe's interval."""
    a, b, size_a, size_b = (int(counts[name]) for name in ("a", "b", "size_a", "size_b"))
    row = EMPTY | BOUNDS | {"attribute": counts["attribute"], "kind": "category", "level": counts["level"]}
    row |= {"size_a": size_a, "size_b": size_b, "value_a": a / size_a, "value_b": b / size_b}
    row["effect"] = a / size_a - b / size_b
    if min(size_a, size_b) >= min_size:
        interval = newcombe(a, size_a, b, size_b)
        row |= {"effect_low": interval.low, "effect_high": interval.high}
        row["corrected_p"] = share_difference_p(a, size_a, b, size_b)
    return row
