"""Saving and sharing segments: names and versions, the address that holds a segment, files for a repository."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboards import app_format, app_frame, app_segment_tree
from dashboards.app_format import plain
from dashboards.app_frame import Page
from dashboards.app_segment_words import sentence
from dashboards.app_viewer import LISTS
from dashboards.app_words import say
from workspace import state
from workspace.errors import RegularsError
from workspace.segments import files, saved
from workspace.segments.language import Group
from workspace.segments.saved import SavedSegment

OPEN, ADDRESS, MESSAGE, TAKEN = "segment_open", "segment_address", "segment_message", "segment_taken"


def take_from_address(page: Page) -> None:
    """Edit what the address holds, `s` a definition, `segment` a saved one: on coming to the page, and on going back.

    A click sent while the page still runs carries the address from before that run ended: between the two the session
    knows better than the address.
    """
    is_back = is_going_back()
    if st.session_state.get(TAKEN) == page.arrival and not is_back:
        put("segment", st.session_state.get(OPEN, ""))
        return
    text, number = st.query_params.get("s", ""), st.query_params.get("segment", "")
    if text != st.session_state.get(ADDRESS, "") or number != st.session_state.get(OPEN, ""):
        take(page, text, number, is_back)
    st.session_state[TAKEN] = page.arrival


def take(page: Page, text: str, number: str, is_back: bool) -> None:
    """Edit a definition or a saved segment; where there is neither, going back empties and a bare link keeps."""
    try:
        if number.isdecimal() and len(number) < 12:
            opened = saved.segment(page.workspace, int(number))
            remember(opened)
            app_segment_tree.load(opened.definition)
        if text or (is_back and not number):
            app_segment_tree.load(files.from_address(text) if text else Group())
    except RegularsError as error:
        app_frame.trouble(error)
        st.query_params.pop("segment", None)
        st.session_state.pop(OPEN, None)


def put_into_address(definition: Group) -> None:
    """Keep the address that of what is shown, so that it can be copied at any time."""
    text = files.to_address(definition) if definition.of else ""
    st.session_state[ADDRESS] = text
    st.session_state[OPEN] = st.query_params.get("segment", "")
    put("s", text)


def put(name: str, text: str) -> None:
    """One part of the address; none where there is nothing to say."""
    if text:
        st.query_params[name] = text
    else:
        st.query_params.pop(name, None)


def is_going_back() -> bool:
    """Whether the browser's back or forward began this run."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def remember(opened: SavedSegment) -> None:
    """Which saved version is being edited."""
    st.session_state["segment_version"] = opened.version
    st.session_state["segment_name"] = opened.name


def show(page: Page, definition: Group) -> None:
    """Save what is edited, open what is saved, its history, files in and out."""
    page.viewer.require(LISTS)
    left, right = st.columns(2, gap="medium")
    with left:
        keep(page, definition)
        bring(page)
    with right:
        shelf(page)


def keep(page: Page, definition: Group) -> None:
    """The name, and saving as a new version or a new segment."""
    st.subheader(say("Save"), anchor=False)
    st.text_input(say("Name"), key="segment_name", max_chars=saved.MAX_NAME, placeholder=say("Who is meant"))
    number = st.query_params.get("segment", "")
    with st.container(horizontal=True):
        if number.isdecimal():
            st.button(
                say("Save version {version}", version=st.session_state.get("segment_version", 0) + 1),
                type="primary",
                key="save_version",
                on_click=save,
                args=(page, definition, int(number)),
            )
        st.button(
            say("Save as new"),
            type="secondary" if number else "primary",
            key="save_new",
            on_click=save,
            args=(page, definition, None),
        )
    app_frame.told(MESSAGE)


def save(page: Page, definition: Group, segment_id: int | None) -> None:
    """Save, and go on editing what was saved."""
    try:
        made = saved.save(
            page.workspace,
            name=st.session_state.get("segment_name") or "",
            definition=definition,
            who=page.viewer.name,
            segment_id=segment_id,
            seen_version=st.session_state.get("segment_version") if segment_id is not None else None,
        )
    except RegularsError as error:
        st.session_state[MESSAGE] = error
        return
    remember(made)
    st.query_params["segment"] = st.session_state[OPEN] = str(made.segment_id)
    st.session_state[MESSAGE] = say("“{name}” is saved as version {version}.", name=made.name, version=made.version)


def shelf(page: Page) -> None:
    """The segments that are saved, each with its sentence and its versions; and all of them as a file."""
    st.subheader(say("Saved segments"), anchor=False)
    kept = saved.segments(page.workspace)
    if not kept:
        app_frame.empty("No segment is saved yet. Give the one above a name and save it.")
        return
    for one in kept:
        with st.expander(f"**{plain(app_format.short(one.name))}** · {plain(one.owner)}"):
            st.markdown(plain(app_format.short(sentence(one.definition), 600)))
            versions(page, one)
    st.download_button(
        say("All as YAML"),
        data=files.to_yaml(kept),
        file_name="segments.yml",
        mime="application/yaml",
        icon=":material/download:",
        key="segments_yaml",
        on_click=lambda: state.audit(page.workspace, page.viewer.name, "segments downloaded", segment_count=len(kept)),
    )


def versions(page: Page, one: SavedSegment) -> None:
    """Open the latest or an older version; retire the segment."""
    for version in saved.history(page.workspace, one.segment_id):
        when = app_format.instant(version.saved_at, page.data.time_zone)
        st.button(
            say("Open version {version}", version=version.version),
            help=plain(say("Saved by {who}, {when}: {meaning}", who=version.saved_by, when=when,
                           meaning=app_format.short(sentence(version.definition), 300))),
            key=f"open_{one.segment_id}_{version.version}",
            on_click=open_version,
            args=(one, version),
        )  # fmt: skip
    st.button(
        say("Retire"),
        icon=":material/archive:",
        type="tertiary",
        key=f"retire_{one.segment_id}",
        on_click=saved.retire,
        args=(page.workspace, one.segment_id, page.viewer.name),
    )


def open_version(latest: SavedSegment, version: SavedSegment) -> None:
    """Edit a version; saving it makes it the latest."""
    remember(latest)
    app_segment_tree.load(version.definition)
    st.query_params["segment"] = st.session_state[OPEN] = str(latest.segment_id)
    st.query_params.pop("s", None)
    st.session_state[ADDRESS] = ""


def bring(page: Page) -> None:
    """Take segments from a file; those whose name is there already get a version."""
    with st.expander(say("Take from a file")):
        file = st.file_uploader(say("YAML file"), type=["yml", "yaml"], key="segments_file", max_upload_size=2)
        if file is None or not st.button(say("Take them"), key="take_segments"):
            return
        try:
            found = files.from_yaml(file.getvalue().decode("utf-8"))
        except UnicodeDecodeError:
            app_frame.trouble(RegularsError("The file is not UTF-8 text.", "Save it as UTF-8."))
            return
        except RegularsError as error:
            app_frame.trouble(error)
            return
        known = {one.name.lower(): one.segment_id for one in saved.segments(page.workspace)}
        for name, owner, definition in found:
            title = " ".join(name.split())
            saved.save(
                page.workspace,
                name=title,
                definition=definition,
                who=page.viewer.name,
                owner=owner or None,
                segment_id=known.get(title.lower()),
            )
        st.success(say("{count} taken.", count=app_format.count(len(found), "segment", "segments")))
