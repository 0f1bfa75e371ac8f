"""What a segment looks like: its mix against everyone else, its overlap with another, its nights, its people."""

from functools import partial

import pandas as pd
import streamlit as st
from streamlit import column_config as config

from dashboards import app_columns, app_format, app_frame
from dashboards.app_cards import CUSTOMERS_PAGE, metric, take_away
from dashboards.app_data import segment_nights, segments
from dashboards.app_format import number, plain
from dashboards.app_frame import Page
from dashboards.app_tables import height
from dashboards.app_words import label, say
from workspace.segments import saved
from workspace.segments.language import Group

SHOWN = 100
SIDES = ("segment", "others")


def mix(page: Page, definition: Group) -> None:
    """Tier, group and stage beside everyone else, and the middle value of each measure."""
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        chosen = st.segmented_control(
            say("By"),
            list(segments.MIXES),
            default="tier",
            format_func=lambda field: say(segments.MIXES[field]),
            key="segment_mix",
            required=True,
        )
        found = segments.mix(page.where, page.viewer, definition, chosen or "tier")
        table = found.assign(
            value=[say("No tier") if value == "none" else label(value) for value in found["value"]],
            segment_share=found["segment_share"] * 100,
            other_share=found["other_share"] * 100,
        )
        share = partial(config.ProgressColumn, min_value=0, max_value=100, format="%.1f %%")
        st.dataframe(
            table[["value", "segment_count", "segment_share", "other_share"]],
            hide_index=True,
            placeholder="",
            column_config={
                "value": config.TextColumn(say(segments.MIXES[chosen or "tier"])),
                "segment_count": config.NumberColumn(say("In the segment"), format="%,d"),
                "segment_share": share(say("Share of it")),
                "other_share": share(say("Share of everyone else")),
            },
            alt=say("The segment beside everyone else"),
        )
        take_away("segment_mix", found)
    with right:
        st.caption(say("Middle values; half have more"))
        facts = segments.measures(page.where, page.viewer, definition)
        st.dataframe(
            pd.DataFrame(
                {
                    "measure": facts["measure"].map(say),
                    **{
                        side: [
                            app_columns.figure(name, value, page.data.currency)
                            for name, value in zip(facts["name"], facts[side], strict=True)
                        ]
                        for side in SIDES
                    },
                }
            ),
            hide_index=True,
            placeholder="",
            column_config={
                "measure": config.TextColumn(say("Measure")),
                "segment": config.TextColumn(say("Segment"), alignment="right"),
                "others": config.TextColumn(say("Everyone else"), alignment="right"),
            },
            alt=say("Measures of the segment beside everyone else"),
        )


def overlap(page: Page, definition: Group) -> None:
    """How many belong to another saved segment too."""
    others = {one.segment_id: one for one in saved.segments(page.workspace)}
    if not others:
        app_frame.empty("No segment is saved yet. Save one under “Save and share”, then compare others with it.")
        return
    chosen = st.selectbox(
        say("With which segment"),
        list(others),
        format_func=lambda key: app_format.short(others[key].name),
        key="segment_other",
    )
    found = segments.overlap(page.where, page.viewer, definition, others[chosen].definition)
    union = sum(found.values())
    columns = st.columns(4)
    titles = {  # messages: values
        "first_only": "Only in this one",
        "both": "In both",
        "second_only": "Only in the other",
    }
    for column, (name, title) in zip(columns, titles.items(), strict=False):
        with column:
            metric(say(title), number(found[name]))
    with columns[3]:
        metric(say("Of all of them, in both"), app_format.percent(found["both"] / union if union else None))


def over_time(page: Page, definition: Group) -> None:
    """Who belonged on another night that is kept, who joined and who left since, and which condition decided."""
    nights = segment_nights.nights(page.workspace, page.data.name)
    if not nights:
        app_frame.empty("Only one night is kept so far. After the next one, who joined and who left is shown here.")
        return
    chosen = st.selectbox(
        say("Since the night of"),
        list(nights),
        format_func=lambda name: f"{app_format.day(nights[name])} ({name})",
        key="segment_night",
    )
    then = segment_nights.on_night(page.workspace, page.where, chosen)
    change = segment_nights.changed(then, page.where, page.viewer, definition)
    columns = st.columns(4)
    numbers = {  # messages: keys
        "Then": change.then_count,
        "Joined": len(change.joined),
        "Left": len(change.left),
        "Now": change.now_count,
    }
    for column, (title, count) in zip(columns, numbers.items(), strict=True):
        with column:
            metric(say(title), number(count))
    left, right = st.columns(2, gap="medium")
    with left:
        because(say("Why they joined: what did not hold then"), change.joined_because, "joined")
    with right:
        because(say("Why they left: what does not hold now"), change.left_because, "left")


def because(title: str, found: pd.DataFrame, key: str) -> None:
    """The conditions that decided, with how many failed each."""
    st.caption(title)
    if found.empty:
        st.markdown(say("Nobody."))
        return
    unknown = say("Not known on that night")
    st.dataframe(
        found.assign(condition=[text or unknown for text in found["condition"]]),
        hide_index=True,
        placeholder="",
        column_config={
            "condition": config.TextColumn(say("Condition"), width=400),
            "customer_count": config.NumberColumn(say("Customers"), format="%,d"),
        },
        key=f"segment_{key}",
        alt=title,
    )


def people(page: Page, definition: Group) -> None:
    """The members, most net margin first; a row opens the customer."""
    found = segments.behind(page.where, page.viewer, definition, SHOWN)
    if found.empty:
        app_frame.empty("Nobody belongs to this segment. Take away a condition.")
        return
    st.caption(say("The first {count}, most net margin first. Choose a row to open the customer.", count=SHOWN))
    columns = [name for name in found.columns if name != "customer_key"]
    picked = st.dataframe(
        app_columns.shown(found, columns),
        hide_index=True,
        placeholder="",
        column_config=app_columns.of(columns, page.data.currency) | {"region": config.TextColumn(say("Region"))},
        on_select="rerun",
        selection_mode="single-row",
        key="segment_people",
        height=height(found, 420),
        alt=say("The first members of the segment"),
    )
    st.caption(plain(say("All of them, with the columns you choose: make a list.")))
    if picked.selection.rows:
        st.switch_page(CUSTOMERS_PAGE, query_params={"customer": found["customer_key"].iloc[picked.selection.rows[0]]})
