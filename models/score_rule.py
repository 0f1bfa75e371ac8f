"""The baselines a model must beat: one number per customer, one cut or one rising curve."""

from typing import Self

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from models.binary_classifier import BinaryClassifier
from models.histories import Floats

TRACE = 1e-4


class ScoreRule(BinaryClassifier):
    """One column ranks the rows; a rising (or falling) step curve gives the probability, the best cut the rule.

    With days of silence in the column, the cut is the best plain inactivity rule: "left after so many days".

    Parameters
    ----------
    column : position of the column

    Attributes
    ----------
    sign_ : 1 where higher values make the second class likelier, -1 where lower ones do
    cut_ : value of the column with the largest share of ones caught less share of zeros caught
    steps_ : (2, steps): signed values and their probabilities
    levels_ : signed values that were seen, at most a thousand of them, rising
    middle_ : value taken where it is missing

    Source: the cut: Youden, "Index for rating diagnostic tests", Cancer 3, 1950; the curve: Zadrozny, Elkan,
    "Transforming classifier scores into accurate multiclass probability estimates", KDD 2002.
    """

    def __init__(self, column: int = 0) -> None:
        self.column = column

    def __sklearn_tags__(self) -> Tags:
        """One column is all it looks at."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags

    def fit(self, X: Floats, y: Floats) -> Self:
        """Find direction, cut and curve."""
        X, target = self._taught(X, y)
        column = X[:, self.column]
        self.middle_ = float(np.nanmedian(column)) if np.isfinite(column).any() else 0.0
        values = np.where(np.isnan(column), self.middle_, column)
        ones, zeros = target.sum(), len(target) - target.sum()
        self.sign_ = 1 if np.corrcoef(np.argsort(np.argsort(values)), target)[0, 1] >= 0 else -1
        signed = self.sign_ * values
        levels, place = np.unique(signed, return_inverse=True)
        caught = np.bincount(place, target)[::-1].cumsum()[::-1] / ones
        alarmed = np.bincount(place, 1 - target)[::-1].cumsum()[::-1] / zeros
        self.cut_ = float(self.sign_ * levels[np.argmax(caught - alarmed)])
        self.levels_ = levels[np.linspace(0, len(levels) - 1, min(len(levels), 1000)).astype(int)]
        curve = IsotonicRegression(out_of_bounds="clip", y_min=2 * TRACE, y_max=1 - 2 * TRACE).fit(signed, target)
        self.steps_ = np.array([curve.X_thresholds_, curve.y_thresholds_])
        return self

    def score_values(self, X: Floats) -> Floats:
        """The column, signed so that higher is likelier to be of the second class."""
        column = self._seen(X)[:, self.column]
        return self.sign_ * np.where(np.isnan(column), self.middle_, column)

    def predict_proba(self, X: Floats) -> Floats:
        """Probabilities of both classes, (rows, 2)."""
        score = self.score_values(X)
        # A flat step would tie people whom the column tells apart: a trace of the rank keeps its order whole.
        rank = np.searchsorted(self.levels_, score) / (len(self.levels_) + 1)
        of_second = np.clip(np.interp(score, *self.steps_) + TRACE * (rank - 0.5), TRACE, 1 - TRACE)
        return np.column_stack([1 - of_second, of_second])

    def predict(self, X: Floats) -> Floats:
        """The second class from the cut on."""
        check_is_fitted(self)
        return self.classes_[(self.score_values(X) >= self.sign_ * self.cut_).astype(int)]
