"""Movement between two dates, as the Tiers, RFM and Loyalty pages show it: the dates, the matrix, who moved and why."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame
from dashboards.app_cards import CUSTOMERS_PAGE
from dashboards.app_charts import standing
from dashboards.app_data import tiers
from dashboards.app_frame import Page
from dashboards.app_reasons import sentence
from dashboards.app_words import say

SHOWN = 200
# How the columns of a measure's moves begin: tier_from, group_to, stage_from.
NAMES = {"tier": "tier", "rfm_group": "group", "loyalty_stage": "stage"}


def two_dates(found: Sequence[date], measure: str) -> tuple[date, date] | None:
    """Two of the dates with results, chosen by the reader: at first the last one and the month end before it."""
    if len(found) < 2:
        return None
    texts = {day.isoformat(): day for day in found}
    names = list(texts)
    month_ends = [place for place, day in enumerate(found) if place and day.month != found[place - 1].month]
    left, right, _ = st.columns([1, 1, 2])

    def in_words(text: str) -> str:
        return app_format.day(texts[text])

    first = (month_ends[0] if month_ends else 1) - 1
    before = left.selectbox(
        say("From"), names[1:], index=first, key=f"{measure}_from", format_func=in_words, bind="query-params"
    )
    after = right.selectbox(
        say("To"), names[:-1], index=0, key=f"{measure}_to", format_func=in_words, bind="query-params"
    )
    if texts[before] >= texts[after]:
        st.caption(say("The first date must lie before the second; they were taken the other way round."))
        before, after = after, before
    return (texts[before], texts[after]) if before != after else None


def matrix(rows: list[dict[str, Any]], measure: str, order: Sequence[str], before: date, after: date) -> None:
    """The matrix of a movement and, in words, how many moved."""
    name = NAMES[measure]
    moves = pd.DataFrame(rows).rename(columns={f"{name}_from": "value_from", f"{name}_to": "value_to"})
    if moves.empty:
        app_frame.empty("Nobody had a place on the second date.")
        return
    moves["value_from"] = moves["value_from"].fillna(standing.NEWCOMERS)
    moves["value_to"] = moves["value_to"].fillna(standing.GONE)
    moves["share"] = moves["customer_count"] / moves.groupby("value_from")["customer_count"].transform("sum")
    stayed = int(moves.loc[moves["value_from"] == moves["value_to"], "customer_count"].sum())
    new = int(moves.loc[moves["value_from"] == standing.NEWCOMERS, "customer_count"].sum())
    moved = int(moves["customer_count"].sum()) - stayed - new
    st.caption(
        say(
            "{stayed} stayed, {moved} moved, {new} came new. Rows: on {before}; columns: on {after}; "
            "the darker, the larger the share of its row.",
            stayed=app_format.number(stayed),
            moved=app_format.number(moved),
            new=app_format.number(new),
            before=app_format.day(before),
            after=app_format.day(after),
        )
    )
    chart = standing.matrix(moves, order, app_format.day(before), app_format.day(after))
    st.vega_lite_chart(spec=chart, theme=None, alt=say("Movement between the two dates"))


def table(page: Page, measure: str, before: date, after: date, *, key: str = "moved") -> None:
    """Who moved and why; choosing a row opens the customer. `key` tells two such tables of a page apart."""
    moves = tiers.movers(page.file, measure, before, after, SHOWN)
    if not moves:
        st.caption(say("No single move with its reason is on record between these dates."))
        return
    total = moves[0]["move_count"]
    shown = say(", the first {count}", count=SHOWN) if total > SHOWN else ""
    moved = app_format.count(total, "move", "moves")
    st.caption(say("{moved}{shown}. Choose a row to open the customer.", moved=moved, shown=shown))
    name = NAMES[measure]
    dates = ["as_of"] if len({move["as_of"] for move in moves}) > 1 else []
    columns = [*dates, "name", f"{name}_from", f"{name}_to", "why"]
    rows = pd.DataFrame(moves).rename(columns={"value_from": f"{name}_from", "value_to": f"{name}_to"})
    rows["name"] = [app_format.short(one) for one in rows["name"]]
    rows[f"{name}_from"] = rows[f"{name}_from"].fillna(standing.NEWCOMERS)
    rows[f"{name}_to"] = rows[f"{name}_to"].fillna(standing.GONE)
    rows["why"] = [sentence(reason, page.data.currency) for reason in rows["reason"]]
    picked = st.dataframe(
        app_columns.shown(rows, columns),
        hide_index=True,
        placeholder="",
        column_config=app_columns.of(columns, page.data.currency),
        on_select="rerun",
        selection_mode="single-row",
        key=f"{key}_{measure}_{before}_{after}",
        alt=say("Who moved"),
    )
    if picked.selection.rows:
        customer = moves[picked.selection.rows[0]]["customer_key"]
        st.switch_page(CUSTOMERS_PAGE, query_params={"customer": str(customer)})
