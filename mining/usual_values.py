"""How far a figure may lie from its own past before it is unusual: robust, and rarely wrong however many are held."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import stats

MAD_TO_DEVIATION = 1.4826
MANY = 500
"Degrees of freedom beyond which Student's distribution is as good as normal."
MAD_EFFICIENCY = 0.37
"Of a normal sample, the median absolute deviation tells as much of the spread as 37 in 100 of it would by the root."


@dataclass(frozen=True)
class UsualRange:
    """Between which values a figure is usual, around what it mostly is; `count` earlier values say so."""

    low: float
    middle: float
    high: float
    count: int

    def holds(self, value: float) -> bool:
        """Whether a value is usual."""
        return self.low <= value <= self.high


def usual_range(
    past: Sequence[float], *, chance: float = 0.001, figures: int = 1, noise: float = 0.0, floor: float = 0.0
) -> UsualRange:
    """The range in which the next value of a series is to be expected.

    middle ± t x √(s² + noise²), where s² is the square of median absolute deviation x 1.4826 x n / (n - 0.8), times
    1 + π / 2n for the error of the middle, and t is Student's quantile at chance / (2 figures). s from n normal values
    is no better than the deviation of 0.37 n of them; so many degrees of freedom s has, the noise has none to
    estimate, and both together by Welch and Satterthwaite. One wild value among the past moves the range hardly at all.

    Parameters
    ----------
    past : at least 3 earlier values; the order does not matter
    chance : of one false alarm among all `figures` that are held against their past at once (Bonferroni)
    noise : standard deviation that the next value has by itself, such as that of a share of few
    floor : what is no further from the middle than this is usual, whatever the past says

    Source: P. J. Rousseeuw and C. Croux, "Alternatives to the Median Absolute Deviation", JASA 88 (1993); C. Croux and
    P. J. Rousseeuw, "Time-Efficient Algorithms for Two Highly Robust Estimators of Scale", COMPSTAT (1992): n - 0.8;
    F. E. Satterthwaite, "An Approximate Distribution of Estimates of Variance Components", Biometrics 2 (1946).

    Raises
    ------
    ValueError
        For fewer than 3 values.
    """
    values = np.asarray(past, dtype=float)
    count = len(values)
    if count < 3:
        raise ValueError(f"past must have at least 3 values, got {count}")
    middle = float(np.median(values))
    spread = MAD_TO_DEVIATION * count / (count - 0.8) * float(np.median(np.abs(values - middle)))
    square = spread**2 * (1 + np.pi / (2 * count))
    deviation = float(np.sqrt(square + noise**2))
    own = max(MAD_EFFICIENCY * (count - 1), 1)
    freedom = own * ((square + noise**2) / square) ** 2 if square > 0 else np.inf
    reach = max(quantile(chance / (2 * figures), round(freedom) if freedom < MANY else MANY) * deviation, floor)
    return UsualRange(middle - reach, middle, middle + reach, count)


@cache
def quantile(tail: float, freedom: int) -> float:
    """Student's t that is exceeded with probability `tail`."""
    return float(stats.t.isf(tail, freedom))
