"""Newcomers at night: the tier that each is likely to have after a year, by rules of the first weeks."""

from typing import Any

import numpy as np
import pandas as pd

from mining.newcomers import FIRST_DAYS, first_weeks
from models.measures import area_under_curve
from models.newcomer_tier import NewcomerTier
from models.report_card import report_card
from models.score_rule import ScoreRule
from pipelines.predict.night import Array, Night
from pipelines.predict.training import Chosen, TooLittleDataError, Trained, age_only, chosen

FEATURES = (
    "first_order_count",
    "first_revenue_amount",
    "first_item_count",
    "first_discount_share",
    "is_web",
    "is_store",
)
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
        made_with={"abc": night.workspace.settings.mining.abc.model_dump(), "first_days": FIRST_DAYS},
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
    trial = NewcomerTier().fit(matrix(now), now["tier"].to_numpy(str))
    is_best = [(part["tier"].to_numpy(str) == "A").astype(int) for part in (now, later)]
    if min(is_best[0].sum(), is_best[1].sum()) < 5:
        raise TooLittleDataError("hardly any newcomer has become tier A: nothing to tell apart")
    rule = ScoreRule(FEATURES.index("first_revenue_amount")).fit(matrix(now), is_best[0])
    card = report_card(
        model="newcomers",
        as_of=night.as_of.isoformat(),
        is_one=is_best[1],
        probability=share_of(trial, matrix(later), "A"),
        baselines={
            "first revenue": rule.predict_proba(matrix(later))[:, 1],
            "everybody alike": np.full(len(later), is_best[0].mean()),
        },
        periods={"train": [str(now["first_on"].min().date()), str(now["first_on"].max().date())],
                 "judge": [str(later["first_on"].min().date()), str(later["first_on"].max().date())]},
        data={"judge_rows": len(later), "rules": rules_of(trial, later),
              "accuracy": float((trial.predict(matrix(later)) == later["tier"].to_numpy(str)).mean()),
              "auc_of_a": area_under_curve(is_best[1], share_of(trial, matrix(later), "A")).value},
    )  # fmt: skip
    artifact = {
        "model": NewcomerTier().fit(matrix(old), old["tier"].to_numpy(str)),
        "as_of": night.as_of.isoformat(),
    }
    return Trained(artifact, card, lambda champion: (True, "learnt from more first years"))


def matrix(rows: pd.DataFrame) -> Array:
    """Features of the first weeks, (customers, features)."""
    return rows[list(FEATURES)].astype("float64").to_numpy()


def share_of(model: NewcomerTier, X: Array, tier: str) -> Array:
    """The share of a tier that the rules give each row; none where nobody had it."""
    places = np.flatnonzero(model.classes_ == tier)
    return model.predict_proba(X)[:, places[0]] if len(places) else np.zeros(len(X))


def rules_of(model: NewcomerTier, later: pd.DataFrame) -> list[dict[str, Any]]:
    """Every rule in words, with the tier it says and how often that came true later."""
    applied, tier = model.apply(matrix(later)), later["tier"].to_numpy(str)
    said = []
    for place, rule in enumerate(model.rules()):
        likely = str(model.classes_[rule.shares.argmax()])
        here = tier[applied == place]
        said.append(
            {
                "rule": rule.words(FEATURES).replace("_", " "),
                "likely_tier": likely,
                "row_count": rule.rows,
                "tier_share": float(rule.shares.max()),
                "later_row_count": len(here),
                "later_tier_share": float((here == likely).mean()) if len(here) else None,
            }
        )
    return sorted(said, key=lambda row: (row["likely_tier"], -row["row_count"]))


def scored(picked: Chosen, rows: pd.DataFrame) -> pd.DataFrame:
    """The likely tier of each newcomer and the rule that says so."""
    model: NewcomerTier = picked.artifact["model"]
    if rows.empty:
        return rows[["customer_key"]]
    X = matrix(rows)
    words = np.array([rule.words(FEATURES).replace("_", " ") for rule in model.rules()], dtype=object)
    return pd.DataFrame(
        {
            "customer_key": rows["customer_key"],
            "likely_tier": model.predict(X),
            **{f"share_{tier.lower()}": share_of(model, X, tier) for tier in TIERS},
            "rule": words[model.apply(X)],
            "model_version": picked.entry.version,
        }
    )
