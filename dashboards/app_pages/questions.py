"""Questions: what managers ask, each answered with a number, its interval, a chart, and the customers behind it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame
from dashboards.app_cards import CUSTOMERS_PAGE, card, list_link, take_away
from dashboards.app_charts import ranges
from dashboards.app_data import questions
from dashboards.app_data.questions import Shown
from dashboards.app_format import TIER_COLOURS, count, number, plain
from dashboards.app_frame import Page
from dashboards.app_language import spelled
from dashboards.app_reasons import reworded
from dashboards.app_tables import height
from dashboards.app_words import define, label, say
from mining.questions.catalogue import QUESTIONS

# question: (name of the choice, title, least, most, at first)
SLIDERS = {  # messages: values[1]
    "new-customers": ("months", "Age in months", 3, 12, 6),
    "age": ("under", "Under the age of", 20, 70, 35),
    "web-growth": ("days", "Days before and after", 60, 365, 182),
    "price-cuts": ("months", "Months looked back", 6, 36, 24),
}
PATTERNS = {"money": ",.0f", "share": ".0%", "ratio": ",.2f", "points": ",.2f"}
UNITS = {"share": "Share", "ratio": "Ratio", "points": "Points"}  # messages: values
NOTHING_AT = {"ratio": 1.0}


def main() -> None:
    page = app_frame.open_page("Questions", "Ten questions, answered with interval and the customers behind.")
    titles = {question.key: question.title for question in QUESTIONS}
    key = st.selectbox(
        say("Question"), list(titles), key="question", bind="query-params",
        format_func=spelled("question", list(titles), titles.__getitem__),
    )  # fmt: skip
    with card("choices"):
        choices = chosen(page, key)
    if choices is None:
        return
    shown = questions.answered(page.where, key, tuple(sorted(choices.items())))
    answer(page, shown)
    customers(page, shown, key, choices)
    how(shown)


def chosen(page: Page, key: str) -> dict[str, Any] | None:
    """What the question is asked with; nothing where there is nothing to choose from."""
    asking: dict[str, Callable[[Page], dict[str, Any] | None]] = {
        "what-matters": one_tier,
        "a-not-b": two_categories,
        "campaign-interest": one_campaign,
        "person-or-machine": one_attribute,
        "strategy": one_income,
    }
    if key in asking:
        return asking[key](page)
    if key in SLIDERS:
        name, title, low, high, usual = SLIDERS[key]
        return {name: st.slider(say(title), low, high, usual, key=f"{key}_{name}", bind="query-params")}
    st.caption(say("Every region and every kind of household against all other buyers."))
    return {}


def one_tier(page: Page) -> dict[str, Any] | None:
    tier = st.segmented_control(say("Tier"), list(TIER_COLOURS), default="A", key="of_tier", required=True)
    return {"tier": tier or "A"}


def one_attribute(page: Page) -> dict[str, Any] | None:
    return {"by": st.selectbox(say("Told apart by"), ["age_band", "gender", "region"], format_func=label, key="by")}


def two_categories(page: Page) -> dict[str, Any] | None:
    found = questions.categories(page.file)
    if len(found) < 2:
        app_frame.empty("The question needs two categories of products.", ["sales.products"])
        return None
    left, right = st.columns(2)
    bought = left.selectbox(say("Buys"), found, key="bought", bind="query-params")
    not_bought = right.selectbox(say("And not"), found, index=1, key="not_bought", bind="query-params")
    if bought == not_bought:
        st.caption(say("Choose two different categories."))
        return None
    return {"bought": bought, "not_bought": not_bought}


def one_campaign(page: Page) -> dict[str, Any] | None:
    found = questions.campaigns(page.file, page.data.as_of)
    if not found:
        app_frame.empty("No campaign has been sent to anybody yet.", ["marketing.campaigns", "marketing.contacts"])
        return None
    names = list(found.values())
    name = st.selectbox(say("Campaign"), names, key="campaign")
    return {"campaign": list(found)[names.index(name)]}


def one_income(page: Page) -> dict[str, Any] | None:
    found = questions.incomes(page.file)
    if not found:
        app_frame.empty("Nobody's income band is known.", ["external.demographics"])
        return None
    left, right = st.columns(2)
    income = left.selectbox(say("Income band"), found, format_func=label, key="income")
    days = right.slider(say("Days after the contact"), 7, 90, 30, key="after_days", bind="query-params")
    return {"income": income, "days": days}


def answer(page: Page, shown: Shown) -> None:
    with card("answer"):
        st.subheader(plain(reworded(shown.question)), anchor=False)
        if shown.status == "missing feed":
            app_frame.empty(reworded(shown.sentence), shown.missing_feeds)
            return
        if shown.status == "too little data":
            st.info(plain(reworded(shown.sentence)), icon=":material/hourglass_empty:")
        else:
            left, right = st.columns([1, 2.4], vertical_alignment="center")
            assert shown.number is not None  # an answered question has its number
            low, high = (said(page, value, shown.unit) for value in (shown.number.low, shown.number.high))
            left.metric(say("Answer"), plain(said(page, shown.number.estimate, shown.unit)), help=define("interval"))
            left.caption(plain(say("{low} to {high}", low=low, high=high)))
            right.markdown(plain(reworded(shown.sentence, page.data.currency if shown.unit == "money" else "")))
        if shown.chart is not None and not shown.chart.empty:
            draw(page, shown)
        st.caption(f"**{say('What is counted')}**: {plain(reworded(shown.definition))}")


def said(page: Page, value: float, unit: str) -> str:
    """A number by its unit."""
    if unit == "money":
        return page.money(value, 2)
    if unit == "share":
        return app_format.percent(value)
    return number(value, 2)


def draw(page: Page, shown: Shown) -> None:
    """The chart: by month of age where there is one, else every bar with its interval."""
    assert shown.chart is not None
    rows = shown.chart
    if "month" not in rows:
        rows = rows.assign(label=[reworded(name) for name in rows["label"]])
    title = app_format.symbol(page.data.currency).strip() if shown.unit == "money" else say(UNITS[shown.unit])
    if "month" in rows:
        pairs = zip(rows["label"], rows["month"], strict=True)
        rows = rows.assign(label=[say("{group}, month {month}", group=label(one), month=month) for one, month in pairs])
    nothing = NOTHING_AT.get(shown.unit, 0.0 if is_difference(rows) else None)
    chart = ranges.points(rows.head(40), title, pattern=PATTERNS.get(shown.unit, ",.2f"), nothing=nothing, width=260)
    st.vega_lite_chart(spec=chart, theme=None, alt=plain(reworded(shown.question)))
    take_away("answer", rows)


def is_difference(rows: pd.DataFrame) -> bool:
    """Whether the bars lie on both sides of zero, so that the line of no difference belongs to them."""
    return bool((rows["low"] < 0).any() and (rows["value"] > 0).any()) or bool((rows["value"] < 0).any())


def customers(page: Page, shown: Shown, key: str, choices: dict[str, Any]) -> None:
    if shown.customers is None:
        return
    with card("customers"):
        st.subheader(say("The customers behind it"), anchor=False)
        whole = len(shown.customers)
        if not whole:
            st.caption(say("Nobody."))
            return
        asked = tuple(sorted(choices.items()))
        found = questions.behind(page.where, key, asked, questions.SHOWN_CUSTOMERS)
        people = count(whole, "customer", "customers")
        first = (
            say(", the first {count} shown", count=questions.SHOWN_CUSTOMERS)
            if whole > questions.SHOWN_CUSTOMERS
            else ""
        )
        st.caption(say("{people}{first}. Choose a row to open the customer.", people=people, first=first))
        columns = ["name", "city", "tier", "rfm_group", "loyalty_stage", "last_order_on", "net_margin_12m"]
        table = found.assign(name=[app_format.short(name) for name in found["name"]])
        picked = st.dataframe(
            app_columns.shown(table, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            on_select="rerun",
            selection_mode="single-row",
            key=f"behind_{key}",
            height=height(table, 300),
            alt=say("The customers behind the answer"),
        )
        # There the list can be narrowed to those who agree to be contacted, carries contact details and is kept.
        list_link(say("Make a list of them"), behind=questions.address(key, choices))
        take_away("customers", partial(questions.behind_file, page.where, key, asked, whole))
        if picked.selection.rows:
            one = found["customer_key"].iloc[picked.selection.rows[0]]
            st.switch_page(CUSTOMERS_PAGE, query_params={"customer": one})


def how(shown: Shown) -> None:
    with card("how"):
        st.markdown(f"**{say('How it is worked out')}**: {plain(reworded(shown.method))}")
        if shown.query:
            with st.expander(say("The query")):
                st.code(shown.query, language="sql")


main()
