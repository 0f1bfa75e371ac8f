"""Purchase histories as three numbers a customer, checked and grouped: identical ones count once, with a weight."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_array

Floats = np.ndarray

ENOUGH_BUYERS = 500
ENOUGH_DAYS = 180


class Grouped(NamedTuple):
    """Distinct histories and how many customers have each; `level` points each at its pair of (x, covariates)."""

    x: Floats  # repeat orders
    t_x: Floats  # time of the last one since the first order
    age: Floats  # time observed since the first order, the T of the papers
    weight: Floats
    level: Floats  # row of `level_x` and `level_z`
    level_x: Floats
    level_z: Floats  # (levels, covariates)
    level_weight: Floats


def check_histories(histories: Floats) -> Floats:
    """The histories as an array of floats (customers, 3 or more): repeat orders, time of the last, time observed.

    Raises
    ------
    ValueError
        Naming the first row that cannot be a history.
    """
    X = check_array(histories, dtype=np.float64, ensure_min_features=3)
    x, t_x, age = X[:, 0], X[:, 1], X[:, 2]
    faults = {
        "repeat orders must be whole and not negative": (x < 0) | (x != np.floor(x)),
        "the last order must lie between the first and the end of observation": (t_x < 0) | (t_x > age),
        "no repeat order means the last order is the first, at time 0": (x == 0) & (t_x != 0),
        "repeat orders come after the first, later than time 0": (x > 0) & (t_x == 0),
    }
    for problem, bad in faults.items():
        if bad.any():
            row = int(bad.argmax())
            raise ValueError(f"{problem}: row {row} has {X[row, :3].tolist()}")
    return X


def grouped(X: Floats, sample_weight: Floats | None = None) -> Grouped:
    """Identical rows become one: a million customers have some hundred thousand distinct histories or fewer."""
    rows, weight = in_whole_units(X) if sample_weight is None else (None, None)
    if rows is None:
        _, first, group = distinct(codes(X.T))
        given = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        rows, weight = X[first], np.bincount(group, given, minlength=len(first))
    _, level_first, level = distinct(codes([rows[:, 0], *rows[:, 3:].T]))
    weight = np.asarray(weight, dtype=np.float64)
    of_level = rows[level_first]
    x, t_x, age = (np.ascontiguousarray(column) for column in rows[:, :3].T)
    return Grouped(x, t_x, age, weight, level, of_level[:, 0], of_level[:, 3:], np.bincount(level, weight))


def in_whole_units(X: Floats) -> tuple[Floats | None, Floats | None]:
    """Distinct rows and their counts where all is counted in whole days or so; None where it is not.

    One sort of one whole number per row is several times as fast as any hashing of three.
    """
    base = int(X[:, 2].max()) + 1
    if X.shape[1] > 3 or (X[:, 0].max() + 1) * base**2 > 2**62 or (X[:, 1:3] != np.floor(X[:, 1:3])).any():
        return None, None
    x, t_x, age = X[:, :3].astype(np.int64).T
    code = np.sort((x * base + t_x) * base + age)
    starts = np.flatnonzero(np.concatenate([[True], code[1:] != code[:-1]]))
    x_and_last, age = np.divmod(code[starts], base)
    x, t_x = np.divmod(x_and_last, base)
    return np.column_stack([x, t_x, age]).astype(np.float64), np.diff(np.append(starts, len(code)))


def codes(columns: Sequence[Floats] | Floats) -> Floats:
    """One whole number for each row of these columns, the same for identical rows only."""
    code, size = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        own, values = pd.factorize(column)
        code, size = code * len(values) + own, size * len(values)
        if size > 1 << 40:  # kept far from overflow whatever the number of columns
            code, found = pd.factorize(code)
            size = len(found)
    return code


def distinct(code: Floats) -> tuple[Floats, Floats, Floats]:
    """Distinct values in the order they come, the row where each comes first, and each row's place among them."""
    group, values = pd.factorize(code)
    first = np.full(len(values), len(code), dtype=np.int64)
    # Written backwards, so that the first row of each value is written last and stays.
    first[group[::-1]] = np.arange(len(code) - 1, -1, -1)
    return values, first, group


def thin_data_warnings(buyers: float, days: float) -> tuple[str, ...]:
    """What makes a fit doubtful, in words; empty when there is enough to fit on."""
    warnings = []
    if buyers < ENOUGH_BUYERS:
        warnings.append(f"{buyers:.0f} buyers, fewer than {ENOUGH_BUYERS}: the parameters are loosely known")
    if days < ENOUGH_DAYS:
        warnings.append(f"{days:.0f} days of history, under {ENOUGH_DAYS}: leaving cannot be told from a long gap")
    return tuple(warnings)
