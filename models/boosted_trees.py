"""Gradient boosting without a limit on how many features act together: ranks best, reasons are sampled, not exact."""

from typing import Self

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from models.histories import Floats

BLOCK = 2048


class BoostedTrees(ClassifierMixin, BaseEstimator):
    """A classifier of two classes from boosted trees that look at a random part of the features at each split.

    Where three things matter only together (the month, the interest rate and whom one writes to), this ranks better
    than `BoostedTables`; what it costs is that a reason is sampled instead of read off.

    Parameters
    ----------
    rounds, learning_rate, leaves, min_leaf : of the boosted trees; leaves at most, rows in a leaf at least
    feature_share : of the features tried at each split
    shrinkage : weight of the squared values of the leaves in what is minimised
    most_rows : more are thinned out evenly at random
    categorical : positions of features whose values are codes without an order
    background : training rows that contributions are measured from
    seed : of thinning, trees and background

    Attributes
    ----------
    trees_ : the fitted trees
    background_ : (background, features)
    intercept_ : mean log-odds of the background, which contributions add to

    Source: Friedman, "Greedy function approximation", Annals of Statistics 29(5), 2001; a part of the features at each
    split: Breiman, "Random forests", Machine Learning 45, 2001; reasons: Strumbelj, Kononenko, "Explaining prediction
    models and individual predictions with feature contributions", Knowledge and Information Systems 41, 2014.
    """

    def __init__(
        self,
        *,
        rounds: int = 200,
        learning_rate: float = 0.05,
        leaves: int = 16,
        min_leaf: int = 40,
        feature_share: float = 0.3,
        shrinkage: float = 5.0,
        most_rows: int = 300_000,
        categorical: tuple[int, ...] = (),
        background: int = 32,
        seed: int = 0,
    ) -> None:
        self.rounds = rounds
        self.learning_rate = learning_rate
        self.leaves = leaves
        self.min_leaf = min_leaf
        self.feature_share = feature_share
        self.shrinkage = shrinkage
        self.most_rows = most_rows
        self.categorical = categorical
        self.background = background
        self.seed = seed

    def __sklearn_tags__(self) -> Tags:
        """Two classes; missing values are welcome."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: Floats, y: Floats) -> Self:
        """Learn from X (rows, features; nan: missing) and y of two classes."""
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
        check_classification_targets(y)
        if type_of_target(y, input_name="y") != "binary":
            raise ValueError("Only binary classification is supported: y has another number of classes than two.")
        self.classes_, target = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y has one class only, {self.classes_[0]!r}: there is nothing to tell apart")
        rng = np.random.default_rng(self.seed)
        order = rng.permutation(len(X))
        rows = np.sort(order[: self.most_rows])
        self.trees_ = self._trees(len(rows)).fit(X[rows], target[rows])
        self.background_ = X[order[: self.background]]
        self.intercept_ = float(self.trees_.decision_function(self.background_).mean())
        return self

    def _trees(self, rows: int) -> HistGradientBoostingClassifier:
        return HistGradientBoostingClassifier(
            max_iter=self.rounds,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=max(1, min(self.min_leaf, rows // 10)),
            max_features=self.feature_share,
            l2_regularization=self.shrinkage,
            categorical_features=list(self.categorical) or None,
            early_stopping=False,
            random_state=self.seed,
        )

    def decision_function(self, X: Floats) -> Floats:
        """Log-odds of the second class for each row of X."""
        check_is_fitted(self, "trees_")
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return self.trees_.decision_function(X)

    def contributions(self, X: Floats) -> Floats:
        """What each feature adds to the log-odds of each row, (rows, features); they sum up to it less `intercept_`.

        Shapley values against the background rows, from one random order of the features for each of them: right on
        average. Costs `background` times features predictions of X; meant for the people on a list.
        """
        check_is_fitted(self, "trees_")
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        rng, features, result = np.random.default_rng(self.seed), X.shape[1], np.zeros(X.shape)
        orders = [rng.permutation(features) for _ in self.background_]
        for start in range(0, len(X), BLOCK):
            block = X[start : start + BLOCK]
            for other, order in zip(self.background_, orders, strict=True):
                # All steps from the other row to each of ours, a feature at a time, predicted at once.
                steps = np.broadcast_to(other, (features + 1, *block.shape)).copy()
                for place, feature in enumerate(order):
                    steps[place + 1 :, :, feature] = block[:, feature]
                log_odds = self.trees_.decision_function(steps.reshape(-1, features)).reshape(features + 1, len(block))
                result[start : start + BLOCK, order] += np.diff(log_odds, axis=0).T
        return result / len(self.background_)

    def predict_proba(self, X: Floats) -> Floats:
        """Probabilities of both classes, (rows, 2)."""
        of_second = expit(self.decision_function(X))
        return np.column_stack([1 - of_second, of_second])

    def predict(self, X: Floats) -> Floats:
        """The likelier class of each row."""
        check_is_fitted(self)
        return self.classes_[(self.decision_function(X) > 0).astype(int)]
