"""Churn at night: who is about to leave, why in words, what is at stake, and whether a contact pays."""

from typing import Any

import numpy as np
import pandas as pd

from models.calibration import bias, share_due
from models.churn import ChurnModel, bands, expected_loss, worth_acting
from models.churn_horizon import CANDIDATES, HorizonChoice
from models.comparison import challenge
from models.drift import FeatureDrift
from models.feature_contract import BY_NAME, NAMES
from models.histories import ENOUGH_BUYERS
from models.lost_profile import differences
from models.measures import area_under_curve
from models.pareto_nbd import ParetoNbd
from models.periods import TimeLayout, final_layout, time_layout
from models.reasons import in_words, phrase, strongest
from models.report_card import replay, report_card
from models.rules import judged, learn_rules
from models.score_rule import ScoreRule
from models.too_little import TooLittleDataError
from pipelines.predict.night import TABULAR, Array, Frame, Night, day_of, number
from pipelines.predict.segments import segments
from pipelines.predict.training import Chosen, Trained, chosen, feature_drift

BASELINES = {"inactivity rule": "recency_days", "own-gap factor": "gap_factor", "rhythm alone": "no_order_probability"}
TRAINING_DATES, FEWEST_ROWS, FEWEST_OF_A_KIND = 4, 100, 15
REPLAY_SHARE = 0.1
RHYTHM = NAMES.index("no_order_probability")
FEW_ROWS, MANY_ROWS = 3_000, 20_000


def run(night: Night, values: pd.DataFrame | None) -> Chosen:
    """Train where it is due, then score every customer old enough to judge.

    Parameters
    ----------
    values : customer_key and clv_amount, what each is worth; without them the margin of the last year stands in
    """
    choice = night.horizon_choice() if night.first_day else None
    horizon = horizon_days(night, choice)
    settings = night.settings.churn
    picked = chosen(
        night,
        "churn",
        train=lambda: train(night, horizon),
        drift_of=lambda artifact: drift_of(night, artifact),
        # Versions that knew no level by rhythm cannot score with this code.
        made_with={"horizon_days": settings.horizon_days, "level": "by rhythm"},
    )
    frame = night.frame(night.as_of).old_enough()
    night.write("churn_scores", scored(night, picked, frame, values))
    if choice is not None:
        night.write("churn_horizons", horizon_rows(choice, picked.card["periods"]["horizon_days"]))
    night.write("lost_features", picked.card["data"]["lost_features"])
    night.write("lost_rules", picked.card["data"]["lost_rules"])
    return picked


def horizon_days(night: Night, choice: HorizonChoice | None) -> int:
    """The horizon that is set, else where the two errors cross, else the longest that the history allows.

    Raises
    ------
    TooLittleDataError
        If not even the shortest can be taught, set right and judged on periods of their own.
    """
    if night.settings.churn.horizon_days is not None:
        return night.settings.churn.horizon_days
    first = night.first_day
    if choice is None or first is None:
        raise TooLittleDataError("there is no order yet")
    wanted = choice.horizon_days
    for days in sorted((d for d in CANDIDATES if d <= wanted), reverse=True):
        if 3 * days + 90 <= (night.as_of - first).days:
            return days
    needed = 3 * CANDIDATES[0] + 90
    raise TooLittleDataError(f"{(night.as_of - first).days} days of orders, {needed} are needed")


def layout_of(night: Night, horizon: int) -> TimeLayout:
    """Days that teach, set right and judge.

    Raises
    ------
    TooLittleDataError
        If the history is too short for the horizon.
    """
    first = night.first_day
    if first is None:
        raise TooLittleDataError("there is no order yet")
    return time_layout(number(first), number(night.as_of), horizon=horizon, most=TRAINING_DATES)


def fitted(night: Night, layout: TimeLayout, horizon: int) -> dict[str, Any]:
    """Model, process and baselines taught on the days of a layout; the day that judges is not touched.

    Raises
    ------
    TooLittleDataError
        If there are too few customers, or nearly all of them did the same.
    """
    frames = {day: night.frame(day_of(day)).old_enough() for day in (*layout.train, layout.calibrate)}
    if len(frames[layout.train[-1]].rows) < FEWEST_ROWS:
        found = len(frames[layout.train[-1]].rows)
        raise TooLittleDataError(f"{found} customers by {day_of(layout.train[-1])}, {FEWEST_ROWS} are needed")
    # From the last teaching day: its parameters know nothing of the later days.
    process = ParetoNbd().fit(seasonal_histories(night, frames[layout.train[-1]], layout))
    clock = night.clock(day_of(layout.judge))
    rhythm = {"process": process, "clock": clock, "horizon_days": horizon}
    X = np.vstack([matrix(frame, rhythm, day) for day, frame in frames.items()])
    y = np.concatenate([left(night, frame, day, horizon) for day, frame in frames.items()])
    period = np.concatenate([np.full(len(frame.rows), day) for day, frame in frames.items()])
    is_last = period == layout.calibrate
    for which in (is_last, ~is_last):
        if min(y[which].sum(), (1 - y[which]).sum()) < FEWEST_OF_A_KIND:
            raise TooLittleDataError(f"of {int(which.sum())} customers nearly all left or nearly all stayed")
    return {
        "model": ChurnModel(**size_for(len(y))).fit(X, y, period),
        "bias": bias(X[:, RHYTHM], y),
        **rhythm,
        "baselines": {name: ScoreRule(NAMES.index(column)).fit(X, y) for name, column in BASELINES.items()},
        "drift": FeatureDrift().fit(X),
        "as_of": night.as_of.isoformat(),
        "rows": {str(day_of(day)): len(frame.rows) for day, frame in frames.items()},
    }


def probabilities(artifact: dict[str, Any], X: Array) -> Array:
    """The chance of leaving of customers as of one day, at the level that the rhythm expects of them all.

    A model learns the level of the seasons it has seen; the process knows the one that comes. How far the process was
    off on the days that taught is added.
    """
    model: ChurnModel = artifact["model"]
    model.set_share(X, share_due(X[:, RHYTHM], artifact["bias"]))
    return model.predict_proba(X)[:, 1]


def size_for(rows: int) -> dict[str, Any]:
    """How fine a model so many rows bear: few rows would be learnt by heart, and finer cuts only cost time."""
    if rows < FEW_ROWS:
        return {"rounds": 60, "bins": 8, "min_leaf": 25}
    return {"rounds": 100, "bins": 16} if rows < MANY_ROWS else {}


def seasonal_histories(night: Night, frame: Frame, layout: TimeLayout) -> Array:
    """Histories as of the last teaching day, their days counted by the seasons known when the model is used."""
    clock = night.clock(day_of(layout.judge))
    return clock.transform(frame.histories, day_of(layout.train[-1]).toordinal())


def matrix(frame: Frame, rhythm: dict[str, Any], day: int) -> Array:
    """The features of customers as of a day, in the order of the contract, (customers, features).

    `rhythm` holds the fitted process, the clock it counts by and the horizon.
    """
    today, process = day_of(day).toordinal(), rhythm["process"]
    histories = rhythm["clock"].transform(frame.histories, today)
    ahead = float(rhythm["clock"].elapsed(today, today + rhythm["horizon_days"]))
    by_rhythm = [process.probability_alive(histories), process.probability_of_no_order(histories, ahead)]
    return np.column_stack([frame.rows[list(TABULAR)].to_numpy(np.float64), *by_rhythm])


def left(night: Night, frame: Frame, day: int, horizon: int) -> Array:
    """1 for every customer who placed no order in the horizon after a day."""
    return night.outcomes(frame, day_of(day), horizon)["has_left"].to_numpy(np.int64)


def train(night: Night, horizon: int) -> Trained:
    """Judge on the latest day whose window is over; then move all days up to the newest labels and fit anew."""
    layout = layout_of(night, horizon)
    trial = fitted(night, layout, horizon)
    frame = night.frame(day_of(layout.judge)).old_enough()
    X, y = matrix(frame, trial, layout.judge), left(night, frame, layout.judge, horizon)
    if min(y.sum(), (1 - y).sum()) < FEWEST_OF_A_KIND:
        raise TooLittleDataError(f"of {len(y)} customers nearly all left or nearly all stayed")
    probability = probabilities(trial, X)
    baselines = {name: rule.predict_proba(X)[:, 1] for name, rule in trial["baselines"].items()}
    final = final_layout(layout, horizon=horizon)
    artifact = fitted(night, final, horizon)
    profile = lost_profile(night, layout.calibrate, trial, X, y)
    best = max(baselines, key=lambda name: area_under_curve(y, baselines[name]).value)
    value = frame.rows["margin_365d_amount"].to_numpy()
    warnings = () if len(y) >= ENOUGH_BUYERS else (f"{len(y)} customers to judge by: the figures are loosely known",)
    card = report_card(
        model="churn",
        as_of=night.as_of.isoformat(),
        is_one=y,
        probability=probability,
        baselines=baselines,
        periods={**periods(layout), "final": periods(final), "horizon_days": horizon},
        data={
            "rows": trial["rows"],
            "judge_rows": len(y),
            "too_young": night.frame(day_of(layout.judge)).too_young_count,
            **profile,
        },
        segments=segments(night, frame, day_of(layout.judge)),
        replay=replay(y, probability, value, baselines[best], contacts=max(1, round(REPLAY_SHARE * len(y)))),
        warnings=warnings,
    )
    # The champion may have seen part of the judged window, which only makes it harder to beat.
    return Trained(
        artifact, card, lambda champion: contest(champion, matrix(frame, champion, layout.judge), y, probability)
    )


def contest(champion: dict[str, Any], X: Array, y: Array, probability: Array) -> tuple[bool, str]:
    """Whether the new one ranks better than the champion on the later period."""
    theirs = probabilities(champion, X)
    outcome = challenge(y, theirs, probability)
    return outcome.replaces, outcome.reason


def periods(layout: TimeLayout) -> dict[str, Any]:
    """The days of a layout as text."""
    return {
        "train": [str(day_of(day)) for day in layout.train],
        "calibrate": str(day_of(layout.calibrate)),
        "judge": str(day_of(layout.judge)),
    }


def lost_profile(night: Night, calibrate: int, trial: dict[str, Any], X_later: Array, y_later: Array) -> dict[str, Any]:
    """What those who left had in common: features that differ most, and rules that held later."""
    frame, horizon = night.frame(day_of(calibrate)).old_enough(), trial["horizon_days"]
    X, y = matrix(frame, trial, calibrate), left(night, frame, calibrate, horizon)
    rules, _ = learn_rules(X, y)
    said = judged(rules, X, y, X_later, y_later, NAMES)
    return {
        "lost_features": [
            {**each._asdict(), "words": BY_NAME[each.feature].unit} for each in differences(X, y, NAMES)[:12]
        ],
        "lost_rules": [
            {
                "rule": each.words,
                "row_count": each.rows,
                "lost_share": each.share,
                "lift": each.lift,
                "later_row_count": each.later_rows,
                "later_lost_share": each.later_share,
                "later_lift": each.later_lift,
            }
            for each in said
        ],
    }


def drift_of(night: Night, artifact: dict[str, Any]) -> Any:
    """How far today's customers are from those that an artifact learnt from."""
    X = matrix(night.frame(night.as_of).old_enough(), artifact, number(night.as_of))
    return feature_drift(artifact["drift"], X, NAMES, artifact["as_of"], night.as_of)


def horizon_rows(choice: HorizonChoice, chosen_days: int) -> list[dict[str, Any]]:
    """The two errors of every candidate."""
    return [{**error._asdict(), "is_chosen": error.horizon_days == chosen_days} for error in choice.errors]


def scored(night: Night, picked: Chosen, frame: Frame, values: pd.DataFrame | None) -> pd.DataFrame:
    """Probability, band, reasons, expected loss and whether to act, for every customer old enough to judge."""
    artifact, settings = picked.artifact, night.settings.churn
    X = matrix(frame, artifact, number(night.as_of))
    published = picked.card["published"]
    if published == "model":
        probability = probabilities(artifact, X)
        reasons = in_words(strongest(artifact["model"].contributions(X)), X, NAMES)
    else:
        probability = artifact["baselines"][published].predict_proba(X)[:, 1]
        column = BASELINES[published]
        reasons = np.full((len(X), 3), "", dtype=object)
        reasons[:, 0] = [phrase(column, value) for value in X[:, NAMES.index(column)]]
    worth = worth_of(frame, values)
    return pd.DataFrame(
        {
            "customer_key": frame.rows["customer_key"],
            "probability": probability,
            "band": bands(probability, medium=settings.medium_from / 100, high=settings.high_from / 100),
            **{f"reason_{place + 1}": blank_to_none(reasons[:, place]) for place in range(3)},
            "value_amount": worth.round(4),
            "expected_loss_amount": expected_loss(probability, worth).round(4),
            "is_worth_contacting": worth_acting(
                probability, worth, saved_share=settings.saved_percent / 100, contact_cost=settings.contact_cost
            ),
            "horizon_days": artifact["horizon_days"],
            "model_version": picked.entry.version,
        }
    )


def blank_to_none(texts: Array) -> Array:
    """No reason is null, not an empty text."""
    return np.array([text or None for text in texts], dtype=object)


def worth_of(frame: Frame, values: pd.DataFrame | None) -> Array:
    """What each customer is worth: lifetime value where there is one, else the margin of the last year."""
    margin = frame.rows["margin_365d_amount"].to_numpy()
    if values is None:
        return margin
    found = frame.rows[["customer_key"]].merge(values, on="customer_key", how="left", validate="1:1")["clv_amount"]
    return found.fillna(pd.Series(margin)).to_numpy(np.float64)
