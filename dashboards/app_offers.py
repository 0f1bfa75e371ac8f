"""Next best offers on the Cross-sell page: to whom, what, why and by when, and whether earlier ones were taken."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame
from dashboards.app_cards import CUSTOMERS_PAGE, card, take_away
from dashboards.app_data import rules
from dashboards.app_data.rules import OfferFilter
from dashboards.app_format import number, percent, plain
from dashboards.app_frame import Page
from dashboards.app_language import spelled
from dashboards.app_reasons import sentence
from dashboards.app_words import define, say
from workspace import exports

FEEDS = ["sales.orders", "sales.order_lines", "sales.products"]
ONE = {"product": "Product", "category": "Category"}  # messages: values
BASES = {"all": "All offers", "rule": "By a rule", "popular": "Popular"}  # messages: values
ORDERS = {"margin": "Chance by margin", "chance": "Chance alone"}  # messages: values


def offers(page: Page, level: str) -> None:
    """Next best offers: to whom, what, why, and by when."""
    with card("offers"):
        st.subheader(say("Next best offers"), anchor=False, help=define("next best offer"))
        checked(rules.offer_checks(page.file, level))
        offered = rules.offered_items(page.file, level)
        if not offered:
            app_frame.empty("There is nobody to offer anything to yet.", FEEDS)
            return
        left, middle, right = st.columns([2, 1.4, 1], vertical_alignment="bottom")
        item = left.selectbox(
            say(ONE[level]), offered, index=None, placeholder=say("Any"), key=f"offered_{level}", bind="query-params"
        )
        basis = middle.segmented_control(
            say("Basis"),
            list(BASES),
            default="rule",
            format_func=spelled("basis", list(BASES), BASES.__getitem__),
            key="basis",
            bind="query-params",
            required=True,
        )
        best_only = right.toggle(say("Best of each customer"), key="best_only", bind="query-params")
        chosen = OfferFilter(level, item, None if basis == "all" else basis or "rule", best_only)
        found, total = rules.offers(page.file, page.viewer, chosen, rules.SHOWN_OFFERS)
        if not found:
            app_frame.empty("No offer meets these conditions.")
            return
        first = say(" The first {count} are shown.", count=rules.SHOWN_OFFERS) if total > rules.SHOWN_OFFERS else ""
        counted = app_format.count(total, "offer", "offers")
        st.caption(say("{offers}.{first} Choose a row to open the customer.", offers=counted, first=first))
        offer_table(page, found)
        offer_files(page, chosen)


def offer_table(page: Page, found: list[dict[str, Any]]) -> None:
    """The offers with the customers they are for; a chosen row opens the customer."""
    columns = ["name", "item_name", "chance", "expected_margin", "contact_by", "reason"]
    shown = pd.DataFrame(found)
    shown["name"] = [app_format.short(name or say("Customer without a name")) for name in shown["name"]]
    shown["reason"] = [sentence(reason) for reason in shown["reason"]]
    picked = st.dataframe(
        app_columns.shown(shown, columns),
        hide_index=True,
        placeholder="",
        column_config=app_columns.of(columns, page.data.currency),
        on_select="rerun",
        selection_mode="single-row",
        key="offers_table",
        alt=say("Next best offers"),
    )
    if picked.selection.rows:
        key = found[picked.selection.rows[0]]["customer_key"]
        st.switch_page(CUSTOMERS_PAGE, query_params={"customer": str(key)})


def offer_files(page: Page, chosen: OfferFilter) -> None:
    """A button for each form; the file is made, and its taking logged, when the button is used."""
    with st.container(horizontal=True, key="no_print_offers"):
        for kind, (title, mime) in exports.FORMATS.items():
            st.download_button(
                title,
                data=partial(taken, page, chosen, kind),
                file_name=f"next-best-offers_{page.data.as_of.isoformat()}.{kind}",
                mime=mime,
                icon=":material/download:",
                key=f"offers_{kind}",
                on_click="ignore",
            )


def taken(page: Page, chosen: OfferFilter, kind: str) -> bytes:
    """The file of the offers shown, all of them."""
    return rules.export_offers(page.workspace, page.data, page.viewer, chosen, kind).read_bytes()


def checked(checks: pd.DataFrame) -> None:
    """What became of earlier offers, beside what is popular."""
    if checks.empty:
        return
    first = {str(name): value for name, value in checks.iloc[0].items()}
    st.markdown(plain(check_in_words(first)), help=define("offer check"))
    if not checks["customer_count"].any():
        return
    with st.expander(say("Earlier offers, held against what was bought")):
        shown = checks.assign(
            ordered_by=checks["ordered_by"].map({name: say(title) for name, title in ORDERS.items()}),
            **{f"{name}_range": ranges(checks, name) for name in ("hit_share", "popular_hit_share", "difference")},
        )
        columns = ["ordered_by", "offer_count", "hit_count", "hit_share", "hit_share_range", "popular_hit_count"]
        columns += ["popular_hit_share", "popular_hit_share_range", "difference", "difference_range", "customer_count"]
        st.dataframe(
            app_columns.shown(shown, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, ""),
            alt=say("Earlier offers, held against what was bought"),
        )
        take_away("offer_checks", checks)


def ranges(checks: pd.DataFrame, name: str) -> list[str]:
    """The interval of a share in each row, as text."""
    ends = zip(checks[f"{name}_low"], checks[f"{name}_high"], strict=True)
    return [say("{low} to {high}", low=percent(low), high=percent(high)) for low, high in ends]


def check_in_words(check: dict[str, Any]) -> str:
    """The first offer against the most popular item, as a sentence."""
    days = {"made": app_format.day(check["made_on"]), "until": app_format.day(check["checked_on"])}
    if not check["customer_count"]:
        return say(
            "Earlier offers are not checked yet: on {made} no rule held, or nobody was within its window, so that "
            "there was nothing to hold against what was bought until {until}.",
            **days,
        )
    if check["difference_low"] > 0:
        verdict = say("more, and more than by luck")
    elif check["difference_high"] < 0:
        verdict = say("fewer, and by more than luck")
    else:
        verdict = say("too close to tell apart")
    return say(
        "Of {customers} customers with an offer by a rule on {made}, {hits} ({share}) had bought the first offer by "
        "{until}; of the most popular item that they did not have yet, {popular} ({popular_share}): {verdict}.",
        customers=number(check["customer_count"]),
        hits=number(check["hit_count"]),
        share=percent(check["hit_share"]),
        popular=number(check["popular_hit_count"]),
        popular_share=percent(check["popular_hit_share"]),
        verdict=verdict,
        **days,
    )
