"""How predicted amounts held up on a later period: in total, by decile, in rank, and against naive averages."""

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from models.histories import Floats


class HoldOut(NamedTuple):
    """What a later period says of a prediction; all amounts in the unit of what was predicted."""

    customers: int
    predicted_total: float
    actual_total: float
    total_error: float  # predicted / actual - 1
    mean_absolute_error: float
    rank_correlation: float  # Spearman's, ties averaged
    top_decile_share: float  # of all that came, the share that came from the tenth predicted highest
    best_top_decile_share: float  # the same had the order been known
    deciles: Floats  # (10, 3): customers, predicted mean, actual mean; highest predicted first


def hold_out(predicted: Floats, actual: Floats) -> HoldOut:
    """Judge predicted amounts per customer against what each later brought."""
    p, a = np.asarray(predicted, dtype=np.float64), np.asarray(actual, dtype=np.float64)
    if p.shape != a.shape or p.ndim != 1 or len(p) == 0:
        raise ValueError(f"one prediction and one later amount a customer, got {p.shape} and {a.shape}")
    order = np.argsort(-p, kind="stable")
    tenth = max(1, round(len(p) / 10))
    total = float(a.sum())
    deciles = [
        (len(part), p[part].mean() if len(part) else np.nan, a[part].mean() if len(part) else np.nan)
        for part in np.array_split(order, 10)
    ]
    best = np.sort(a)[::-1]
    return HoldOut(
        customers=len(p),
        predicted_total=float(p.sum()),
        actual_total=total,
        total_error=float(p.sum()) / total - 1 if total else float("nan"),
        mean_absolute_error=float(np.abs(p - a).mean()),
        rank_correlation=rank_correlation(p, a),
        top_decile_share=float(a[order[:tenth]].sum()) / total if total else float("nan"),
        best_top_decile_share=float(best[:tenth].sum()) / total if total else float("nan"),
        deciles=np.array(deciles, dtype=np.float64),
    )


def rank_correlation(first: Floats, second: Floats) -> float:
    """Spearman's correlation; 0 where one of the two does not vary."""
    a, b = rankdata(first), rankdata(second)
    spread = a.std() * b.std()
    return float(((a - a.mean()) * (b - b.mean())).mean() / spread) if spread > 0 else 0.0


def naive_forecasts(recent: Floats, whole: Floats, age: Floats, *, window: float, horizon: float) -> dict[str, Floats]:
    """The averages that a model of value must beat.

    Parameters
    ----------
    recent : what each customer brought in the last `window` days
    whole : what each brought since the first order
    age : days since the first order
    horizon : days ahead

    Returns
    -------
    "same as last period", "own average" (whole / age, not younger than 30 days) and "everybody's average", each one
    amount a customer
    """
    recent, whole, age = (np.asarray(v, dtype=np.float64) for v in (recent, whole, age))
    return {
        "same as last period": recent * horizon / window,
        "own average": whole / np.maximum(age, 30) * horizon,
        "everybody's average": np.full(len(recent), recent.mean() * horizon / window),
    }
