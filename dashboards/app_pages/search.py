"""Search: anything by a part of its name: customers, products, campaigns, segments, lists, views, pages, terms."""

from collections import defaultdict
from itertools import groupby

import streamlit as st

from dashboards import app_frame
from dashboards.app_cards import card
from dashboards.app_data import search
from dashboards.app_data.search import Hit
from dashboards.app_format import plain, short
from dashboards.app_words import say

KINDS = {  # messages: values[0]
    "page": ("Pages", "web"),
    "customer": ("Customers", "person"),
    "product": ("Products", "inventory_2"),
    "campaign": ("Campaigns", "campaign"),
    "segment": ("Segments", "group"),
    "list": ("Lists", "checklist"),
    "view": ("Views", "bookmark"),
    "term": ("Terms", "dictionary"),
}


def main() -> None:
    page = app_frame.open_page("Search", "Anything by a part of its name or number.")
    text = st.text_input(
        say("Search"), key="q", bind="query-params", placeholder=say("A name, an address, a number, a word ..."),
        max_chars=200, type="search", label_visibility="collapsed",
    )  # fmt: skip
    if not (text or "").strip():
        st.caption(say("Customers, products, campaigns, segments, lists, views, pages and terms are searched."))
        return
    found = search.find(page.workspace, page.data, page.viewer, text or "")
    if not found:
        app_frame.empty("Nothing is called so. Try fewer letters.")
        return
    for kind, hits in groupby(found, key=lambda hit: hit.kind):
        title, icon = KINDS[kind]
        with card(f"found_{kind}"):
            st.subheader(say(title), anchor=False)
            for hit in hits:
                shown(hit, icon)


def shown(hit: Hit, icon: str) -> None:
    """One thing found, as a way to it where a page shows it."""
    name = plain(short(hit.name))
    if hit.page is None:
        st.markdown(f"**{name}**")
        st.caption(plain(hit.detail))
        return
    address: dict[str, list[str]] = defaultdict(list)
    for key, value in hit.address:
        address[key].append(value)
    detail = f" · {plain(short(hit.detail, 80))}" if hit.detail else ""
    st.page_link(
        f"app_pages/{hit.page}.py", label=f"**{name}**{detail}", icon=f":material/{icon}:", query_params=dict(address)
    )


main()
