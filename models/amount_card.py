"""The report card of predicted amounts, of customers or weeks: errors, totals, order, intervals and a grade."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np

from models.comparison import Difference, error_saved
from models.forecast import WeeklyForecast
from models.histories import Floats
from models.hold_out import hold_out
from models.report_card import Grade, without_nan

CLEARLY = 0.05
FEW = 50


class AmountJudgement(NamedTuple):
    """How one set of predicted amounts did on the later period; amounts in the unit of what was predicted."""

    rows: int
    predicted_total: float
    actual_total: float
    total_error: float  # predicted / actual - 1
    mean_absolute_error: float
    rank_correlation: float
    top_decile_share: float  # of all that came, what came from the tenth predicted highest


@dataclass(frozen=True)
class AmountCard:
    """One training of one model of amounts, judged; fields of the same name mean what they do in `ReportCard`."""

    model: str
    as_of: str
    grade: Grade
    grade_reason: str
    published: str
    periods: dict[str, Any]
    data: dict[str, Any]
    model_judgement: AmountJudgement
    baseline_judgements: dict[str, AmountJudgement]
    best_baseline: str
    error_saved: float  # share of the best baseline's mean absolute error
    error_saved_low: float
    error_saved_high: float
    interval_coverage: float  # share of rows inside their interval; nan: none given
    deciles: list[list[float]]  # rows, predicted mean, actual mean; highest predicted first
    segments: dict[str, AmountJudgement] = field(default_factory=dict)
    drift: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """As text, keys sorted; what is not a number becomes null."""
        plain = asdict(self)
        plain["model_judgement"] = self.model_judgement._asdict()
        for name in ("baseline_judgements", "segments"):
            plain[name] = {key: each._asdict() for key, each in getattr(self, name).items()}
        return json.dumps(without_nan(plain), indent=1, sort_keys=True)


def amount_judgement(predicted: Floats, actual: Floats) -> AmountJudgement:
    """All measures of one set of predicted amounts."""
    found = hold_out(predicted, actual)
    return AmountJudgement(
        found.customers,
        found.predicted_total,
        found.actual_total,
        found.total_error,
        found.mean_absolute_error,
        found.rank_correlation,
        found.top_decile_share,
    )


def grade_of_amounts(saved: Difference, baseline: str, *, rows: int) -> tuple[Grade, str]:
    """A: the whole interval of the share of error saved lies above 5 %; B: above 0; C: else, or fewer than 50 rows."""
    if rows < FEW or not np.isfinite(saved.low):
        return "C", f"too little to judge by: {rows} rows on the later period, {FEW} are needed"
    said = f"mean error {saved.first:.4g} against {saved.second:.4g} of {baseline}: "
    said += f"{saved.value:.1%} saved ({saved.low:+.1%} to {saved.high:+.1%})"
    if saved.low > CLEARLY:
        return "A", f"clearly better than the best baseline: {said}"
    if saved.low > 0:
        return "B", f"better than the best baseline: {said}"
    return "C", f"not better than the best baseline, which is published instead: {said}"


def amount_card(
    *,
    model: str,
    as_of: str,
    predicted: Floats,
    actual: Floats,
    baselines: dict[str, Floats],
    periods: dict[str, Any],
    data: dict[str, Any],
    interval: tuple[Floats, Floats] | None = None,
    groups: Floats | None = None,
    segments: dict[str, Floats] | None = None,
    **further: Any,
) -> AmountCard:
    """Judge a model of amounts and its baselines on the same rows of the later period.

    Parameters
    ----------
    predicted, actual : one amount a row, as predicted and as it came
    baselines : predictions of each for the same rows; the one with the smallest mean error is the one to beat
    interval : low and high of each row
    groups : see `models.comparison.error_saved`
    segments : masks by name; of fewer than 50 rows left out
    further : drift, warnings, settings as in `AmountCard`
    """
    if not baselines:
        raise ValueError("a model is judged against a baseline: give one or more")
    p, a = np.asarray(predicted, dtype=np.float64), np.asarray(actual, dtype=np.float64)
    judged = {name: amount_judgement(each, a) for name, each in baselines.items()}
    best = min(judged, key=lambda name: judged[name].mean_absolute_error)
    saved = error_saved(a, p, baselines[best], groups=groups)
    grade, reason = grade_of_amounts(saved, best, rows=len(a))
    masks = {name: np.asarray(mask, dtype=bool) for name, mask in (segments or {}).items()}
    return AmountCard(
        model=model,
        as_of=as_of,
        grade=grade,
        grade_reason=reason,
        published="model" if grade != "C" else best,
        periods=periods,
        data=data,
        model_judgement=amount_judgement(p, a),
        baseline_judgements=judged,
        best_baseline=best,
        error_saved=saved.value,
        error_saved_low=saved.low,
        error_saved_high=saved.high,
        interval_coverage=float(((interval[0] <= a) & (a <= interval[1])).mean()) if interval else float("nan"),
        deciles=hold_out(p, a).deciles.tolist(),
        segments={name: amount_judgement(p[m], a[m]) for name, m in masks.items() if m.sum() >= FEW},
        **further,
    )


def forecast_card(
    forecast: WeeklyForecast,
    *,
    as_of: str,
    names: tuple[str, ...],
    periods: dict[str, Any],
    data: dict[str, Any],
    model: str = "forecast",
    **further: Any,
) -> AmountCard:
    """Judge a fitted forecast on its replayed origins against the seasonal naive one, all series at once.

    Each series counts in units of the naive forecast's mean error, so that the total does not decide alone. Forecasts
    made within `ahead` weeks of each other share weeks and count as one. `names` are those of the series.
    """
    actual, ours, naive = forecast.replayed_actual_, forecast.replayed_, forecast.replayed_naive_
    unit = np.where(forecast.naive_error_ > 0, forecast.naive_error_, 1.0)
    known = ~np.isnan(actual)
    origin, _, series = np.nonzero(known)
    scaled = [(each / unit)[known] for each in (actual, ours, naive)]
    card = amount_card(
        model=model,
        as_of=as_of,
        predicted=scaled[1],
        actual=scaled[0],
        baselines={"seasonal naive": scaled[2]},
        groups=origin // forecast.ahead,
        segments={name: series == place for place, name in enumerate(names)},
        periods=periods,
        data=data,
        warnings=tuple(further.pop("warnings", ())) + forecast.warnings_,
        **further,
    )
    return AmountCard(**{**vars(card), "interval_coverage": forecast.coverage_})
