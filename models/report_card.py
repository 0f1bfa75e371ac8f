"""What every prediction carries: data, periods, model against baselines on the same later period, and a grade."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from models.card import FEW, Card, best_of, graded, verdict
from models.comparison import Difference, auc_difference
from models.histories import Floats
from models.measures import area_under_curve, expected_calibration_error, reliability, top_decile_lift

CLEARLY = 0.01
UNKNOWN = Difference(*[float("nan")] * 5)


class Judgement(NamedTuple):
    """How one set of probabilities did on the later period."""

    rows: int
    share: float  # of ones
    auc: float
    auc_low: float
    auc_high: float
    calibration_error: float
    top_decile_lift: float


class SegmentJudgement(NamedTuple):
    """The same for one segment; AUC is nan where it has one class only."""

    segment: str
    rows: int
    share: float
    mean_probability: float
    auc: float
    calibration_error: float


@dataclass(frozen=True, kw_only=True)
class ReportCard(Card):
    """The card of probabilities of one of two outcomes."""

    model_judgement: Judgement
    baseline_judgements: dict[str, Judgement]
    auc_gain: float
    auc_gain_low: float
    auc_gain_high: float
    reliability: list[list[float]]
    segments: list[SegmentJudgement] = field(default_factory=list)
    replay: dict[str, float] = field(default_factory=dict)


def judgement(is_one: Floats, probability: Floats) -> Judgement:
    """All measures of one set of probabilities."""
    auc = area_under_curve(is_one, probability)
    return Judgement(
        rows=len(is_one),
        share=float(np.mean(is_one)),
        auc=auc.value,
        auc_low=auc.low,
        auc_high=auc.high,
        calibration_error=expected_calibration_error(is_one, probability),
        top_decile_lift=top_decile_lift(is_one, probability),
    )


def by_segment(is_one: Floats, probability: Floats, segments: dict[str, Floats]) -> list[SegmentJudgement]:
    """Error by segment, as {"region: north": mask, ...}; segments of fewer than 50 rows are left out."""
    y, p = np.asarray(is_one, dtype=np.float64), np.asarray(probability, dtype=np.float64)
    found = []
    for name, mask in segments.items():
        here = np.asarray(mask, dtype=bool)
        if here.sum() < FEW:
            continue
        auc = area_under_curve(y[here], p[here]).value
        error = expected_calibration_error(y[here], p[here])
        found.append(SegmentJudgement(name, int(here.sum()), float(y[here].mean()), float(p[here].mean()), auc, error))
    return found


def grade_of(gain: Difference, baseline: str, *, rarest: int = FEW) -> dict[str, Any]:
    """A: the whole interval of the gain in AUC lies above 0.01; B: above 0; C: else, and the baseline is published.

    `rarest` is how many rows the rarer outcome has: the interval of fewer than 50 means nothing, so the grade is C.
    """
    if rarest < FEW:
        reason = f"too little to judge by: {rarest} of the rarer outcome on the later period, {FEW} are needed"
        return verdict("C", reason, baseline)
    said = f"AUC {gain.first:.3f} against {gain.second:.3f} of {baseline}: "
    return graded(gain.low, CLEARLY, baseline, said + f"{gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})")


def report_card(
    *,
    model: str,
    as_of: str,
    is_one: Floats,
    probability: Floats,
    baselines: dict[str, Floats],
    periods: dict[str, Any],
    data: dict[str, Any],
    segments: dict[str, Floats] | None = None,
    **further: Any,
) -> ReportCard:
    """Judge a model and its baselines on the same rows of the later period.

    Parameters
    ----------
    is_one, probability : what happened to each row, what the model had said
    baselines : probabilities of each for the same rows; the best of them, on these very rows, is the one to beat
    segments : masks by name
    further : drift, replay, warnings, settings as in `ReportCard`
    """
    judged = {name: judgement(is_one, each) for name, each in baselines.items()}
    best = best_of({name: each.auc for name, each in judged.items()})
    ones = int(np.sum(is_one))
    rarest = min(ones, len(is_one) - ones)
    gain = auc_difference(is_one, probability, baselines[best]) if rarest else UNKNOWN
    return ReportCard(
        model=model,
        as_of=as_of,
        **grade_of(gain, best, rarest=rarest),
        periods=periods,
        data=data,
        model_judgement=judgement(is_one, probability),
        baseline_judgements=judged,
        best_baseline=best,
        auc_gain=gain.value,
        auc_gain_low=gain.low,
        auc_gain_high=gain.high,
        reliability=reliability(is_one, probability).tolist(),
        segments=by_segment(is_one, probability, segments or {}),
        **further,
    )


def replay(is_lost: Floats, probability: Floats, value: Floats, baseline: Floats, *, contacts: int) -> dict[str, float]:
    """What acting on scores of a past day would have caught: the customers with the highest expected loss, so many.

    Returns
    -------
    contacts; lost_reached and value_reached by the model, by the baseline's ranking (`_by_baseline`) and at random
    """
    lost, worth = np.asarray(is_lost, dtype=np.float64), np.maximum(value, 0)
    contacts = min(contacts, len(lost))

    def reached(score: Floats) -> tuple[float, float]:
        chosen = np.argsort(-np.asarray(score), kind="stable")[:contacts]
        return float(lost[chosen].sum()), float((lost * worth)[chosen].sum())

    ours, theirs = reached(np.asarray(probability) * worth), reached(np.asarray(baseline) * worth)
    share = contacts / max(len(lost), 1)
    return {
        "contacts": float(contacts),
        "lost_reached": ours[0],
        "value_reached": ours[1],
        "lost_reached_by_baseline": theirs[0],
        "value_reached_by_baseline": theirs[1],
        "lost_reached_at_random": float(lost.sum()) * share,
        "value_reached_at_random": float((lost * worth).sum()) * share,
    }
