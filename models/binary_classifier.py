"""What every classifier of two classes shares: its tags, its checks, and probabilities from log-odds."""

from abc import ABC, abstractmethod

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from models.histories import Floats
from models.too_little import TooLittleDataError

MANY_ROWS = 100_000


class BinaryClassifier(ClassifierMixin, BaseEstimator):
    """A classifier of two classes; missing values are welcome.

    Attributes
    ----------
    classes_, n_features_in_ : as in scikit-learn
    """

    classes_: Floats

    def __sklearn_tags__(self) -> Tags:
        """Two classes; missing values are welcome."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def _taught(self, X: Floats, y: Floats) -> tuple[Floats, Floats]:
        """X as floats and y as 0 and 1; remembers classes and features.

        Raises
        ------
        ValueError
            If y has another number of classes than two.
        TooLittleDataError
            If it has one: there is nothing to tell apart.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
        check_classification_targets(y)
        if type_of_target(y, input_name="y") != "binary":
            raise ValueError("Only binary classification is supported: y has another number of classes than two.")
        self.classes_, target = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise TooLittleDataError(f"y has one class only, {self.classes_[0]!r}: there is nothing to tell apart")
        return X, target

    def _seen(self, X: Floats) -> Floats:
        """X as floats, with as many features as were taught."""
        check_is_fitted(self)
        return validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)


class LogOddsClassifier(BinaryClassifier, ABC):
    """A classifier of two classes that gives log-odds; probabilities and classes follow from them."""

    @abstractmethod
    def decision_function(self, X: Floats) -> Floats:
        """Log-odds of the second class for each row of X."""

    def predict_proba(self, X: Floats) -> Floats:
        """Probabilities of both classes, (rows, 2)."""
        of_second = expit(self.decision_function(X))
        return np.column_stack([1 - of_second, of_second])

    def predict(self, X: Floats) -> Floats:
        """The likelier class of each row."""
        check_is_fitted(self)
        return self.classes_[(self.decision_function(X) > 0).astype(int)]


def few_threads(rows: int) -> threadpool_limits:
    """A context in which trees over few rows are grown and asked by one thread.

    A split of some thousand rows is over before a second thread has begun: together they wait for each other, which
    costs several times the work, and on a busy machine ten times.
    """
    return threadpool_limits(1 if rows < MANY_ROWS else None, user_api="openmp")


def thinned(rows: int, most: int, seed: int) -> Floats | slice:
    """Which of so many rows to learn from: all, or `most` of them evenly at random, in their order."""
    if rows <= most:
        return slice(None)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
