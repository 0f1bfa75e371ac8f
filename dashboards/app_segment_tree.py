"""The segment that is being edited: a tree of drafts in the session, with a number each; drafts may be unfinished."""

from typing import Any

import streamlit as st

from workspace.errors import RegularsError
from workspace.segments.checking import definition_of
from workspace.segments.language import Act, Attribute, Group

TREE, NEXT = "segment_tree", "segment_next_number"
ATTRIBUTE, ACT, GROUP = "attribute", "act", "group"
Node = dict[str, Any]
NEW: dict[str, Node] = {
    ATTRIBUTE: {"kind": ATTRIBUTE, "draft": {"field": "tier", "one_of": []}},
    ACT: {"kind": ACT, "draft": {"act": "buy", "when": {"within_days": 365}}},
    GROUP: {"kind": GROUP, "match": "any", "of": []},
}


def load(definition: Group) -> None:
    """Begin to edit a definition; what was edited before is dropped."""
    st.session_state[TREE] = node_of(definition)


def tree() -> Node:
    """The root of what is being edited: always a group."""
    if TREE not in st.session_state:
        load(Group())
    root: Node = st.session_state[TREE]
    return root


def node_of(item: Group | Attribute | Act) -> Node:
    """A part of a definition as a draft, numbered anew so that no widget keeps the value of another."""
    st.session_state[NEXT] = st.session_state.get(NEXT, 0) + 1
    number = {"number": st.session_state[NEXT]}
    if isinstance(item, Group):
        return number | {"kind": GROUP, "match": item.match, "of": [node_of(part) for part in item.of]}
    kind = ATTRIBUTE if isinstance(item, Attribute) else ACT
    return number | {"kind": kind, "draft": item.model_dump(mode="json")}


def add(parent: int, kind: str, draft: dict[str, Any] | None = None) -> None:
    """Put a new draft at the end of a group; a new group begins with a condition.

    Parameters
    ----------
    draft : what the condition asks to begin with; left out, the usual one
    """
    group = find(tree(), parent)
    if group is None:
        return
    made = new(kind)
    if kind == GROUP:
        made["of"].append(new(ATTRIBUTE))
    elif draft is not None:
        made |= {"draft": draft, "is_new": True}
    group["of"].append(made)


def new(kind: str) -> Node:
    """A draft of a kind, with its number."""
    st.session_state[NEXT] = st.session_state.get(NEXT, 0) + 1
    blank = NEW[kind]
    return {"number": st.session_state[NEXT]} | {
        name: value.copy() if isinstance(value, dict | list) else value for name, value in blank.items()
    }


def remove(number: int) -> None:
    """Take a draft out, and with it a group that is left without any; the root stays."""
    root = tree()
    prune(root, number)


def prune(group: Node, number: int) -> None:
    """Take the draft with this number out of a group, however deep."""
    for node in group["of"]:
        if node["kind"] == GROUP:
            prune(node, number)
    group["of"] = [node for node in group["of"] if node["number"] != number and (node["kind"] != GROUP or node["of"])]


def find(node: Node, number: int) -> Node | None:
    """The group with this number."""
    if node["kind"] != GROUP or node["number"] == number:
        return node if node["kind"] == GROUP else None
    return next((found for part in node["of"] if (found := find(part, number))), None)


def finished(node: Node) -> tuple[dict[str, Any] | None, int]:
    """What of a draft can be asked already (`None` for nothing), and how many conditions cannot."""
    if node["kind"] == GROUP:
        parts = [finished(part) for part in node["of"]]
        asked = [part for part, _ in parts if part is not None]
        waiting = sum(count for _, count in parts)
        return ({node["match"]: asked} if asked else None), waiting
    try:
        # A condition alone is a definition: what is wrong with it is told by the same check.
        definition_of({"all": [node["draft"]]})
    except RegularsError:
        return None, 1
    return node["draft"], 0


def definition() -> tuple[Group, int]:
    """The definition of all that is finished, and how many conditions are not."""
    asked, waiting = finished(tree())
    return definition_of(asked or {}), waiting
