"""Customers: find one, and see everything known about them."""

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_customer, app_format, app_frame
from dashboards.app_data import customers
from dashboards.app_frame import Page
from dashboards.app_words import say


def main() -> None:
    page = app_frame.open_page("Customers", "Find one person and see every contact, every score and the reason for it.")
    text = st.text_input(
        say("Find a customer"),
        key="q",
        bind="query-params",
        type="search",
        max_chars=200,
        placeholder=say("Name, e-mail, phone or customer number; a part is enough"),
        icon=":material/search:",
        on_change=leave_customer,
    )
    key = chosen_key()
    if key is None:
        results(page, text or "")
    else:
        with st.container(key="no_print_back"):
            st.button(
                say("Back to the results"), icon=":material/arrow_back:", type="tertiary", on_click=leave_customer
            )
        app_customer.show(page, key)


def chosen_key() -> int | None:
    """The customer in the address; nothing where the address holds no whole number."""
    text = st.query_params.get("customer", "")
    return int(text) if text.lstrip("-").isdecimal() and len(text) <= 20 else None


def leave_customer() -> None:
    """Go back from one customer to what was searched for."""
    st.query_params.pop("customer", None)


def results(page: Page, text: str) -> None:
    if not text.strip():
        st.caption(say("Type at least a part of a name, an address or a number, then press Enter."))
        return
    found, total = customers.find(page.file, page.viewer, text)
    if not found:
        app_frame.empty("Nobody matches. Try fewer letters, or another of their addresses or numbers.")
        return
    more = (
        say(" The first {shown} are shown: add letters to narrow it.", shown=len(found)) if total > len(found) else ""
    )
    matches = app_format.count(total, "match", "matches")
    st.caption(say("{matches}.{more} Choose a row to open it.", matches=matches, more=more))
    table = pd.DataFrame(found).drop(columns=["customer_key", "found_count"])
    table["name"] = [app_format.short(name) for name in table["name"]]
    picked = st.dataframe(
        app_columns.shown(table, list(table.columns)),
        hide_index=True,
        placeholder="",
        column_config=app_columns.of(table.columns, page.data.currency),
        on_select="rerun",
        selection_mode="single-row",
        key=f"found_{text}",
        height="content" if len(found) < 15 else 560,
        alt=say("Customers found"),
    )
    if picked.selection.rows:
        st.query_params["customer"] = str(found[picked.selection.rows[0]]["customer_key"])
        st.rerun()


main()
