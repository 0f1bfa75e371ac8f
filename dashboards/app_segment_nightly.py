"""A saved segment every night: the form that schedules it, and every schedule with how its last delivery ended."""

import streamlit as st

from dashboards import app_format, app_frame
from dashboards.app_data import outbox
from dashboards.app_data.outbox import Scheduled
from dashboards.app_format import plain
from dashboards.app_frame import Page
from dashboards.app_viewer import CONTACT_DETAILS, LISTS
from dashboards.app_words import say
from workspace import list_columns
from workspace.errors import RegularsError
from workspace.exports import FORMATS
from workspace.outbox.records import DELIVERED, FAILED, UNCHANGED
from workspace.outbox.schedules import Order, destination_of
from workspace.segments.language import Group

MESSAGE = "nightly_message"
WHAT = {  # messages: values
    "whole": "Everybody",
    "changes": "Who joined and who left",
}
STATUS = {  # messages: values[1]
    DELIVERED: (":material/check_circle:", "Delivered as of {day}: {customers}."),
    UNCHANGED: (":material/check_circle:", "As of {day} nobody joined or left: nothing to deliver."),
    FAILED: (":material/error:", "Not delivered as of {day}: {problem}"),
}


def show(page: Page, definition: Group) -> None:
    """Schedule the segment that is open, beside everything that is scheduled."""
    page.viewer.require(LISTS)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader(say("Deliver every night"), anchor=False)
        form(page)
        app_frame.told(MESSAGE)
    with right:
        shelf(page)


def form(page: Page) -> None:
    """Where to, whole or changes, which columns, what for."""
    number_text = st.query_params.get("segment", "")
    names = list(page.workspace.settings.outbox.destinations)
    if not names:
        app_frame.empty("No destination is set up. Describe one in `regulars.toml` under `[outbox.destinations.NAME]`.")
        return
    if not number_text.isdecimal():
        app_frame.empty("Save this segment first, under “Save and share”: what is delivered is the saved one.")
        return
    to = st.selectbox(say("Where to"), names, key="nightly_to")
    left, right = st.columns(2)
    what = left.selectbox(say("What"), list(WHAT), format_func=lambda one: say(WHAT[one]), key="nightly_what")
    form_ = right.selectbox(say("As"), list(FORMATS), format_func=lambda one: FORMATS[one][0], key="nightly_form")
    may = CONTACT_DETAILS in page.viewer.permissions and destination_of(page.workspace, to).contact_details
    offered = [column.name for column in list_columns.COLUMNS if may or not column.is_personal]
    columns = st.multiselect(
        say("Columns"),
        offered,
        default=list(list_columns.USUAL),
        format_func=lambda name: say(list_columns.BY_NAME[name].label),
        key=f"nightly_columns_{may}",
    )
    st.text_input(say("Purpose"), key="nightly_purpose", max_chars=300, placeholder=say("What it is for"))
    order = (int(number_text), to, what, form_, tuple(columns))
    st.button(
        say("Deliver every night"), type="primary", key="nightly_save", on_click=save, args=(page, order),
        icon=":material/schedule_send:",
    )  # fmt: skip


def save(page: Page, chosen: tuple[int, str, str, str, tuple[str, ...]]) -> None:
    """Schedule it; what is wrong with it is said beside the form."""
    try:
        outbox.save(page.workspace, page.viewer, Order(*chosen, st.session_state.get("nightly_purpose") or ""))
    except RegularsError as error:
        st.session_state[MESSAGE] = error
        return
    st.session_state["nightly_purpose"] = ""
    st.session_state[MESSAGE] = say("The next night delivers it, and each one after.")


def shelf(page: Page) -> None:
    """Every schedule, those that failed first."""
    st.subheader(say("Delivered every night"), anchor=False)
    found = sorted(outbox.scheduled(page.workspace), key=lambda one: not one.is_failed)
    if not found:
        app_frame.empty("Nothing is delivered every night yet.")
    for one in found:
        with st.container(border=True, key=f"schedule_{one.schedule.key}"):
            about(page, one)


def about(page: Page, one: Scheduled) -> None:
    """One schedule: what goes where, how the last delivery ended, delivering now, stopping it."""
    schedule = one.schedule
    st.markdown(f"**{plain(app_format.short(schedule.segment_name))}** → {plain(schedule.destination)}")
    columns = ", ".join(say(column.label) for column in list_columns.known(schedule.columns))
    st.caption(
        plain(say("{what}, as {form}. Columns: {columns}. For: {purpose}. By {who}.", what=say(WHAT[schedule.what]),
                  form=FORMATS[schedule.form][0], columns=columns, purpose=schedule.purpose, who=schedule.who))
    )  # fmt: skip
    ended(one)
    with st.container(horizontal=True):
        st.button(
            say("Deliver now"), icon=":material/send:", key=f"deliver_{schedule.key}", on_click=deliver,
            args=(page, schedule.key),
        )  # fmt: skip
        if not schedule.is_of_settings:
            st.button(
                say("Stop"), icon=":material/cancel_schedule_send:", type="tertiary", key=f"stop_{schedule.key}",
                on_click=outbox.end, args=(page.workspace, page.viewer, schedule.key),
            )  # fmt: skip


def ended(one: Scheduled) -> None:
    """How the last delivery ended."""
    if one.outcome is None:
        st.caption(say("Not delivered yet: the next night is the first."))
        return
    icon, text = STATUS[one.outcome.status]
    words = say(
        text,
        day=app_format.day(one.outcome.as_of),
        customers=app_format.count(one.outcome.customer_count or 0, "customer", "customers"),
        problem=one.outcome.problem,
    )
    (st.error if one.is_failed else st.success)(plain(words), icon=icon)


def deliver(page: Page, key: str) -> None:
    """Deliver now; how it ended is said by the schedule itself."""
    try:
        outbox.deliver(page.workspace, page.data, page.viewer, key)
    except RegularsError as error:
        st.session_state[MESSAGE] = error


def warn(page: Page) -> None:
    """Above every view: what did not arrive."""
    failed = outbox.undelivered(page.workspace)
    if not failed:
        return
    names = ", ".join(
        f"“{app_format.short(one.schedule.segment_name, 40)}” → {one.schedule.destination}" for one in failed
    )
    st.warning(
        plain(say("Not delivered last night: {names}. See “Every night”.", names=names)), icon=":material/outbox:"
    )
