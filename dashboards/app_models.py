"""What every page of predictions says about its model: how far to trust it, or that there is too little data."""

from typing import Any

import streamlit as st

from dashboards import app_format, app_frame
from dashboards.app_data import predictions
from dashboards.app_frame import Page
from dashboards.app_reasons import reworded, sentence
from dashboards.app_words import say

MODELS_PAGE = "app_pages/models.py"
TITLES = {  # messages: values
    "churn": "Churn",
    "value": "Value",
    "response": "Response",
    "newcomers": "Tier of newcomers",
    "forecast": "Forecast",
}
GRADE_MEANINGS = {  # messages: values
    "A": "clearly better than the best plain rule",
    "B": "better than the best plain rule",
    "C": "not better than the best plain rule, which is shown instead",
}
GRADE_COLOURS = {"A": "green", "B": "blue", "C": "orange"}
FEEDS = ["sales.orders", "sales.order_lines"]


def trust(page: Page, model: str, feeds: list[str] | None = None) -> bool:
    """One line on the grade with a link to the report card; says why and returns False where there is no model."""
    run = predictions.last_run(page.file, model)
    if not run or run["model_version"] is None:
        words = reworded(run["said"]) if run else say("no night has tried yet")
        app_frame.empty(
            say("There is too little data for this: {said}.", said=app_format.plain(words)),
            feeds or FEEDS,
            is_too_little=bool(run),
        )
        return False
    with st.container(horizontal=True, vertical_alignment="center", key=f"no_print_trust_{model}"):
        meaning = say("{meaning}.", meaning=say(GRADE_MEANINGS[run["grade"]]))
        st.markdown(f"{grade_badge(run['grade'])}  {meaning}", width="content")
        report_link(say("Report card"), model)
    return True


def rule_words(rule: str, currency: str = "") -> str:
    """A rule of a model, or the name of what it looks at, as people read it."""
    return reworded(rule.replace("_", " "), currency)


def rule_line(rule: str, currency: str) -> str:
    """As `rule_words`, for a line of its own: its first letter large."""
    return sentence(rule.replace("_", " "), currency)


def of_feature(value: float, unit: str, currency: str) -> str:
    """A value of what a model looks at, in its own unit: days, orders, money, a share from 0 to 1."""
    if unit == "money":
        return app_format.money(value, currency)
    if unit in ("share", "probability"):
        return app_format.percent(value, 0)
    return app_format.number(value, 0 if float(value).is_integer() else 1)


def report_link(title: str, model: str) -> None:
    """A link to the report card that a score rests on; the address holds the title, as the choice on the page does."""
    address = {"model": say(TITLES[model])}
    st.page_link(MODELS_PAGE, label=title, icon=":material/workspace_premium:", query_params=address)


def grade_badge(grade: str) -> str:
    """A grade as a badge in Markdown."""
    return f":{GRADE_COLOURS[grade]}-badge[{say('Grade')} {grade}]"


def card_of(page: Page, run: dict[str, Any]) -> dict[str, Any]:
    """The report card of the version that a run used; empty where the registry has lost it."""
    found = [row for row in predictions.cards(page.file) if row["model_version"] == run["model_version"]]
    return found[0] if found else {}
