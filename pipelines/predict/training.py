"""When a model is trained, which of its versions scores a night, and what is written down about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from models.card import Card
from models.drift import OLD_DAYS, FeatureDrift, reasons_to_retrain
from models.registry import Entry
from models.too_little import TooLittleDataError
from pipelines import book
from pipelines.predict.night import Night

# A champion that drifts and yet wins against its challenger is not challenged every night anew.
PATIENCE_DAYS = 30
# Grow with the age of any company: no sign that customers have changed.
GROWING = {"tenure_days", "order_count"}


class Drift(NamedTuple):
    """How far today's customers are from those that a model learnt from."""

    largest: float | None
    feature: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Trained:
    """What a training gives: everything that scoring needs, its card, and how it did against the champion."""

    artifact: dict[str, Any]
    card: Card
    replaces: Callable[[dict[str, Any]], tuple[bool, str]]


@dataclass(frozen=True)
class Chosen:
    """The version that scores a night."""

    entry: Entry
    artifact: dict[str, Any]
    card: dict[str, Any]
    status: str
    said: str
    drift: Drift


def chosen(
    night: Night,
    name: str,
    *,
    train: Callable[[], Trained],
    drift_of: Callable[[dict[str, Any]], Drift],
    made_with: dict[str, Any],
    patience_days: int = PATIENCE_DAYS,
) -> Chosen:
    """The version to score with: the one in use, or a new one where a training is due and it is better.

    Parameters
    ----------
    train : makes a new version; raises `TooLittleDataError` where it cannot
    drift_of : how far the night's customers are from those an artifact learnt from
    patience_days : after a training, so long no other is made because of drift or age
    made_with : settings; when they change, a new version takes over without a contest, as it answers another question
    """
    settings_mark = book.fingerprint(made_with)[:12]
    entry = usable(night, name)
    if entry is None:
        return crowned(night, name, train(), status="trained", said="there was none yet", mark=settings_mark)
    artifact, card = entry.load(), entry.card()
    drift = drift_of(artifact)
    if card["settings"].get("mark") != settings_mark:
        return crowned(night, name, train(), status="trained", said="the settings have changed", mark=settings_mark)
    attempt = date.fromisoformat(known_entries(night, name)[-1].card()["as_of"])
    if not drift.reasons or (night.as_of - attempt).days < patience_days:
        return Chosen(entry, artifact, card, "scored", said_of(card, drift), drift)
    try:
        new = train()
    except TooLittleDataError as problem:
        return Chosen(entry, artifact, card, "scored", f"could not be trained anew: {problem}", drift)
    wins, reason = new.replaces(artifact)
    said = f"{'; '.join(drift.reasons)}: {reason}"
    if wins:
        return crowned(night, name, new, status="replaced", said=said, mark=settings_mark)
    night.registry.save(name, new.artifact, marked(new.card, settings_mark))
    return Chosen(entry, artifact, card, "kept", said, drift)


def known_entries(night: Night, name: str) -> list[Entry]:
    """Versions trained by the night's date: a backfill must not score the past with what was learnt later."""
    return [entry for entry in night.registry.entries(name) if entry.version[:10] <= night.as_of.isoformat()]


def usable(night: Night, name: str) -> Entry | None:
    """The champion, or for a night before its training the newest version of that time."""
    champion = night.registry.champion(name)
    if champion is not None and champion.version[:10] <= night.as_of.isoformat():
        return champion
    known = known_entries(night, name)
    return known[-1] if known else None


def crowned(night: Night, name: str, new: Trained, *, status: str, said: str, mark: str) -> Chosen:
    """Store a new version and use it; readers of later nights keep a younger champion."""
    entry = night.registry.save(name, new.artifact, marked(new.card, mark))
    champion = night.registry.champion(name)
    if champion is None or champion.version[:10] <= entry.version[:10]:
        night.registry.crown(entry)
    return Chosen(entry, new.artifact, entry.card(), status, said, Drift(0.0, None, ()))


def marked(card: Card, mark: str) -> Card:
    """The card with the fingerprint of the settings it was made with."""
    return replace(card, settings={**card.settings, "mark": mark})


def said_of(card: dict[str, Any], drift: Drift) -> str:
    """One line about a version that simply scored."""
    waits = f"; {'; '.join(drift.reasons)}, challenged not long ago" if drift.reasons else ""
    return f"trained as of {card['as_of']}{waits}"


def feature_drift(
    drift: FeatureDrift, X: np.ndarray[Any, Any], names: Sequence[str], trained_as_of: str, as_of: date
) -> Drift:
    """Drift of features that do not grow by themselves, and whether it or age asks for a training."""
    counted = [place for place, name in enumerate(names) if name not in GROWING]
    found = drift.score_features(X)[counted]
    chosen_names = tuple(names[place] for place in counted)
    reasons = reasons_to_retrain(found, chosen_names, (as_of - date.fromisoformat(trained_as_of)).days)
    worst = int(found.argmax())
    return Drift(float(found[worst]), chosen_names[worst], reasons)


def age_only(trained_as_of: str, as_of: date, limit: int = OLD_DAYS) -> Drift:
    """Of a model without features only the age asks for a training."""
    age = (as_of - date.fromisoformat(trained_as_of)).days
    return Drift(None, None, (f"trained {age} days ago, limit {limit}",) if age > limit else ())
