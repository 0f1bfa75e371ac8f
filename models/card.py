"""What every report card holds, of whatever kind of prediction: data, periods, the grade, and itself as text."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

Grade = Literal["A", "B", "C"]
FEW = 50


@dataclass(frozen=True, kw_only=True)
class Card:
    """One training of one model, judged; it goes beside the model as JSON and onto the page of models."""

    model: str
    as_of: str  # the day it was trained for, ISO
    grade: Grade
    grade_reason: str
    published: str  # "model", or the name of the baseline that is published instead
    periods: dict[str, Any]  # train, calibrate, judge: as-of dates; horizon_days
    data: dict[str, Any]  # rows by period, customers left out and why
    best_baseline: str
    drift: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """As text, keys sorted; what is not a number becomes null."""
        return json.dumps(plain(asdict(self)), indent=1, sort_keys=True)


def plain(value: Any) -> Any:
    """As JSON can hold it: named tuples by name, and for nan, which it does not know, null."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


def graded(low: float, clearly: float, baseline: str, said: str) -> dict[str, Any]:
    """Grade, its reason and what is published, from the lower end of what is gained over the best baseline.

    A: the gain is surely above `clearly`; B: surely above 0; C: else, and the baseline is published.
    """
    if low > clearly:
        return verdict("A", f"clearly better than the best baseline: {said}", "model")
    if low > 0:
        return verdict("B", f"better than the best baseline: {said}", "model")
    return verdict("C", f"not better than the best baseline, which is published instead: {said}", baseline)


def verdict(grade: Grade, reason: str, published: str) -> dict[str, Any]:
    """The three fields of a card that go together."""
    return {"grade": grade, "grade_reason": reason, "published": published}


def best_of(measures: dict[str, float]) -> str:
    """The baseline to beat: the one with the highest measure.

    Raises
    ------
    ValueError
        If there is none.
    """
    if not measures:
        raise ValueError("a model is judged against a baseline: give one or more")
    return max(measures, key=lambda name: float(np.nan_to_num(measures[name], nan=-np.inf)))
