"""The reasons that matter most, in words with their values."""

from typing import NamedTuple

import numpy as np

from models.feature_contract import BY_NAME
from models.histories import Floats


class Reasons(NamedTuple):
    """For each row the features that moved its score most, strongest first; -1 and 0 where fewer moved it."""

    feature: Floats  # (rows, count): position of the feature
    effect: Floats  # (rows, count): what it adds to the log-odds


def strongest(contributions: Floats, *, count: int = 3) -> Reasons:
    """The features that push hardest in the direction in which all of them together push the row.

    A customer likelier to leave than the average gets reasons for leaving, a customer less likely reasons for staying.
    """
    direction = np.where(contributions.sum(axis=1) >= 0, 1.0, -1.0)[:, None]
    pushed = contributions * direction
    count = min(count, pushed.shape[1])
    picked = np.argpartition(-pushed, count - 1, axis=1)[:, :count]
    within = np.argsort(-np.take_along_axis(pushed, picked, axis=1), axis=1, kind="stable")
    feature = np.take_along_axis(picked, within, axis=1)
    effect = np.take_along_axis(contributions, feature, axis=1)
    moves = effect * direction > 0
    return Reasons(np.where(moves, feature, -1), np.where(moves, effect, 0.0))


def in_words(reasons: Reasons, X: Floats, names: tuple[str, ...]) -> Floats:
    """The reasons as texts, (rows, count), as in "no order for 84 days"; empty where there is none.

    `names` are the features by position; one that the contract does not know reads as "name: value".
    """
    texts = np.full(reasons.feature.shape, "", dtype=object)
    for j, name in enumerate(names):
        row, place = np.nonzero(reasons.feature == j)
        values = X[row, j]
        # Customers share values: each distinct one is put in words once.
        levels, which = np.unique(values, return_inverse=True)
        words = np.array([phrase(name, value) for value in levels], dtype=object)
        if len(words):
            texts[row, place] = words[which]
    return texts


def phrase(name: str, value: float) -> str:
    """One feature's value in words."""
    feature = BY_NAME.get(name)
    if feature is None:
        return f"{name}: {'not known' if np.isnan(value) else f'{value:g}'}"
    return feature.phrase(value)
