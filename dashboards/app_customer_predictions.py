"""One customer's predictions: the risk of leaving with its reasons, the value, the next order, and how far to trust."""

from typing import Any

import streamlit as st

from dashboards import app_format, app_frame
from dashboards.app_cards import card
from dashboards.app_data import predictions
from dashboards.app_format import number, percent, plain
from dashboards.app_frame import Page
from dashboards.app_models import report_link
from dashboards.app_reasons import sentence
from dashboards.app_words import define, say

BAND_BADGES = {"low": "blue", "medium": "orange", "high": "red"}


def show(page: Page, key: int) -> None:
    """The card; where no model says anything, why."""
    found = predictions.of_customer(page.file, key)
    with card("predictions"):
        st.subheader(say("What may come"), anchor=False, help=define("churn"))
        if not found:
            app_frame.empty("No model says anything of this customer: there is too little to go by.")
            return
        left, right = st.columns(2, gap="medium")
        with left:
            risk(page, found)
        with right:
            value(page, found)


def risk(page: Page, found: dict[str, Any]) -> None:
    """Probability, band and reasons; too young customers are told as such."""
    if found["churn_band"] is None:
        st.markdown(say("**Risk of leaving:** too new to judge."))
        if found["response_probability"] is not None:
            st.markdown(plain(say("Chance of an answer: {share}", share=percent(found["response_probability"]))))
        if found["likely_tier"]:
            st.markdown(plain(say("Likely in tier {tier} after a year.", tier=found["likely_tier"])))
        return
    band = found["churn_band"]
    st.markdown(
        f"**{say('Risk of leaving')}** :{BAND_BADGES[band]}-badge[{say(band)}] "
        + plain(
            say(
                "{share} without an order in {days} days",
                share=percent(found["churn_probability"], 0),
                days=found["churn_horizon_days"],
            )
        )
    )
    reasons = [found[f"churn_reason_{place}"] for place in (1, 2, 3)]
    st.markdown("\n".join(f"- {plain(sentence(reason, page.data.currency))}" for reason in reasons if reason))
    st.caption(
        plain(
            say(
                "At stake: {loss}. {act}",
                loss=page.money(found["expected_loss_amount"]),
                act=say("Worth a contact.") if found["is_worth_contacting"] else say("Not worth a contact."),
            )
        )
    )
    report_link(say("How far to trust this"), "churn")


def value(page: Page, found: dict[str, Any]) -> None:
    """Lifetime value with its interval, whether still a customer, the next order."""
    if found["clv_amount"] is None:
        return
    st.markdown(f"**{say('Value')}** {plain(page.money(found['clv_amount']))}", help=define("clv"))
    if found["clv_low_amount"] is not None:
        span = say("{low} to {high} for nine in ten", low=page.money(found["clv_low_amount"]),
                   high=page.money(found["clv_high_amount"]))  # fmt: skip
        st.caption(plain(span))
    lines = [
        say("Still a customer: {share}", share=percent(found["alive_probability"], 0)),
        say(
            "Orders to come in {days} days: {count}",
            days=found["value_horizon_days"],
            count=number(found["expected_orders"], 1),
        ),
    ]
    if found["likely_order_on"]:
        lines.append(say("Next order by {day}, as likely as not", day=app_format.day(found["likely_order_on"])))
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))
    report_link(say("How far to trust this"), "value")
