"""Which tier a newcomer will be in after a year, from the first weeks: rules of a shallow tree, shown and judged."""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from models.histories import Floats
from models.rules import Rule, learn_rules


class NewcomerTier(ClassifierMixin, BaseEstimator):
    """Rules of the first weeks, each with the shares of the tiers that followed; the rules are the model.

    Parameters
    ----------
    depth : questions on the way to a rule
    smallest : customers behind a rule at least
    seed : where two questions are as good as each other

    Attributes
    ----------
    classes_ : the tiers
    low_, high_ : (rules, features): bounds of each rule
    shares_ : (rules, classes), rows_ : customers behind each rule

    Source: Breiman, Friedman, Olshen, Stone, "Classification and regression trees", 1984.
    """

    def __init__(self, *, depth: int = 3, smallest: int = 50, seed: int = 0) -> None:
        self.depth = depth
        self.smallest = smallest
        self.seed = seed

    def __sklearn_tags__(self) -> Tags:
        """Missing values are welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: Floats, y: Floats) -> Self:
        """Learn from features of the first weeks (customers, features) and tiers a year later."""
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
        check_classification_targets(y)
        found, self.classes_ = learn_rules(X, y, depth=self.depth, smallest=self.smallest, seed=self.seed)
        self.low_, self.high_, self.shares_ = (np.array([rule[part] for rule in found]) for part in range(3))
        self.rows_ = np.array([rule.rows for rule in found])
        return self

    def rules(self) -> list[Rule]:
        """The rules, to be put in words or judged."""
        check_is_fitted(self, "shares_")
        return [Rule(*parts) for parts in zip(self.low_, self.high_, self.shares_, self.rows_.tolist(), strict=True)]

    def apply(self, X: Floats) -> Floats:
        """Position of the rule that holds for each row."""
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        holds = np.array([rule.holds(X) for rule in self.rules()])
        return holds.argmax(axis=0)

    def predict_proba(self, X: Floats) -> Floats:
        """Shares of the tiers, (rows, classes)."""
        check_is_fitted(self, "shares_")
        return self.shares_[self.apply(X)]

    def predict(self, X: Floats) -> Floats:
        """The commonest tier of the rule that holds."""
        check_is_fitted(self)
        return self.classes_[self.predict_proba(X).argmax(axis=1)]
