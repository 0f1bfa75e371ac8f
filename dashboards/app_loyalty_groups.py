"""The Loyalty page by attribute and over time: the pyramid, concentration, and orders taken apart into their season."""

import streamlit as st

from dashboards import app_columns, app_format, app_frame
from dashboards.app_cards import card, take_away
from dashboards.app_charts import loyalty as charts
from dashboards.app_charts import standing
from dashboards.app_data import loyalty
from dashboards.app_format import LEVEL_COLOURS
from dashboards.app_frame import Page
from dashboards.app_words import define, label, say

FEEDS = ["sales.orders", "sales.order_lines"]
EVERYBODY = "everybody"


def pyramid(page: Page) -> None:
    """The levels of the pyramid over time, and by an attribute of the customers."""
    with card("pyramid_groups"):
        past = loyalty.pyramid_history(page.file)
        if past["as_of"].nunique() > 1:
            st.subheader(say("The pyramid over time"), anchor=False, help=define("pyramid"))
            lines = past.rename(columns={"pyramid_level": "rfm_group"})
            chart = standing.group_history(lines, "customer_count", say("Customers"), LEVEL_COLOURS)
            st.vega_lite_chart(spec=chart, theme=None, alt=say("Customers by level of the pyramid over time"))
        left, right = st.columns([1, 1], vertical_alignment="center")
        left.subheader(say("The pyramid by attribute"), anchor=False, help=define("pyramid"))
        attribute = right.selectbox(
            say("Attribute"),
            loyalty.ATTRIBUTES,
            format_func=label,
            key="pyramid_by",
            bind="query-params",
            label_visibility="collapsed",
        )
        found = loyalty.pyramid_groups(page.file, attribute)
        st.vega_lite_chart(spec=charts.pyramid_groups(found), theme=None, alt=say("Share of each level by group"))
        columns = ["group_name", "pyramid_level", "customer_count", "customer_share", "net_margin"]
        with st.expander(say("The figures")):
            st.dataframe(
                app_columns.shown(found, columns),
                hide_index=True,
                placeholder="",
                column_config=app_columns.of(columns, page.data.currency, **page.data.rules),
                alt=say("Share of each level by group"),
            )
        take_away("pyramid_groups", found)


def concentration(page: Page, attribute: str) -> None:
    """How the concentration within each group of an attribute went, by what customers are today."""
    if attribute not in loyalty.ATTRIBUTES:
        return
    past = loyalty.concentration_by(page.where, attribute)
    if past["as_of"].nunique() < 2:
        return
    st.vega_lite_chart(spec=charts.concentration_by(past), theme=None, alt=say("Gini coefficient by group over time"))
    st.caption(say("Over time, by what customers are today; groups of fewer than 30 earners are left out."))


def seasons(page: Page) -> None:
    """Orders of everybody or of a group of customers, taken apart into trend, season and remainder."""
    with card("seasons"):
        st.subheader(say("Trend and season of orders"), anchor=False, help=define("trend and season"))
        left, right = st.columns(2)
        attribute = left.selectbox(
            say("Orders of"),
            [EVERYBODY, *loyalty.ATTRIBUTES],
            format_func=lambda name: say("Everybody") if name == EVERYBODY else label(name),
            key="seasons_by",
            bind="query-params",
        )
        series = loyalty.monthly_orders(page.file, page.data.as_of, None if attribute == EVERYBODY else attribute)
        if attribute != EVERYBODY and not series.empty:
            totals = series.groupby("group_name")["value"].sum().sort_values(ascending=False, kind="stable")
            group = right.selectbox(
                say("Group"), list(totals.index), format_func=label, key=f"seasons_{attribute}", bind="query-params"
            )
            series = series[series["group_name"] == group]
        if len(series) < 3:
            app_frame.empty("Fewer than three whole months of orders: too short for a trend.", FEEDS)
            return
        found = loyalty.seasons(page.file, series)
        st.vega_lite_chart(spec=charts.seasons(found), theme=None, alt=say("Orders by month, with their trend"))
        strength = found["season_strength"].iloc[0]
        if found["season_status"].iloc[0] == "too short":
            st.caption(say("Less than two whole years of months: the trend is shown, a season cannot be told yet."))
        else:
            st.vega_lite_chart(spec=charts.season_parts(found), theme=None, alt=say("Season and remainder by month"))
            explained = app_format.percent(float(strength), 0)
            st.caption(say("The season explains {share} of what is not trend.", share=explained))
        take_away("seasons", found)
