"""A ranking learnt on earlier periods and set right on the last: what churn and response share."""

from typing import Self

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from models.boosted_tables import BoostedTables
from models.boosted_trees import BoostedTrees
from models.calibration import SigmoidCalibration
from models.histories import Floats


class CalibratedRanking(ClassifierMixin, BaseEstimator):
    """A probability of one of two outcomes, from a ranking (`_ranking`, of the subclass) and `SigmoidCalibration`.

    Attributes
    ----------
    ranking_, calibration_ : the two parts; without periods the second changes nothing
    classes_, n_features_in_
    """

    def _ranking(self) -> BoostedTables | BoostedTrees:
        """What ranks, not fitted yet."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Tags:
        """Two classes; missing values are welcome."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: Floats, y: Floats, period: Floats | None = None) -> Self:
        """Learn from X (rows, features), y of two classes and the period each row is from.

        The last period only sets the probabilities right, the ones before teach the ranking; with one period or none
        all rows teach and nothing is set right.
        """
        self.ranking_ = self._ranking()
        self.calibration_ = SigmoidCalibration()
        self.calibration_.slope_, self.calibration_.offset_ = 1.0, 0.0
        if period is None or len(np.unique(period)) < 2:
            self.ranking_.fit(X, y)
        else:
            X, y, is_last = np.asarray(X), np.asarray(y), np.asarray(period) == np.max(period)
            self.ranking_.fit(X[~is_last], y[~is_last])
            log_odds = self.ranking_.decision_function(X[is_last])
            self.calibration_.fit(log_odds, y[is_last] == self.ranking_.classes_[1])
        self.classes_, self.n_features_in_ = self.ranking_.classes_, self.ranking_.n_features_in_
        if hasattr(self.ranking_, "feature_names_in_"):
            self.feature_names_in_ = self.ranking_.feature_names_in_
        return self

    def set_level(self, X: Floats, y: Floats) -> Self:
        """Set the level by rows of the season that is foretold: a year before the day to score, outcomes known since.

        The last period may be of another season than the coming one: who does not order in summer may in December.
        Order and reasons stay as they are.
        """
        check_is_fitted(self, "ranking_")
        self.calibration_.set_level(self.ranking_.decision_function(X), np.asarray(y) == self.classes_[1])
        return self

    def decision_function(self, X: Floats) -> Floats:
        """Log-odds of the second class, set right."""
        check_is_fitted(self, "ranking_")
        return self.calibration_.transform(self.ranking_.decision_function(X))

    def predict_proba(self, X: Floats) -> Floats:
        """Probabilities of both classes, (rows, 2)."""
        of_second = expit(self.decision_function(X))
        return np.column_stack([1 - of_second, of_second])

    def predict(self, X: Floats) -> Floats:
        """The likelier class of each row."""
        check_is_fitted(self)
        return self.classes_[(self.decision_function(X) > 0).astype(int)]

    def contributions(self, X: Floats) -> Floats:
        """What each feature adds to the log-odds of each row, (rows, features): Shapley values of the ranking's."""
        check_is_fitted(self, "ranking_")
        return self.calibration_.slope_ * self.ranking_.contributions(X)


class CalibratedTables(CalibratedRanking):
    """The ranking is `BoostedTables`: two features at a time, exact reasons.

    Parameters
    ----------
    rounds, learning_rate, leaves, min_leaf, bins, most_rows, categorical, seed : of `BoostedTables`
    """

    def __init__(
        self,
        *,
        rounds: int = 200,
        learning_rate: float = 0.06,
        leaves: int = 8,
        min_leaf: int = 100,
        bins: int = 32,
        most_rows: int = 300_000,
        categorical: tuple[int, ...] = (),
        seed: int = 0,
    ) -> None:
        self.rounds = rounds
        self.learning_rate = learning_rate
        self.leaves = leaves
        self.min_leaf = min_leaf
        self.bins = bins
        self.most_rows = most_rows
        self.categorical = categorical
        self.seed = seed

    def _ranking(self) -> BoostedTables:
        return BoostedTables(**self.get_params(deep=False))


class CalibratedTrees(CalibratedRanking):
    """The ranking is `BoostedTrees`: any number of features together, sampled reasons.

    Parameters
    ----------
    rounds, learning_rate, leaves, min_leaf, feature_share, shrinkage, most_rows, categorical, background, seed : of
        `BoostedTrees`
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

    def _ranking(self) -> BoostedTrees:
        return BoostedTrees(**self.get_params(deep=False))
