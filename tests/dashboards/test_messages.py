"""The texts of the pages and their translations: every one found, wrapped, translated, with the same placeholders."""

import ast
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from dashboards import app_messages
from dashboards.app_language import ENGLISH, LANGUAGES, LOCALE, catalogues
from dashboards.app_messages import Text, marks, texts
from workspace.folders import PROJECT

CODES = [code for code in LANGUAGES if code != ENGLISH]
# Catalogues that are still being translated, and files whose texts are still being wrapped. Both only ever shrink.
UNTRANSLATED: set[str] = set()
UNWRAPPED: set[str] = set()
# What shows its first argument, and the names of arguments that are shown.
SHOWING = {
    "title", "header", "subheader", "markdown", "caption", "text", "write", "info", "warning", "error", "success",
    "button", "download_button", "form_submit_button", "selectbox", "multiselect", "segmented_control", "pills",
    "radio", "checkbox", "toggle", "slider", "select_slider", "number_input", "text_input", "text_area", "date_input",
    "file_uploader", "expander", "popover", "metric", "badge", "toast", "spinner", "link_button", "list_link", "empty",
    "open_page", "TextColumn", "NumberColumn", "DateColumn", "CheckboxColumn", "Column", "tab", "tabs", "dialog",
}  # fmt: skip
SHOWN = {"label", "help", "placeholder", "alt", "definition", "title", "legend_title", "caption", "text"}
SAID = {"open_page", "empty"}  # these say what they are given


@pytest.mark.parametrize("code", CODES)
def test_the_catalogues_hold_what_the_pages_say_and_nothing_else(code: str) -> None:
    held = {(message.id, message.context) for part in catalogues(code).values() for message in part if message.id}
    said = {(text.id, text.context) for text in app_messages.messages()}
    assert said - held == set(), "run `make messages`"
    assert held - said == set(), "run `make messages`"
    assert not any(part.obsolete for part in catalogues(code).values())


@pytest.mark.parametrize("code", CODES)
def test_every_text_is_translated_with_the_same_placeholders(code: str) -> None:
    wrong = [
        f"{name}: {message.id!r}"
        for name, part in catalogues(code).items()
        for message in part
        if message.id and not is_right(message, is_done=name not in UNTRANSLATED)
    ]
    assert wrong == []


@pytest.mark.parametrize("code", CODES)
def test_a_text_is_translated_in_one_catalogue_only(code: str) -> None:
    held = [(message.id, message.context) for part in catalogues(code).values() for message in part if message.id]
    assert sorted({repr(one) for one in held if held.count(one) > 1}) == [], "run `make messages`"


def is_right(message: Message, *, is_done: bool) -> bool:
    """Whether a translation is there, without doubt, and names what the text names; plain texts may name nothing."""
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    if message.fuzzy or not all(strings):
        return not is_done and not message.fuzzy
    wanted = placeholders(message.id[-1] if isinstance(message.id, tuple) else message.id)
    return all(placeholders(one) == wanted for one in strings)


def placeholders(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("code", CODES)
def test_no_text_leaves_it_to_the_reader_whether_there_is_one_or_several(code: str) -> None:
    assert [message.id for part in catalogues(code).values() for message in part if "(s)" in str(message.id)] == []


def test_texts_are_found_where_they_are_said() -> None:
    code = """
page = open_page("Title", "Purpose")
say("{n} rows", n=1); say(f"no {x}"); say(name); app_words.say("by attribute")
say_as("context", "Left"); say_count("{count} a", "{count} b", 2); count(3, "case", "cases")
BY_KEY = {"Key": 1}  # messages: keys
BY_KIND = {"code": {"other": "Nested"}}  # messages: values[*]
BY_PLACE: dict[str, tuple[str, str]] = {"code": ("icon", "Heading")}  # messages: values[1]
NESTED = {"Part": (("file", "Page", "icon"),)}  # messages: keys, values[*][1]
LONG = (  # messages: items
    "One",
    "Two",
)
OTHER = {"code": "not shown"}
"""
    found = {"Title", "Purpose", "{n} rows", "by attribute", "Key", "Heading", "Part", "Page", "One", "Two", "Nested"}
    expected = {Text(one) for one in found} | {
        Text("Left", context="context"), Text("{count} a", "{count} b"), Text("{count} case", "{count} cases"),
    }  # fmt: skip
    assert set(texts(code)) == expected


def test_a_translation_stays_where_it_is_and_what_is_said_no_more_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_messages, "LOCALE", tmp_path)
    monkeypatch.setattr("dashboards.app_language.LOCALE", tmp_path)
    monkeypatch.setattr(app_messages, "messages", lambda: {Text("A {x}"): "one", Text("B"): "one", Text("gone"): "two"})
    assert app_messages.write("zh") == 3
    other = tmp_path / "zh" / "two.po"
    other.write_text(other.read_text().replace('msgid "gone"\nmsgstr ""', 'msgid "B"\nmsgstr "乙"'))
    monkeypatch.setattr(app_messages, "messages", lambda: {Text("A {x}"): "one", Text("B"): "one"})
    assert app_messages.write("zh") == 1
    held = {name: {m.id: m.string for m in part if m.id} for name, part in catalogues("zh").items()}
    assert held == {"one": {"A {x}": ""}, "two": {"B": "乙"}}
    before = {file.name: file.read_bytes() for file in (tmp_path / "zh").iterdir()}
    app_messages.write("zh")
    assert {file.name: file.read_bytes() for file in (tmp_path / "zh").iterdir()} == before


def test_every_text_on_a_page_is_said() -> None:
    files = sorted((PROJECT / "dashboards").rglob("*.py"))
    found = {
        file.relative_to(PROJECT / "dashboards").as_posix(): unsaid(file.read_text(), file.parent.name == "app_charts")
        for file in files
    }
    assert {name: lines for name, lines in found.items() if lines and name not in UNWRAPPED} == {}
    assert {name for name in UNWRAPPED if not found.get(name)} == set(), "these are done: take them off the list"


def test_a_text_that_is_not_said_is_seen() -> None:
    shown = 'st.caption("Hello")', 'st.button(f"Go to {x}")', 'st.x(y, help="Because")', 'say(f"{x} rows")'
    assert [unsaid(line) for line in shown] == [[1]] * 4
    quiet = 'st.caption(say("Hello"))', 'st.markdown(f"**{x}**")', 'open_page("A", "B")', 'st.button(title, key="go")'
    assert [unsaid(line) for line in quiet] == [[]] * 4


def unsaid(code: str, is_chart: bool = False) -> list[int]:
    """The lines on which words are shown, or given to `say`, that no catalogue can hold.

    The titles of charts are said when they are framed.
    """
    lines: set[int] = set()
    written = code.splitlines()
    tree = ast.parse(code)
    tables = [node for node in ast.walk(tree) if isinstance(node, ast.Assign) and marks(written[node.lineno - 1])]
    said_later = {id(node) for table in tables for node in ast.walk(table)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or id(node) in said_later:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("say", "say_as", "say_count"):
            lines |= {part.lineno for part in node.args if isinstance(part, ast.JoinedStr | ast.BinOp)}
            continue
        shown = [
            word.value
            for word in node.keywords
            if word.arg in SHOWN and not (is_chart and (word.arg == "text" or isinstance(word.value, ast.Constant)))
        ]
        shown += node.args[:1] if name in SHOWING - SAID else []
        lines |= {part.lineno for part in shown if has_words(part)}
    return sorted(lines)


def has_words(node: ast.expr) -> bool:
    """Whether a literal holds letters outside of Markdown's own words, icons and code."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    text = "".join(part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
    for sign in ("-badge[", ":material/", ":red[", ":gray[", ":small["):
        text = text.replace(sign, "")
    return any(letter.isalpha() for letter in text)


def test_nothing_that_is_kept_for_every_session_is_said_in_one_language() -> None:
    """A function whose answer is cached, or one of the same file that it calls, says nothing."""
    assert {file.name: said for file in (PROJECT / "dashboards").rglob("*.py") if (said := kept_words(file))} == {}


def kept_words(file: Path) -> set[str]:
    """The cached functions of a file that say something, themselves or by what they call in it."""
    functions = {node.name: node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}
    calls = {
        name: {getattr(part.func, "id", "") for part in ast.walk(node) if isinstance(part, ast.Call)}
        for name, node in functions.items()
    }
    saying = {name for name, called in calls.items() if called & {"say", "say_as", "say_count", "label", "define"}}
    while more := {name for name, called in calls.items() if called & saying} - saying:
        saying |= more
    cached = {
        name
        for name, node in functions.items()
        if any("cache" in ast.unparse(one) for one in node.decorator_list)
        # Kept for each language apart, whatever the session speaks.
        and not any(one.arg == "in_language" for one in node.args.args)
    }
    return cached & saying


def test_the_folder_of_catalogues_holds_the_languages() -> None:
    assert sorted(folder.name for folder in LOCALE.iterdir()) == sorted(CODES)
