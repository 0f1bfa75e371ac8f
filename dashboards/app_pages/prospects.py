"""Prospects: who will answer, how many to write to, what that brings; and what newcomers will become."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame, app_mailings, app_models
from dashboards.app_cards import card, metric, take_away
from dashboards.app_charts import predictions as charts
from dashboards.app_data import predictions
from dashboards.app_format import number, percent
from dashboards.app_frame import Page
from dashboards.app_reasons import sentence
from dashboards.app_tables import height
from dashboards.app_viewer import Viewer
from dashboards.app_words import define, say

FEEDS = ["marketing.campaigns", "marketing.contacts", "marketing.responses", "external.prospects"]
LIST_COLUMNS = ["name", "city", "region", "response_probability", "response_reason_1", "response_reason_2"]
SHOWN = 500


def main() -> None:
    page = app_frame.open_page("Prospects", "Who will answer, how many to write to, and what newcomers will become.")
    if app_models.trust(page, "response", FEEDS):
        mailing(page)
        trial(page)
    st.header(say("Newcomers"), anchor=False)
    if app_models.trust(page, "newcomers"):
        newcomers(page)


def mailing(page: Page) -> None:
    chances = predictions.response_chances(page.file)["probability"].to_numpy()
    if not len(chances):
        app_frame.empty("There is nobody to write to: everybody known has bought.", ["external.prospects"])
        return
    rules = page.workspace.settings.models.response
    with card("mailing"):
        st.subheader(say("How many to write to"), anchor=False, help=define("profit curve"))
        sign = app_format.symbol(page.data.currency).strip()
        left, middle, right = st.columns([1, 1, 2], vertical_alignment="bottom")
        cost = left.number_input(
            say("Cost of a contact, {sign}", sign=sign), 0.0, None, float(rules.contact_cost), 0.1, key="cost"
        )
        margin = middle.number_input(
            say("Margin of an answer, {sign}", sign=sign), 0.01, None, float(rules.margin), 1.0, key="margin"
        )
        best = int((chances * margin > cost).sum())
        share = right.slider(
            say("Share written to, best first, %"),
            0,
            100,
            round(100 * best / len(chances)),
            key=f"share_{cost}_{margin}",
        )
        chosen = round(len(chances) * share / 100)
        found = chances[:chosen]
        answers = float(found.sum())
        with st.grid(4, min_column_width=130, gap="small"):
            metric(say("Written to"), number(chosen), definition=say("The people with the best chances."))
            metric(say("Answers expected"), number(answers, 1), definition=say("The sum of their chances."))
            profit = answers * margin - chosen * cost
            metric(say("Profit expected"), page.money(profit), definition=define("profit curve"))
            metric(say("Best number"), number(best), definition=say("Everybody whose chance is worth the contact."))
        chart = charts.profit(
            app_mailings.profit_curve(chances, margin=margin, cost=cost),
            chosen,
            say("Profit expected, {sign}", sign=sign),
        )
        st.vega_lite_chart(spec=chart, theme=None, alt=say("Expected profit by people written to"))
        people(page, chosen)


def people(page: Page, chosen: int) -> None:
    named = predictions.prospects(page.file, page.viewer, min(chosen, SHOWN))
    if named.empty:
        app_frame.empty("With this cut-off nobody is written to.")
        return
    in_words = partial(sentence, currency=page.data.currency)
    named = named.assign(
        name=[app_format.short(name or say("Person without a name"), 40) for name in named["name"]],
        **{reason: named[reason].map(in_words, na_action="ignore") for reason in LIST_COLUMNS[-2:]},
    )
    st.dataframe(
        app_columns.shown(named, LIST_COLUMNS),
        hide_index=True,
        placeholder="",
        column_config=app_columns.of(LIST_COLUMNS, page.data.currency),
        height=height(named, 340),
        alt=say("People to write to"),
    )
    st.caption(
        say(
            "{may} of {all} agreed to e-mail or post. The file holds all of them.",
            may=number(predictions.reachable(page.file, chosen)),
            all=number(chosen),
        )
    )
    take_away("prospects", partial(everybody, page.file, page.viewer, chosen))


def everybody(file: str, viewer: Viewer, chosen: int) -> pd.DataFrame:
    """All who are written to, as a file takes them away."""
    return predictions.prospects(file, viewer, chosen).drop(columns=["customer_key"])


def ruled(page: Page, rules: pd.DataFrame) -> pd.DataFrame:
    """Rules of a model as people read them."""
    return rules.assign(rule=[app_models.rule_line(rule, page.data.currency) for rule in rules["rule"]])


def trial(page: Page) -> None:
    with card("gain"):
        st.subheader(say("How well it found those who answered"), anchor=False, help=define("gain curve"))
        curve = predictions.response_curve(page.file)
        st.vega_lite_chart(spec=charts.gain(curve), theme=None, alt=say("Answers reached by people contacted"))
        half = float(np.interp(0.5, curve["contacted_share"], curve["reached_share"]))
        st.caption(say("In the campaigns judged on, the better half held {share} of the answers.", share=percent(half)))
    with card("kinds"):
        st.subheader(say("What kind of people answer"), anchor=False, help=define("response rule"))
        columns = ["rule", "row_count", "answered_share", "later_answered_share"]
        st.dataframe(
            app_columns.shown(ruled(page, predictions.response_rules(page.file)), columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            height="content",
            alt=say("What kind of people answer"),
        )


def newcomers(page: Page) -> None:
    with card("newcomers"):
        st.subheader(say("What newcomers will become"), anchor=False, help=define("likely tier"))
        found = predictions.newcomers(page.file)
        with st.container(horizontal=True):
            for row in found.itertuples():
                count = app_format.count(int(str(row.customer_count)), "newcomer", "newcomers")
                st.badge(say("{count} likely in tier {tier}", count=count, tier=row.likely_tier), color="blue")
        columns = ["rule", "likely_tier", "row_count", "tier_share", "later_row_count", "later_tier_share"]
        st.dataframe(
            app_columns.shown(ruled(page, predictions.newcomer_rules(page.file)), columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            height="content",
            alt=say("Rules of the first weeks"),
        )


main()
