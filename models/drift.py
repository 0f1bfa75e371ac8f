"""Whether today's customers still look like those a model was trained on, and whether it is time to train anew."""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_is_fitted

from models.histories import Floats

SHIFTED = 0.25
OLD_DAYS = 90


class FeatureDrift(BaseEstimator):
    """The population stability index of every feature: 0 is no change, above 0.25 is usually called a shift.

    Parameters
    ----------
    bins : of a feature at quantiles of the training rows, besides the one of missing values

    Attributes
    ----------
    thresholds_, shares_ : of each feature's bins among the training rows

    Source: Siddiqi, "Credit risk scorecards", 2006.
    """

    def __init__(self, *, bins: int = 10) -> None:
        self.bins = bins

    def fit(self, X: Floats, y: object = None) -> Self:
        """Remember the training rows' distribution."""
        X = check_array(X, dtype=np.float64, ensure_all_finite="allow-nan")
        self.n_features_in_ = X.shape[1]
        quantiles = np.arange(1, self.bins) / self.bins
        self.thresholds_ = [
            np.unique(np.quantile(column[~np.isnan(column)], quantiles)) if (~np.isnan(column)).any() else np.zeros(0)
            for column in X.T
        ]
        self.shares_ = self._shares(X)
        return self

    def _shares(self, X: Floats) -> list[Floats]:
        """Share of rows in each bin; half a row is added to every bin, so that an empty one has a logarithm."""
        shares = []
        for thresholds, column in zip(self.thresholds_, X.T, strict=True):
            code = np.where(np.isnan(column), len(thresholds) + 1, np.searchsorted(thresholds, column))
            counts = np.bincount(code, minlength=len(thresholds) + 2) + 0.5
            shares.append(counts / counts.sum())
        return shares

    def score_features(self, X: Floats) -> Floats:
        """The index of every feature, from the training rows to X."""
        check_is_fitted(self, "shares_")
        X = check_array(X, dtype=np.float64, ensure_all_finite="allow-nan")
        pairs = zip(self.shares_, self._shares(X), strict=True)
        return np.array([((now - then) * np.log(now / then)).sum() for then, now in pairs])


def reasons_to_retrain(drift: Floats, names: tuple[str, ...], age_days: int) -> tuple[str, ...]:
    """Why a model should be trained anew, in words; empty when it need not."""
    found = [
        f"{name} has shifted (stability index {value:.2f}, limit {SHIFTED})"
        for name, value in zip(names, drift, strict=True)
        if value > SHIFTED
    ]
    if age_days > OLD_DAYS:
        found.append(f"trained {age_days} days ago, limit {OLD_DAYS}")
    return tuple(found)
