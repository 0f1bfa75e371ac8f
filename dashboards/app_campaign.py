"""A list from a segment: the funnel in sight, what it can show, and what came back; drawn on the Lists page."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st
from streamlit import column_config as config

from dashboards import app_columns, app_format, app_frame, app_list_files, app_list_words
from dashboards.app_cards import LISTS_PAGE, card, link_within, metric
from dashboards.app_data import campaigns, list_funnel
from dashboards.app_data.list_funnel import CONTROL, FINAL, Plan
from dashboards.app_data.list_query import CONSENT_CHANNELS
from dashboards.app_format import number, percent, plain
from dashboards.app_frame import Page
from dashboards.app_segment_words import sentence
from dashboards.app_tables import height
from dashboards.app_words import label, say
from mining.trial_sizes import people_needed, smallest_effect
from workspace import state
from workspace.errors import RegularsError
from workspace.segments import files, saved
from workspace.segments.language import Group

SEGMENTS_PAGE = "app_pages/segments.py"
SHOWN = 100
ARMS = {"treatment": "treatment", CONTROL: "control"}  # messages: values
STEPS = {  # messages: values
    "consent": "Did not agree to the channel",
    "suppressed": "Unsubscribed or complained since",
    "cap": "Over the contact cap",
    "household": "Another of the household is on it",
    CONTROL: "Held out as control",
    FINAL: "On the list",
}


def asked_for(page: Page) -> Group | None:
    """The segment that the address asks for; `None` where it asks for none, or for one that cannot be read."""
    text, number_text = st.query_params.get("s", ""), st.query_params.get("segment", "")
    try:
        if text:
            return files.from_address(text)
        if number_text.isdecimal() and len(number_text) < 12:
            return saved.segment(page.workspace, int(number_text)).definition
    except RegularsError as error:
        app_frame.trouble(error)
    return None


def choose_segment(page: Page) -> None:
    """From conditions to a segment: links to those that are saved, and to the page that makes one."""
    with st.container(horizontal=True, key="no_print_segments"):
        st.page_link(SEGMENTS_PAGE, label=say("Build a segment"), icon=":material/groups:")
        for one in saved.segments(page.workspace)[:5]:
            name = plain(app_format.short(one.name, 30))
            number_text = str(one.segment_id)
            link_within(LISTS_PAGE, name, key=f"segment_{number_text}", query_params={"segment": number_text})


def show(page: Page, definition: Group, columns_asked: Callable[[Page], tuple[str, ...]]) -> None:
    """The whole way from a segment to a list that can be taken away."""
    with card("count"):
        st.markdown(plain(sentence(definition)))
        with st.container(horizontal=True, vertical_alignment="center"):
            address = {"s": files.to_address(definition)}
            st.page_link(SEGMENTS_PAGE, label=say("Change the segment"), icon=":material/edit:", query_params=address)
            link_within(
                LISTS_PAGE, say("A list by conditions"), key="by_conditions", icon=":material/checklist:",
                query_params={},
            )  # fmt: skip
    left, right = st.columns([1, 1.9], gap="medium")
    with left, card("plan"):
        plan = plan_of(page, definition)
    with right:
        with card("funnel"):
            counts = funnel(page, plan)
        with card("trial"):
            trial(page, plan, counts)
        with card("columns"):
            columns = columns_asked(page)
        with card("keep"):
            keep(page, plan, columns, counts)


def plan_of(page: Page, definition: Group) -> Plan:
    """Channel, cap, household, control and the campaign's number."""
    st.subheader(say("How they are written to"), anchor=False)
    channel = st.selectbox(say("Channel"), [*CONSENT_CHANNELS, None], format_func=channel_label, key="plan_channel")
    cap, days = None, 30
    if channel is not None:
        first, second = st.columns(2)
        cap = first.number_input(say("At most messages"), 1, 1000, 4, key="plan_cap")
        days = second.number_input(say("in days"), 1, 3650, 30, key="plan_days")
    household = False
    if list_funnel.household_column(page.file):
        household = st.toggle(say("One per household"), key="plan_household")
    held = st.number_input(say("Held out as control, %"), 0.0, 50.0, 10.0, step=1.0, key="plan_control")
    campaign = st.text_input(
        say("Campaign number"),
        value=f"R-{page.data.as_of:%Y%m%d}-{len(state.lists(page.workspace, 1_000_000)) + 1}",
        max_chars=100,
        key="plan_campaign",
        help=say("Goes out with every contact; by it, contacts and answers are recognised when they come back."),
    )
    return Plan(definition, campaign or "", channel, cap, days, household, held)


def channel_label(channel: str | None) -> str:
    """A channel as people read it; none asks for no consent."""
    return say("None: no consent, no cap") if channel is None else label(channel)


def funnel(page: Page, plan: Plan) -> dict[str, int]:
    """From matched to final; a row opens its customers."""
    counts = list_funnel.funnel(page.where, page.viewer, plan, list_funnel.household_column(page.file))
    total = sum(counts.values())
    left, right = st.columns([1, 2.2], vertical_alignment="center")
    left.metric(say("On this list"), number(counts[FINAL]))
    right.caption(say("{total} matched. Choose a row to see who was dropped there.", total=number(total)))
    table = pd.DataFrame({"step": [say(STEPS[step]) for step in counts], "customer_count": list(counts.values())})
    table["left"] = [total - int(n) for n in table["customer_count"].cumsum()]
    table.loc[table.index[-1], "left"] = counts[FINAL]
    picked = st.dataframe(
        table,
        hide_index=True,
        placeholder="",
        column_config={
            "step": config.TextColumn(say("Step")),
            "customer_count": config.NumberColumn(say("Customers"), format="%,d"),
            "left": config.NumberColumn(say("Left after it"), format="%,d"),
        },
        on_select="rerun",
        selection_mode="single-row",
        key="funnel_steps",
        alt=say("From matched to final"),
    )
    if picked.selection.rows:
        opened(page, plan, list(counts)[picked.selection.rows[0]])
    return counts


def opened(page: Page, plan: Plan, step: str) -> None:
    """The customers of a step."""
    household = list_funnel.household_column(page.file)
    found = list_funnel.at_step(page.where, page.viewer, plan, step=step, limit=SHOWN, household=household)
    st.caption(say("{step}: the first {count}", step=say(STEPS[step]), count=len(found)))
    columns = [name for name in found.columns if name != "customer_key"]
    st.dataframe(
        app_columns.shown(found, columns),
        hide_index=True,
        placeholder="",
        column_config=app_columns.of(columns, page.data.currency),
        key="funnel_people",
        height=height(found, 240),
        alt=say("The customers of the step"),
    )


def trial(page: Page, plan: Plan, counts: dict[str, int]) -> None:
    """The least effect that this list can show, said before anything is sent."""
    st.subheader(say("What it can show"), anchor=False)
    if not counts[CONTROL]:
        st.warning(
            say("Nobody is held out: whatever is bought after it, nothing will say that the list made it happen."),
            icon=":material/front_hand:",
        )
        return
    days = page.workspace.settings.models.response.answer_days
    household = list_funnel.household_column(page.file)
    share = list_funnel.buying_share(page.where, page.viewer, plan, days=days, household=household)
    effect = smallest_effect(counts[FINAL], counts[CONTROL], share=share)
    hoped = st.number_input(
        say("Rise you hope for, points"), 0.1, 100.0, 2.0, step=0.5, key="hoped",
        help=say("So many more of a hundred buy within {days} days.", days=days),
    )  # fmt: skip
    needed = people_needed(hoped / 100, share=share, held_share=plan.control_percent / 100)
    left, right = st.columns(2)
    with left:
        metric(say("Smallest rise it can show"), percent(effect))
    with right:
        metric(say("People needed for yours"), number(needed))
    st.caption(
        say(
            "{share} of them bought in the last {days} days, so as many of the held out are expected to. Found in 8 of "
            "10 trials, at 5 % false alarms.",
            share=percent(share),
            days=days,
        )
    )
    if effect is None or effect > hoped / 100:
        text = say("Too small to conclude: a rise of {hoped} points would be taken for luck.", hoped=number(hoped, 1))
        st.warning(text, icon=":material/front_hand:")


def keep(page: Page, plan: Plan, columns: tuple[str, ...], counts: dict[str, int]) -> None:
    """Name and purpose, and making it."""
    st.subheader(say("Keep this list"), anchor=False)
    left, right = st.columns(2)
    name = left.text_input(say("Name"), key="campaign_name", max_chars=120, placeholder=say("What people call it"))
    purpose = right.text_input(say("Purpose"), key="purpose", max_chars=300, placeholder=say("What it is for"))
    if st.button(say("Make the list"), type="primary", disabled=not counts[FINAL], key="make_campaign"):
        request = campaigns.Request(name or "", plan, columns, purpose or "")
        try:
            st.session_state["campaign_made"] = campaigns.make(page.workspace, page.data, page.viewer, request)
        except RegularsError as error:
            app_frame.trouble(error)
            return
    made = st.session_state.get("campaign_made")
    row = next((row for row in state.lists(page.workspace) if row["list_id"] == made), None)
    if row:
        people = app_format.count(row["customer_count"], "customer", "customers")
        text = say("“{name}” is kept with {count}.", name=plain(row["name"]), count=people)
        st.success(text, icon=":material/check_circle:")
        app_list_files.downloads(page, row, "campaign")


def about(page: Page, row: dict[str, Any]) -> None:
    """A stored campaign: its sentence, its numbers, and what came back by now."""
    plan, counts = Plan.from_dict(row["definition"]["plan"]), row["definition"]["funnel"]
    st.markdown(plain(sentence(plan.definition)))
    steps = app_list_words.listed(f"{say(STEPS[step]).lower()} {number(count)}" for step, count in counts.items())
    st.caption(plain(say("Campaign {number}: {steps}.", number=plan.campaign_id, steps=steps)))
    st.caption(plain(say("For: {purpose}", purpose=row["definition"]["purpose"])))
    found = campaigns.came_back(page.workspace, page.where, row)
    st.dataframe(
        found.assign(arm=[say(ARMS.get(arm, arm)) for arm in found["arm"]]),
        hide_index=True,
        placeholder="",
        column_config={
            "arm": config.TextColumn(say("Arm")),
            "listed_count": config.NumberColumn(say("On the list"), format="%,d"),
            "contacted_count": config.NumberColumn(say("Contacts back"), format="%,d"),
            "answered_count": config.NumberColumn(say("Answered"), format="%,d"),
            "bought_count": config.NumberColumn(say("Bought since"), format="%,d"),
        },
        key=f"back_{row['list_id']}",
        alt=say("What came back"),
    )
