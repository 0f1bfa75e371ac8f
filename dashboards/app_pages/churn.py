"""Churn: who is about to leave, how likely, why, and what is at stake."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame, app_models
from dashboards.app_cards import card, list_link, metric, take_away
from dashboards.app_charts import predictions as charts
from dashboards.app_data import predictions
from dashboards.app_format import number, percent
from dashboards.app_frame import Page
from dashboards.app_reasons import sentence
from dashboards.app_tables import height
from dashboards.app_words import define, label, say

LIST_COLUMNS = [
    "name",
    "tier",
    "churn_probability",
    "churn_band",
    "expected_loss_amount",
    "clv_amount",
    "churn_reason_1",
    "churn_reason_2",
    "churn_reason_3",
]
REASONS = LIST_COLUMNS[-3:]
MEASURES = {"Customers": "customer_count", "At stake": "expected_loss_amount"}  # messages: keys
RULE_WIDTH = 740  # pixels: three conditions on one line, and three columns of figures beside them


def main() -> None:
    page = app_frame.open_page("Churn", "Who is about to leave, why, and what is at stake.")
    if not app_models.trust(page, "churn"):
        return
    totals = predictions.churn_totals(page.file)
    figures(page, totals)
    left, right = st.columns(2, gap="medium")
    with left:
        spread(page)
    with right:
        horizon(page, int(totals["horizon_days"]))
    leaving(page)
    lost(page)


def figures(page: Page, totals: dict[str, Any]) -> None:
    with st.grid(5, min_column_width=130, gap="small"):
        metric(say("High risk"), number(totals["high_count"]), definition=define("churn band"))
        metric(say("Medium risk"), number(totals["medium_count"]), definition=define("churn band"))
        metric(
            say("Expected to leave"),
            number(totals["leaver_count"]),
            definition=say("The sum of everybody's probability: so many will probably place no order."),
        )
        metric(say("At stake"), page.money(totals["expected_loss_amount"]), definition=define("expected loss"))
        metric(say("Worth a contact"), number(totals["worth_count"]), definition=define("worth contacting"))


def spread(page: Page) -> None:
    with card("spread", is_beside_another=True):
        st.subheader(say("How likely"), anchor=False, help=define("churn"))
        chosen = st.segmented_control(
            say("Measure"), list(MEASURES), default="Customers", key="churn_measure", required=True,
            format_func=say, label_visibility="collapsed",
        )  # fmt: skip
        measure = chosen or "Customers"
        chart = charts.churn_spread(predictions.churn_spread(page.file), MEASURES[measure], say(measure))
        st.vega_lite_chart(spec=chart, theme=None, alt=say("Customers by probability of leaving"))


def horizon(page: Page, days: int) -> None:
    with card("horizon", is_beside_another=True):
        st.subheader(say("When is somebody gone?"), anchor=False, help=define("churn horizon"))
        errors = predictions.churn_errors(page.file)
        st.vega_lite_chart(
            spec=charts.horizon_errors(errors), theme=None, alt=say("False alarms and misses by horizon")
        )
        st.caption(
            say(
                "In use: {days} days without an order. A short horizon calls many lost who come back, a long one "
                "misses those who order once more and never again.",
                days=days,
            )
        )


def leaving(page: Page) -> None:
    with card("leaving"):
        left, right = st.columns([1.4, 1], vertical_alignment="center")
        left.subheader(say("Who is about to leave"), anchor=False)
        only_worth = right.container(horizontal_alignment="right").toggle(
            say("Only those worth a contact"), key="only_worth", help=define("worth contacting")
        )
        chosen = st.pills(
            say("Risk"), list(charts.BAND_COLOURS), selection_mode="multi", default=["medium", "high"], key="bands",
            format_func=label, label_visibility="collapsed",
        )  # fmt: skip
        rows = predictions.leaving(page.file, page.viewer, tuple(chosen), only_worth=only_worth)
        if rows.empty:
            app_frame.empty("Nobody is in these bands of risk.")
            return
        shown_table(page, rows)
        list_link(say("List of those at high risk"), risks=["high"])
        take_away("churn", rows.drop(columns=["customer_key"]))


def shown_table(page: Page, rows: pd.DataFrame) -> None:
    in_words = partial(sentence, currency=page.data.currency)
    links = rows.assign(
        name=[app_format.short(name or say("Customer without a name"), 40) for name in rows["name"]],
        **{reason: rows[reason].map(in_words, na_action="ignore") for reason in REASONS},
    )
    event = st.dataframe(
        app_columns.shown(links, LIST_COLUMNS),
        hide_index=True,
        placeholder="",
        column_config=app_columns.of(LIST_COLUMNS, page.data.currency, **page.data.rules),
        height=height(links, 380),
        key="leaving_rows",
        on_select="rerun",
        selection_mode="single-row",
        alt=say("Customers most at stake"),
    )
    if event.selection.rows:
        key = int(rows.iloc[event.selection.rows[0]]["customer_key"])
        st.switch_page("app_pages/customers.py", query_params={"customer": str(key)})
    st.caption(say("Most at stake first, at most {most}. Choose a row to open the customer.", most=predictions.LISTED))


def lost(page: Page) -> None:
    with card("lost"):
        st.subheader(say("What those who left had in common"), anchor=False, help=define("lost profile"))
        features, rules = predictions.lost_features(page.file), predictions.lost_rules(page.file)
        columns = ["feature", "lost_median", "stayed_median", "separation"]
        currency = page.data.currency
        medians = {
            median: [
                app_models.of_feature(value, unit, currency)
                for value, unit in zip(features[median], features["words"], strict=True)
            ]
            for median in columns[1:3]
        }
        named = features.assign(
            feature=[app_models.rule_line(name, currency) for name in features["feature"]], **medians
        )
        st.dataframe(
            app_columns.shown(named, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            height="content",
            alt=say("How those who left differed"),
        )
        columns = ["rule", "row_count", "lost_share", "later_lost_share"]
        widths = app_columns.of(columns, page.data.currency)
        worded = rules.assign(rule=[app_models.rule_line(rule, currency) for rule in rules["rule"]])
        st.dataframe(
            app_columns.shown(worded, columns),
            hide_index=True,
            placeholder="",
            column_config=widths | {"rule": widths["rule"] | {"width": RULE_WIDTH}},
            height="content",
            alt=say("Rules of those who left"),
        )
        if len(rules):
            first = rules.iloc[0]
            st.caption(
                say(
                    "Of those for whom the first rule held, {share} left; in the period after, {later} did.",
                    share=percent(first["lost_share"], 0),
                    later=percent(first["later_lost_share"], 0),
                )
            )


main()
