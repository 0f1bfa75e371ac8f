"""A ranking learnt on earlier periods and set right on the last: what churn and response share."""

from abc import abstractmethod
from typing import Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from models.binary_classifier import LogOddsClassifier
from models.boosted_tables import BoostedTables, TablesSettings
from models.boosted_trees import BoostedTrees, TreesSettings
from models.calibration import SigmoidCalibration
from models.histories import Floats


class CalibratedRanking(LogOddsClassifier):
    """A probability of one of two outcomes, from a ranking (`_ranking`, of the subclass) and `SigmoidCalibration`.

    Attributes
    ----------
    ranking_, calibration_ : the two parts; without periods the second changes nothing
    classes_, n_features_in_
    """

    @abstractmethod
    def _ranking(self) -> BoostedTables | BoostedTrees:
        """What ranks, not fitted yet."""

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

    def set_share(self, X: Floats, share: float) -> Self:
        """Set the level so that the mean probability of these rows is `share`; order and reasons stay as they are.

        The last period may be of another season than the coming one: who does not order in summer may in December.
        """
        check_is_fitted(self, "ranking_")
        self.calibration_.set_share(self.ranking_.decision_function(X), share)
        return self

    def decision_function(self, X: Floats) -> Floats:
        """Log-odds of the second class, set right."""
        check_is_fitted(self, "ranking_")
        return self.calibration_.transform(self.ranking_.decision_function(X))

    def contributions(self, X: Floats) -> Floats:
        """What each feature adds to the log-odds of each row, (rows, features): Shapley values of the ranking's."""
        check_is_fitted(self, "ranking_")
        return self.calibration_.slope_ * self.ranking_.contributions(X)


class CalibratedTables(TablesSettings, CalibratedRanking):
    """The ranking is `BoostedTables`, whose settings these are: two features at a time, exact reasons."""

    def _ranking(self) -> BoostedTables:
        return BoostedTables(**self.get_params(deep=False))


class CalibratedTrees(TreesSettings, CalibratedRanking):
    """The ranking is `BoostedTrees`, whose settings these are: any number of features together, sampled reasons."""

    def _ranking(self) -> BoostedTrees:
        return BoostedTrees(**self.get_params(deep=False))
