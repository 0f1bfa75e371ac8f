"""Probabilities that mean what they say: scores set right on a later period."""

from typing import Self

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from models.histories import Floats

LIMIT = 60.0


class SigmoidCalibration(BaseEstimator):
    """A straight line through the log-odds: order and reasons stay, level and spread are set right.

    Attributes
    ----------
    slope_, offset_ : of the line; a slope not above zero, from scores that mean nothing later, is replaced by one that
        gives everybody nearly the same probability

    Source: Platt, "Probabilistic outputs for support vector machines", Advances in Large Margin Classifiers, 1999.
    """

    def fit(self, log_odds: Floats, is_one: Floats) -> Self:
        """Learn from log-odds and what happened in a period that they were not learnt from."""
        y = np.asarray(is_one, dtype=np.float64)
        if y.min() == y.max():
            # Nothing to tell a slope from; Laplace's rule keeps the level finite.
            share = (y.sum() + 1) / (len(y) + 2)
            self.slope_, self.offset_ = 1.0, float(np.log(share / (1 - share)) - np.mean(log_odds))
            return self
        line = LogisticRegression(C=1e4).fit(np.asarray(log_odds)[:, None], y)
        slope = float(line.coef_[0, 0])
        self.slope_ = max(slope, 1e-3)
        self.offset_ = float(line.intercept_[0]) if slope > 1e-3 else float(np.log(y.mean() / (1 - y.mean())))
        return self

    def set_share(self, log_odds: Floats, share: float) -> Self:
        """Move the line up or down so that its mean probability over these rows is `share`; the slope stays."""
        line = self.transform(log_odds)
        self.offset_ += float(brentq(lambda up: expit(line + up).mean() - share, -LIMIT, LIMIT))
        return self

    def transform(self, log_odds: Floats) -> Floats:
        """The log-odds set right."""
        check_is_fitted(self, "slope_")
        return self.offset_ + self.slope_ * np.asarray(log_odds)

    def predict(self, log_odds: Floats) -> Floats:
        """Probabilities."""
        return expit(self.transform(log_odds))


def bias(said: Floats, is_one: Floats) -> float:
    """By how much the share of ones lies above the mean probability said, in log-odds."""
    y = np.asarray(is_one, dtype=np.float64)
    return float(logit((y.sum() + 1) / (len(y) + 2)) - logit(np.mean(said)))  # Laplace's rule keeps it finite


def share_due(said: Floats, usual_bias: float) -> float:
    """The share of ones to be expected where probabilities of another predictor are off by so much as a rule."""
    return float(expit(logit(np.mean(said)) + usual_bias))
