"""What every page has around it: the header with the data's date, the banner of a failed night, empty states."""

import contextlib
import gc
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboards import app_format, app_language, app_viewer
from dashboards.app_data import ahead, reader
from dashboards.app_data.reader import Published, Where
from dashboards.app_viewer import NotAdmittedError, Viewer, current_viewer
from dashboards.app_words import say
from workspace import state
from workspace.errors import NothingPublishedError, RegularsError
from workspace.folders import Workspace
from workspace.state import Night

HERE = Path(__file__).parent
# A night takes minutes: one that began this long ago and never ended was cut off.
LONGEST_NIGHT = timedelta(hours=12)
ARRIVALS = "regulars_arrivals"


@dataclass(frozen=True)
class Page:
    """What a page is given: the workspace, the generation to show, and who looks."""

    workspace: Workspace
    data: Published
    viewer: Viewer
    arrival: int
    """How many times this session came to a page from another, or from none: runs of one visit have the same."""

    @property
    def file(self) -> str:
        """The generation's file, the first argument of every query."""
        return self.data.file

    @property
    def where(self) -> Where:
        """The generation, date and clock of what `mining` is asked live."""
        return Where(self.data.file, self.data.as_of, self.data.time_zone)

    def money(self, value: Any, decimals: int = 0) -> str:
        """An amount in the company's currency."""
        return app_format.money(value, self.data.currency, decimals)


def open_page(title: str, purpose: str) -> Page:
    """Draw the header and the banners, and hand over the data; where there is none, say what to do and stop."""
    st.html(HERE / "app_style.css")
    if st.session_state.get(app_viewer.PAGE) != (title, purpose):
        st.session_state[ARRIVALS] = st.session_state.get(ARRIVALS, 0) + 1
    st.session_state[app_viewer.PAGE] = (title, purpose)  # in English: the log is not in the reader's language
    try:
        workspace = Workspace.open()
        last_night = latest_night(workspace)
        data = reader.published(workspace)
    except NothingPublishedError as error:
        header(title, purpose, None)
        night_banner(last_night, None)
        nothing_published(error)
        st.stop()
    except RegularsError as error:
        header(title, purpose, None)
        trouble(error)
        st.stop()
    header(title, purpose, data)
    night_banner(last_night, data)
    return Page(workspace, data, current_viewer(workspace), st.session_state[ARRIVALS])


@cache
def keep_loaded() -> None:
    """What the server has loaded by its first page stays: from then on nobody looks there for garbage.

    Streamlit has garbage collected after every run, while the reader waits. Among all that Altair, pandas and the
    pages have loaded that takes as long as drawing a page.
    """
    gc.collect()
    gc.freeze()


def ask_ahead() -> None:
    """Let the server ask what pages ask first, as soon as a generation is published."""
    with contextlib.suppress(RegularsError):  # the page itself says what is wrong with the workspace
        ahead.begin(Workspace.open())


def speak() -> None:
    """Decide the language of this run, before anything is said."""
    try:
        workspace = Workspace.open()
    except RegularsError:
        workspace = None  # the page itself says what is wrong with the workspace
    app_language.settle(workspace)


def admitted() -> bool:
    """Whether whoever opened this session may enter; who may not is told why and how to."""
    try:
        workspace = Workspace.open()
    except RegularsError:
        return True  # the page itself says what is wrong with the workspace
    try:
        app_viewer.enter(workspace)
    except NotAdmittedError as error:
        door(error)
        return False
    return True


def door(error: NotAdmittedError) -> None:
    """In place of every page: the way in."""
    is_known = bool(app_viewer.claims().get("is_logged_in"))
    with st.container(border=True, key="card_door", width=460):
        st.subheader(say("Regulars"), anchor=False)
        if not is_known:
            st.markdown(say("Log in with your company's account to see how your customers are doing."))
            st.button(say("Log in"), type="primary", on_click=st.login, key="log_in", icon=":material/login:")
            return
        trouble(error)
        st.button(say("Log in as somebody else"), on_click=st.logout, key="log_out", icon=":material/logout:")


def header(title: str, purpose: str, data: Published | None) -> None:
    """The page's name and what it is for; to the right, quietly, whose data of which day."""
    left, right = st.columns([3, 1.25], vertical_alignment="bottom")
    left.title(say(title), anchor=False)
    left.caption(say(purpose))
    if data is None:
        return
    built = app_format.instant(data.built_at, data.time_zone)
    with right.container(key="data_date"):
        st.caption(
            say(
                "Data as of **{day}**  \nGeneration {name}",
                day=app_format.day(data.as_of),
                name=app_format.plain(data.name),
            ),
            help=say("Only what was known by the end of this day is used. Built {built}.", built=built),
        )


def latest_night(workspace: Workspace) -> Night | None:
    """The latest nightly; none where none has run."""
    found = state.nights(workspace, limit=1)
    return found[0] if found else None


def night_banner(night: Night | None, data: Published | None) -> None:
    """A failed night is told on every page: which step, why, what to do, and what is shown meanwhile."""
    if night is None or night.status == "published":
        return
    if night.status == "running" and datetime.now(UTC) - night.started_at < LONGEST_NIGHT:
        return
    shown = say("You see the data of {day}.", day=app_format.day(data.as_of)) if data else ""
    step = app_format.plain(night.failed_step or say("an unknown step"))
    problem = app_format.plain(night.problem or say("The run was cut off before it could say why."))
    st.error(
        "\n\n".join(
            [
                say(
                    "**The night of {day} failed at {step}.** {shown}",
                    day=app_format.day(night.as_of),
                    step=step,
                    shown=shown,
                ),
                problem,
                say("What to do: mend what it names, then run `regulars nightly`. `regulars doctor` looks for causes."),
            ]
        ),
        icon=":material/error:",
    )


def nothing_published(error: NothingPublishedError) -> None:
    """The first minute of a new workspace: what to type."""
    with st.container(border=True, key="card_nothing"):
        st.subheader(say("Nothing is published here yet"), anchor=False)
        st.markdown(
            say(
                "With your own files: map them in `regulars.toml`, then run `regulars nightly`.  \n"
                "To look around first: run `make demo`, which loads a made-up company."
            )
        )
        st.caption(app_format.plain(error.problem))


def told(key: str) -> None:
    """What came of the last click, where it left an error or a sentence under this key of the session; said once."""
    message = st.session_state.pop(key, None)
    if isinstance(message, RegularsError):
        trouble(message)
    elif message:
        st.success(app_format.plain(message), icon=":material/check_circle:")


def trouble(error: RegularsError) -> None:
    """A fault that the user can mend, as words."""
    st.error(f"{app_format.plain(error.problem)}\n\n{app_format.plain(error.remedy)}", icon=":material/error:")


def broken() -> None:
    """A fault that nobody foresaw: what the reader can do. Its particulars are in the server's log."""
    st.error(
        say(
            "This page could not be drawn. Reload it; if it happens again, the terminal in which the dashboard runs "
            "says why. The other pages and the data are not affected."
        ),
        icon=":material/error:",
    )


def empty(text: str, feeds: Iterable[str] = (), *, is_too_little: bool = False) -> None:
    """In place of a chart or table without data: why, and which feeds would fill it.

    `is_too_little`: there is data, and the feeds may well be mapped.
    """
    lines = [say(text)]
    named = ", ".join(f"`{feed}`" for feed in feeds)
    if named and is_too_little:
        lines.append(say("It rests on {feeds}; more comes with the coming nights.", feeds=named))
    elif named:
        lines.append(say("Map {feeds} in `regulars.toml` and run `regulars nightly`.", feeds=named))
    st.info("  \n".join(lines), icon=":material/inbox:")


def search_button() -> None:
    """Search from anywhere, by the keyboard too."""
    with st.sidebar.container(key="no_print_search"):
        if st.button(say("Search"), icon=":material/search:", shortcut="Mod+K", key="search", width="stretch"):
            st.switch_page("app_pages/search.py")


def sidebar() -> None:
    """Below the navigation: the language, whose data, of which day, which generation."""
    with st.sidebar.container(key="no_print_language"):
        app_language.chooser()
    try:
        data = reader.published(Workspace.open())
    except RegularsError:
        return  # the page itself says what is missing
    with st.sidebar.container(key="sidebar_data", gap=None):
        if app_viewer.claims().get("is_logged_in"):
            st.button(say("Log out"), on_click=st.logout, key="leave", icon=":material/logout:", type="tertiary")
        st.caption(f"**{app_format.plain(data.company_name)}**")
        st.caption(
            say(
                "As of {day}  \nGeneration {name}",
                day=app_format.day(data.as_of),
                name=app_format.plain(data.name),
            )
        )
