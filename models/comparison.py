"""Two models on the same rows: how much better one ranks, and whether it may take the other's place."""

from typing import NamedTuple

import numpy as np
from scipy.stats import norm, rankdata, t

from models.histories import Floats
from models.measures import checked, expected_calibration_error
from models.too_little import TooLittleDataError


class Difference(NamedTuple):
    """By how much the first is better than the second (AUC, or share of the error), with its interval."""

    first: float
    second: float
    value: float
    low: float
    high: float


class Challenge(NamedTuple):
    """Whether the challenger replaces the champion, and why, in words."""

    replaces: bool
    reason: str


def auc_difference(is_one: Floats, first: Floats, second: Floats, *, level: float = 0.95) -> Difference:
    """The difference of two areas under the curve on the same rows: their errors go together, so it is paired.

    Source: DeLong, DeLong, Clarke-Pearson, Biometrics 44(3), 1988.
    """
    placed = [placements(is_one, score) for score in (first, second)]
    values = [float(above.mean()) for above, _ in placed]
    variance = 0.0
    for a, b in zip(*placed, strict=True):
        variance += float((a - b).var(ddof=1)) / len(a) if len(a) > 1 else 0.25
    reach = float(norm.ppf((1 + level) / 2)) * np.sqrt(variance)
    gain = values[0] - values[1]
    return Difference(values[0], values[1], gain, float(gain - reach), float(gain + reach))


def placements(is_one: Floats, score: Floats) -> tuple[Floats, Floats]:
    """For each one the share of zeros below it, for each zero the share of ones above it; ties half."""
    y, s = checked(is_one, score)
    ones, zeros = s[y == 1], s[y == 0]
    if not len(ones) or not len(zeros):
        raise TooLittleDataError("rows of both classes are needed to compare two rankings")
    ranks = rankdata(np.concatenate([ones, zeros]))
    above = (ranks[: len(ones)] - rankdata(ones)) / len(zeros)
    below = 1 - (ranks[len(ones) :] - rankdata(zeros)) / len(ones)
    return above, below


def error_saved(
    actual: Floats, first: Floats, second: Floats, *, groups: Floats | None = None, level: float = 0.95
) -> Difference:
    """The share of the second's mean absolute error that the first saves, with its interval from paired differences.

    Parameters
    ----------
    actual, first, second : amounts that came, and two predictions of each
    groups : rows whose errors go together (weeks of one forecast, forecasts that overlap) bear one number; without it
        every row stands alone

    Returns
    -------
    Difference of both mean absolute errors, the share saved (below 0 where the first is worse), low and high; nan where
    there are fewer than two groups

    Source: groups: Liang, Zeger, Biometrika 73(1), 1986; forecasts: Diebold, Mariano, JBES 13(3), 1995.
    """
    errors = [np.abs(np.asarray(actual, dtype=np.float64) - np.asarray(each)) for each in (first, second)]
    group = np.arange(len(errors[0])) if groups is None else np.unique(groups, return_inverse=True)[1]
    count = int(group.max()) + 1 if len(group) else 0
    ours, theirs = (float(each.mean()) for each in errors)
    if count < 2 or theirs == 0:
        return Difference(ours, theirs, *[float("nan")] * 3)
    saved = (theirs - ours) / theirs
    # How far each group's part of the saving lies from what it would be were all groups alike.
    parts = np.bincount(group, errors[1] - errors[0] - saved * errors[1])
    spread = np.sqrt((parts**2).sum() * count / (count - 1)) / (len(group) * theirs)
    reach = float(t.ppf((1 + level) / 2, count - 1) * spread)
    return Difference(ours, theirs, saved, saved - reach, saved + reach)


def challenge(is_one: Floats, champion: Floats, challenger: Floats, *, tolerance: float = 0.01) -> Challenge:
    """A new model takes over when it ranks better on the later period and its probabilities are no worse.

    `tolerance` is how much more calibration error a better ranking may bring. Both must be judged on rows that neither
    has learnt from.
    """
    gain = auc_difference(is_one, challenger, champion)
    errors = [expected_calibration_error(is_one, p) for p in (champion, challenger)]
    said = f"AUC {gain.first:.3f} against {gain.second:.3f}, calibration error {errors[1]:.3f} against {errors[0]:.3f}"
    if gain.value <= 0:
        return Challenge(False, f"the champion stays, it ranks as well or better: {said}")
    if errors[1] > errors[0] + tolerance:
        return Challenge(False, f"the champion stays, the challenger's probabilities are further off: {said}")
    return Challenge(True, f"the challenger takes over: {said}")
