"""The texts of the pages, found in the code, and the catalogues brought up to date: `make messages`.

A text is found where `say`, `say_as` or `say_count` is called with it, where a function that says what it is given is
(`TITLES`), and in a table whose first line ends in a comment such as `# messages: keys`, `# messages: values`,
`# messages: values[1]` (the second part of each), `# messages: items[0]` or `# messages: all`. The kernel's own
tables are read by `kernel`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from dashboards.app_language import ENGLISH, LANGUAGES, LOCALE, catalogues
from dashboards.app_words import FIELD_LABELS, capital
from mining.measures import MEASURES
from mining.questions.catalogue import QUESTIONS
from workspace.folders import PROJECT
from workspace.list_columns import COLUMNS

# Which arguments of a call are texts, by place; the functions here hand them to `say`.
TITLES = {"say": (0,), "open_page": (0, 1), "empty": (0,)}
# `count(3, "case", "cases")` says "3 cases".
COUNTED = {"say_count": (0, 1, ""), "count": (1, 2, "{count} ")}
MARK = re.compile(r"#\s*messages:\s*([a-z0-9*\[\], ]+?)\s*$")
# Files whose catalogue is not named after them: what their name begins with, and the catalogue.
HOMES = {
    "answers": "questions",
    "segment": "segments",
    "list": "lists",
    "campaign": "lists",
    "mailings": "lists",
    "customer": "customers",
    "columns": "columns",
    "words": "words",
    "report_card": "models",
    "models": "models",
    "offers": "cross_sell",
    "rules": "cross_sell",
    "predictions": "value",
    "loyalty": "loyalty",
    "standing": "loyalty",
    "moves": "loyalty",
    "operations": "data",
    "outbox": "segments",
    "quality": "data",
}
SHARED = "frame"


class Text(NamedTuple):
    """A message: its English text, its plural where it counts, what tells it from the same text elsewhere."""

    text: str
    plural: str | None = None
    context: str | None = None

    @property
    def id(self) -> str | tuple[str, str]:
        """As a catalogue names it."""
        return (self.text, self.plural) if self.plural else self.text


def messages() -> dict[Text, str]:
    """Every text that the pages say, and the catalogue it belongs to: of several the first in order of files."""
    found: dict[Text, str] = {}
    for file in sorted((PROJECT / "dashboards").rglob("*.py")):
        for text in texts(file.read_text(encoding="utf-8"), is_chart=file.parent.name == "app_charts"):
            found.setdefault(text, home(file))
    for text, catalogue in kernel():
        found.setdefault(text, catalogue)
    return found


def kernel() -> Iterator[tuple[Text, str]]:
    """The texts of `mining` and `workspace` that pages say, each with its catalogue."""
    for measure in MEASURES.values():
        yield Text(measure.title), "words"
        yield Text(measure.title.lower()), "words"
        yield Text(measure.definition), "words"
        yield Text(measure.owner), "explore"
        yield from ((Text(capital(name)), "explore") for name in measure.dimensions if name not in FIELD_LABELS)
    for question in QUESTIONS:
        yield Text(question.title), "questions"
    for feed in sorted((PROJECT / "pipelines" / "feeds").glob("*.yml")):
        yield Text(yaml.safe_load(feed.read_text(encoding="utf-8"))["description"]), "data"
    for column in COLUMNS:
        yield Text(column.label), "lists"


def home(file: Path) -> str:
    """The catalogue of a file's texts."""
    name = file.stem.removeprefix("app_")
    if file.parent.name == "app_pages":
        return name
    begun = [start for start in HOMES if name.startswith(start)]
    if begun:
        return HOMES[max(begun, key=len)]
    return name if (PROJECT / "dashboards" / "app_pages" / f"{name}.py").exists() else SHARED


def texts(code: str, *, is_chart: bool = False) -> Iterator[Text]:
    """The texts of one file of Python; in one of charts every `title` is one, said when the chart is framed."""
    lines = code.splitlines()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            yield from called(node)
            titles = [word.value for word in node.keywords if is_chart and word.arg == "title"]
            yield from (Text(text) for title in titles if (text := literal(title)))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            for where in marks(lines[node.lineno - 1]):
                yield from (Text(one) for one in marked(node.value, where))


def called(node: ast.Call) -> Iterator[Text]:
    """The texts in the arguments of a call."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    given = [literal(argument) for argument in node.args]
    if name == "say_as" and len(given) > 1 and given[0] and given[1]:
        yield Text(given[1], context=given[0])
    if name in COUNTED:
        one, many, before = COUNTED[name]
        if len(given) > many and given[one] and given[many]:
            yield Text(f"{before}{given[one]}", f"{before}{given[many]}")
    for place in TITLES.get(name, ()):
        if len(given) > place and (text := given[place]):
            yield Text(text)


def literal(node: ast.expr) -> str | None:
    """The text that a constant holds; none where it is none."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def marks(line: str) -> list[str]:
    """What the comment at the end of a line says about the messages in its table."""
    found = MARK.search(line)
    return [one.strip() for one in found.group(1).split(",")] if found else []


def marked(table: ast.expr, where: str) -> Iterator[str]:
    """The texts of a table by a path: `values[*][1]` is the second part of each part of each value."""
    kind, *path = where.replace("]", "").split("[")
    parts: list[ast.expr] = [table]
    if kind == "keys" and isinstance(table, ast.Dict):
        parts = [key for key in table.keys if key]
    elif kind == "values" and isinstance(table, ast.Dict):
        parts = table.values
    elif kind == "items":
        parts = [*elements(table)]
    for place in path:
        parts = [
            one for part in parts for one in (elements(part) if place == "*" else elements(part)[int(place) :][:1])
        ]
    for part in parts:
        yield from (text for node in ast.walk(part) if isinstance(node, ast.expr) and (text := literal(node)))


def elements(node: ast.expr) -> list[ast.expr]:
    """The elements of a tuple, list or set, the values of a dictionary, the arguments of a call; else none."""
    if isinstance(node, ast.Dict):
        return node.values
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return node.elts
    return node.args if isinstance(node, ast.Call) else []


def updated(code: str) -> dict[str, Catalog]:
    """The catalogues of a language as they should be: every message once, translations kept, nothing else.

    A message stays in the catalogue that holds it, so that a translation does not wander while others work on it.
    """
    old = catalogues(code)
    wanted = messages()
    new = {name: empty(code) for name in sorted(set(wanted.values()))}
    for text, usual in wanted.items():
        held = [
            (name, message)
            for name in old
            if (message := old[name].get(text.text, text.context)) and message.id == text.id
        ]
        held.sort(key=lambda pair: (not any(pair[1].string or ()), pair[0] != usual, pair[0]))
        name, string = (held[0][0], held[0][1].string) if held else (usual, None)
        new.setdefault(name, empty(code)).add(text.id, string, context=text.context)
    return new


def empty(code: str) -> Catalog:
    """A catalogue without messages."""
    return Catalog(locale=code, charset="utf-8", fuzzy=False)


def header(catalog: Catalog) -> str:
    """The head of a file: nothing that changes from day to day, so that two translators' files can be merged."""
    return (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {catalog.locale}\\n"\n'
        f'"Plural-Forms: {catalog.plural_forms}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    )


def write(code: str) -> int:
    """Bring the files of a language up to date, and count what is not translated yet."""
    folder = LOCALE / code
    folder.mkdir(parents=True, exist_ok=True)
    new = updated(code)
    for file in folder.glob("*.po"):
        if file.stem not in new:
            file.unlink()
    for name, catalog in new.items():
        with (folder / f"{name}.po").open("wb") as content:
            content.write(header(catalog).encode())
            write_po(content, catalog, width=120, no_location=True, sort_output=True, omit_header=True)
    return sum(not any(message.string or ()) for catalog in new.values() for message in catalog)


def main() -> None:
    """Extract anew for every language."""
    for code in LANGUAGES:
        if code != ENGLISH:
            print(f"{code}: {write(code)} texts are not translated yet.")


if __name__ == "__main__":
    main()
