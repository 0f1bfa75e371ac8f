"""The builder: groups within groups of conditions, drawn from the tree of drafts and written back into it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboards.app_frame import Page
from dashboards.app_segment_acts import act_label, act_row, begun_act, ways
from dashboards.app_segment_fields import begun_field, field_label, field_names, field_row
from dashboards.app_segment_tree import ACT, ATTRIBUTE, GROUP, Node, add, remove, tree
from dashboards.app_words import say
from workspace.segments.language import MAX_DEPTH

MATCHES = {"all": "All of these hold", "any": "Any of these holds", "none": "None of these holds"}  # messages: values


def builder(page: Page) -> None:
    """Draw everything that is being edited."""
    group(page, tree(), depth=1)


def group(page: Page, node: Node, depth: int) -> None:
    """A group: how its parts are joined, its parts, and what can be added."""
    left, right = st.columns([1, 0.09], vertical_alignment="center")
    chosen = left.segmented_control(
        say("How the conditions are joined"),
        list(MATCHES),
        default=node["match"],
        format_func=lambda match: say(MATCHES[match]),
        key=f"seg_{node['number']}_match",
        required=True,
        label_visibility="collapsed",
    )
    node["match"] = chosen
    if depth > 1:
        with right:
            away(node)
    for part in node["of"]:
        if part["kind"] == GROUP:
            with st.container(border=True, key=f"seg_group_{part['number']}"):
                group(page, part, depth + 1)
        else:
            condition(page, part)
    buttons(page, node, depth)


def condition(page: Page, node: Node) -> None:
    """A condition on a field or on an act, and the way to take it out."""
    with st.container(key=f"seg_condition_{node['number']}"):
        left, right = st.columns([1, 0.09])
        with left:
            node["draft"] = field_row(page, node) if node["kind"] == ATTRIBUTE else act_row(page, node)
        with right:
            away(node)


def away(node: Node) -> None:
    """The button that takes a part out."""
    st.button(
        "",
        icon=":material/close:",
        key=f"seg_{node['number']}_away",
        help=say("Take this away"),
        type="tertiary",
        on_click=remove,
        args=(node["number"],),
    )


def buttons(page: Page, node: Node, depth: int) -> None:
    """What can be added to a group: choosing what to ask for is one action, not a click and then a choice."""
    number = node["number"]
    left, middle, right = st.columns([1.2, 1.2, 1], vertical_alignment="bottom")
    with left:
        chooser(number, ATTRIBUTE, say("What they are"), field_names(page), field_label)
    with middle:
        chooser(number, ACT, say("What they did"), ways(), act_label)
    if depth < MAX_DEPTH:
        right.button(
            say("A group"), icon=":material/add:", key=f"seg_{number}_add_{GROUP}", on_click=add, args=(number, GROUP)
        )


def chooser(number: int, kind: str, title: str, options: list[Any], format_func: Callable[[Any], str]) -> None:
    """A list to choose the next condition from; it is empty again afterwards."""
    key = f"seg_{number}_add_{kind}"
    st.selectbox(
        title, options, index=None, placeholder=f"+ {title}", format_func=format_func, key=key,
        label_visibility="collapsed", on_change=add_chosen, args=(number, kind, key),
    )  # fmt: skip


def add_chosen(number: int, kind: str, key: str) -> None:
    """Add the condition that was chosen."""
    chosen = st.session_state.get(key)
    if chosen is None:
        return
    add(number, kind, begun_field(chosen) if kind == ATTRIBUTE else begun_act(*chosen))
    st.session_state[key] = None
