"""The report card of predicted amounts, of customers or weeks: errors, totals, order, intervals and a grade."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from models.card import FEW, Card, best_of, graded, verdict
from models.comparison import Difference, error_saved
from models.forecast import WeeklyForecast
from models.histories import Floats
from models.hold_out import hold_out

CLEARLY = 0.05


class AmountJudgement(NamedTuple):
    """How one set of predicted amounts did on the later period; amounts in the unit of what was predicted."""

    rows: int
    predicted_total: float
    actual_total: float
    total_error: float  # predicted / actual - 1
    mean_absolute_error: float
    rank_correlation: float
    top_decile_share: float  # of all that came, what came from the tenth predicted highest


@dataclass(frozen=True, kw_only=True)
class AmountCard(Card):
    """The card of amounts."""

    model_judgement: AmountJudgement
    baseline_judgements: dict[str, AmountJudgement]
    error_saved: float  # share of the best baseline's mean absolute error
    error_saved_low: float
    error_saved_high: float
    interval_coverage: float  # share of rows inside their interval; nan: none given
    deciles: list[list[float]]  # rows, predicted mean, actual mean; highest predicted first
    segments: dict[str, AmountJudgement] = field(default_factory=dict)


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


def grade_of_amounts(saved: Difference, baseline: str, *, rows: int) -> dict[str, Any]:
    """A: the whole interval of the share of error saved lies above 5 %; B: above 0; C: else, or fewer than 50 rows."""
    if rows < FEW or not np.isfinite(saved.low):
        reason = f"too little to judge by: {rows} rows on the later period, {FEW} are needed"
        return verdict("C", reason, baseline)
    said = f"mean error {saved.first:.4g} against {saved.second:.4g} of {baseline}: "
    said += f"{saved.value:.1%} saved ({saved.low:+.1%} to {saved.high:+.1%})"
    return graded(saved.low, CLEARLY, baseline, said)


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
    p, a = np.asarray(predicted, dtype=np.float64), np.asarray(actual, dtype=np.float64)
    judged = {name: amount_judgement(each, a) for name, each in baselines.items()}
    best = best_of({name: -each.mean_absolute_error for name, each in judged.items()})
    saved = error_saved(a, p, baselines[best], groups=groups)
    masks = {name: np.asarray(mask, dtype=bool) for name, mask in (segments or {}).items()}
    return AmountCard(
        model=model,
        as_of=as_of,
        **grade_of_amounts(saved, best, rows=len(a)),
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
