"""What a list says about itself in words: the sentence of its filter, the name of its file."""

import re
from collections.abc import Iterable

from dashboards import app_format
from dashboards.app_data import questions
from dashboards.app_data.list_query import NO_TIER, ListFilter
from dashboards.app_words import label, say, say_as
from mining.questions.catalogue import QUESTIONS


def sentence(chosen: ListFilter, currency: str) -> str:
    """The filter as one sentence that a person can check."""
    tiers = [say("no tier") if tier == NO_TIER else tier for tier in chosen.tiers]
    parts = [
        say("in tier {values}", values=either(tiers)) if tiers else "",
        say("in group {values}", values=either(map(say, chosen.groups))) if chosen.groups else "",
        say("in loyalty stage {values}", values=either(map(say, chosen.stages))) if chosen.stages else "",
        say("at {values} risk of leaving", values=either(map(say, chosen.risks))) if chosen.risks else "",
        say("on pyramid level {values}", values=either(map(say, chosen.levels))) if chosen.levels else "",
        say("from region {values}", values=either(chosen.regions)) if chosen.regions else "",
        say("from {values}", values=either(chosen.countries)) if chosen.countries else "",
        say("who buy mostly by {values}", values=either(map(label, chosen.channels))) if chosen.channels else "",
        say("of kind {values}", values=either(map(label, chosen.kinds))) if chosen.kinds else "",
        say("who agree to {values}", values=both(map(label, chosen.consents))) if chosen.consents else "",
        span(say("whose last order was {span} days ago"), number(chosen.recency_from), number(chosen.recency_to)),
        span(
            say("with a net margin of {span}"),
            money(chosen.net_margin_from, currency),
            money(chosen.net_margin_to, currency),
        ),
    ]
    if chosen.behind is not None:
        parts.append(behind(chosen.behind))
    asked = [part for part in parts if part]
    return say("Everybody known.") if not asked else say("People {conditions}.", conditions=listed(asked))


def behind(text: str) -> str:
    """The question that a list's customers are behind, with its choices."""
    key, choices = questions.from_address(text)
    title = next(question.title for question in QUESTIONS if question.key == key)
    said = listed(f"{label(name)} {label(str(value))}" for name, value in choices)
    return say(
        "behind the answer to “{title}”{choices}",
        title=say(title),
        choices=say(" ({choices})", choices=said) if said else "",
    )


def either(values: object) -> str:
    """'A', 'A or B', 'A, B or C'."""
    return joined(values, say("or"))


def both(values: object) -> str:
    """'A', 'A and B', 'A, B and C'."""
    return joined(values, say("and"))


def joined(values: object, word: str) -> str:
    """Values with commas, and a word before the last."""
    *rest, last = [str(value) for value in values]  # type: ignore[attr-defined]
    return f"{listed(rest)} {word} {last}" if rest else last


def listed(values: Iterable[str]) -> str:
    """'A, B, C'."""
    return say_as("between parts of a list", ", ").join(values)


def number(value: float | None) -> str | None:
    """A bound as text; `None` for an open end."""
    return None if value is None else app_format.number(value)


def money(value: float | None, currency: str) -> str | None:
    """A bound as an amount; `None` for an open end."""
    return None if value is None else app_format.money(value, currency)


def span(text: str, low: str | None, high: str | None) -> str:
    """A range within a sentence; empty where both ends are open."""
    if low is None and high is None:
        return ""
    if low is None:
        words = say_as("condition", "at most {high}", high=high)
    elif high is None:
        words = say_as("condition", "at least {low}", low=low)
    else:
        words = say_as("condition", "{low} to {high}", low=low, high=high)
    return text.format(span=words)


def file_name(name: str, as_of: str, kind: str) -> str:
    """A name that every system takes: letters, digits and dashes of the list's name, its date, the ending."""
    stem = re.sub(r"[^\w]+", "-", name.lower()).strip("-")[:60] or "list"
    return f"{stem}_{as_of}.{kind}"
