"""Value at night: what every customer will bring within the horizon, checked on the last period that is over."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from models.amount_card import amount_card
from models.hold_out import naive_forecasts
from models.lifetime_value import LifetimeValue
from models.seasonal_clock import SeasonalClock
from models.too_little import TooLittleDataError
from pipelines.predict.night import Array, Frame, Night
from pipelines.predict.segments import segments
from pipelines.predict.training import Chosen, Trained, age_only, chosen

FEWEST_CUSTOMERS, FEWEST_DAYS = 50, 60
WINDOW_DAYS = 365
NEXT_ORDER_DAYS = (7, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365)


def run(night: Night) -> Chosen:
    """Train where it is due, then value every buyer as of the night."""
    made_with = night.settings.value.model_dump()
    choice = chosen(
        night,
        "value",
        train=lambda: train(night),
        drift_of=lambda artifact: age_only(artifact["as_of"], night.as_of),
        made_with=made_with,
    )
    frame = night.frame(night.as_of)
    rows = scored(night, choice, frame)
    night.write("customer_values", rows)
    night.write("value_checks", checks(choice.card))
    return choice


def train(night: Night) -> Trained:
    """Fit on all that is known, and judge a fit of earlier days on what came after them.

    Raises
    ------
    TooLittleDataError
        If there are too few customers or days for a period to judge on.
    """
    first = night.first_day
    span = (night.as_of - first).days if first else 0
    settings = night.settings.value
    check_days = min(settings.horizon_days, span // 2)
    if check_days < FEWEST_DAYS:
        raise TooLittleDataError(f"{span} days of orders, {2 * FEWEST_DAYS} are needed to foretell and to check")
    past_day = night.as_of - timedelta(days=check_days)
    past = night.frame(past_day)
    if len(past.rows) < FEWEST_CUSTOMERS:
        raise TooLittleDataError(f"{len(past.rows)} buyers by {past_day}, {FEWEST_CUSTOMERS} are needed")
    later = night.outcomes(past, past_day, check_days)["later_margin_amount"].to_numpy()
    clock = night.clock(past_day)
    histories = clock.transform(past.value_rows, past_day.toordinal())
    ahead = float(clock.elapsed(past_day.toordinal(), night.as_of.toordinal()))
    judge = LifetimeValue(horizon=ahead, discount_rate=0.0, draws=settings.draws).fit(histories)
    interval = judge.held_out_interval(histories, later)
    judge.calibrate(histories, later)
    model = LifetimeValue(
        horizon=settings.horizon_days, discount_rate=settings.discount_rate, draws=settings.draws
    ).fit(seasonal_rows(night.clock(night.as_of), night.frame(night.as_of), night))
    model.interval_level_ = judge.interval_level_
    card = amount_card(
        model="value",
        as_of=night.as_of.isoformat(),
        actual=later,
        predicted=judge.predict(histories),
        baselines=averages(past, check_days),
        interval=interval,
        segments=segments(night, past, past_day),
        periods={"fit": past_day.isoformat(), "judge": night.as_of.isoformat(), "horizon_days": check_days},
        data={
            "judge_rows": len(past.rows),
            "rows": {past_day.isoformat(): len(past.rows)},
            "process": model.process_,
            "interval_level": model.interval_level_,
        },
        warnings=model.warnings_ + night.clock(night.as_of).warnings_,
    )
    artifact = {"model": model, "clock": night.clock(night.as_of), "as_of": night.as_of.isoformat()}
    return Trained(artifact, card, lambda champion: (True, "newer: fitted to all that is known by now"))


def seasonal_rows(clock: SeasonalClock, frame: Frame, night: Night) -> Array:
    """Rows of the night's customers with their days counted by the seasons."""
    return clock.transform(frame.value_rows, night.as_of.toordinal())


def averages(frame: Frame, horizon_days: float) -> dict[str, Array]:
    """The plain averages that a model of value must beat."""
    rows = frame.rows
    return naive_forecasts(
        rows["margin_365d_amount"].to_numpy(),
        rows["margin_amount"].to_numpy(),
        rows["age_days"].to_numpy(),
        # A company younger than a year has brought all it brought in so many days.
        window=float(max(1.0, min(WINDOW_DAYS, rows["age_days"].max() + 1))),
        horizon=horizon_days,
    )


def scored(night: Night, choice: Chosen, frame: Frame) -> pd.DataFrame:
    """Value, its interval, whether still a customer, orders to come and the next one, of every buyer."""
    model: LifetimeValue = choice.artifact["model"]
    clock: SeasonalClock = choice.artifact["clock"]
    X = seasonal_rows(clock, frame, night)
    value = model.predict(X)
    low, high = model.predict_interval(X)
    if choice.card["published"] != "model":
        value = averages(frame, model.horizon)[choice.card["published"]]
        low, high = np.full(len(X), np.nan), np.full(len(X), np.nan)
    return pd.DataFrame(
        {
            "customer_key": frame.rows["customer_key"],
            "clv_amount": value.round(4),
            "clv_low_amount": low.round(4),
            "clv_high_amount": high.round(4),
            "alive_probability": model.orders_.probability_alive(X[:, :3]),
            "expected_orders": model.orders_.expected_orders(X[:, :3], model.horizon),
            "next_order_on": next_orders(night, model, clock, X),
            "horizon_days": round(model.horizon),
            "model_version": choice.entry.version,
        }
    )


def next_orders(night: Night, model: LifetimeValue, clock: SeasonalClock, X: Array) -> pd.Series:
    """The day by which the next order is as likely to have come as not; none where it may well never come."""
    today = night.as_of.toordinal()
    ahead = clock.elapsed(today, today + np.array(NEXT_ORDER_DAYS))
    silent = np.array([model.orders_.probability_of_no_order(X[:, :3], float(days)) for days in ahead])
    days = np.array([0, *NEXT_ORDER_DAYS], dtype=float)
    silent = np.vstack([np.ones(len(X)), silent])
    place = np.argmax(silent <= 0.5, axis=0)
    rows, before = np.arange(len(X)), np.maximum(place - 1, 0)
    above, below = silent[before, rows], silent[place, rows]
    share = (above - 0.5) / np.maximum(above - below, 1e-12)
    waiting = np.ceil(days[before] + share * (days[place] - days[before]))
    found = pd.Timestamp(night.as_of) + pd.to_timedelta(waiting, unit="D")
    return pd.Series(found).where(place > 0)


def checks(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Each tenth of the customers, highest predicted first: what was said and what came."""
    return [
        {
            "predictor": "model",
            "decile": place,
            "customer_count": round(count),
            "predicted_mean_amount": predicted,
            "actual_mean_amount": actual,
        }
        for place, (count, predicted, actual) in enumerate(card["deciles"], start=1)
    ]
