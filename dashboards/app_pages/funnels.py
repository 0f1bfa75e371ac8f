"""Funnels: the sales funnel with its forecast, the web funnel, and prospects with what they looked for."""

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame
from dashboards.app_cards import CUSTOMERS_PAGE, card, list_link, metric, take_away
from dashboards.app_charts import funnels as charts
from dashboards.app_charts import ranges
from dashboards.app_data import funnels
from dashboards.app_format import number, percent, plain
from dashboards.app_frame import Page
from dashboards.app_language import spelled
from dashboards.app_tables import height
from dashboards.app_words import define, english_label, label, say

WARM_SHOWN = 200


def main() -> None:
    page = app_frame.open_page("Funnels", "From lead to order, from visit to order, and what prospects look for.")
    sales(page)
    forecast(page)
    web(page)
    prospects(page)


def chosen_group(title: str, key: str, attributes: list[str]) -> str:
    """By what the groups of a funnel are told apart."""
    found = st.segmented_control(
        title, attributes, default="all", key=key, format_func=spelled(key, attributes, english_label),
        bind="query-params", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    return found or "all"


def sales(page: Page) -> None:
    with card("sales"):
        st.subheader(say("The sales funnel"), anchor=False, help=define("sales funnel"))
        whole = funnels.sales(page.file, "all")
        if whole.empty:
            app_frame.empty("No opportunity is on record, so there is no sales funnel.", ["sales.opportunities"])
            return
        rows = pd.DataFrame(
            {
                "step": [label(stage) for stage in whole["stage"]],
                "value": whole["reached_count"],
                "text": [
                    say(
                        "{reached}, {share} go on",
                        reached=number(row["reached_count"]),
                        share=percent(row["conversion_share"]),
                    )
                    for row in whole.to_dict("records")
                ],
            }
        )
        st.vega_lite_chart(spec=charts.steps(rows, say("Opportunities")), theme=None, alt=say("Opportunities by stage"))
        by = chosen_group(say("By"), "sales_by", ["all", "lead_source", "owner_id"])
        shown = whole if by == "all" else funnels.sales(page.file, by)
        columns = [] if by == "all" else ["group_name"]
        columns += ["stage", "reached_count", "gone_on_count", "lost_count", "present_count", "present_amount"]
        columns += ["conversion_share", "range", "median_days", "median_age_days"]
        shown = shown.assign(range=[span(row) for row in shown.to_dict("records")])
        st.dataframe(
            app_columns.shown(shown, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            height="content" if by == "all" else 320,
            alt=say("The stages of the sales funnel"),
        )
        take_away("sales_funnel", shown)


def span(row: dict) -> str:
    """A conversion's range in words; why there is none."""
    if row["funnel_status"] == "too few":
        return say("too few have left")
    return say("{low} to {high}", low=percent(row["conversion_low"], 0), high=percent(row["conversion_high"], 0))


def forecast(page: Page) -> None:
    months = funnels.forecast(page.file)
    if months.empty:
        return
    with card("forecast"):
        st.subheader(say("What open opportunities will bring"), anchor=False, help=define("sales forecast"))
        whole = months[months["close_month"] == "all"].to_dict("records")[0]
        st.markdown(
            plain(
                say(
                    "{count} open, worth {worth}: {expected} expected ({low} to {high}).",
                    count=number(whole["open_count"]),
                    worth=page.money(whole["open_amount"]),
                    expected=page.money(whole["expected_amount"]),
                    low=page.money(whole["expected_low"]),
                    high=page.money(whole["expected_high"]),
                )
            )
        )
        title = say("Expected, {sign}", sign=app_format.symbol(page.data.currency).strip())
        chart = charts.forecast(months[months["close_month"] != "all"], title)
        st.vega_lite_chart(spec=chart, theme=None, alt=say("Expected amount by month with its range"))
        if whole["unrated_count"]:
            st.caption(
                say(
                    "{count} without amount or chance are not in the expectation.", count=number(whole["unrated_count"])
                )
            )
        columns = ["name", "stage", "amount", "win_share", "expected_amount", "expected_close_on", "owner_id"]
        found = funnels.open_opportunities(page.file)
        people(page, found, columns, "open_opportunities", say("Open opportunities"))


def people(page: Page, found: pd.DataFrame, columns: list[str], key: str, title: str) -> None:
    """A table of customers; choosing a row opens the customer. Files leave names out."""
    shown = found.assign(name=[app_format.short(name) for name in found["name"]])
    picked = st.dataframe(
        app_columns.shown(shown, columns),
        hide_index=True,
        placeholder="",
        column_config=app_columns.of(columns, page.data.currency),
        on_select="rerun",
        selection_mode="single-row",
        key=f"rows_{key}",
        height=height(shown, 300),
        alt=title,
    )
    take_away(key, found.drop(columns=["name"]))
    if picked.selection.rows and found["customer_key"].iloc[picked.selection.rows[0]]:
        st.switch_page(CUSTOMERS_PAGE, query_params={"customer": found["customer_key"].iloc[picked.selection.rows[0]]})


def web(page: Page) -> None:
    with card("web"):
        st.subheader(say("The web funnel"), anchor=False, help=define("web funnel"))
        whole = funnels.web(page.file, "all")
        if whole.empty:
            app_frame.empty("No visit is on record in the last 3 months.", ["web.events"])
            return
        by = chosen_group(say("By"), "web_by", ["all", "device", "utm_source"])
        shown = whole if by == "all" else funnels.web(page.file, by)
        left, right = st.columns([1.2, 1], gap="medium")
        with left:
            rows = pd.DataFrame(
                {
                    "step": [label(step) for step in whole["step"]],
                    "value": whole["session_count"],
                    "text": [
                        f"{number(row['session_count'])}, {percent(row['of_visits_share'])}"
                        for row in whole.to_dict("records")
                    ],
                }
            )
            st.vega_lite_chart(spec=charts.steps(rows, say("Sessions")), theme=None, alt=say("Sessions by step"))
        with right:
            last = shown[shown["step"] == "order"]
            rows = pd.DataFrame(
                {
                    "label": [label(name) for name in last["group_name"]],
                    "value": last["of_visits_share"],
                    "low": last["of_visits_low"].where(last["funnel_status"] == "measured"),
                    "high": last["of_visits_high"],
                    "size": last["session_count"],
                }
            )
            title = say("Visits that end in an order")
            st.vega_lite_chart(spec=ranges.points(rows, title, pattern=".1%"), theme=None, alt=title)
            after_visits(page)
        take_away("web_funnel", shown)


def after_visits(page: Page) -> None:
    found = funnels.after_visits(page.file)
    if found.empty:
        return
    st.markdown(f"**{say('Within a week of a visit, known visitors order')}**", help=define("after visits"))
    rows = pd.DataFrame(
        {
            "label": [label(channel) for channel in found["channel"]],
            "value": found["visit_day_share"],
            "low": found["share_low"],
            "high": found["share_high"],
            "size": found["visit_day_count"],
        }
    )
    title = say("Share of days with a visit")
    st.vega_lite_chart(spec=ranges.points(rows, title, pattern=".0%"), theme=None, alt=title)


def prospects(page: Page) -> None:
    with card("prospects"):
        st.subheader(say("Prospects and what they look for"), anchor=False, help=define("prospects"))
        counts = funnels.prospects(page.file)
        if not counts["known"]:
            app_frame.empty("Nobody is known who has not bought yet.", ["external.prospects", "sales.customers"])
            return
        with st.grid(4, min_column_width=130, gap="small"):
            metric(say("Prospects"), number(counts["known"]), definition=define("prospects"))
            metric(say("Visited in 6 months"), number(counts["visited"]))
            metric(say("Looked at a product"), number(counts["looked"]))
            metric(say("Had a cart"), number(counts["carted"]))
        left, right = st.columns(2, gap="medium")
        for side, kind, title, definition in (
            (left, "category", say("Looked at before buying: who has bought since"), "sought category"),
            (right, "search term", say("Searched for: whether a product was found"), "searched term"),
        ):
            with side:
                st.markdown(f"**{title}**", help=define(definition))
                found = funnels.sought(page.file, kind)
                if found.empty:
                    app_frame.empty("Nothing of the kind is on record yet.", ["web.events", "sales.products"])
                    continue
                rows = found.rename(
                    columns={"sought": "label", "success_share": "value", "share_low": "low", "share_high": "high"}
                ).assign(size=found["people_count"])
                st.vega_lite_chart(spec=ranges.points(rows, say("Share"), pattern=".1%"), theme=None, alt=title)
                take_away(kind.replace(" ", "_"), found)
        warm = funnels.warm_prospects(page.file, WARM_SHOWN)
        if not warm.empty:
            st.markdown(f"**{say('The warmest')}**")
            columns = ["name", "view_count", "visit_count", "has_cart", "main_category", "last_search", "last_seen_on"]
            people(page, warm, columns, "prospects", say("Prospects who looked at most"))
        list_link(say("List of all prospects"), stages=["potential"])


main()
