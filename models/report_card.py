"""What every prediction carries: data, periods, model against baselines on the same later period, and a grade."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np

from models.comparison import Difference, auc_difference
from models.histories import Floats
from models.measures import area_under_curve, expected_calibration_error, reliability, top_decile_lift

Grade = Literal["A", "B", "C"]
CLEARLY = 0.01
FEW = 50
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


@dataclass(frozen=True)
class ReportCard:
    """One training of one model, judged; it goes beside the model as JSON and onto the page of models."""

    model: str
    as_of: str  # the day it was trained for, ISO
    grade: Grade
    grade_reason: str
    published: str  # "model", or the name of the baseline that is published instead
    periods: dict[str, Any]  # train, calibrate, judge: as-of dates; horizon_days
    data: dict[str, Any]  # rows by period, customers left out and why
    model_judgement: Judgement
    baseline_judgements: dict[str, Judgement]
    best_baseline: str
    auc_gain: float
    auc_gain_low: float
    auc_gain_high: float
    reliability: list[list[float]]
    segments: list[SegmentJudgement] = field(default_factory=list)
    drift: dict[str, float] = field(default_factory=dict)
    replay: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """As text, keys sorted; what is not a number becomes null."""
        plain = asdict(self)
        plain["model_judgement"] = self.model_judgement._asdict()
        plain["baseline_judgements"] = {name: each._asdict() for name, each in self.baseline_judgements.items()}
        plain["segments"] = [each._asdict() for each in self.segments]
        return json.dumps(without_nan(plain), indent=1, sort_keys=True)


def without_nan(value: Any) -> Any:
    """JSON has no nan: null says "not known"."""
    if isinstance(value, dict):
        return {str(key): without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


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


def grade_of(gain: Difference, baseline: str, *, rarest: int = FEW) -> tuple[Grade, str]:
    """A: the whole interval of the gain in AUC lies above 0.01; B: above 0; C: else, and the baseline is published.

    `rarest` is how many rows the rarer outcome has: the interval of fewer than 50 means nothing, so the grade is C.
    """
    if rarest < FEW:
        return "C", f"too little to judge by: {rarest} of the rarer outcome on the later period, {FEW} are needed"
    said = f"AUC {gain.first:.3f} against {gain.second:.3f} of {baseline}: "
    said += f"{gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"
    if gain.low > CLEARLY:
        return "A", f"clearly better than the best baseline: {said}"
    if gain.low > 0:
        return "B", f"better than the best baseline: {said}"
    return "C", f"not better than the best baseline, which is published instead: {said}"


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
    if not baselines:
        raise ValueError("a model is judged against a baseline: give one or more")
    judged = {name: judgement(is_one, each) for name, each in baselines.items()}
    best = max(judged, key=lambda name: np.nan_to_num(judged[name].auc, nan=-1.0))
    ones = int(np.sum(is_one))
    rarest = min(ones, len(is_one) - ones)
    gain = auc_difference(is_one, probability, baselines[best]) if rarest else UNKNOWN
    grade, reason = grade_of(gain, best, rarest=rarest)
    return ReportCard(
        model=model,
        as_of=as_of,
        grade=grade,
        grade_reason=reason,
        published="model" if grade != "C" else best,
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
