"""Columns of equal length under names: the one shape in which simulated rows travel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Table = dict[str, Array]


def size(table: Table) -> int:
    """Number of rows."""
    return len(next(iter(table.values()))) if table else 0


def take(table: Table, rows: Array) -> Table:
    """The rows that a mask or an index picks, in that order."""
    return {name: column[rows] for name, column in table.items()}


def stack(parts: list[Table]) -> Table:
    """Tables of the same columns, one under the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def ordered(table: Table, *by: str) -> Table:
    """The rows sorted by the named columns, first name first."""
    return take(table, np.lexsort([table[name] for name in reversed(by)]))


def spread(counts: Array) -> tuple[Array, Array]:
    """For groups of `counts` members: each member's group and its position in the group, from 0."""
    group = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return group, np.arange(len(group)) - first[group]


def pick(rng: np.random.Generator, weights: Array | list[float], n: int) -> Array:
    """`n` draws of 0..len(weights)-1 in proportion to the weights."""
    edges = np.cumsum(np.asarray(weights, dtype=float))
    return np.searchsorted(edges / edges[-1], rng.random(n), side="right").astype(np.int64)


def pick_each(rng: np.random.Generator, weights: Array) -> Array:
    """One draw per row of a matrix of weights, shape (rows, choices)."""
    edges = np.cumsum(weights, axis=1)
    chosen = (rng.random(len(weights))[:, None] * edges[:, -1:] >= edges).sum(axis=1)
    return np.minimum(chosen, weights.shape[1] - 1).astype(np.int64)
