"""The widgets of one condition on behaviour: did or did not, what, how often, how much, when, before or after what."""

from typing import Any

import streamlit as st

from dashboards import app_format
from dashboards.app_data import segments
from dashboards.app_frame import Page
from dashboards.app_segment_fields import given, several, span, span_of, two_numbers
from dashboards.app_segment_tree import Node
from dashboards.app_segment_words import vocabulary
from dashboards.app_words import label, say, say_as
from workspace.segments.acts import ACTS

WHEN = {  # messages: values
    "ever": "ever",
    "last": "in the last days",
    "before": "longer ago than",
    "dates": "from … to",
}
ORDERS = {"": "at any time", "after": "only after they", "before": "only before they"}  # messages: values


def act_row(page: Page, node: Node) -> dict[str, Any]:
    """Draw the widgets of a condition; returns its draft as it is now."""
    draft, number = node["draft"], node["number"]
    left, middle, right = st.columns([1.25, 1, 1.9], vertical_alignment="bottom")
    known = ways()
    begun = (draft["act"], draft.get("did", True))
    with left:
        name, did = st.selectbox(
            say("What they did"),
            known,
            index=known.index(begun) if begun in known else 0,
            format_func=act_label,
            key=f"seg_{number}_act",
            label_visibility="collapsed",
        )
    same = draft if draft["act"] == name else {}
    key = f"seg_{number}_{name}"
    found: dict[str, Any] = {"act": name, "did": did}
    if ACTS[name].has_time:
        found |= time_row(middle, right, same.get("when"), key)
    detailed = any(part in same for part in ("where", "times_at_least", "times_at_most", "amount_at_least", "relation"))
    with st.expander(say("What, how often, for how much, before or after what"), expanded=detailed or "is_new" in node):
        found |= details(page, name, same, key)
    return found


def ways() -> list[tuple[str, bool]]:
    """Every act, done first and then not done."""
    return [(name, did) for did in (True, False) for name in ACTS]


def begun_act(name: str, did: bool) -> dict[str, Any]:
    """A condition on an act as it is begun: in the last year, where it happened on a day."""
    return {"act": name, "did": did} | ({"when": {"within_days": 365}} if ACTS[name].has_time else {})


def act_label(way: tuple[str, bool]) -> str:
    """An act as people read it."""
    words = vocabulary().acts[way[0]]
    text = words.did if way[1] else words.did_not
    return text[:1].upper() + text[1:]


def time_row(middle: Any, right: Any, draft: dict[str, Any] | None, key: str) -> dict[str, Any]:
    """When: ever, the last days, longer ago, or dates."""
    begun = span_of(draft) if draft else "ever"
    how = middle.selectbox(
        say("When"),
        list(WHEN),
        index=list(WHEN).index(begun),
        format_func=lambda way: say(WHEN[way]),
        key=f"{key}_when",
        label_visibility="collapsed",
    )
    if how == "ever":
        return {}
    with right:
        when = span(how, draft if draft and begun == how else {}, f"{key}_{how}")
    return {"when": when} if when else {}


def details(page: Page, name: str, draft: dict[str, Any], key: str) -> dict[str, Any]:
    """What the act was about, how often, for how much, and what it came before or after."""
    found: dict[str, Any] = {"where": where(page, name, draft.get("where", []), key)}
    left, right = st.columns(2)
    with left:
        st.caption(say("How often"))
        low, high = two_numbers(
            say("At least"), say("At most"), draft.get("times_at_least"), draft.get("times_at_most"), f"{key}_times",
            step=1, least=1,
        )  # fmt: skip
        found |= given(times_at_least=low, times_at_most=high)
    if ACTS[name].has_amount:
        with right:
            st.caption(say("For how much in all, {sign}", sign=app_format.symbol(page.data.currency).strip()))
            least, most = two_numbers(
                say("At least"),
                say("At most"),
                draft.get("amount_at_least"),
                draft.get("amount_at_most"),
                f"{key}_amount",
            )
            found |= given(amount_at_least=least, amount_at_most=most)
    if ACTS[name].has_time:
        found |= relation(page, draft.get("relation"), key)
    return found


def where(page: Page, name: str, draft: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """The traits of an act, each with any of several values."""
    begun = {trait["trait"]: trait["one_of"] for trait in draft}
    found = []
    columns = st.columns(2)
    for place, trait in enumerate(ACTS[name].traits):
        with columns[place % 2]:
            options = segments.trait_values(page.file, name, trait)
            chosen = several(
                say("Any {trait}", trait=label(trait).lower()), options, begun.get(trait, []), f"{key}_{trait}"
            )
        if chosen:
            found.append({"trait": trait, "one_of": chosen})
    return found


def relation(page: Page, draft: dict[str, Any] | None, key: str) -> dict[str, Any]:
    """Before or after which other act, within how many days."""
    begun = draft or {"order": "", "act": "complain"}
    acts = [name for name, act in ACTS.items() if act.has_time]
    left, middle, right = st.columns([1, 1.2, 1])
    order = left.selectbox(
        say_as("before or after", "Order"),
        list(ORDERS),
        index=list(ORDERS).index(begun["order"]),
        format_func=lambda one: say(ORDERS[one]),
        key=f"{key}_order",
        label_visibility="collapsed",
    )
    if not order:
        return {}
    other = middle.selectbox(
        say("Other act"),
        acts,
        index=acts.index(begun["act"]) if begun["act"] in acts else 0,
        format_func=lambda name: vocabulary().acts[name].did,
        key=f"{key}_other",
        label_visibility="collapsed",
    )
    with right:
        days = st.number_input(
            say("Within days"),
            min_value=1,
            value=begun.get("within_days"),
            step=1,
            placeholder=say("within days"),
            key=f"{key}_within",
            label_visibility="collapsed",
        )
    about = where(page, other, begun.get("where", []) if begun["act"] == other else [], f"{key}_{other}_other")
    kept = {"when": begun["when"]} if begun.get("when") and begun["act"] == other else {}
    return {"relation": {"order": order, "act": other, "where": about, **given(within_days=days), **kept}}
