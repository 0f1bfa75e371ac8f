"""Lists: choose who belongs, or come with a segment; see how many, keep the list and take it away as a file."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import app_campaign, app_columns, app_format, app_frame, app_list_files, app_list_words
from dashboards.app_cards import card
from dashboards.app_data import list_query, lists
from dashboards.app_data.list_query import ListFilter
from dashboards.app_format import GROUP_COLOURS, LEVEL_COLOURS, STAGE_COLOURS, TIER_COLOURS, number, plain
from dashboards.app_frame import Page
from dashboards.app_language import spelled
from dashboards.app_tables import height
from dashboards.app_words import define, label, say
from workspace import list_columns, state
from workspace.errors import RegularsError

SHOWN_LISTS = 20


def main() -> None:
    page = app_frame.open_page("Lists", "Choose who belongs, see at once how many, and take the list away as a file.")
    definition = app_campaign.asked_for(page)
    if definition is not None:
        app_campaign.show(page, definition, columns_asked)
    else:
        by_conditions(page)
    stored(page)


def by_conditions(page: Page) -> None:
    """A list by flat conditions, without a funnel: for looking and for calling, and what every other page links to."""
    app_campaign.choose_segment(page)
    left, right = st.columns([1, 1.9], gap="medium")
    with left, card("filter"):
        chosen = conditions(page)
    with right:
        total = lists.count(page.file, chosen)
        headline(page, chosen, total)
        with card("columns"):
            columns = columns_asked(page)
            preview(page, chosen, columns, total)
        with card("keep"):
            keep(page, chosen, columns, total)


def conditions(page: Page) -> ListFilter:
    """The conditions, each kept in the address."""
    st.subheader(say("Who belongs"), anchor=False)
    choices = lists.choices(page.file)
    tiers = several(
        say("Tier"),
        [*TIER_COLOURS, list_query.NO_TIER],
        key="tiers",
        said=tier,
        definition=define("tier", **page.data.rules),
    )
    groups = several(say("RFM group"), list(GROUP_COLOURS), key="groups", definition=define("rfm group"))
    stages = several(say("Loyalty stage"), list(STAGE_COLOURS), key="stages", definition=define("loyalty stage"))
    risks = several(say("Risk of leaving"), ["low", "medium", "high"], key="risks", definition=define("churn band"))
    levels = several(say("Pyramid level"), list(LEVEL_COLOURS), key="levels", definition=define("pyramid"))
    regions = several(say("Region"), choices["regions"], key="regions", said=str)
    countries = several(say("Country"), choices["countries"], key="countries", said=str)
    channels = several(
        say("Main channel"), choices["channels"], key="channels", said=label, definition=define("main channel")
    )
    kinds = several(say("Kind"), choices["kinds"], key="kinds", said=label)
    consents = several(
        say("Agrees to"), list_query.CONSENT_CHANNELS, key="consents", said=label, definition=define("consent")
    )
    recency = bounds(say("Days since last order"), "recency", 1, define("recency"))
    sign = app_format.symbol(page.data.currency).strip()
    margin = bounds(say("Net margin, {sign}", sign=sign), "margin", 10, define("net margin", **page.data.rules))
    return ListFilter(
        behind=question(),
        tiers=tuple(tiers),
        groups=tuple(groups),
        regions=tuple(regions),
        countries=tuple(countries),
        channels=tuple(channels),
        kinds=tuple(kinds),
        consents=tuple(consents),
        stages=tuple(stages),
        risks=tuple(risks),
        levels=tuple(levels),
        recency_from=recency[0],
        recency_to=recency[1],
        net_margin_from=margin[0],
        net_margin_to=margin[1],
    )


def several(
    title: str, options: Sequence[str], *, key: str, said: Callable[[str], str] = say, definition: str | None = None
) -> list[str]:
    """Any of the options, kept in the address; `said` is what people read for one."""
    return st.multiselect(
        title, options, format_func=spelled(key, options, said, many=True), key=key, bind="query-params",
        placeholder=say("Any"), help=definition,
    )  # fmt: skip


def tier(code: str) -> str:
    """A tier as people read it; those who have none are prospects."""
    return say("No tier (prospects)") if code == list_query.NO_TIER else code


def question() -> str | None:
    """The question that the reader came from, which can be taken away again."""
    text = st.query_params.get("behind")
    if text is None:
        return None
    try:
        words = app_list_words.behind(text)
    except RegularsError as error:
        app_frame.trouble(error)
        st.stop()
    st.info(plain(say("Only people {words}.", words=words)), icon=":material/help_center:")
    if st.button(say("Take the question away"), key="no_question"):
        del st.query_params["behind"]
        st.rerun()
    return text


def bounds(title: str, key: str, step: int, definition: str) -> tuple[int | None, int | None]:
    """A range with either end left open."""
    left, right = st.columns(2, vertical_alignment="bottom")
    low = left.number_input(
        title, value=None, step=step, key=f"{key}_from", bind="query-params", placeholder=say("from"), help=definition
    )
    high = right.number_input(
        say("{title}, at most", title=title),
        value=None,
        step=step,
        key=f"{key}_to",
        bind="query-params",
        placeholder=say("to"),
        label_visibility="collapsed",
    )
    return low, high


def headline(page: Page, chosen: ListFilter, total: int) -> None:
    everybody = lists.count(page.file, ListFilter())
    with card("count"):
        left, right = st.columns([1, 2.2], vertical_alignment="center")
        left.metric(say("On this list"), number(total))
        share = app_format.percent(total / everybody if everybody else None)
        right.markdown(plain(app_list_words.sentence(chosen, page.data.currency)))
        right.caption(say("{share} of {all} known people", share=share, all=number(everybody)))


def columns_asked(page: Page) -> tuple[str, ...]:
    """The columns to carry; contact details only when asked for, and asking is logged."""
    left, right = st.columns([1.2, 1], vertical_alignment="center")
    left.subheader(say("Columns and preview"), anchor=False)
    with_details = right.container(horizontal_alignment="right").toggle(
        say("Include contact details"),
        key="contact_details",
        help=define("contact details"),
        on_change=note_asking,
        args=(page,),
    )
    offered = [column.name for column in list_columns.COLUMNS if with_details or not column.is_personal]
    chosen = st.multiselect(
        say("Columns"),
        offered,
        default=[*(["name", "email", "phone"] if with_details else []), *list_columns.USUAL],
        format_func=lambda name: say(list_columns.BY_NAME[name].label),
        key=f"columns_{with_details}",
        label_visibility="collapsed",
    )
    return tuple(chosen)


def note_asking(page: Page) -> None:
    if st.session_state["contact_details"]:
        state.audit(page.workspace, page.viewer.name, "contact details asked for", generation=page.data.name)


def preview(page: Page, chosen: ListFilter, columns: tuple[str, ...], total: int) -> None:
    if not total:
        app_frame.empty("Nobody belongs to this list. Take away a condition.")
        return
    if not columns:
        app_frame.empty("Choose at least one column.")
        return
    found = lists.preview(page.file, page.viewer, chosen, columns, lists.PREVIEW_ROWS)
    rows = pd.DataFrame(found)[list(columns)]
    for name in rows.columns:
        if rows[name].map(lambda value: isinstance(value, str)).any():
            rows[name] = [None if value is None else app_format.short(value, 80) for value in rows[name]]
    config = {
        name: app_columns.one(name, page.data.currency, heading=say(list_columns.BY_NAME[name].label))
        for name in columns
    }
    st.dataframe(
        app_columns.shown(rows, list(columns)),
        hide_index=True,
        placeholder="",
        column_config=config,
        height=height(rows, 320),
        alt=say("Preview of the list"),
    )
    if total > lists.PREVIEW_ROWS:
        st.caption(say("The first {shown} of {total}.", shown=lists.PREVIEW_ROWS, total=number(total)))


def keep(page: Page, chosen: ListFilter, columns: tuple[str, ...], total: int) -> None:
    st.subheader(say("Keep this list"), anchor=False)
    asks_details = bool(list_columns.personal(columns))
    if asks_details and not chosen.consents:
        st.warning(
            say("This list carries contact details and is not limited to people who agreed to be contacted."),
            icon=":material/front_hand:",
        )
    left, right = st.columns([2.2, 1], vertical_alignment="bottom")
    name = left.text_input(say("Name"), key="list_name", max_chars=120, placeholder=say("What it is for"))
    ready = bool(total and columns)
    if right.button(say("Make the list"), type="primary", disabled=not ready, width="stretch"):
        request = lists.Request(name or "", chosen, columns)
        try:
            st.session_state["made"] = lists.make(page.workspace, page.data, page.viewer, request)
        except RegularsError as error:
            app_frame.trouble(error)
            return
    made = st.session_state.get("made")
    row = next((row for row in state.lists(page.workspace) if row["list_id"] == made), None)
    if row:
        st.success(
            say(
                "“{name}” is kept with {count}.",
                name=plain(row["name"]),
                count=app_format.count(row["customer_count"], "customer", "customers"),
            ),
            icon=":material/check_circle:",
        )
        app_list_files.downloads(page, row, "made")


def stored(page: Page) -> None:
    kept = state.lists(page.workspace)
    st.header(say("Lists kept"), anchor=False)
    if not kept:
        app_frame.empty("No list has been made yet. Choose who belongs above, give it a name and make it.")
        return
    if len(kept) > SHOWN_LISTS:
        st.caption(say("The last {shown}. `regulars lists` prints all.", shown=SHOWN_LISTS))
    for row in kept[:SHOWN_LISTS]:
        name = plain(app_format.short(row["name"]))
        with st.expander(f"**{name}** · {number(row['customer_count'])} · {made_at(page, row)}"):
            try:
                about(page, row)
            except RegularsError as error:
                app_frame.trouble(error)


def about(page: Page, row: dict[str, Any]) -> None:
    """Who belongs to a stored list, who made it and of what, and its files."""
    definition = row["definition"]
    if "plan" in definition:
        app_campaign.about(page, row)
    else:
        st.markdown(plain(app_list_words.sentence(ListFilter.from_dict(definition["filter"]), page.data.currency)))
    st.caption(
        plain(
            say(
                "Made by {who}, data of {day}, generation {generation}. Columns: {columns}.",
                who=row["created_by"],
                day=app_format.day(datetime.fromisoformat(row["as_of"])),
                generation=row["generation"],
                columns=app_list_words.listed(
                    say(column.label) for column in list_columns.known(definition["columns"])
                ),
            )
        )
    )
    app_list_files.downloads(page, row, "kept")


def made_at(page: Page, row: dict[str, Any]) -> str:
    """When a list was made, by the company's clock."""
    return app_format.instant(datetime.fromisoformat(row["created_at"]), page.data.time_zone)


main()
