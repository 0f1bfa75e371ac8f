"""Who will answer, at night: learnt from past campaigns, applied to everybody who has not bought yet."""

from typing import Any

import numpy as np
import pandas as pd

from mining.contact_outcomes import ATTRIBUTES, contact_outcomes, prospects_as_of
from models.category_codes import CategoryCodes
from models.comparison import challenge
from models.drift import FeatureDrift
from models.measures import gain_curve
from models.reasons import strongest
from models.report_card import report_card
from models.response import ResponseModel
from models.rules import judged, learn_rules
from models.score_rule import ScoreRule
from models.too_little import TooLittleDataError
from pipelines.predict.night import Array, Night
from pipelines.predict.training import Chosen, Trained, chosen, feature_drift

WORDS = ("channel", *(name for name in ATTRIBUTES if name != "household_size"))
NUMBERS = ("age_years", "household_size")
NAMES = (*WORDS, *NUMBERS)
FEWEST_CONTACTS, FEWEST_ANSWERS = 200, 20
JUDGED_SHARE = 0.3
# Reasons are sampled, which costs: they are worked out for the people on top of the list only.
EXPLAINED, BACKGROUND = 500, 8


def run(night: Night) -> Chosen:
    """Train where it is due, then score everybody who has not bought yet."""
    settings = night.settings.response
    people = prospects(night)
    picked = chosen(
        night,
        "response",
        train=lambda: train(night),
        drift_of=lambda artifact: drift_of(night, artifact, people),
        made_with={"answer_days": settings.answer_days},
    )
    night.write("response_scores", scored(picked, people))
    night.write("response_curves", picked.card["data"]["curve"])
    night.write("response_rules", picked.card["data"]["rules"])
    return picked


def contacts(night: Night) -> pd.DataFrame:
    """Past contacts with people who had not bought yet; with anybody where those are too few."""
    star = night.store.star
    found = contact_outcomes(
        star("fct_campaign_contacts"),
        star("dim_customer"),
        star("fct_orders"),
        as_of=night.as_of,
        answer_days=night.settings.response.answer_days,
        time_zone=night.workspace.settings.company.time_zone,
    )
    rows = found.order_by("contacted_on", "contact_key").to_pandas()
    to_prospects = rows[rows["is_prospect"]]
    is_enough = len(to_prospects) >= FEWEST_CONTACTS and to_prospects["is_answered"].sum() >= FEWEST_ANSWERS
    return (to_prospects if is_enough else rows).reset_index(drop=True)


def prospects(night: Night) -> pd.DataFrame:
    """People who have not bought yet."""
    star = night.store.star
    zone = night.workspace.settings.company.time_zone
    found = prospects_as_of(star("dim_customer"), star("fct_orders"), as_of=night.as_of, time_zone=zone)
    return found.order_by("customer_key").to_pandas()


def train(night: Night) -> Trained:
    """Judge on the latest contacts; then learn from all.

    Raises
    ------
    TooLittleDataError
        If there are too few contacts or answers to learn from and to judge on.
    """
    rows = contacts(night)
    later = judged_rows(rows)
    for which, name in ((~later, "to learn from"), (later, "to judge on")):
        answered = int(rows.loc[which, "is_answered"].sum())
        if which.sum() < FEWEST_CONTACTS / 4 or min(answered, which.sum() - answered) < FEWEST_ANSWERS / 2:
            raise TooLittleDataError(f"{int(which.sum())} contacts with {answered} answers {name}: too few")
    trial = fitted(rows[~later])
    X, y = matrix(rows[later], trial["codes"]), rows.loc[later, "is_answered"].to_numpy(np.int64)
    probability = trial["model"].predict_proba(X)[:, 1]
    age = trial["age"].predict_proba(X)[:, 1]
    alike = np.full(len(y), rows.loc[~later, "is_answered"].mean())
    curve = gain_curve(y, probability, points=50)
    days = rows["contacted_on"].astype(str)
    card = report_card(
        model="response",
        as_of=night.as_of.isoformat(),
        is_one=y,
        probability=probability,
        baselines={"everybody alike": alike, "by age alone": age},
        periods={
            "train": [days[~later].min(), days[~later].max()],
            "judge": [days[later].min(), days[later].max()],
            "answer_days": night.settings.response.answer_days,
        },
        data={
            "judge_rows": int(later.sum()),
            "learnt_from": "prospects" if rows["is_prospect"].all() else "prospects and customers",
            "channel": str(rows["channel"].mode().iat[0]),
            "curve": [curve_row(place, point, y) for place, point in enumerate(curve)],
            "rules": rules_of(rows, later),
        },
        segments={
            f"channel {name}": (rows.loc[later, "channel"] == name).to_numpy() for name in rows["channel"].unique()
        },
        warnings=()
        if rows["is_prospect"].all()
        else ("too few contacts with people who had not bought: learnt from customers too, who answer more readily",),
    )
    artifact = fitted(rows) | {"as_of": night.as_of.isoformat(), "channel": card.data["channel"]}
    return Trained(artifact, card, lambda champion: contest(champion, rows[later], y, probability))


def judged_rows(rows: pd.DataFrame) -> pd.Series:
    """The latest contacts, whole days of them."""
    if rows.empty:
        raise TooLittleDataError("no campaign contacts whose time to answer is over")
    cut = rows["contacted_on"].iloc[int(len(rows) * (1 - JUDGED_SHARE))]
    return rows["contacted_on"] >= cut


def fitted(rows: pd.DataFrame) -> dict[str, Any]:
    """Codes, model, baseline and drift of these contacts."""
    codes = CategoryCodes().fit(texts(rows))
    X, y = matrix(rows, codes), rows["is_answered"].to_numpy(np.int64)
    return {
        "codes": codes,
        # Codes go by how common a word is, which cuts as well as any order; declared as categories they would bring
        # a preprocessor into the file that no registry should trust.
        "model": ResponseModel(rounds=100, leaves=6, background=BACKGROUND).fit(X, y),
        "age": ScoreRule(NAMES.index("age_years")).fit(X, y),
        "share": float(y.mean()),
        "drift": FeatureDrift().fit(X),
    }


def texts(rows: pd.DataFrame) -> list[Array]:
    """The columns of words; nothing is a word of its own."""
    return [rows[name].astype(object).where(rows[name].notna(), "").to_numpy(str) for name in WORDS]


def matrix(rows: pd.DataFrame, codes: CategoryCodes) -> Array:
    """Codes of the words and the numbers, (rows, features)."""
    numbers = rows[list(NUMBERS)].astype("float64").to_numpy()
    return np.column_stack([codes.transform(texts(rows)), numbers])


def contest(champion: dict[str, Any], rows: pd.DataFrame, y: Array, probability: Array) -> tuple[bool, str]:
    """Whether the new one ranks better than the champion on the latest contacts."""
    theirs = champion["model"].predict_proba(matrix(rows, champion["codes"]))[:, 1]
    outcome = challenge(y, theirs, probability)
    return outcome.replaces, outcome.reason


def curve_row(place: int, point: Array, y: Array) -> dict[str, Any]:
    """One point of the gain curve."""
    share, reached, lift = (float(value) for value in point)
    return {
        "point": place,
        "contacted_share": share,
        "reached_share": reached,
        "lift": lift if np.isfinite(lift) else None,
        "contact_count": share * len(y),
        "answer_count": reached * float(y.sum()),
    }


def rules_of(rows: pd.DataFrame, later: pd.Series) -> list[dict[str, Any]]:
    """What kind of people answer: rules over yes-or-no columns, so that they read as words."""
    X, names = indicators(rows)
    y, is_later = rows["is_answered"].to_numpy(np.int64), later.to_numpy()
    rules, _ = learn_rules(X[~is_later], y[~is_later], depth=3, smallest=max(30, int((~is_later).sum() // 50)))
    said = judged(rules, X[~is_later], y[~is_later], X[is_later], y[is_later], names)
    return [
        {
            "rule": readable(each.words),
            "row_count": each.rows,
            "answered_share": each.share,
            "lift": each.lift,
            "later_row_count": each.later_rows,
            "later_answered_share": each.later_share,
            "later_lift": each.later_lift,
        }
        for each in said
    ]


def indicators(rows: pd.DataFrame, most: int = 8) -> tuple[Array, tuple[str, ...]]:
    """Numbers as they are and a column of 0 and 1 for each common word."""
    columns: dict[str, Array] = {name: rows[name].astype("float64").to_numpy() for name in NUMBERS}
    for name in WORDS:
        for word in rows[name].value_counts().index[:most]:
            columns[f"{name} is {word}"] = (rows[name] == word).to_numpy(np.float64)
    return np.column_stack(list(columns.values())), tuple(columns)


def readable(words: str) -> str:
    """A rule over yes-or-no columns without its zeros: "kind is company" instead of "kind is company above 0"."""
    parts = []
    for part in words.split(" and "):
        if " is " in part and part.endswith(" above 0"):
            parts.append(part.removesuffix(" above 0"))
        elif " is " in part and part.endswith(" at most 0 or missing"):
            parts.append(part.removesuffix(" at most 0 or missing").replace(" is ", " is not ", 1))
        else:
            parts.append(part)
    return " and ".join(parts).replace("_", " ")


def drift_of(night: Night, artifact: dict[str, Any], people: pd.DataFrame) -> Any:
    """How far today's prospects are from the people contacted."""
    if people.empty:
        return feature_drift(artifact["drift"], np.full((1, len(NAMES)), np.nan), NAMES, artifact["as_of"], night.as_of)
    X = matrix(people.assign(channel=artifact["channel"]), artifact["codes"])
    found = feature_drift(artifact["drift"], X, NAMES, artifact["as_of"], night.as_of)
    # Whom one could write to differs from whom one wrote to by choice: only age asks for a training.
    return found._replace(reasons=tuple(reason for reason in found.reasons if reason.startswith("trained")))


def scored(picked: Chosen, people: pd.DataFrame) -> pd.DataFrame:
    """The chance of an answer and what speaks for it, of everybody who has not bought yet."""
    artifact, published = picked.artifact, picked.card["published"]
    if people.empty:
        return people[["customer_key"]]
    X = matrix(people.assign(channel=artifact["channel"]), artifact["codes"])
    reasons = np.full((len(X), 3), None, dtype=object)
    if published == "model":
        probability = artifact["model"].predict_proba(X)[:, 1]
        best = np.argsort(-probability, kind="stable")[:EXPLAINED]
        reasons[best] = in_words(strongest(artifact["model"].contributions(X[best])).feature, people.iloc[best])
    elif published == "by age alone":
        probability = artifact["age"].predict_proba(X)[:, 1]
    else:
        probability = np.full(len(X), artifact["share"])
    return pd.DataFrame(
        {
            "customer_key": people["customer_key"],
            "probability": probability,
            **{f"reason_{place + 1}": reasons[:, place] for place in range(3)},
            "model_version": picked.entry.version,
        }
    )


def in_words(feature: Array, people: pd.DataFrame) -> Array:
    """Reasons as "region: North", in the order of their weight; nothing where fewer moved the score."""
    found = np.full(feature.shape, None, dtype=object)
    for place, name in enumerate(NAMES):
        if name == "channel":
            continue
        row, column = np.nonzero(feature == place)
        found[row, column] = worded(name, people[name].to_numpy(object)[row])
    return found


def worded(name: str, values: Array) -> list[str]:
    """One attribute's values in words."""
    title = name.replace("_", " ")
    return [f"{title}: {'not known' if pd.isna(v) else f'{v:g}' if isinstance(v, float) else v}" for v in values]
