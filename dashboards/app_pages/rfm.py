"""RFM: the grid of 25 cells, its groups, how they grew and who moved."""

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame, app_moves
from dashboards.app_cards import card, list_link
from dashboards.app_charts import standing
from dashboards.app_data import overview, rfm
from dashboards.app_format import GROUP_COLOURS
from dashboards.app_frame import Page
from dashboards.app_language import spelled
from dashboards.app_words import GROUP_MEANINGS, define, say

FEEDS = ["sales.orders", "sales.order_lines"]
USUAL_GROUPS = ["Champions", "Loyal", "At risk", "Previously loyal"]


def main() -> None:
    page = app_frame.open_page("RFM", "How recently, how often and for how much: 25 cells, ten groups.")
    groups = overview.groups_on(page.file, page.data.as_of)
    if groups.empty:
        app_frame.empty("There are no buyers yet, so there are no groups.", FEEDS)
        return
    grid(page)
    table(page, groups)
    history(page)
    with card("movement"):
        st.subheader(say("Movement"), anchor=False, help=define("movement"))
        chosen = app_moves.two_dates(rfm.dates(page.file), "rfm_group")
        if chosen is None:
            app_frame.empty("Movement needs two dates; there is one so far. Run the next night.")
            return
        rows = rfm.movement(page.file, *chosen)
        app_moves.matrix(rows, "rfm_group", [name for name in GROUP_COLOURS if name != "Prospects"], *chosen)
        st.subheader(say("Who moved, and why"), anchor=False)
        app_moves.table(page, "rfm_group", *chosen)


def grid(page: Page) -> None:
    with card("grid"):
        left, right = st.columns([1, 1], vertical_alignment="center")
        left.subheader(say("The grid"), anchor=False, help=define("rfm group"))
        measures = {"Customers": "customer_count", "Money": "monetary_amount"}  # messages: keys
        with right.container(horizontal_alignment="right"):
            chosen = st.segmented_control(
                say("Shade by"),
                list(measures),
                default="Customers",
                format_func=spelled("shade", list(measures)),
                key="shade",
                bind="query-params",
                required=True,
                label_visibility="collapsed",
            )
        cells = rfm.grid(page.file, page.data.as_of)
        symbol = app_format.symbol(page.data.currency)
        chart = standing.rfm_grid(cells, measures[chosen or "Customers"], say("Net revenue so far"), symbol)
        st.vega_lite_chart(spec=chart, theme=None, alt=say("Customers and money in the 25 cells"))
        st.caption(
            say(
                "A score of 5 is the best fifth of all customers. Upwards: bought more recently. "
                "To the right: buys more often and for more."
            )
        )


def table(page: Page, groups: pd.DataFrame) -> None:
    with card("groups"):
        st.subheader(say("The groups"), anchor=False, help=define("group"))
        order = {name: place for place, name in enumerate(GROUP_COLOURS)}
        shown = groups.sort_values("rfm_group", key=lambda names: names.map(order))
        shown = shown.assign(
            meaning=[say(GROUP_MEANINGS.get(name, "")) for name in shown["rfm_group"]],
            customer_share=shown["customer_count"] / shown["customer_count"].sum(),
        )
        columns = [
            "rfm_group",
            "meaning",
            "customer_count",
            "customer_share",
            "monetary_amount",
            "mean_recency_days",
            "mean_frequency",
        ]
        st.dataframe(
            app_columns.shown(shown, columns),
            hide_index=True,
            column_config=app_columns.of(columns, page.data.currency),
            height="content",
            alt=say("The groups"),
        )
        with st.container(horizontal=True, key="no_print_links"):
            list_link(say("List of those at risk"), groups=["At risk"])
            list_link(say("List of champions"), groups=["Champions"])


def history(page: Page) -> None:
    past = rfm.history(page.file)
    if past["as_of"].nunique() < 2:
        return
    with card("history"):
        st.subheader(say("Over time"), anchor=False)
        names = [name for name in GROUP_COLOURS if name in set(past["rfm_group"])]
        chosen = st.pills(
            say("Groups"),
            names,
            selection_mode="multi",
            format_func=spelled("shown", names),
            default=[name for name in USUAL_GROUPS if name in names],
            key="shown",
            bind="query-params",
            label_visibility="collapsed",
        )
        shown = past[past["rfm_group"].isin(chosen or names)]
        chart = standing.group_history(shown, "customer_count", say("Customers"))
        st.vega_lite_chart(spec=chart, theme=None, alt=say("Customers by group over time"))


main()
