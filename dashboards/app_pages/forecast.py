"""Forecast: orders and revenue of the coming weeks, with intervals that past forecasts have earned."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame, app_models
from dashboards.app_cards import card, metric, take_away
from dashboards.app_charts import predictions as charts
from dashboards.app_data import predictions
from dashboards.app_format import number
from dashboards.app_frame import Page
from dashboards.app_language import spelled
from dashboards.app_reasons import sentence
from dashboards.app_words import coded, define, say

MEASURES = {"Orders": "order_count", "Revenue": "net_amount"}  # messages: keys
SPLITS = {"In total": "total", "By tier": "tier", "By group": "group"}  # messages: keys
SHOWN_WEEKS = 78


def main() -> None:
    page = app_frame.open_page("Forecast", "Orders and revenue of the coming weeks.")
    if not app_models.trust(page, "forecast"):
        return
    found = app_models.card_of(page, predictions.last_run(page.file, "forecast"))
    if found:
        st.caption(say("{meaning}.", meaning=app_format.plain(sentence(found["grade_reason"]))))
        for warning in found["card"]["warnings"]:
            st.warning(app_format.plain(sentence(warning)), icon=":material/info:")
    with st.container(horizontal=True):
        measure = st.segmented_control(
            say("Measure"), list(MEASURES), default="Revenue", key="measure", required=True, bind="query-params",
            format_func=spelled("measure", list(MEASURES)),
        )  # fmt: skip
        split = st.segmented_control(
            say("Split"), list(SPLITS), default="In total", key="split", required=True, bind="query-params",
            format_func=spelled("split", list(SPLITS)),
        )  # fmt: skip
    draw(page, measure or "Revenue", SPLITS[split or "In total"])


def draw(page: Page, measure: str, split: str) -> None:
    rows = predictions.forecast(page.file, MEASURES[measure], split)
    names = list(dict.fromkeys(rows["series"]))
    name = names[0] if len(names) == 1 else st.selectbox(say("Series"), names, key=f"series_{split}", format_func=coded)
    series = rows[rows["series"] == name]
    ahead = series[series["is_ahead"]]
    sign = app_format.symbol(page.data.currency).strip()
    title = say(measure) + ("" if measure == "Orders" else f", {sign}")
    if not ahead.empty:
        figures(page, measure, series)
    with card("forecast"):
        st.subheader(title, anchor=False, help=define("forecast"))
        st.vega_lite_chart(
            spec=charts.forecast(series.tail(SHOWN_WEEKS), title), theme=None, alt=say("Past and coming weeks")
        )
        st.caption(say("Line: what was. Blue: expected, with its interval. Dashed: the same week a year ago."))
        columns = ["week_on", "forecast", "low", "high", "seasonal_naive"]
        write = partial(number, decimals=1) if measure == "Orders" else page.money
        written = {name: [write(value) for value in ahead[name]] for name in columns[1:]}
        st.dataframe(
            app_columns.shown(ahead.assign(**written), columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            height="content",
            alt=say("The coming weeks"),
        )
        take_away("forecast", ahead)


def figures(page: Page, measure: str, series: pd.DataFrame) -> None:
    ahead, past = series[series["is_ahead"]], series[~series["is_ahead"]]
    write = app_format.number if measure == "Orders" else page.money
    count = len(ahead)
    with st.grid(3, min_column_width=160, gap="small"):
        metric(
            say("Next week"),
            write(ahead["forecast"].iloc[0]),
            definition=say("Expected in the first week that is not over."),
        )
        metric(say("Next {count} weeks", count=count), write(ahead["forecast"].sum()), definition=define("forecast"))
        metric(
            say("Last {count} weeks", count=count),
            write(past["actual"].tail(count).sum()),
            definition=say("What as many weeks before have brought."),
        )


main()
