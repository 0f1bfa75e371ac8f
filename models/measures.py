"""How good a ranking and its probabilities are: area under the curve, calibration, lift, gain and profit."""

from typing import NamedTuple

import numpy as np
from scipy.stats import norm, rankdata

from models.histories import Floats


class AreaUnderCurve(NamedTuple):
    """The chance that a row of class 1 scores above one of class 0, ties counted half, and its interval."""

    value: float
    low: float
    high: float


def checked(is_one: Floats, score: Floats) -> tuple[Floats, Floats]:
    """Both as arrays of floats of one length, the first of zeros and ones."""
    y, s = np.asarray(is_one, dtype=np.float64), np.asarray(score, dtype=np.float64)
    if y.shape != s.shape or y.ndim != 1:
        raise ValueError(f"one score a row, got {y.shape} and {s.shape}")
    if not np.isin(y, (0, 1)).all():
        raise ValueError("outcomes are 0 or 1")
    return y, s


def area_under_curve(is_one: Floats, score: Floats, *, level: float = 0.95) -> AreaUnderCurve:
    """AUC with its interval; nan where one class is absent.

    Source: DeLong, DeLong, Clarke-Pearson, Biometrics 44(3), 1988; by ranks: Sun, Xu, IEEE Signal Processing Letters
    21(11), 2014.
    """
    y, s = checked(is_one, score)
    ones, zeros = s[y == 1], s[y == 0]
    m, n = len(ones), len(zeros)
    if m == 0 or n == 0:
        return AreaUnderCurve(float("nan"), float("nan"), float("nan"))
    ranks = rankdata(np.concatenate([ones, zeros]))
    above = (ranks[:m] - rankdata(ones)) / n
    below = 1 - (ranks[m:] - rankdata(zeros)) / m
    value = float(above.mean())
    variance = (above.var(ddof=1) / m if m > 1 else 0.25) + (below.var(ddof=1) / n if n > 1 else 0.25)
    reach = float(norm.ppf((1 + level) / 2) * np.sqrt(variance))
    return AreaUnderCurve(value, max(0.0, value - reach), min(1.0, value + reach))


def reliability(is_one: Floats, probability: Floats, *, bins: int = 10) -> Floats:
    """Bins of equally many rows by probability: (bins, 3) of rows, mean probability, share of ones."""
    y, p = checked(is_one, probability)
    parts = [part for part in np.array_split(np.argsort(p, kind="stable"), bins) if len(part)]
    return np.array([(len(part), p[part].mean(), y[part].mean()) for part in parts])


def expected_calibration_error(is_one: Floats, probability: Floats, *, bins: int = 10) -> float:
    """Mean distance of probability and share over bins of equally many rows.

    Source: Naeini, Cooper, Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015.
    """
    table = reliability(is_one, probability, bins=bins)
    return float((table[:, 0] * np.abs(table[:, 1] - table[:, 2])).sum() / table[:, 0].sum())


def gain_curve(is_one: Floats, score: Floats, *, points: int = 100) -> Floats:
    """(points + 1, 3): share of rows contacted best first, share of ones reached, lift over contacting at random.

    Within a tie the ones are counted evenly: nothing hangs on the order of the rows.
    """
    y, s = checked(is_one, score)
    _, level, rows = np.unique(-s, return_inverse=True, return_counts=True)
    ones = np.bincount(level, y)
    share = np.linspace(0, 1, points + 1)
    reached = np.interp(share * len(y), np.append(0, rows.cumsum()), np.append(0, ones.cumsum())) / max(y.sum(), 1)
    with np.errstate(invalid="ignore"):
        lift = np.where(share > 0, reached / share, np.nan)
    return np.column_stack([share, reached, lift])


def top_decile_lift(is_one: Floats, score: Floats) -> float:
    """How many times as many ones are in the best-scored tenth as in a tenth at random."""
    return float(gain_curve(is_one, score, points=10)[1, 2])


def profit_curve(is_one: Floats, score: Floats, *, margin: float, contact_cost: float, points: int = 100) -> Floats:
    """(points + 1, 4): share contacted best first, contacts, responders among them, profit in money."""
    curve = gain_curve(is_one, score, points=points)
    contacts = curve[:, 0] * len(is_one)
    responders = curve[:, 1] * float(np.asarray(is_one).sum())
    return np.column_stack([curve[:, 0], contacts, responders, responders * margin - contacts * contact_cost])


def expected_profit_curve(probability: Floats, *, margin: float, contact_cost: float, points: int = 100) -> Floats:
    """The same for people whose answer is not known yet: (points + 1, 5) with the lowest probability contacted last."""
    p = np.sort(np.asarray(probability, dtype=np.float64))[::-1]
    contacts = np.round(np.linspace(0, len(p), points + 1)).astype(int)
    responders = np.append(0, p.cumsum())[contacts]
    cut_off = np.append(1.0, p)[contacts]
    profit = responders * margin - contacts * contact_cost
    return np.column_stack([contacts / max(len(p), 1), contacts, responders, profit, cut_off])
