"""Paths: which steps come before leaving, before a first purchase and before a large one."""

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame
from dashboards.app_cards import card, metric, take_away
from dashboards.app_charts import rules as charts
from dashboards.app_data import rules
from dashboards.app_format import number
from dashboards.app_frame import Page
from dashboards.app_language import spelled
from dashboards.app_reasons import reworded
from dashboards.app_words import coded, define, say

FEEDS = ["sales.orders", "web.events", "call_center.calls", "call_center.cases", "marketing.contacts"]
OUTCOMES = {  # messages: values
    "leaving": "Leaving us",
    "first purchase": "First purchase",
    "large purchase": "Large purchase",
}
MEANINGS = {  # messages: values
    "leaving": "Customers who stopped buying, beside customers of the same days who came back.",
    "first purchase": "People up to the day before they first bought, beside people who did not buy.",
    "large purchase": "Customers up to the day before their first large order, beside others before an ordinary one.",
}
SHOWN = 12
ARROW = " → "


def main() -> None:
    page = app_frame.open_page("Paths", "Which steps come before leaving, before a first purchase and a large one.")
    searches = {row["kind"]: row for row in rules.searches(page.file) if row["level"] == "path"}
    if not searches:
        app_frame.empty("No paths have been counted yet.", FEEDS)
        return
    chosen = st.segmented_control(
        say("Before"),
        list(OUTCOMES),
        default="leaving",
        format_func=spelled("outcome", list(OUTCOMES), OUTCOMES.__getitem__),
        key="outcome",
        bind="query-params",
        required=True,
    )
    outcome = chosen or "leaving"
    st.caption(say(MEANINGS[outcome]))
    search = searches.get(outcome)
    if search and search.get("found_on"):
        st.caption(say("Searched on what was known by {day}.", day=app_format.day(search["found_on"])))
    if search and search["note"]:
        app_frame.empty(app_format.plain(reworded(search["note"])), FEEDS, is_too_little=True)
    found = rules.paths(page.file, outcome)
    if found.empty:
        app_frame.empty("No path is common enough to be counted.", FEEDS)
        return
    found = found.assign(path=[in_words(path) for path in found["path"]])
    figures(found)
    telling(found)
    table(page, found, outcome)


def in_words(path: str) -> str:
    """A path, its steps in the reader's language."""
    return ARROW.join(str(coded(step)) for step in path.split(ARROW))


def figures(found: pd.DataFrame) -> None:
    first = found.iloc[0]
    with st.grid(4, min_column_width=150, gap="small"):
        metric(say("With the outcome"), number(first["outcome_total"]), definition=define("path"))
        metric(say("Without it"), number(first["control_total"]), definition=define("path"))
        metric(say("Paths counted"), number(len(found)), definition=say("Paths that enough customers went through."))
        metric(say("Telling"), number(int(found["is_telling"].sum())), definition=define("telling path"))


def telling(found: pd.DataFrame) -> None:
    with card("telling"):
        st.subheader(say("The most telling paths"), anchor=False, help=define("telling path"))
        chosen = found[found["is_telling"]].head(SHOWN)
        if chosen.empty:
            app_frame.empty("No path comes more often before this outcome than without it, beyond luck.")
            return
        chart = charts.path_shares(chosen)
        st.vega_lite_chart(spec=chart, theme=None, alt=say("Shares of customers who went through each path"))
        st.caption(say("What comes before is a sign, not a cause."))


def table(page: Page, found: pd.DataFrame, outcome: str) -> None:
    with card("table"):
        left, right = st.columns([2, 1], vertical_alignment="center")
        left.subheader(say("All paths"), anchor=False)
        only = right.container(horizontal_alignment="right").toggle(
            say("Only telling ones"), value=True, key="only_telling", bind="query-params"
        )
        shown = found[found["is_telling"]] if only else found
        columns = ["path", "outcome_count", "outcome_share", "control_count", "control_share", "path_lift", "q_value"]
        shown = shown.assign(path_lift=shown["lift"])
        st.dataframe(
            app_columns.shown(shown, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            alt=say("All paths"),
        )
        take_away(f"paths_{outcome.replace(' ', '_')}", shown)


main()
