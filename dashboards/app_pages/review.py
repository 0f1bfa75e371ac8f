"""Review: pairs of records that might be one person, and what happened to keys."""

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import app_format, app_frame
from dashboards.app_cards import card, metric
from dashboards.app_data import identity
from dashboards.app_format import number, percent, plain
from dashboards.app_frame import Page
from dashboards.app_tables import table
from dashboards.app_viewer import CONTACT_DETAILS, DECISIONS
from dashboards.app_words import define, label, say, say_as
from workspace import identity_state

PAGE_PAIRS = 10
# How alike two records are in one attribute, as linking words it.
HOW = (  # messages: items
    "equal", "nearly equal", "similar", "initial fits", "one slip", "two slips", "same before the @",
    "given name and surname swapped", "different",
)  # fmt: skip
SAID = ("name", "email", "phone", "birth_date", "street", "postcode", "city")


def main() -> None:
    page = app_frame.open_page("Review", "Records that might be one person, and what became of customers' keys.")
    waiting(page)
    views = {  # messages: keys
        "Pairs": pairs,
        "Decisions": decisions,
        "Merges and splits": events,
        "What joins nobody": shared,
    }
    chosen = st.segmented_control(
        say("Show"),
        list(views),
        default="Pairs",
        format_func=say,
        key="show",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    views[chosen or "Pairs"](page)


def waiting(page: Page) -> None:
    """Moves that a night did not publish, and the button that lets them through."""
    for each in identity_state.moves(page.workspace):
        if each["allowed_by"]:
            continue
        st.warning(
            say(
                "A night would have moved {customers} customers ({share}) with {money} of all revenue to other keys, "
                "and was not published. Moves: {name}.",
                customers=number(each["customers"]),
                share=percent(each["customer_share"]),
                money=percent(each["money_share"]),
                name=plain(each["name"]),
            ),
            icon=":material/pan_tool:",
        )
        if page.viewer.may(CONTACT_DETAILS):
            columns = ["kind", "identifier", "key_before", "key_after"]
            rows = pd.DataFrame(each["records"], columns=columns).astype(str)
            table(page, rows, columns, say("Records that would move"))
        if page.viewer.may(DECISIONS) and st.button(say("Let them through"), key=f"allow_{each['name']}"):
            identity_state.allow_moves(page.workspace, each["name"], who=page.viewer.name)
            st.rerun()


def pairs(page: Page) -> None:
    if not page.viewer.may(CONTACT_DETAILS):
        app_frame.empty("Pairs show who people are. Ask whoever runs this workspace for the right to see them.")
        return
    said = {(each.left, each.right) for each in identity_state.decisions(page.workspace)}
    found = [pair for pair in identity.pairs(page.file, page.viewer) if ends(pair) not in said]
    if not found:
        app_frame.empty("No pair is in doubt. What is decided here is obeyed by the next night, and ever after.")
        return
    with st.grid(3, min_column_width=130, gap="small"):
        metric(say("Pairs in doubt"), number(len(found)), definition=define("grey zone"))
        joined = sum(bool(pair["is_joined"]) for pair in found)
        metric(say("Joined for now"), number(joined), definition=say("Taken for one person until you say otherwise."))
        metric(say("Decided so far"), number(len(said)), definition=say("Remembered for ever, and obeyed every night."))
    pages = -(-len(found) // PAGE_PAIRS)
    place = min(st.session_state.get("pairs_page", 1), pages)
    for pair in found[(place - 1) * PAGE_PAIRS : place * PAGE_PAIRS]:
        show_pair(page, pair)
    if pages > 1:
        st.pagination(pages, key="pairs_page")


def ends(pair: dict[str, Any]) -> tuple[tuple[str, str], tuple[str, str]]:
    """Both records of a pair, in the order in which decisions keep them."""
    left, right = sorted(((pair["kind_l"], pair["identifier_l"]), (pair["kind_r"], pair["identifier_r"])))
    return left, right


def show_pair(page: Page, pair: dict[str, Any]) -> None:
    """Both records side by side, why they might be one, and the two buttons."""
    left, right = ends(pair)
    key = f"{left[1]}_{right[1]}"
    with card(f"pair_{key}"):
        chance = 1 / (1 + 2 ** -float(pair["weight"]))
        state = say("joined for now") if pair["is_joined"] else say("two customers for now")
        st.markdown(
            say(
                "**{chance} likely one person**, {state}",
                chance=percent(chance, 0),
                state=state,
            ),
            help=define("grey zone"),
        )
        rows = [
            {
                "attribute": label(name),
                "record_l": shown(pair["record_l"], name),
                "record_r": shown(pair["record_r"], name),
            }
            for name in SAID
            if (pair["record_l"] or {}).get(name) or (pair["record_r"] or {}).get(name)
        ]
        heads = {
            "attribute": "",
            "record_l": plain(f"{label(pair['kind_l'])} {pair['identifier_l']}"),
            "record_r": plain(f"{label(pair['kind_r'])} {pair['identifier_r']}"),
        }
        with st.container(key=f"facts_pair_{key}"):
            shown_rows = pd.DataFrame([{heads[name]: plain(row[name]) for name in heads} for row in rows])
            st.table(shown_rows, border="horizontal", hide_index=True)
        st.caption(in_words(pair["reasons"] or []))
        buttons(page, pair, key)


def shown(record: dict[str, Any] | None, name: str) -> str:
    """What a record says of one attribute; a dash for nothing."""
    value = (record or {}).get(name)
    if name == "birth_date" and value:
        return app_format.day(date.fromisoformat(str(value)[:10]))
    return app_format.short(value or app_format.NOTHING, 60)


def in_words(reasons: list[dict[str, Any]]) -> str:
    """What speaks for one person and what against it, the weightiest first."""
    parts = {True: [], False: []}  # type: dict[bool, list[str]]
    for reason in sorted(reasons, key=lambda each: -abs(each["weight"])):
        weight = app_format.minus(f"{reason['weight']:+.1f}")
        words = say("{what} {how} ({weight})", what=label(reason["what"]), how=say(reason["how"]), weight=weight)
        parts[reason["weight"] > 0].append(words)
    between = say_as("between parts of a list", ", ")
    speaks_for = between.join(parts[True]) or say("nothing")
    against = between.join(parts[False]) or say("nothing")
    return say("For: {speaks_for}. Against: {against}.", speaks_for=plain(speaks_for), against=plain(against))


def buttons(page: Page, pair: dict[str, Any], key: str) -> None:
    """Same, or not the same; only for those who may decide."""
    if not page.viewer.may(DECISIONS):
        return
    left, right = ends(pair)
    with st.container(horizontal=True):
        is_same = st.button(say("The same"), key=f"same_{key}", icon=":material/join:")
        is_other = st.button(say("Not the same"), key=f"other_{key}", icon=":material/call_split:")
    if is_same or is_other:
        identity_state.decide(page.workspace, left, right, is_same=is_same, who=page.viewer.name)
        st.rerun()


def decisions(page: Page) -> None:
    found = identity_state.decisions(page.workspace)
    conflicts = identity.conflicts(page.file)
    if len(conflicts):
        with card("conflicts"):
            st.subheader(say("Conflicts"), anchor=False, help=define("identity conflict"))
            told = conflicts.assign(kind=[label(kind) for kind in conflicts["kind"]])
            table(page, told, ["kind", "record_count", "detail", "identifiers"], say("Conflicts"))
    if not found:
        app_frame.empty("Nobody has decided about a pair yet.")
        return
    with card("decisions"):
        rows = pd.DataFrame(
            {
                "left": " ".join(each.left),
                "right": " ".join(each.right),
                "verdict": say("the same") if each.is_same else say("not the same"),
                "who": each.who,
                "at": each.at,
            }
            for each in found
        )
        table(page, rows, list(rows.columns), say("Decisions"))
        if page.viewer.may(DECISIONS):
            take_back(page, found)


def take_back(page: Page, found: list[identity_state.Decision]) -> None:
    """Forget one decision."""
    names = [f"{' '.join(each.left)} · {' '.join(each.right)}" for each in found]
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    chosen = left.selectbox(say("Take back"), range(len(found)), format_func=lambda place: names[place], key="taken")
    if right.button(say("Take back"), key="take_back", width="stretch"):
        identity_state.take_back(page.workspace, found[chosen].left, found[chosen].right, who=page.viewer.name)
        st.rerun()


def events(page: Page) -> None:
    found = identity.events(page.file)
    with card("events"):
        st.subheader(say("Merges and splits"), anchor=False, help=define("merges and splits"))
        if found.empty:
            app_frame.empty("No customer who was ever published was merged or split.")
            return
        told = found.assign(event=[label(event) for event in found["event"]])
        table(page, told, list(found.columns), say("Merges and splits"))


def shared(page: Page) -> None:
    found = identity.shared(page.file)
    with card("shared"):
        st.subheader(say("What joins nobody"), anchor=False, help=define("shared identifiers"))
        if found.empty:
            app_frame.empty("Every identifier belongs to one customer.")
            return
        told = found.assign(kind=[label(kind) for kind in found["kind"]])
        if not page.viewer.may(CONTACT_DETAILS):
            told = told.drop(columns="identifier")
        table(page, told, list(told.columns), say("What joins nobody"))


main()
