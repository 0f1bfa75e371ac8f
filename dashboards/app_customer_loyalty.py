"""One customer's loyalty: the stage and why, the index and its parts, when the next order may be expected."""

from typing import Any

import streamlit as st

from dashboards import app_format, app_frame
from dashboards.app_cards import card, standing
from dashboards.app_format import percent, plain
from dashboards.app_frame import Page
from dashboards.app_reasons import sentence
from dashboards.app_words import coded, define, label, say


def show(page: Page, person: dict[str, Any]) -> None:
    """The card; a prospect's says that nothing has been bought yet."""
    with card("loyalty"):
        st.subheader(say("Loyalty"), anchor=False, help=define("loyalty stage"))
        if person["loyalty_index"] is None:
            app_frame.empty("A prospect has no loyalty yet: nothing has been bought.")
            return
        stage = standing(person["loyalty_stage"], "loyalty_stage")
        why = say("{meaning}.", meaning=plain(sentence(person["stage_reason"], page.data.currency)))
        st.markdown(f"{stage}  {why}")
        left, right = st.columns(2, gap="medium")
        with left:
            index(person)
        with right:
            next_order(person)


def index(person: dict[str, Any]) -> None:
    """The index with its range, and its three parts as bars."""
    low, high = (app_format.number(person[name]) for name in ("index_low", "index_high"))
    st.markdown(
        say("**Index {index}** of 100 ({low} to {high})", index=app_format.number(person["loyalty_index"]), low=low,
            high=high),
        help=define("loyalty index"),
    )  # fmt: skip
    for part in ("durability", "firmness", "stability"):
        st.progress(float(person[part]), text=f"{label(part)} {plain(percent(person[part], 0))}")
    if person["index_basis"] == "few orders":
        st.caption(say("Fewer than five days of purchase: mostly what is usual in the company."))


def next_order(person: dict[str, Any]) -> None:
    """The expected date with its range, or why there is none; trend and level of the pyramid."""
    st.markdown(f"**{say('Next order')}**", help=define("next order"))
    if person["next_order_status"] == "expected":
        low, middle, high = (app_format.day(person[f"next_order_{name}on"]) for name in ("low_", "", "high_"))
        st.markdown(plain(say("About {middle} ({low} to {high})", middle=middle, low=low, high=high)))
    else:
        reasons = {  # messages: values
            "lost": "No date: silent beyond the horizon.",
            "too few gaps": "No date: too few such customers have been silent for so long and come back.",
        }
        st.markdown(say(reasons[person["next_order_status"]]))
    gap = app_format.number(person["typical_gap_days"])
    st.caption(say("Typically {gap} days between two purchases.", gap=gap))
    st.caption(say("Trend of orders: {trend}.", trend=label(person["order_trend"]).lower()))
    st.caption(say("Value pyramid: {level}.", level=coded(person["pyramid_level"])))
