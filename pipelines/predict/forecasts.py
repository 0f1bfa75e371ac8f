"""The coming weeks at night: fitted anew when a week is over, held against the same week a season ago."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from mining.weekly_sales import weekly_sales
from models.amount_card import forecast_card
from models.forecast import WeeklyForecast, seasonal_naive
from models.too_little import TooLittleDataError
from pipelines.predict.night import Array, Night
from pipelines.predict.training import Chosen, Drift, Trained, chosen

FEWEST_WEEKS = 12
RECENT_WEEKS, LEAST_BUSY = 26, 0.75  # with an order in three of four weeks a series can be foretold
MEASURES = ("order_count", "net_amount")
Series = tuple[str, str, str]  # measure, split, series


def run(night: Night) -> Chosen:
    """Fit where a week has ended since the last fit, then write the past and the coming weeks."""
    weeks, names, X = series(night)
    if len(weeks) < FEWEST_WEEKS:
        raise TooLittleDataError(f"{len(weeks)} whole weeks of orders, {FEWEST_WEEKS} are needed")
    picked = chosen(
        night,
        "forecast",
        train=lambda: train(night, weeks, names, X),
        drift_of=lambda artifact: week_over(artifact, weeks[-1]),
        made_with=night.settings.forecast.model_dump(),
        patience_days=0,
    )
    night.write("weekly_forecasts", rows(picked, weeks, names, X))
    return picked


def series(night: Night) -> tuple[list[date], list[Series], Array]:
    """Whole weeks, the series and their values, (weeks, series); the first week is left out, as it began midway."""
    tiers, scores = (night.store.backend.table(name, database="mining") for name in ("customer_tiers", "customer_rfm"))
    found = weekly_sales(night.store.star("fct_orders"), tiers, scores, as_of=night.as_of).to_pandas()
    if found.empty:
        return [], [], np.zeros((0, 0))
    found["week_on"] = pd.to_datetime(found["week_on"])
    first, last = found["week_on"].min(), pd.Timestamp(night.as_of) - pd.Timedelta(days=6)
    weeks = pd.date_range(first + pd.Timedelta(days=7), last, freq="W-MON")
    tables = [
        found.pivot_table(index="week_on", columns=["split", "series"], values=measure, aggfunc="sum")
        .reindex(weeks)
        .fillna(0.0)
        for measure in MEASURES
    ]
    # Of a group that hardly orders there is nothing to foretell; its weeks still count in the total.
    lively = (tables[0].tail(RECENT_WEEKS) > 0).mean() >= LEAST_BUSY
    kept = [column for column in tables[0].columns if lively[column] or column[0] == "total"]
    names: list[Series] = [(measure, *column) for measure in MEASURES for column in kept]
    return [week.date() for week in weeks], names, np.hstack([table[kept].to_numpy(np.float64) for table in tables])


def train(night: Night, weeks: list[date], names: list[Series], X: Array) -> Trained:
    """Fit to all weeks; judged by replaying past origins."""
    model = WeeklyForecast(ahead=night.settings.forecast.weeks_ahead).fit(X)
    card = forecast_card(
        model,
        as_of=night.as_of.isoformat(),
        names=tuple(" ".join(dict.fromkeys(name)) for name in names),
        periods={"first_week": str(weeks[0]), "last_week": str(weeks[-1]), "origins": min(model.origins, len(X))},
        data={"weeks": len(weeks), "series": len(names)},
    )
    artifact = {
        "model": model,
        "names": [list(name) for name in names],
        "last_week": str(weeks[-1]),
        "naive": seasonal_naive(X, model.ahead, model.season),
        "as_of": night.as_of.isoformat(),
    }
    return Trained(artifact, card, lambda champion: (True, "fitted to the week that has ended"))


def week_over(artifact: dict[str, Any], last_week: date) -> Drift:
    """A fit is due as soon as another week is over."""
    due = str(last_week) > artifact["last_week"]
    return Drift(None, None, ("a week has ended",) if due else ())


def rows(picked: Chosen, weeks: list[date], names: list[Series], X: Array) -> pd.DataFrame:
    """Past weeks with what was, the weeks ahead with what is expected, by series."""
    model: WeeklyForecast = picked.artifact["model"]
    is_naive = picked.card["published"] != "model"
    known = {tuple(name): place for place, name in enumerate(picked.artifact["names"])}
    version = picked.entry.version
    parts = []
    for place, name in enumerate(names):
        head = dict(zip(("measure", "split", "series"), name, strict=True)) | {"model_version": version}
        parts.append(pd.DataFrame({**head, "week_on": weeks, "actual": X[:, place]}))
        if name in known:
            at = known[name]
            naive = picked.artifact["naive"][:, at]
            middle = np.maximum(naive if is_naive else model.forecast_[:, at], 0)
            # An average that is published instead misses by more: its interval is as much wider.
            wider = naive_ratio(model, at) if is_naive else 1.0
            ahead = [weeks_after(picked, step) for step in range(1, model.ahead + 1)]
            low = np.maximum(middle - np.maximum(model.forecast_[:, at] - model.low_[:, at], 0) * wider, 0)
            high = middle + (model.high_[:, at] - model.forecast_[:, at]) * wider
            parts.append(
                pd.DataFrame(
                    {**head, "week_on": ahead, "forecast": middle, "low": low, "high": high, "seasonal_naive": naive}
                )
            )
    return pd.concat(parts, ignore_index=True)


def naive_ratio(model: WeeklyForecast, place: int) -> float:
    """How many times as far off the seasonal naive is."""
    return float(max(model.naive_error_[place] / max(model.error_[place], 1e-9), 1.0))


def weeks_after(picked: Chosen, step: int) -> date:
    """The Monday so many weeks after the last that was fitted."""
    return date.fromisoformat(picked.artifact["last_week"]) + timedelta(weeks=step)
