"""Value: what every customer will bring, how far to believe it, and when the next order is due."""

import streamlit as st

from dashboards import app_columns, app_format, app_frame, app_models
from dashboards.app_cards import card, metric, take_away
from dashboards.app_charts import predictions as charts
from dashboards.app_data import predictions
from dashboards.app_format import number, percent
from dashboards.app_frame import Page
from dashboards.app_tables import height
from dashboards.app_words import define, say

LIST_COLUMNS = [
    "name",
    "tier",
    "clv_amount",
    "clv_low_amount",
    "clv_high_amount",
    "alive_probability",
    "expected_orders",
    "likely_order_on",
]
MEASURES = {"Customers": "customer_count", "Value": "clv_amount"}  # messages: keys


def main() -> None:
    page = app_frame.open_page("Value", "What customers will bring, and when they will be back.")
    if not app_models.trust(page, "value"):
        return
    totals = predictions.value_totals(page.file)
    with st.grid(5, min_column_width=130, gap="small"):
        worth = say("Worth in {days} days", days=totals["horizon_days"])
        metric(worth, page.money(totals["clv_amount"]), definition=define("clv"))
        metric(say("Best tenth has"), percent(totals["top_share"]), definition=say("Share of the best tenth."))
        metric(say("Still customers"), number(totals["alive_count"]), definition=define("alive"))
        metric(say("Orders to come"), number(totals["expected_orders"]), definition=define("expected orders"))
        metric(say("Due in 30 days"), number(totals["soon_count"]), definition=define("likely order"))
    left, right = st.columns(2, gap="medium")
    with left:
        spread(page)
    with right:
        checked(page)
    segments(page)
    due(page)
    most_valuable(page)


def spread(page: Page) -> None:
    with card("value_spread", is_beside_another=True):
        st.subheader(say("How value is spread"), anchor=False, help=define("clv"))
        chosen = st.segmented_control(
            say("Measure"), list(MEASURES), default="Customers", key="value_measure", required=True,
            format_func=say, label_visibility="collapsed",
        )  # fmt: skip
        measure, symbol = chosen or "Customers", app_format.symbol(page.data.currency)
        rows = predictions.value_spread(page.file)
        chart = charts.value_spread(rows, MEASURES[measure], say(measure), symbol)
        st.vega_lite_chart(spec=chart, theme=None, alt=say("Customers by lifetime value"))


def checked(page: Page) -> None:
    with card("value_check", is_beside_another=True):
        st.subheader(say("Checked on the last period"), anchor=False, help=define("value check"))
        rows = predictions.value_deciles(page.file)
        if rows.empty:
            app_frame.empty("This version was not checked by tenths.")
            return
        symbol = app_format.symbol(page.data.currency).strip()
        chart = charts.deciles(rows, say("Mean margin, {sign}", sign=symbol))
        st.vega_lite_chart(spec=chart, theme=None, alt=say("What was said and what came, by tenth"))
        found = app_models.card_of(page, predictions.last_run(page.file, "value"))
        if found:
            judged = found["card"]["model_judgement"]
            st.caption(
                app_format.plain(
                    say(
                        "Said {said} in total, came {came}: {error}.",
                        said=page.money(judged["predicted_total"]),
                        came=page.money(judged["actual_total"]),
                        error=app_format.signed_percent(judged["total_error"]),
                    )
                )
            )


def segments(page: Page) -> None:
    with card("segments"):
        left, right = st.columns([1, 1.4], vertical_alignment="center")
        left.subheader(say("By segment"), anchor=False)
        with right.container(horizontal_alignment="right"):
            chosen = st.segmented_control(
                say("Segment"), list(predictions.SEGMENTS), default="tier", key="segment", required=True,
                format_func=lambda name: say(predictions.SEGMENTS[name]), label_visibility="collapsed",
            )  # fmt: skip
        rows = predictions.value_by(page.file, chosen or "tier")
        columns = ["segment", "customer_count", "clv_amount", "mean_clv_amount", "alive_share", "mean_orders"]
        st.dataframe(
            app_columns.shown(rows, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            height="content",
            alt=say("Value by segment"),
        )


def due(page: Page) -> None:
    with card("due"):
        st.subheader(say("When the next order may come"), anchor=False, help=define("likely order"))
        rows = predictions.next_orders(page.file)
        if rows.empty:
            app_frame.empty("Nobody is likelier to order again than not.")
            return
        st.vega_lite_chart(spec=charts.weeks(rows, say("Customers")), theme=None, alt=say("Likely next orders by week"))


def most_valuable(page: Page) -> None:
    with card("most_valuable"):
        st.subheader(say("Worth most"), anchor=False)
        rows = predictions.most_valuable(page.file, page.viewer)
        named = rows.assign(
            name=[app_format.short(name or say("Customer without a name"), 40) for name in rows["name"]]
        )
        st.dataframe(
            app_columns.shown(named, LIST_COLUMNS),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(LIST_COLUMNS, page.data.currency, **page.data.rules),
            height=height(named, 380),
            alt=say("Customers worth most"),
        )
        take_away("value", rows.drop(columns=["customer_key"]))


main()
