"""Segments: say who is meant, see at once how many, who they are, who joined and left; save it and share it."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards import (
    app_format,
    app_frame,
    app_segment_nightly,
    app_segment_saved,
    app_segment_tree,
    app_segment_views,
)
from dashboards.app_cards import LISTS_PAGE, card
from dashboards.app_data import segments
from dashboards.app_data.sampled import Estimate
from dashboards.app_format import number, plain
from dashboards.app_frame import Page
from dashboards.app_language import spelled
from dashboards.app_segment_builder import builder
from dashboards.app_segment_words import read, sentence
from dashboards.app_words import say
from workspace.errors import RegularsError
from workspace.segments import files
from workspace.segments.language import Group

WRITTEN = "segment_written"
VIEWS = {  # messages: values
    "mix": "Who they are",
    "overlap": "Overlap",
    "time": "Over time",
    "people": "People",
    "saved": "Save and share",
    "nightly": "Every night",
}


def main() -> None:
    page = app_frame.open_page(
        "Segments", "Say who is meant, and see at once how many they are and what sets them apart."
    )
    app_segment_saved.take_from_address(page)
    # Drawn first and filled last: what is above follows from what is chosen below.
    said = st.container(key="segment_said")
    with card("builder"):
        builder(page)
        by_sentence(page)
    definition, waiting = app_segment_tree.definition()
    app_segment_saved.put_into_address(definition)
    with said, card("count"):
        is_answered = headline(page, definition, waiting)
    if is_answered:
        views(page, definition)


def headline(page: Page, definition: Group, waiting: int) -> bool:
    """The number and the sentence; False where the definition cannot be asked."""
    left, right = st.columns([1, 3], vertical_alignment="center")
    counted = left.empty()
    try:
        if guess := segments.estimated(page.where, page.viewer, definition):
            about(counted, guess)
        total = segments.count(page.where, page.viewer, definition)
        everybody = segments.count(page.where, page.viewer, Group())
    except RegularsError as error:
        counted.empty()
        app_frame.trouble(error)
        return False
    counted.metric(say("In this segment"), number(total))
    right.markdown(plain(sentence(definition)))
    share = app_format.percent(total / everybody if everybody else None)
    notes = [say("{share} of {all} known people", share=share, all=number(everybody))]
    if waiting:
        conditions = app_format.count(waiting, "condition", "conditions")
        notes.append(say("{conditions} not finished yet", conditions=conditions))
    right.caption(" · ".join(notes))
    return True


def about(place: DeltaGenerator, guess: Estimate) -> None:
    """The number as a sample says it, until everybody is counted."""
    with place.container():
        st.metric(say("In this segment, about"), f"≈ {number(guess.rounded())}")
        low, high = max(guess.customers - guess.margin, 0), guess.customers + guess.margin
        st.caption(
            say("From a sample: {low} to {high}. Everybody is being counted.", low=number(low), high=number(high))
        )


def by_sentence(page: Page) -> None:
    """The same by writing: a sentence is read as the definition that it says."""
    with st.expander(say("Write the sentence instead")):
        st.caption(say("Change the sentence above, or write one in the same words; values of several words in “ ”."))
        st.text_area(
            say("Sentence"),
            key=WRITTEN,
            placeholder=say("People whose tier is A, and who did not call in the last 365 days."),
            label_visibility="collapsed",
        )
        st.button(say("Read it"), on_click=take_sentence, args=(page,), key="read_sentence")
        if problem := st.session_state.pop("segment_misread", None):
            app_frame.trouble(problem)


def take_sentence(page: Page) -> None:
    """Edit what the sentence says; where it cannot be read, say from where on."""
    try:
        app_segment_tree.load(read(st.session_state[WRITTEN], segments.fields(page.file)))
    except RegularsError as error:
        st.session_state["segment_misread"] = error


def views(page: Page, definition: Group) -> None:
    """One thing to look at, so that only what is looked at is asked."""
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.segmented_control(
            say("Show"),
            list(VIEWS),
            default="mix",
            format_func=spelled("view", list(VIEWS), VIEWS.__getitem__),
            key="view",
            bind="query-params",
            required=True,
            label_visibility="collapsed",
        )
        st.page_link(
            LISTS_PAGE,
            label=say("Make a list"),
            icon=":material/checklist:",
            query_params={"s": files.to_address(definition)},
        )
    if chosen != "nightly":
        app_segment_nightly.warn(page)
    with card("view"):
        {
            "mix": app_segment_views.mix,
            "overlap": app_segment_views.overlap,
            "time": app_segment_views.over_time,
            "people": app_segment_views.people,
            "saved": app_segment_saved.show,
            "nightly": app_segment_nightly.show,
        }[chosen or "mix"](page, definition)


main()
