"""Tiers: who brings the money, how unequally, and who moved."""

from datetime import date

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame, app_moves
from dashboards.app_cards import card, list_link
from dashboards.app_charts import standing
from dashboards.app_data import overview, tiers
from dashboards.app_format import TIER_COLOURS
from dashboards.app_frame import Page
from dashboards.app_language import spelled
from dashboards.app_words import TIER_MEANINGS, define, say

FEEDS = ["sales.orders", "sales.order_lines"]


def main() -> None:
    page = app_frame.open_page("Tiers", "Who brings the money, how unequally it is spread, and who moved.")
    now = overview.tiers_on(page.file, page.data.as_of)
    if now.empty:
        app_frame.empty("There are no buyers yet, so there are no tiers.", FEEDS)
        return
    left, right = st.columns(2, gap="medium")
    with left:
        pyramid(page, now)
    with right:
        concentration(page)
    table(page, now)
    history(page)
    movement(page)


def pyramid(page: Page, now: pd.DataFrame) -> None:
    with card("pyramid", is_beside_another=True):
        st.subheader(say("Customers against margin"), anchor=False, help=define("tier", **page.data.rules))
        customers, margin = say("Share of customers"), say("Share of net margin")
        chart = standing.pyramid(now, "tier", TIER_COLOURS, customers=customers, margin=margin)
        st.vega_lite_chart(spec=chart, theme=None, alt=f"{customers}, {margin}")
        costing = now[now["net_margin"] < 0]
        if not costing.empty:
            number = int(costing["customer_count"].sum())
            st.caption(
                say(
                    "Shares are of all margin brought. Tier D brings none: it costs {amount} ({count}).",
                    amount=app_format.plain(page.money(-costing["net_margin"].sum())),
                    count=app_format.count(number, "customer", "customers"),
                )
            )


def concentration(page: Page) -> None:
    with card("curve", is_beside_another=True):
        st.subheader(say("Concentration"), anchor=False, help=define("concentration"))
        curve = tiers.concentration(page.file)
        if curve.empty:
            app_frame.empty("No customer has a positive net margin yet.", FEEDS)
            return
        at_fifth = float(curve.loc[curve["customer_share"] <= 0.2, "margin_share"].max())
        for_eighty = float(curve.loc[curve["margin_share"] >= 0.8, "customer_share"].min())
        chart = standing.concentration(curve, at_fifth, for_eighty)
        st.vega_lite_chart(spec=chart, theme=None, alt=say("Share of margin by share of customers, best first"))


def table(page: Page, now: pd.DataFrame) -> None:
    with card("table"):
        st.subheader(say("The tiers"), anchor=False)
        shown = now.assign(
            meaning=[say(TIER_MEANINGS[tier], **page.data.rules) for tier in now["tier"]],
            margin_per_customer=now["net_margin"] / now["customer_count"],
        )
        columns = [
            "tier",
            "meaning",
            "customer_count",
            "customer_share",
            "revenue_amount",
            "cost_to_serve_amount",
            "net_margin",
            "margin_share",
            "margin_per_customer",
        ]
        st.dataframe(
            app_columns.shown(shown, columns),
            hide_index=True,
            column_config=app_columns.of(columns, page.data.currency),
            alt=say("The tiers"),
        )
        with st.container(horizontal=True, key="no_print_links"):
            for tier in now["tier"]:
                list_link(say("List of tier {tier}", tier=tier), tiers=[tier])


def history(page: Page) -> None:
    past = tiers.history(page.file)
    if past["as_of"].nunique() < 2:
        return
    with card("history"):
        left, right = st.columns([1, 1.4], vertical_alignment="center")
        left.subheader(say("Over time"), anchor=False)
        measures = {
            "Customers": "customer_count",
            "Net margin": "net_margin",
            "Revenue": "revenue_amount",
        }  # messages: keys
        with right.container(horizontal_alignment="right"):
            chosen = st.segmented_control(
                say("Measure"),
                list(measures),
                default="Customers",
                format_func=spelled("tier_measure", list(measures)),
                key="tier_measure",
                bind="query-params",
                required=True,
                label_visibility="collapsed",
            )
        measure = chosen or "Customers"
        title = say(measure) + ("" if measure == "Customers" else f", {app_format.symbol(page.data.currency).strip()}")
        chart = standing.stacked_history(past, measures[measure], title)
        st.vega_lite_chart(spec=chart, theme=None, alt=say("Tiers over time"))


def movement(page: Page) -> None:
    with card("movement"):
        st.subheader(say("Movement"), anchor=False, help=define("movement"))
        chosen = app_moves.two_dates(tiers.dates(page.file), "tier")
        if chosen is None:
            app_frame.empty("Movement needs two dates; there is one so far. Run the next night.")
            return
        before, after = chosen
        rows = tiers.movement(page.file, before, after)
        app_moves.matrix(rows, "tier", list(TIER_COLOURS), before, after)
        movers(page, before, after)


def movers(page: Page, before: date, after: date) -> None:
    st.subheader(say("Who moved, and why"), anchor=False)
    app_moves.table(page, "tier", before, after)


main()
