"""Columns of words as codes, so that a model sees numbers only."""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from models.histories import Floats


class CategoryCodes(BaseEstimator):
    """Words become 0, 1, ... by how common they are, the commonest first; a word not seen before is missing.

    Parameters
    ----------
    most : words that get a code of their own; the rarer ones share the last

    Attributes
    ----------
    words_ : for each column the words by code
    """

    def __init__(self, *, most: int = 31) -> None:
        self.most = most

    def fit(self, columns: list[Floats], y: object = None) -> Self:
        """Learn the words of each column."""
        self.words_ = []
        for column in columns:
            words, counts = np.unique(np.asarray(column, dtype=str), return_counts=True)
            self.words_.append(words[np.argsort(-counts, kind="stable")])
        return self

    def transform(self, columns: list[Floats]) -> Floats:
        """Codes, (rows, columns); nan: not seen before."""
        check_is_fitted(self, "words_")
        coded = []
        for words, column in zip(self.words_, columns, strict=True):
            order = np.argsort(words)
            values = np.asarray(column, dtype=str)
            place = np.minimum(np.searchsorted(words, values, sorter=order), len(words) - 1)
            code = order[place]
            coded.append(np.where(words[code] == values, np.minimum(code, self.most), np.nan))
        return np.column_stack(coded)
