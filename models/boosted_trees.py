"""Gradient boosting without a limit on how many features act together: ranks best, reasons are sampled, not exact."""

from typing import Self

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from models.binary_classifier import LogOddsClassifier, few_threads, thinned
from models.histories import Floats

BLOCK = 2048


class TreesSettings:
    """The settings of `BoostedTrees`, and of what is built on it.

    Parameters
    ----------
    rounds, learning_rate, leaves, min_leaf : of the boosted trees; leaves at most, rows in a leaf at least
    feature_share : of the features tried at each split
    shrinkage : weight of the squared values of the leaves in what is minimised
    most_rows : more are thinned out evenly at random
    categorical : positions of features whose values are codes without an order
    background : training rows that contributions are measured from
    seed : of thinning, trees and background
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


class BoostedTrees(TreesSettings, LogOddsClassifier):
    """A classifier of two classes from boosted trees that look at a random part of the features at each split.

    Where three things matter only together (the month, the interest rate and whom one writes to), this ranks better
    than `BoostedTables`; what it costs is that a reason is sampled instead of read off.

    Attributes
    ----------
    trees_ : the fitted trees
    ranks_ : for each categorical feature its codes and their ranks by the share of the second class
    background_ : (background, features)
    intercept_ : mean log-odds of the background, which contributions add to

    Source: Friedman, "Greedy function approximation", Annals of Statistics 29(5), 2001; a part of the features at each
    split: Breiman, "Random forests", Machine Learning 45, 2001; categories in the order of their shares: Fisher, "On
    grouping for maximum homogeneity", JASA 53, 1958; reasons: Strumbelj, Kononenko, "Explaining prediction
    models and individual predictions with feature contributions", Knowledge and Information Systems 41, 2014.
    """

    def fit(self, X: Floats, y: Floats) -> Self:
        """Learn from X (rows, features; nan: missing) and y of two classes."""
        X, target = self._taught(X, y)
        rows = thinned(len(X), self.most_rows, self.seed)
        self.ranks_ = {j: ranks_by_share(X[rows, j], target[rows]) for j in self.categorical}
        X = self._for_trees(X)
        with few_threads(len(X[rows])):
            self.trees_ = self._trees(len(X[rows])).fit(X[rows], target[rows])
        self.background_ = X[thinned(len(X), self.background, self.seed)]
        self.intercept_ = float(self.trees_.decision_function(self.background_).mean())
        return self

    def _for_trees(self, X: Floats) -> Floats:
        """X with the codes of categories replaced by their ranks; a code that was not taught is missing."""
        X = X.copy() if self.ranks_ else X
        for j, (codes, ranks) in self.ranks_.items():
            place = np.minimum(np.searchsorted(codes, X[:, j]), len(codes) - 1)
            X[:, j] = np.where(codes[place] == X[:, j], ranks[place], np.nan)
        return X

    def _trees(self, rows: int) -> HistGradientBoostingClassifier:
        return HistGradientBoostingClassifier(
            max_iter=self.rounds,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=max(1, min(self.min_leaf, rows // 10)),
            max_features=self.feature_share,
            l2_regularization=self.shrinkage,
            early_stopping=False,
            random_state=self.seed,
        )

    def decision_function(self, X: Floats) -> Floats:
        """Log-odds of the second class for each row of X."""
        X = self._seen(X)
        with few_threads(len(X)):
            return self.trees_.decision_function(self._for_trees(X))

    def contributions(self, X: Floats) -> Floats:
        """What each feature adds to the log-odds of each row, (rows, features); they sum up to it less `intercept_`.

        Shapley values against the background rows, from one random order of the features for each of them: right on
        average. Costs `background` times features predictions of X; meant for the people on a list.
        """
        X = self._seen(X)
        X = self._for_trees(X)
        rng, features, result = np.random.default_rng(self.seed), X.shape[1], np.zeros(X.shape)
        orders = [rng.permutation(features) for _ in self.background_]
        with few_threads(len(X)):
            for start in range(0, len(X), BLOCK):
                block = X[start : start + BLOCK]
                for other, order in zip(self.background_, orders, strict=True):
                    result[start : start + BLOCK, order] += self._steps(block, other, order)
        return result / len(self.background_)

    def _steps(self, block: Floats, other: Floats, order: Floats) -> Floats:
        """What each feature adds on the way from another row to each of ours, all steps predicted at once."""
        features = block.shape[1]
        steps = np.broadcast_to(other, (features + 1, *block.shape)).copy()
        for place, feature in enumerate(order):
            steps[place + 1 :, :, feature] = block[:, feature]
        log_odds = self.trees_.decision_function(steps.reshape(-1, features)).reshape(features + 1, len(block))
        return np.diff(log_odds, axis=0).T


def ranks_by_share(codes: Floats, target: Floats) -> tuple[Floats, Floats]:
    """The codes, rising, and the rank of each by its share of ones; codes that share ones alike share a rank."""
    known = ~np.isnan(codes)
    found, place = np.unique(codes[known], return_inverse=True)
    shares = np.bincount(place, target[known], minlength=len(found)) / np.bincount(place, minlength=len(found))
    return found, np.unique(shares, return_inverse=True)[1].astype(np.float64)
