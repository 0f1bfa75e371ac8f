"""Who else is in a customer's household and company: grouped, never merged, each with a page of their own."""

import math
from typing import Any

import streamlit as st

from dashboards import app_format
from dashboards.app_cards import CUSTOMERS_PAGE, card, link_within, tier_and_group
from dashboards.app_data import customers
from dashboards.app_format import plain
from dashboards.app_frame import Page
from dashboards.app_words import define, say

SHOWN = 8
GROUPS = {  # messages: values[0]
    "household_key": ("Household", "household"),
    "company_key": ("Company", "company group"),
}


def show(page: Page, person: dict[str, Any]) -> None:
    """A card for each group that this customer is in, those worth most first; nothing for who is in none."""
    for column in customers.groups_of(person):
        place = f"{column}_{person['customer_key']}"
        offset = (st.session_state.get(place, 1) - 1) * SHOWN
        found = customers.others_of(page.file, page.viewer, column, person, limit=SHOWN, offset=offset)
        if not found:
            continue
        title, term = GROUPS[column]
        total = found[0]["others_count"]
        with card(column):
            st.subheader(say(title), anchor=False, help=define(term))
            st.caption(app_format.count(total, "other customer, not merged", "other customers, not merged"))
            for other in found:
                line(other, place)
            if total > SHOWN:
                st.pagination(math.ceil(total / SHOWN), key=place)


def line(other: dict[str, Any], place: str) -> None:
    """One of the others: the way to their page, what kind of customer they are, and where they live."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        link_within(
            CUSTOMERS_PAGE,
            plain(app_format.short(other["name"] or say("Customer without a name"), 40)),
            key=f"{place}_{other['customer_key']}",
            query_params={"customer": str(other["customer_key"])},
        )
        town = f"  {plain(other['city'])}" if other["city"] else ""
        st.markdown(tier_and_group(other) + town, width="content")
