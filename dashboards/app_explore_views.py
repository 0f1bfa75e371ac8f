"""Views kept of the Explore page: what can be chosen there, kept by name and chosen again in any language."""

from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from dashboards.app_format import plain
from dashboards.app_frame import Page
from dashboards.app_language import ENGLISH, LANGUAGES, speaking
from dashboards.app_words import label, say
from mining.measures import MEASURES
from workspace import views

STEPS = ("one number", "day", "week", "month", "quarter", "year")  # messages: items
PERIODS = {"30 days": 30, "90 days": 90, "12 months": 365, "24 months": 730, "everything": 0}  # messages: keys


def kept(page: Page) -> None:
    """Views by name: open one, keep this one, forget one."""
    found = views.saved(page.workspace, "explore")
    with st.container(horizontal=True, key="no_print_views"):
        for view in found:
            st.button(
                plain(view.name), icon=":material/bookmark:", type="tertiary", key=f"open_{view.name}",
                on_click=choose, args=(view.address,),
            )  # fmt: skip
        with st.popover(say("Keep this view"), icon=":material/bookmark_add:"):
            name = st.text_input(say("Name"), key="view_name", max_chars=60)
            if st.button(say("Keep"), key="keep_view", disabled=not name.strip()):
                views.save(page.workspace, "explore", name, page.viewer.name, address())
                st.rerun()
            for view in found:
                if st.button(say("Forget {name}", name=plain(view.name)), key=f"forget_{view.name}"):
                    views.forget(page.workspace, "explore", view.name)
                    st.rerun()


def address() -> dict[str, str | list[str]]:
    """What is chosen, as the address holds it; in English, because an English address opens in every language."""
    made: dict[str, str | list[str]] = {}
    with speaking(ENGLISH):
        for name, (_, text, _) in choices().items():
            value = st.session_state.get(name)
            if value:
                made[name] = [text(one) for one in value] if isinstance(value, list) else text(value)
    return made


def choose(kept: dict[str, str | list[str]]) -> None:
    """Choose what a kept view holds, in whatever language it was kept; of what it leaves out, the usual.

    The widgets are set, not the address: they write it, and a link to the page that it stands on would be lost at the
    next click.
    """
    for name, (options, text, usual) in choices().items():
        held = kept.get(name, [])
        held = [held] if isinstance(held, str) else held
        found = [option for option in options if any(written_in(code, text, option) in held for code in LANGUAGES)]
        if isinstance(usual, list):
            st.session_state[name] = found or usual
        else:
            st.session_state[name] = found[0] if found else usual


def choices() -> dict[str, tuple[Iterable[Any], Callable[[Any], str], Any]]:
    """What can be chosen here, by its name in the address: the options, how each is written, what is usual."""
    return {
        "measures": (list(MEASURES), title, ["revenue"]),
        "by": (dict.fromkeys(split for one in MEASURES.values() for split in one.dimensions), label, []),
        "period": (list(PERIODS), say, "12 months"),
        "grain": (STEPS, say, "month"),
        "across": ([None, *MEASURES], one_row_or, None),
    }


def written_in(code: str, text: Callable[[Any], str], option: Any) -> str:
    """How an option is written in a language."""
    with speaking(code):
        return text(option)


def title(name: str) -> str:
    """What a measure is called."""
    return say(MEASURES[name].title)


def one_row_or(name: str | None) -> str:
    """What a measure is called whose periods stand side by side; of none, that there is one row each."""
    return title(name) if name else say("One row each")
