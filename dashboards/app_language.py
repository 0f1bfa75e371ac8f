"""The reader's language: which one it is, and a text said in it. A message is its English text, as in gettext."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from streamlit.runtime.scriptrunner import get_script_run_ctx

from workspace.folders import Workspace

LOCALE = Path(__file__).parent / "locale"
ENGLISH = "en"
# Each by its own name: who cannot read the page finds the way out.
LANGUAGES = {ENGLISH: "English", "zh": "中文"}
# How a day is written: in text, by the browser's tables (as moment.js has it), and by charts (as d3 has it).
DAYS = {ENGLISH: "{day} {month} {year}", "zh": "{year}年{number}月{day}日"}
MONTHS = {ENGLISH: "{month} {year}", "zh": "{year}年{number}月"}
TABLE_DAYS = {ENGLISH: "D MMM YYYY", "zh": "YYYY年M月D日"}
CHART_DAYS = {
    "zh": {
        "%-d %b %Y": "%Y年%-m月%-d日", "%-d %b %y": "%y年%-m月%-d日", "%b %Y": "%Y年%-m月", "%-d %b": "%-m月%-d日",
    }
}  # fmt: skip
BOTH_NAMES = "Language · 语言"
ADDRESS = "lang"  # the parameter of the address
CHOSEN = "regulars_language_chosen"  # by the address or the reader: it stays while the session lasts
SPOKEN = "regulars_language"  # what this session speaks

T = TypeVar("T")
_spoken: ContextVar[str | None] = ContextVar("language", default=None)


def say(text: str, /, **values: object) -> str:
    """The text in the reader's language, with `values` filled in where it names them: "{amount} of {whole}".

    Only literal texts are found and translated, so never an f-string. A text that no catalogue holds is said as it is.
    """
    said = translations(language()).gettext(text) if text else ""
    return said.format(**values) if values else said


def say_as(context: str, text: str, /, **values: object) -> str:
    """As `say`, for a text that means one thing here and another elsewhere: `context` tells the translator which."""
    said = translations(language()).pgettext(context, text)
    return said.format(**values) if values else said


def say_count(one: str, many: str, amount: int, /, **values: object) -> str:
    """As `say`, by the language's own rule for how many there are: "{count} customer", "{count} customers"."""
    return translations(language()).ngettext(one, many, amount).format(**values)


def language() -> str:
    """The language of this session; English outside of sessions. Never of the process: it serves many at once."""
    spoken = _spoken.get()
    if spoken is not None:
        return spoken
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    return str(st.session_state.get(SPOKEN, ENGLISH))


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Whatever is said inside is said in this language."""
    before = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(before)


def settle(workspace: Workspace | None) -> None:
    """Decide the language of this run: the address, else the reader's choice, the browser, the workspace's setting.

    What was asked for by address or by choice is put back into the address, so that it goes from page to page.
    """
    asked = st.query_params.get(ADDRESS)
    if asked in LANGUAGES:
        st.session_state[CHOSEN] = asked
    chosen = st.session_state.get(CHOSEN)
    st.session_state[SPOKEN] = chosen or of_browser(st.context.locale) or usual(workspace)
    if chosen and asked != chosen:
        st.query_params[ADDRESS] = chosen


def of_browser(locale: str | None) -> str | None:
    """The language of a browser's locale, as in zh-Hans-CN; none for one that is not spoken here."""
    code = (locale or "").replace("_", "-").split("-")[0].lower()
    return code if code in LANGUAGES else None


def usual(workspace: Workspace | None) -> str:
    """The language that the workspace is set to."""
    return workspace.settings.dashboard.language if workspace else ENGLISH


def chooser() -> None:
    """The choice of language, each by its own name."""

    def choose() -> None:
        st.session_state[CHOSEN] = st.session_state[SPOKEN] = st.session_state["language_choice"]
        st.query_params[ADDRESS] = st.session_state["language_choice"]

    # The address may have said another language since the choice was last used.
    st.session_state["language_choice"] = language()
    st.selectbox(
        BOTH_NAMES, list(LANGUAGES), format_func=LANGUAGES.__getitem__, key="language_choice", on_change=choose,
        label_visibility="collapsed", filter_mode=None,
    )  # fmt: skip


def spelled(
    key: str, options: Sequence[T], english: Callable[[T], str] = str, *, many: bool = False
) -> Callable[[T], str]:
    """How a widget with `bind="query-params"` writes its options: in the reader's language.

    The address holds what is written. One that was made in English opens in every language: `key` is the widget's.
    `english` gives an option's English text, or says it: `label` does. `many`: several options can be chosen.
    """
    if language() != ENGLISH and key not in st.session_state:
        asked = set(st.query_params.get_all(key))
        with speaking(ENGLISH):
            usual_texts = [english(option) for option in options]
        found = [
            option
            for option, text in zip(options, usual_texts, strict=True)
            if text in asked and say(english(option)) not in asked
        ]
        if found:
            st.session_state[key] = found if many else found[0]
    return lambda option: say(english(option))


@lru_cache
def translations(code: str) -> NullTranslations:
    """The messages of a language, read once. They are compiled here: docs/decisions/070-two-languages.md says why."""
    if code == ENGLISH:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, merged(code, catalogues(code).values()))
    compiled.seek(0)
    return GNUTranslations(compiled)


def catalogues(code: str) -> dict[str, Catalog]:
    """The catalogues of a language by their name, each from a file of its own so that translators do not collide."""
    found = {}
    for file in sorted((LOCALE / code).glob("*.po")):
        with file.open("rb") as content:
            found[file.stem] = read_po(content, locale=code, domain=file.stem, abort_invalid=True)
    return found


def merged(code: str, parts: Iterable[Catalog]) -> Catalog:
    """All catalogues of a language as one; of a message that two hold, the first translation counts."""
    whole = Catalog(locale=code, charset="utf-8")
    for part in parts:
        for message in part:
            known: Any = whole.get(message.id, message.context)
            if message.id and message.string and not message.fuzzy and known is None:
                whole.add(message.id, message.string, context=message.context)
    return whole
