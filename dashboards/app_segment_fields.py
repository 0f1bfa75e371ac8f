"""The widgets of one condition on a field: which field, how it is asked, with which values."""

from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from dashboards.app_data import segments
from dashboards.app_frame import Page
from dashboards.app_segment_tree import Node
from dashboards.app_segment_words import vocabulary
from dashboards.app_viewer import CONTACT_DETAILS
from dashboards.app_words import label, say
from workspace.segments.fields import CHOICE, DATE, FLAG, NUMBER

HOW = {  # messages: values[*]
    CHOICE: {"one_of": "is", "none_of": "is not", "starts_with": "starts with"},
    NUMBER: {"range": "is from … to"},
    DATE: {"last": "in the last days", "before": "longer ago than", "next": "in the next days", "dates": "from … to"},
    FLAG: {"yes": "yes", "no": "no"},
}
KNOWN = {"known": "is known", "unknown": "is unknown"}  # messages: values
MOST_DAYS = 36_500


def field_row(page: Page, node: Node) -> dict[str, Any]:
    """Draw the widgets of a condition; returns its draft as it is now."""
    known, draft, number = segments.fields(page.file), node["draft"], node["number"]
    names = field_names(page)
    left, middle, right = st.columns([1.25, 1, 1.9], vertical_alignment="bottom")
    name = left.selectbox(
        say("Field"),
        names,
        index=names.index(draft["field"]) if draft["field"] in names else 0,
        format_func=field_label,
        key=f"seg_{number}_field",
        label_visibility="collapsed",
    )
    kind = known[name].kind
    ways = HOW[kind] | ({} if kind == FLAG else KNOWN)
    begun = how_of(draft) if draft["field"] == name else ""
    how = middle.selectbox(
        say("How"),
        list(ways),
        index=list(ways).index(begun) if begun in ways else 0,
        format_func=partial(way_label, name, ways),
        key=f"seg_{number}_{name}_how",
        label_visibility="collapsed",
    )
    with right:
        return {"field": name, **asked(page, f"seg_{number}_{name}_{how}", name, how, draft if begun == how else {})}


def field_names(page: Page) -> list[str]:
    """The fields that the viewer may ask for, in the order of what they are called."""
    may = CONTACT_DETAILS in page.viewer.permissions
    known = segments.fields(page.file)
    return sorted((name for name, field in known.items() if may or not field.is_personal), key=field_label)


def begun_field(name: str) -> dict[str, Any]:
    """A condition on a field that nothing is asked of yet."""
    return {"field": name}


def field_label(name: str) -> str:
    """What a field is called in the list of fields."""
    flag = vocabulary().flags.get(name)
    text = flag.yes if flag else vocabulary().field(name)
    return text[:1].upper() + text[1:]


def way_label(name: str, ways: dict[str, str], how: str) -> str:
    """How a way of asking is called; a flag is asked in its own words."""
    flag = vocabulary().flags.get(name)
    if flag and how in HOW[FLAG]:
        return flag.yes if how == "yes" else flag.no
    return say(ways[how])


def how_of(draft: dict[str, Any]) -> str:
    """The way of asking that a draft has."""
    if "when" in draft:
        return span_of(draft["when"])
    if "is_true" in draft:
        return "yes" if draft["is_true"] else "no"
    if "is_known" in draft:
        return "known" if draft["is_known"] else "unknown"
    return next((name for name in ("one_of", "none_of", "starts_with") if name in draft), "range")


def span_of(when: dict[str, Any]) -> str:
    """Which kind of time a draft has."""
    if "next_days" in when:
        return "next"
    if "since" in when or "until" in when:
        return "dates"
    return "last" if "within_days" in when else "before"


def asked(page: Page, key: str, name: str, how: str, draft: dict[str, Any]) -> dict[str, Any]:
    """The values of a way of asking; an empty answer where nothing is chosen yet."""
    fixed = {
        "yes": {"is_true": True},
        "no": {"is_true": False},
        "known": {"is_known": True},
        "unknown": {"is_known": False},
    }
    if how in fixed:
        return fixed[how]
    if how in ("one_of", "none_of"):
        chosen = several(say("Values"), segments.values(page.file, name), draft.get(how, []), key)
        return {how: chosen} if chosen else {}
    if how == "starts_with":
        text = st.text_input(
            say("Begins with"), draft.get(how, ""), key=key, max_chars=200, label_visibility="collapsed"
        )
        return {how: text} if text else {}
    if how == "range":
        low, high = two_numbers(say("From"), say("To"), draft.get("at_least"), draft.get("at_most"), key)
        return given(at_least=low, at_most=high)
    when = span(how, draft.get("when", {}), key)
    return {"when": when} if when else {}


def several(title: str, options: list[str], chosen: list[str], key: str) -> list[str]:
    """Any of many values; one that is not among them can be typed."""
    found = st.multiselect(
        title,
        [*options, *(value for value in chosen if value not in options)],
        default=chosen,
        format_func=label,
        key=key,
        placeholder=title,
        accept_new_options=True,
        label_visibility="collapsed",
    )
    return [value for value in found if value]


def two_numbers(
    first: str,
    second: str,
    low: float | None,
    high: float | None,
    key: str,
    *,
    step: int | None = None,
    least: int | None = None,
) -> tuple[float | None, float | None]:
    """A range with either end left open. `step` 1 for whole numbers."""
    left, right = st.columns(2)
    made = partial(st.number_input, step=step, min_value=least, label_visibility="collapsed")
    with left:
        lower = made(first, value=low, key=f"{key}_from", placeholder=first)
    with right:
        upper = made(second, value=high, key=f"{key}_to", placeholder=second)
    return lower, upper


def given(**values: Any) -> dict[str, Any]:
    """Those that were given."""
    return {name: value for name, value in values.items() if value is not None}


def span(how: str, draft: dict[str, Any], key: str) -> dict[str, Any]:
    """The days or dates of a way of asking for a time."""
    if how == "dates":
        left, right = st.columns(2)
        with left:
            since = day(say("From"), draft.get("since"), f"{key}_since")
        with right:
            until = day(say("To"), draft.get("until"), f"{key}_until")
        return given(since=since, until=until)
    name = {"last": "within_days", "before": "not_within_days", "next": "next_days"}[how]
    found = st.number_input(
        say("Days"),
        min_value=1,
        max_value=MOST_DAYS,
        value=draft.get(name, 90),
        step=1,
        key=key,
        label_visibility="collapsed",
    )
    kept = {"not_within_days": draft["not_within_days"]} if how == "last" and "not_within_days" in draft else {}
    return {name: found, **kept}


def day(title: str, text: str | None, key: str) -> str | None:
    """A day that may be left open."""
    found = st.date_input(
        title,
        value=date.fromisoformat(text) if text else None,
        min_value=date(1900, 1, 1),
        max_value=date(2200, 1, 1),
        key=key,
        label_visibility="collapsed",
    )
    return found.isoformat() if isinstance(found, date) else None
