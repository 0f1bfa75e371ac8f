"""Cross-sell: what follows what and when, what is bought together, and what to offer to whom."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame, app_offers
from dashboards.app_cards import card, metric, take_away
from dashboards.app_charts import rules as charts
from dashboards.app_data import rules
from dashboards.app_format import number, percent, plain
from dashboards.app_frame import Page
from dashboards.app_language import spelled
from dashboards.app_reasons import reworded
from dashboards.app_words import define, say

FEEDS = ["sales.orders", "sales.order_lines", "sales.products"]
LEVELS = {"product": "Products", "category": "Categories"}  # messages: values
KINDS = {"order": "In one order", "customer": "By one customer"}  # messages: values
DRAWN = 60


def main() -> None:
    page = app_frame.open_page("Cross-sell", "What follows what and when, and what to offer to whom.")
    searches = {(row["kind"], row["level"]): row for row in rules.searches(page.file)}
    if not searches:
        app_frame.empty("No rules have been looked for yet.", FEEDS)
        return
    chosen = st.segmented_control(
        say("Level"),
        list(LEVELS),
        default="product",
        format_func=spelled("level", list(LEVELS), LEVELS.__getitem__),
        key="level",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    level = chosen or "product"
    found = rules.sequential(page.file, level)
    figures(searches[("sequential", level)], found)
    if not found.empty:
        follows(page, level, found)
        graph(found)
        table(page, level, found)
    app_offers.offers(page, level)
    baskets(page, level, searches)


def figures(search: dict[str, Any], found: pd.DataFrame) -> None:
    """What the search went through, and what is missing where there is too little data."""
    verdicts = found["verdict"].value_counts()
    with st.grid(5, min_column_width=140, gap="small"):
        metric(say("Rules tried"), number(search["tried_count"]), definition=define("rules tried"))
        metric(say("Rules found"), number(len(found)), definition=define("sequential rule"))
        metric(say("Hold and are used"), number(verdicts.get("holds", 0)), definition=define("verdict"))
        metric(say("Do not hold"), number(verdicts.get("does not hold", 0)), definition=define("verdict"))
        explained = verdicts.get("explained by another rule", 0)
        metric(say("Explained by another"), number(explained), definition=define("verdict"))
    if search.get("found_on"):
        st.caption(say("Searched on what was known by {day}.", day=app_format.day(search["found_on"])))
    if search["note"]:
        app_frame.empty(plain(reworded(search["note"])), FEEDS, is_too_little=True)
    elif found.empty:
        app_frame.empty("Of all rules tried, none follows beyond what is usual.")


def follows(page: Page, level: str, found: pd.DataFrame) -> None:
    """Pick an item, see what follows and when."""
    used = found[found["is_used"]]
    with card("follows"):
        st.subheader(say("What follows"), anchor=False, help=define("sequential rule"))
        if used.empty:
            app_frame.empty("No rule holds on the later period, so none is used.")
            return
        first = st.selectbox(
            say("After buying"), list(dict.fromkeys(used["antecedent_name"])), key=f"first_{level}", bind="query-params"
        )
        for rule in used[used["antecedent_name"] == first].to_dict("records"):
            st.markdown(plain(in_words(rule)))
        days = rules.clocks(page.file, level, str(first))
        if not days.empty:
            st.vega_lite_chart(spec=charts.clock(days), theme=None, alt=say("By which day what follows was bought"))


def in_words(rule: dict[str, Any]) -> str:
    """One rule as a sentence, and what becomes of it without one of its parts."""
    whole = say(
        "{share} buy {then} within {window} days, {lift} times the usual; half of them by day {median}. "
        "Of {count} customers, {hits} did; in the later period {later} of {later_count}.",
        share=percent(rule["confidence"]),
        then=app_format.short(rule["consequent_name"], 80),
        window=rule["window_days"],
        lift=number(rule["lift"], 1),
        median=rule["lag_median_days"],
        count=number(rule["customer_count"]),
        hits=number(rule["hit_count"]),
        later=number(rule["later_hit_count"]),
        later_count=number(rule["later_customer_count"]),
    )
    if pd.isna(rule["part_share"]):
        return whole
    return whole + say(" Of those who did all but one part of it, {part} at most.", part=percent(rule["part_share"]))


def graph(found: pd.DataFrame) -> None:
    """The rules that hold as a graph."""
    used = found[found["is_used"]].head(DRAWN)
    if used.empty:
        return
    with card("graph"):
        st.subheader(say("The rules as a graph"), anchor=False)
        if len(used) == DRAWN:
            st.caption(say("The {count} strongest.", count=DRAWN))
        st.vega_lite_chart(spec=charts.graph(used), theme=None, alt=say("Rules as arrows from what is bought first"))
        st.caption(say("An arrow leads to what is bought afterwards; the thicker, the larger the share who do."))


def table(page: Page, level: str, found: pd.DataFrame) -> None:
    """The rules as a table; those that do not hold only when asked for."""
    with card("rules"):
        left, right = st.columns([2, 1], vertical_alignment="center")
        left.subheader(say("The rules"), anchor=False, help=define("sequential rule"))
        every = right.container(horizontal_alignment="right").toggle(
            say("Also those not used"), key="all_rules", bind="query-params"
        )
        shown = found if every else found[found["is_used"]]
        columns = ["antecedent_name", "consequent_name", "confidence", "base_share", "rule_lift", "lag_median_days"]
        columns += ["part_share", "customer_count", "hit_count", "later_confidence", "q_value", "verdict"]
        shown = shown.assign(rule_lift=shown["lift"])
        st.dataframe(
            app_columns.shown(shown, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            alt=say("The rules"),
        )
        take_away(f"rules_{level}", shown)


def baskets(page: Page, level: str, searches: dict[tuple[str, str], dict[str, Any]]) -> None:
    """What is bought together."""
    with card("baskets"):
        left, right = st.columns([2, 1], vertical_alignment="center")
        left.subheader(say("Bought together"), anchor=False, help=define("basket rule"))
        chosen = right.segmented_control(
            say("Basket"),
            list(KINDS),
            default="order",
            format_func=spelled("basket", list(KINDS), KINDS.__getitem__),
            key="basket",
            bind="query-params",
            required=True,
            label_visibility="collapsed",
        )
        kind = chosen or "order"
        note = searches[(kind, level)]["note"]
        if note:
            app_frame.empty(plain(reworded(note)), FEEDS, is_too_little=True)
        found = rules.baskets(page.file, kind, level)
        if found.empty:
            app_frame.empty("Nothing is bought together more often than by chance.")
            return
        columns = ["antecedent_name", "consequent_name", "confidence", "rule_lift", "basket_count", "support"]
        columns += ["leverage", "conviction", "zhangs_metric", "jaccard", "certainty", "kulczynski"]
        shown = found.assign(rule_lift=found["lift"])
        st.dataframe(
            app_columns.shown(shown, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            alt=say("Bought together"),
        )
        take_away(f"together_{kind}_{level}", shown)


main()
