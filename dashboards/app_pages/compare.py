"""Compare: any two segments, lists or dates; what tells them apart, who is in both, where they went."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame
from dashboards.app_cards import card, metric, take_away
from dashboards.app_charts import ranges
from dashboards.app_data import compare, segment_nights, segments
from dashboards.app_data.compare import DATED, Group
from dashboards.app_format import number, percent, plain
from dashboards.app_frame import Page
from dashboards.app_tables import height
from dashboards.app_words import coded, define, label, say
from workspace import state
from workspace.errors import RegularsError
from workspace.list_columns import BY_NAME
from workspace.segments import saved
from workspace.segments.saved import SavedSegment

LIST, SEGMENT = "list", "segment"
STORED = {LIST: "A list", SEGMENT: "A saved segment"}  # messages: values
FLAGS = {"true": "yes", "false": "no"}  # messages: values
SHOWN = 25


def main() -> None:
    page = app_frame.open_page("Compare", "Any two segments, lists or dates: what tells them apart.")
    values = compare.segments(page.file)
    if not values:
        app_frame.empty("Nobody is known yet, so there is nobody to compare.", ["sales.orders", "sales.customers"])
        return
    left, right = st.columns(2, gap="medium")
    with left, card("group_a", is_beside_another=True):
        a = group(page, values, "a", 0)
    with right, card("group_b", is_beside_another=True):
        b = group(page, values, "b", 1)
    if a is None or b is None:
        return
    both = compare.overlap(page.where, a, b)
    if not both["count_a"] or not both["count_b"]:
        empty = "A" if not both["count_a"] else "B"
        app_frame.empty(say("Nobody belongs to group {group}: choose another value or date.", group=empty))
        return
    overlap(page, a, b, both)
    differences(page, a, b)
    movement(page, a, b)


def group(page: Page, known: dict[str, list[str]], side: str, place: int) -> Group | None:
    """One of the two groups, as the reader chooses it."""
    st.subheader(say("Group {side}", side=side.upper()), anchor=False)
    kept = state.lists(page.workspace)
    defined = {f"{one.name} ({one.segment_id})": one for one in saved.segments(page.workspace)}
    columns = [*known, *([SEGMENT] if defined else []), *([LIST] if kept else [])]
    column = st.selectbox(
        say("By"),
        columns,
        format_func=lambda name: say(STORED[name]) if name in STORED else label(name),
        key=f"{side}_by",
    )
    if column == LIST:
        return stored(page, kept, side)
    if column == SEGMENT:
        return of_segment(page, defined, side)
    values = known[column]
    first = min(place, len(values) - 1)
    value = st.selectbox(say("Which one"), values, index=first, format_func=coded, key=f"{side}_{column}")
    as_of = page.data.as_of
    if column in DATED:
        texts = {app_format.day(day): day for day in compare.dates(page.file, column)}
        chosen = st.selectbox(say("As of"), list(texts), key=f"{side}_{column}_on", help=define("as of"))
        as_of = texts[chosen]
    return Group(column, value, as_of)


def stored(page: Page, kept: list[dict[str, Any]], side: str) -> Group | None:
    """The members of a stored list."""
    names = {f"{row['name']} ({row['list_id']})": row for row in kept}
    row = names[st.selectbox(say("List"), list(names), key=f"{side}_list")]
    file = page.workspace.exports / row["file"]
    if not file.exists():
        app_frame.empty("The members of this list are gone. Make the list again.")
        return None
    return Group(LIST, row["name"], page.data.as_of, str(file))


def of_segment(page: Page, defined: dict[str, SavedSegment], side: str) -> Group | None:
    """The members of a saved segment, tonight or on another night that is kept."""
    one = defined[st.selectbox(say("Segment"), list(defined), key=f"{side}_segment")]
    nights = {app_format.day(page.data.as_of): page.where} | {
        f"{app_format.day(day)} ({name})": segment_nights.on_night(page.workspace, page.where, name)
        for name, day in segment_nights.nights(page.workspace, page.data.name).items()
    }
    where = nights[st.selectbox(say("As of"), list(nights), key=f"{side}_segment_on", help=define("as of"))]
    try:
        segments.asked(where, page.viewer, one.definition)
    except RegularsError as error:
        app_frame.trouble(error)
        return None
    text = segments.as_text(one.definition)
    return Group(SEGMENT, one.name, where.as_of, definition=text, night=where.file, viewer=page.viewer)


def called(one: Group) -> str:
    """What a group is called."""
    if one.definition:
        return say("the segment {name}, {day}", name=one.value, day=app_format.day(one.as_of))
    if one.members:
        return say("the list {name}", name=one.value)
    day = f", {app_format.day(one.as_of)}" if one.column in DATED else ""
    return f"{label(one.column)} {coded(one.value)}{day}"


def overlap(page: Page, a: Group, b: Group, both: dict[str, float]) -> None:
    with card("overlap"):
        st.subheader(say("Who is in which"), anchor=False, help=define("overlap"))
        with st.grid(5, min_column_width=130, gap="small"):
            metric(say("In A"), number(both["count_a"]))
            metric(say("In B"), number(both["count_b"]))
            metric(say("In both"), number(both["both_count"]))
            metric(say("Only in A"), number(both["only_a_count"]))
            metric(say("Only in B"), number(both["only_b_count"]))
        st.caption(
            plain(
                say(
                    "A: {a}. B: {b}. {share} of all in either are in both.",
                    a=called(a),
                    b=called(b),
                    share=percent(both["overlap_share"]),
                )
            )
        )
        same = (a.column, a.value, a.definition) == (b.column, b.value, b.definition)
        if same and not a.members and a.as_of != b.as_of:
            older, newer = ("A", "B") if a.as_of < b.as_of else ("B", "A")
            st.caption(
                say(
                    "The same segment on two dates: only in {older} has left it, only in {newer} has joined it, in "
                    "both has stayed or is back.",
                    older=older,
                    newer=newer,
                )
            )
        take_away("groups", partial(compare.membership, page.where, a, b))


def differences(page: Page, a: Group, b: Group) -> None:
    with card("differences"):
        st.subheader(say("What tells them apart"), anchor=False, help=define("effect"))
        found = compare.compared(page.where, a, b, compare.telling(a, b))
        if found.empty:
            app_frame.empty("The groups hold the same customers: nothing tells them apart.")
            return
        clear = int((found["comparison_status"] == "different").sum())
        st.caption(
            say(
                "{clear} of {all} attributes and levels differ after correction for their number; attributes are "
                "those of today. To the right: more in A. Customers of both groups are left out, unless one group "
                "holds the other.",
                clear=number(clear),
                all=number(len(found)),
            )
        )
        rows = shown_rows(found, page.data.currency)
        st.vega_lite_chart(
            spec=ranges.points(rows.head(SHOWN), say("Effect"), pattern=".2f", nothing=0.0, width=260),
            theme=None,
            alt=say("Attributes by effect with their range"),
        )
        columns = ["label", "value_a", "value_b", "effect", "effect_range", "corrected_p", "comparison_status"]
        st.dataframe(
            app_columns.shown(rows, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            height=height(rows, 360),
            alt=say("Attributes with both groups' values"),
        )
        take_away("differences", found)


def shown_rows(found: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The differences as rows of chart and table."""
    names = [attribute_name(row["attribute"], row["level"]) for row in found.to_dict("records")]
    spans = [
        app_format.NOTHING if pd.isna(low) else say("{low} to {high}", low=number(low, 2), high=number(high, 2))
        for low, high in zip(found["effect_low"], found["effect_high"], strict=True)
    ]
    values = {
        side: [
            # Of a level, the share of the group that is on it.
            app_columns.figure(attribute if pd.isna(level) else "level_share", value, currency)
            for attribute, level, value in zip(found["attribute"], found["level"], found[side], strict=True)
        ]
        for side in ("value_a", "value_b")
    }
    return found.assign(
        **values,
        label=names,
        value=found["effect"],
        low=found["effect_low"],
        high=found["effect_high"],
        size=found["size_a"] + found["size_b"],
        effect_range=spans,
    )


def attribute_name(attribute: str, level: str | None) -> str:
    """What an attribute is called on lists, and its level where it has levels."""
    name = say(BY_NAME[attribute].label) if attribute in BY_NAME else label(attribute)
    if pd.isna(level):
        return name
    return say("{attribute}: {level}", attribute=name, level=say(FLAGS[level]) if level in FLAGS else coded(level))


def movement(page: Page, a: Group, b: Group) -> None:
    with card("movement"):
        left, right = st.columns([1.4, 1], vertical_alignment="center")
        left.subheader(say("Where they went"), anchor=False, help=define("movement"))
        column = right.selectbox(
            say("Measure"), list(DATED), format_func=label, key="went_by", label_visibility="collapsed"
        )
        known = compare.dates(page.file, column)
        if len(known) < 2:
            app_frame.empty("Movement needs two dates; there is one so far. Run the next night.")
            return
        texts = {app_format.day(day): day for day in known}
        left, right = st.columns(2)
        before = texts[
            left.selectbox(say("From"), list(texts)[1:], index=min(1, len(texts) - 2), key=f"went_from_{column}")
        ]
        after = texts[right.selectbox(say("To"), list(texts), key=f"went_to_{column}")]
        left, right = st.columns(2, gap="medium")
        for side, one, name in ((left, a, "A"), (right, b, "B")):
            found = compare.movement(page.where, one, column, before, after).sort_values(
                ["value_from", "customer_count"], ascending=[True, False]
            )
            with side:
                st.markdown(f"**{say('Group {side}', side=name)}**")
                columns = ["value_from", "value_to", "customer_count", "from_share"]
                st.dataframe(
                    app_columns.shown(found, columns),
                    hide_index=True,
                    placeholder="",
                    column_config=app_columns.of(columns, page.data.currency),
                    height=height(found, 300),
                    alt=say("Where group {side} went", side=name),
                )
                take_away(f"movement_{name.lower()}", found)


main()
