"""Newcomers at night: the tier that each is likely to have after a year, by rules of the first weeks."""

from typing import Any

import numpy as np
import pandas as pd

from mining.newcomers import FIRST_DAYS, first_weeks
from models.class_card import class_card
from models.newcomer_tier import NewcomerTier
from models.rules import Rule
from models.too_little import TooLittleDataError
from pipelines.predict.night import Array, Night
from pipelines.predict.training import Chosen, Trained, age_only, chosen

FEATURES = (
    "first_order_count",
    "first_revenue_amount",
    "first_item_count",
    "first_discount_share",
    "is_web",
    "is_store",
)
# What each predictor looks at: the model and its baselines, of which the plainer comes first where two are as good.
PREDICTORS = {"model": FEATURES, "everybody alike": (), "first revenue alone": ("first_revenue_amount",)}
YEAR, FEWEST = 365, 100
# Whose first order on record is this close to the beginning of the records may have bought before it.
UNSEEN_DAYS = 90
TIERS = ("A", "B", "C", "D")


def run(night: Night) -> Chosen:
    """Train where it is due, then judge everybody whose first year is not over."""
    found = first_weeks(night.store.star("fct_orders"), as_of=night.as_of)
    rows = found.order_by("first_on", "customer_key").to_pandas()
    rows["first_on"] = pd.to_datetime(rows["first_on"])
    picked = chosen(
        night,
        "newcomers",
        train=lambda: train(night, rows),
        drift_of=lambda artifact: age_only(artifact["as_of"], night.as_of),
        made_with={
            "abc": night.workspace.settings.mining.abc.model_dump(),
            "first_days": FIRST_DAYS,
            "predictors": PREDICTORS,
        },
    )
    night.write("newcomer_tiers", scored(picked, rows[rows["tenure_days"] < YEAR]))
    night.write("newcomer_rules", picked.card["data"]["rules"])
    return picked


def grown(night: Night, rows: pd.DataFrame) -> pd.DataFrame:
    """Customers whose first year is over, with the tier at the first month end after it."""
    first = pd.Timestamp(str(night.first_day)) + pd.Timedelta(days=UNSEEN_DAYS)
    old = rows[(rows["tenure_days"] >= YEAR + 31) & (rows["first_on"] >= first)]
    tiers = night.store.connection.execute(
        "select customer_key, as_of, tier from mining.customer_tiers where as_of = last_day(as_of) and as_of <= ?",
        [night.as_of],
    ).df()
    tiers["as_of"] = pd.to_datetime(tiers["as_of"])
    due = (old["first_on"] + pd.Timedelta(days=YEAR)) + pd.offsets.MonthEnd(0)
    return old.assign(as_of=due).merge(tiers, on=["customer_key", "as_of"], how="inner")


def train(night: Night, rows: pd.DataFrame) -> Trained:
    """Judge on the latest third of those whose first year is over; then learn from all.

    Raises
    ------
    TooLittleDataError
        If too few customers have been seen from their first order for over a year.
    """
    old = grown(night, rows) if night.first_day else rows.iloc[:0]
    if len(old) < FEWEST:
        raise TooLittleDataError(f"{len(old)} customers were seen through their first year, {FEWEST} are needed")
    cut = len(old) * 2 // 3
    now, later = old.iloc[:cut], old.iloc[cut:]
    came = later["tier"].to_numpy(str)
    if min((part["tier"] == "A").sum() for part in (now, later)) < 5:
        raise TooLittleDataError("hardly any newcomer has become tier A: nothing to tell apart")
    trial = fitted(now)
    said = {name: model.predict(matrix(later, PREDICTORS[name])) for name, model in trial.items()}
    card = class_card(
        model="newcomers",
        as_of=night.as_of.isoformat(),
        actual=came,
        predicted=said.pop("model"),
        baselines=said,
        periods={"train": span(now), "judge": span(later)},
        data={"judge_rows": len(later), "rows": {"first years learnt from": len(now)}, "rules": []},
    )
    card.data["rules"] = rules_of(trial[card.published], PREDICTORS[card.published], later)
    artifact = {"predictors": fitted(old), "as_of": night.as_of.isoformat()}
    return Trained(artifact, card, lambda champion: (True, "learnt from more first years"))


def fitted(rows: pd.DataFrame) -> dict[str, NewcomerTier]:
    """The model and its baselines, taught by these customers."""
    tier = rows["tier"].to_numpy(str)
    return {name: NewcomerTier().fit(matrix(rows, looked_at), tier) for name, looked_at in PREDICTORS.items()}


def span(rows: pd.DataFrame) -> list[str]:
    """The first and the last day of a first order."""
    return [str(rows["first_on"].min().date()), str(rows["first_on"].max().date())]


def matrix(rows: pd.DataFrame, looked_at: tuple[str, ...]) -> Array:
    """What a predictor looks at, (customers, features); nothing is a column without a difference."""
    found = rows[list(looked_at)].astype("float64").to_numpy()
    return found if looked_at else np.zeros((len(rows), 1))


def share_of(model: NewcomerTier, X: Array, tier: str) -> Array:
    """The share of a tier that the rules give each row; none where nobody had it."""
    places = np.flatnonzero(model.classes_ == tier)
    return model.predict_proba(X)[:, places[0]] if len(places) else np.zeros(len(X))


def rules_of(model: NewcomerTier, looked_at: tuple[str, ...], later: pd.DataFrame) -> list[dict[str, Any]]:
    """Every rule in words, with the tier it says and how often that came true later."""
    applied, tier = model.apply(matrix(later, looked_at)), later["tier"].to_numpy(str)
    said = []
    for place, rule in enumerate(model.rules()):
        likely = str(model.classes_[rule.shares.argmax()])
        here = tier[applied == place]
        said.append(
            {
                "rule": in_words(rule, looked_at),
                "likely_tier": likely,
                "row_count": rule.rows,
                "tier_share": float(rule.shares.max()),
                "later_row_count": len(here),
                "later_tier_share": float((here == likely).mean()) if len(here) else None,
            }
        )
    return sorted(said, key=lambda row: (row["likely_tier"], -row["row_count"]))


def in_words(rule: Rule, looked_at: tuple[str, ...]) -> str:
    """A rule of the first weeks as it is read."""
    return rule.words(looked_at or ("",)).replace("_", " ")


def scored(picked: Chosen, rows: pd.DataFrame) -> pd.DataFrame:
    """The likely tier of each newcomer and the rule that says so."""
    published = picked.card["published"]
    model, looked_at = picked.artifact["predictors"][published], PREDICTORS[published]
    if rows.empty:
        return rows[["customer_key"]]
    X = matrix(rows, looked_at)
    words = np.array([in_words(rule, looked_at) for rule in model.rules()], dtype=object)
    return pd.DataFrame(
        {
            "customer_key": rows["customer_key"],
            "likely_tier": model.predict(X),
            **{f"share_{tier.lower()}": share_of(model, X, tier) for tier in TIERS},
            "rule": words[model.apply(X)],
            "model_version": picked.entry.version,
        }
    )
