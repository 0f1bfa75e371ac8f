"""What the lost had in common: how their features differed from those of the customers who stayed."""

from typing import NamedTuple

import numpy as np

from models.histories import Floats
from models.measures import area_under_curve


class Difference(NamedTuple):
    """One feature among those who left and those who stayed, as of the same day."""

    feature: str
    lost_median: float
    stayed_median: float
    lost_missing_share: float
    stayed_missing_share: float
    separation: float  # AUC of the feature alone: 0.5 tells nothing; above, higher values among the lost


def differences(X: Floats, is_lost: Floats, names: tuple[str, ...]) -> list[Difference]:
    """Every feature's difference between the lost and the others, the most telling first."""
    X, lost = np.asarray(X, dtype=np.float64), np.asarray(is_lost).astype(bool)
    found = []
    for name, column in zip(names, X.T, strict=True):
        known = ~np.isnan(column)
        medians = [
            float(np.median(column[known & who])) if (known & who).any() else float("nan") for who in (lost, ~lost)
        ]
        missing = [float((~known)[who].mean()) if who.any() else float("nan") for who in (lost, ~lost)]
        alone = area_under_curve(lost[known], column[known]).value
        found.append(Difference(name, medians[0], medians[1], missing[0], missing[1], alone))
    return sorted(found, key=lambda d: -abs(np.nan_to_num(d.separation, nan=0.5) - 0.5))
