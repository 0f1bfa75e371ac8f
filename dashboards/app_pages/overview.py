"""Overview: how the business with its customers went, and what changed overnight."""

from datetime import timedelta
from typing import Any

import streamlit as st

from dashboards import app_attention, app_format, app_frame
from dashboards.app_cards import card, metric, move_line
from dashboards.app_charts import overview as charts
from dashboards.app_data import overview
from dashboards.app_data.overview import Period
from dashboards.app_frame import Page
from dashboards.app_language import spelled
from dashboards.app_words import define, label, say

DAYS = {"7 days": 7, "30 days": 30, "90 days": 90, "12 months": 365}  # messages: keys
STEPS = {1: "a day", 7: "a week", 14: "two weeks"}  # messages: values
BUCKETS = {7: 1, 30: 1, 90: 7, 365: 14}
DIRECTIONS = ("up", "down", "level", "new", "gone")  # messages: items
MEASURES = {  # messages: keys
    "Revenue": "revenue_amount",
    "Margin": "margin_amount",
    "Orders": "order_count",
    "New customers": "new_customer_count",
    "Visits": "visit_count",
    "Calls": "call_count",
}


def main() -> None:
    page = app_frame.open_page("Overview", "How it went, compared with the period before, and what changed overnight.")
    length = st.segmented_control(
        say("Period"), list(DAYS), default="30 days", key="period", bind="query-params", required=True,
        format_func=spelled("period", list(DAYS)),
    )  # fmt: skip
    days = DAYS[length or "30 days"]
    period = Period(page.data.as_of - timedelta(days=days - 1), page.data.as_of)
    cards(page, period)
    app_attention.show(page)
    trend(page, period)
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        overnight(page)
    with right:
        glance(page)


def cards(page: Page, period: Period) -> None:
    before = period.before()
    now = overview.totals(page.file, period.first_on, period.last_on)
    old: dict[str, Any] = overview.totals(page.file, before.first_on, before.last_on)
    if not old["is_covered"]:
        old = dict.fromkeys(old)  # history begins later: a comparison with half a period would mislead
    st.caption(
        say(
            "{first} to {last}, compared with {before_first} to {before_last}",
            first=app_format.day(period.first_on),
            last=app_format.day(period.last_on),
            before_first=app_format.day(before.first_on),
            before_last=app_format.day(before.last_on),
        )
    )
    with st.grid(6, min_column_width=130, gap="small"):
        for term, column, is_money in (
            ("customers", "customer_count", False),
            ("active buyers", "buyer_count", False),
            ("orders", "order_count", False),
            ("revenue", "revenue_amount", True),
            ("margin", "margin_amount", True),
            ("returns", "returned_amount", True),
        ):
            value = now[column]
            metric(
                label(term),
                app_format.money_short(value, page.data.currency) if is_money else app_format.number(value),
                change=app_format.change(value, old[column]),
                is_good_down=term == "returns",
                definition=define(term),
            )


def trend(page: Page, period: Period) -> None:
    with card("trend"):
        left, right = st.columns([1, 2.4], vertical_alignment="center")
        left.subheader(say("Trend"), anchor=False)
        with right.container(horizontal_alignment="right"):
            chosen = st.segmented_control(
                say("Measure"),
                list(MEASURES),
                default="Revenue",
                format_func=spelled("measure", list(MEASURES)),
                key="measure",
                bind="query-params",
                required=True,
                label_visibility="collapsed",
            )
        measure = chosen or "Revenue"
        before = period.before()
        now = overview.daily(page.file, period.first_on, period.last_on)
        if now.empty:
            app_frame.empty("No day has anything to show yet.", ["sales.orders", "sales.order_lines"])
            return
        unit = page.data.currency if measure in ("Revenue", "Margin") else ""
        title = say(measure) + (f", {app_format.symbol(unit).strip()}" if unit else "")
        bucket = BUCKETS[period.days]
        old = overview.daily(page.file, before.first_on, before.last_on)
        chart = charts.trend(now, old, MEASURES[measure], title, bucket)
        st.vega_lite_chart(spec=chart, theme=None, alt=say("{measure} over the period", measure=say(measure)))
        step = say(STEPS[bucket])
        st.caption(say("Bars: {step} each. Dashed line: the same day of the period before.", step=step))


def overnight(page: Page) -> None:
    with card("moves"):
        st.subheader(say("What changed overnight"), anchor=False, help=define("movement"))
        counts = overview.moves_by_direction(page.file, page.data.as_of, "night")
        if not counts:
            st.caption(say("Nobody changed tier, group or loyalty stage in the last night."))
            return
        st.caption(summary(counts))
        for move in overview.largest_moves(page.file, page.data.as_of, "night", overview.LARGEST_MOVES):
            move_line(move, page.data.currency)


def summary(counts: list[dict[str, Any]]) -> str:
    """'Tier: 12 up, 30 down, 4 new. Group: …' from the counts by measure and direction."""
    parts = []
    for measure, title in (("tier", "Tier"), ("rfm_group", "Group"), ("loyalty_stage", "Loyalty stage")):
        found = [row for row in counts if row["measure"] == measure]
        if found:
            found.sort(key=lambda row: DIRECTIONS.index(row["direction"]) if row["direction"] in DIRECTIONS else 9)
            words = [f"{app_format.number(row['customer_count'])} {say(row['direction'])}" for row in found]
            parts.append(say("{measure}: {counts}.", measure=say(title), counts=say(", ").join(words)))
    return " ".join(parts)


def glance(page: Page) -> None:
    with card("tiers"):
        st.subheader(say("Tiers"), anchor=False, help=define("tier", **page.data.rules))
        tiers = overview.tiers_on(page.file, page.data.as_of)
        if tiers.empty:
            app_frame.empty("There are no buyers yet, so there are no tiers.", ["sales.orders", "sales.order_lines"])
        else:
            st.vega_lite_chart(
                spec=charts.tier_shares(tiers), theme=None, alt=say("Shares of customers and margin by tier")
            )
    with card("groups"):
        st.subheader(say("RFM groups"), anchor=False, help=define("rfm group"))
        groups = overview.groups_on(page.file, page.data.as_of)
        if groups.empty:
            app_frame.empty("There are no buyers yet, so there are no groups.", ["sales.orders"])
        else:
            st.vega_lite_chart(spec=charts.group_bars(groups), theme=None, alt=say("Customers by RFM group"))


main()
