"""The pieces that pages are put together from: a card, a metric, a move, links to a customer and a list."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards import app_format
from dashboards.app_reasons import sentence
from dashboards.app_viewer import current_viewer
from dashboards.app_words import coded, say
from workspace import exports, state
from workspace.folders import Workspace

CUSTOMERS_PAGE = "app_pages/customers.py"
LISTS_PAGE = "app_pages/lists.py"


def card(key: str, *, is_beside_another: bool = False) -> DeltaGenerator:
    """A framed part of a page; `key` must be its own on the page. Cards beside each other are equally high."""
    return st.container(border=True, key=f"card_{key}", height="stretch" if is_beside_another else "content")


def metric(
    title: str,
    value: str,
    *,
    change: float | None = None,
    is_good_down: bool = False,
    definition: str | None = None,
) -> None:
    """A number with its name, its definition, and its relative change against the period before."""
    st.metric(
        title,
        app_format.plain(value),
        delta=app_format.signed_percent(change),
        delta_color="inverse" if is_good_down else "normal",
        help=definition,
        border=True,
    )


def standing(value: str | None, measure: str) -> str:
    """A tier or group as a badge in Markdown; a dash for none."""
    if not value:
        return app_format.NOTHING
    text = app_format.plain(coded(value))
    return f":{badge_colour(value, measure)}-badge[{text}]"


def tier_and_group(person: dict[str, Any]) -> str:
    """The tier, where there is one, and the group of a customer as badges beside each other."""
    group = standing(person["rfm_group"], "rfm_group")
    if not person["tier"]:
        return group
    return standing(person["tier"], "tier").replace("badge[", f"badge[{say('Tier')} ") + " " + group


def badge(text: str) -> str:
    """A word of ours as a grey badge, as large as those of tiers beside it."""
    return f":gray-badge[{text}]"


def badge_colour(value: str, measure: str) -> str:
    """Blue for those close to us, orange for those slipping, red for those lost or costing, grey for the rest."""
    if measure == "tier":
        return {"A": "blue", "B": "blue", "C": "gray", "D": "red"}.get(value, "gray")
    if measure == "loyalty_stage":
        return {"lapsed": "orange", "lost": "red", "potential": "gray"}.get(value, "blue")
    if value in ("Champions", "Loyal", "Active", "Promising", "New"):
        return "blue"
    if value in ("Needs attention", "At risk", "Almost lost"):
        return "orange"
    return "red" if value == "Previously loyal" else "gray"


def move_line(move: dict[str, Any], currency: str) -> None:
    """One move: a link to the customer, from what to what, and why."""
    with st.container(gap=None, key=f"move_{move['customer_key']}"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            customer_link(move["customer_key"], move["name"])
            came_from = standing(move["value_from"], move["measure"]) if move["value_from"] else badge(say("new"))
            went_to = standing(move["value_to"], move["measure"]) if move["value_to"] else badge(say("gone"))
            st.markdown(f"{came_from} → {went_to}", width="content")
        st.caption(app_format.plain(sentence(move["reason"], currency)))


def customer_link(customer_key: int, name: str | None) -> None:
    """A link to a customer's own page."""
    text = app_format.plain(app_format.short(name or say("Customer without a name"), 40))
    st.page_link(CUSTOMERS_PAGE, label=f"**{text}**", query_params={"customer": str(customer_key)})


def take_away(name: str, table: pd.DataFrame | Callable[[], pd.DataFrame]) -> None:
    """Buttons that give a table of the page as a file; made, and logged, when a button is used.

    Parameters
    ----------
    table : one that holds more than the page shows is given as what reads it, for whoever looks now
    """
    # Who looks is known while the page is drawn, not when the browser comes for the file.
    workspace = Workspace.open()
    who = current_viewer(workspace).name
    with st.container(horizontal=True, key=f"no_print_files_{name}"):
        for kind, (title, mime) in exports.FORMATS.items():
            st.download_button(
                title,
                data=partial(taken, workspace, who, name, table, kind),
                file_name=f"{name.replace('_', '-')}.{kind}",
                mime=mime,
                icon=":material/download:",
                key=f"take_{name}_{kind}",
                on_click="ignore",
            )


def taken(
    workspace: Workspace, who: str, name: str, table: pd.DataFrame | Callable[[], pd.DataFrame], kind: str
) -> bytes:
    """The file of a table; who took it, which one and how much of it is a line of the audit log."""
    table = table() if callable(table) else table
    state.audit(
        workspace,
        who,
        "table downloaded",
        table=name,
        kind=kind,
        row_count=len(table),
        columns=[str(column) for column in table.columns],
        purpose=f"table of the page: {name.replace('_', ' ')}",
    )
    return exports.table_file(table, kind)


def list_link(label: str, **conditions: str | list[str]) -> None:
    """A link to the Lists page with these conditions set."""
    st.page_link(LISTS_PAGE, label=label, icon=":material/checklist:", query_params=conditions)


def link_within(page: str, text: str, *, key: str, icon: str | None = None, query_params: dict[str, Any]) -> None:
    """A way to the page that it stands on, with other parameters.

    A page link to the same page draws it once with them and leaves the address as it was, so that the next click
    loses what was chosen.
    """
    if st.button(text, icon=icon, type="tertiary", key=key):
        st.switch_page(page, query_params=query_params)
