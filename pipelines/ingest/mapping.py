"""Mappings of `regulars.toml`: checked on their own, then resolved against the columns that a file really has."""

import codecs
import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

from pipelines.contracts import Column, Contract, contracts
from pipelines.ingest.sql import identifier
from workspace.errors import SettingsError
from workspace.settings import Settings
from workspace.source_settings import FeedMapping, Source

# Columns that every file has beside its own: its position is for expressions, the others are ours.
FILE_ROW = "file_row"
OURS = ("_delivery_id", FILE_ROW, "_line", "_broken", "_text")
FORBIDDEN = {
    "SUBQUERY": "a subquery",
    "STAR": "a star",
    "WINDOW": "a window function",
    "PARAMETER": "a parameter",
    "DEFAULT": "DEFAULT",
    "POSITIONAL_REFERENCE": "a column by number",
}


# Read by the parser as columns, answered by the clock.
CLOCKS = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "today"})


class RefusedError(Exception):
    """A file cannot be loaded; the message says why and what to do."""


@dataclass(frozen=True)
class Mapped:
    """Where one column of a feed comes from: a file column, an expression, or nowhere (always empty)."""

    column: Column
    file_column: str | None = None
    expression: str | None = None
    type: str = "VARCHAR"

    @property
    def sql(self) -> str | None:
        """The value as SQL over the file's columns."""
        return identifier(self.file_column) if self.file_column else self.expression


@dataclass(frozen=True)
class FeedPlan:
    """How the files of one header fill one feed."""

    contract: Contract
    columns: tuple[Mapped, ...]
    where: str | None
    on_repeat: str
    used_in_expressions: frozenset[str]
    "File columns that an expression or the condition speaks of; in a CSV these stay text."


def check_mappings(settings: Settings, file: object) -> None:
    """Check every mapping without looking at a file.

    Raises
    ------
    SettingsError
        Naming `file`, the key, and what is allowed: for an unknown feed or feed column, a required column left
        out, or an expression that is not one scalar expression over the columns of one row.
    """
    faults = [
        f"{file}: sources.{name}.database = {source.database!r}: there is no [databases.{source.database}]"
        f"{did_you_mean(source.database, settings.databases)}."
        for name, source in settings.sources.items()
        if source.database is not None and source.database not in settings.databases
    ]
    faults += [f"{file}: {fault}" for name, source in settings.sources.items() for fault in faults_of(name, source)]
    if faults:
        raise SettingsError("\n".join(faults))


def faults_of(name: str, source: Source) -> Iterator[str]:
    """Every fault in the mappings of one source, one sentence each."""
    if source.files and (source.files.startswith("/") or ".." in source.files.split("/")):
        yield f"sources.{name}.files = {source.files!r} must lie inside the landing folder."
    try:
        codecs.lookup(source.encoding)
    except LookupError:
        yield (
            f"sources.{name}.encoding = {source.encoding!r} is not known; "
            "for example utf-8, latin-1, windows-1252, utf-16."
        )
    for feed, mapping in source.feeds.items():
        key = f"sources.{name}.feeds.{feed}"
        contract = contracts().get(feed)
        if contract is None:
            yield f"{key}: there is no feed {feed!r}{did_you_mean(feed, contracts())}; feeds: {', '.join(contracts())}."
            continue
        yield from column_faults(key, contract, mapping)


def column_faults(key: str, contract: Contract, mapping: FeedMapping) -> Iterator[str]:
    """Faults in the columns and the condition of one mapping."""
    names = [column.name for column in contract.columns]
    for column, text in mapping.columns.items():
        if column not in names:
            close = did_you_mean(column, names)
            yield f"{key}.columns.{column}: {contract.name} has no such column{close}; columns: {', '.join(names)}."
        elif fault := expression_fault(text):
            yield f"{key}.columns.{column} = {text!r}: {fault}"
    missing = [column.name for column in contract.columns if column.required and column.name not in mapping.columns]
    if mapping.columns and missing:
        yield f"{key}.columns lacks {', '.join(missing)}, which {contract.name} requires."
    if mapping.where is not None and (fault := condition_fault(mapping.where)):
        yield f"{key}.where = {mapping.where!r}: {fault}"


def expression_fault(text: str) -> str | None:
    """What is wrong with a text that may be the name of a file column or an expression; None when nothing is."""
    fault = condition_fault(text)
    # 'Order Date' or 'Price (EUR)' is no expression but may well be a header: the file will tell.
    return fault if fault and any(letter in text for letter in "();,'\"") and not looks_like_header(text) else None


def looks_like_header(text: str) -> bool:
    """Whether a text that does not parse could still be a column's name."""
    return parsed(text) is None and not any(letter in text for letter in "';\"") and text.count("(") == text.count(")")


def condition_fault(text: str) -> str | None:
    """What keeps a text from being one scalar expression; None when nothing does."""
    tree = parsed(text)
    if isinstance(tree, str):
        return f"not a SQL expression: {tree}."
    if tree is None:
        return "not one SQL expression."
    for node in walk(tree):
        if node.get("class") in FORBIDDEN:
            return f"holds {FORBIDDEN[node['class']]}; only one expression over the columns of one row is allowed."
        name = str(node.get("function_name") or (node.get("column_names") or [""])[-1]).lower()
        if name in (unrepeatable() if node.get("class") == "FUNCTION" else CLOCKS):
            return f"{name} gives another answer each time; a delivery must read the same again."
    return None


@cache
def parsed(text: str) -> dict[str, Any] | str | None:
    """The expression's syntax tree; the parser's complaint; or None where it is more than one expression."""
    # The line break keeps a trailing comment from swallowing the bracket.
    tree = statement(f"select ({text}\n)")
    if "statements" not in tree:
        return str(tree.get("error_message", "cannot be parsed")).splitlines()[0]
    if len(tree["statements"]) != 1:
        return None
    node, plain = tree["statements"][0]["node"], statement("select (1)")["statements"][0]["node"]
    if len(node.get("select_list", [])) != 1:
        return None
    outside = {key: part for key, part in node.items() if key != "select_list"}
    # Whatever closes our bracket and goes on (a FROM, a WHERE, a UNION) shows outside the select list.
    same = without_positions(outside) == without_positions({k: v for k, v in plain.items() if k != "select_list"})
    return node["select_list"][0] if same else None


def statement(sql: str) -> dict[str, Any]:
    """The syntax tree of a statement, which is parsed and never run."""
    row = parser().execute("select json_serialize_sql($sql)", {"sql": sql}).fetchone()
    return json.loads(row[0]) if row else {}


@cache
def parser() -> duckdb.DuckDBPyConnection:
    """A connection that parses and runs nothing; making one for each text would take most of the time."""
    return duckdb.connect(config={"enable_external_access": "false", "threads": 1})


def without_positions(part: Any) -> Any:
    """A tree without the places in the text that its nodes came from."""
    if isinstance(part, dict):
        return {key: without_positions(inner) for key, inner in part.items() if key != "query_location"}
    return [without_positions(inner) for inner in part] if isinstance(part, list) else part


def walk(part: Any) -> Iterator[dict[str, Any]]:
    """Every node of a syntax tree."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from walk(inner)


@cache
def unrepeatable() -> frozenset[str]:
    """Functions whose answer changes from call to call or from day to day."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select distinct function_name from duckdb_functions() where stability <> 'CONSISTENT'"
        )
        return frozenset(row[0] for row in rows.fetchall()) | {"getvariable", "current_setting", "nextval", "currval"}


def references(text: str) -> set[str]:
    """Names that an expression speaks of, as written."""
    tree = parsed(text)
    nodes = walk(tree) if isinstance(tree, dict) else iter(())
    return {node["column_names"][0] for node in nodes if node.get("class") == "COLUMN_REF"}


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A suggestion in brackets, or nothing."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f" (did you mean {by_lower[close[0]]!r}?)" if close else ""


def resolve(
    connection: duckdb.DuckDBPyConnection, name: str, source: Source, header: Mapping[str, str]
) -> list[FeedPlan]:
    """How files with the columns `header` (name = DuckDB type) fill the feeds of their source.

    Raises
    ------
    RefusedError
        When the file lacks a column that a mapping names or a feed requires.
    """
    plans = []
    for feed, mapping in source.feeds.items():
        key = f"sources.{name}.feeds.{feed}"
        contract = contracts()[feed]
        columns = tuple(locate(connection, key, column, mapping, header) for column in contract.columns)
        if not mapping.columns and not any(column.sql for column in columns):
            raise RefusedError(f"No column is one of {feed}'s, and {key} maps none; the file has: {listed(header)}.")
        if mapping.where is not None:
            bind(connection, f"{key}.where", mapping.where, header)
        texts = [column.expression for column in columns if column.expression] + [mapping.where or ""]
        used = {reference.lower() for text in texts if text for reference in references(text)}
        spoken = frozenset(column for column in header if column.lower() in used)
        plans.append(FeedPlan(contract, columns, mapping.where, mapping.on_repeat, spoken))
    return plans


def locate(
    connection: duckdb.DuckDBPyConnection, key: str, column: Column, mapping: FeedMapping, header: Mapping[str, str]
) -> Mapped:
    """Where a feed's column comes from in a file with these columns."""
    text = mapping.columns.get(column.name)
    if text is None and mapping.columns:
        return Mapped(column)
    by_lower = {name.lower(): name for name in header}
    found = by_lower.get((text or column.name).strip().lower())
    if found is not None:
        return Mapped(column, file_column=found, type=header[found])
    if text is None and column.required:
        close = did_you_mean(column.name, header)
        raise RefusedError(
            f"The column {column.name!r}, which {key.split('.feeds.')[1]} requires, is missing{close}; the file has: "
            f"{listed(header)}. Deliver it, or map another column to it in {key}.columns."
        )
    if text is None:
        return Mapped(column)
    return Mapped(column, expression=f"({text}\n)", type=bind(connection, f"{key}.columns.{column.name}", text, header))


def bind(connection: duckdb.DuckDBPyConnection, key: str, text: str, header: Mapping[str, str]) -> str:
    """The type of an expression over the columns of a file.

    Raises
    ------
    RefusedError
        When it names a column that the file does not have, or does not fit the columns' types.
    """
    if isinstance(fault := condition_fault(text), str):
        raise RefusedError(f"{key} = {text!r} names no column of the file{did_you_mean(text, header)} and is {fault} "
                           f"The file has: {listed(header)}.")  # fmt: skip
    row = ", ".join(f"CAST(NULL AS {kind}) AS {identifier(name)}" for name, kind in header.items())
    row = f"select {row}, 1::BIGINT as {FILE_ROW}"
    try:
        # In a WHERE, DuckDB itself refuses aggregates and whatever makes several rows of one.
        connection.execute(f"select 1 from ({row}) where ({text}\n) is null")
        described = connection.execute(f"describe select ({text}\n) as v from ({row})").fetchone()
    except duckdb.Error as error:
        unknown = [name for name in references(text) if name.lower() not in {known.lower() for known in header}]
        unknown = [name for name in unknown if name != FILE_ROW]
        if isinstance(error, duckdb.BinderException) and unknown and "not found" in str(error):
            close = did_you_mean(unknown[0], header)
            raise RefusedError(f"The column {unknown[0]!r}, which {key} names, is missing{close}; the file has: "
                               f"{listed(header)}. Deliver it, or mend the mapping.") from None  # fmt: skip
        raise RefusedError(f"{key} = {text!r} does not fit the file: {str(error).splitlines()[0]}.") from None
    kind = str(described[1]) if described else "VARCHAR"
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        raise RefusedError(f"{key} = {text!r} gives a {kind}; a feed's column holds one plain value.")
    return "VARCHAR" if kind == '"NULL"' else kind


def listed(names: Iterable[str], most: int = 30) -> str:
    """Names for a message, not more than a person reads."""
    names = list(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


@dataclass(frozen=True)
class Wanted:
    """File columns that the mappings of a source may speak of.

    `sure` are columns by the look of it. `possible` are texts that are an expression unless the file has a column of
    that name ('E-Mail'). Without one of the `needed`, no row of some feed could be accepted.
    """

    sure: tuple[str, ...]
    possible: tuple[str, ...]
    needed: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.sure, *self.possible)


def wanted_columns(source: Source) -> Wanted:
    """What the mappings of a source want of a file, in a steady order."""
    sure: dict[str, None] = {}
    possible: dict[str, None] = {}
    needed: dict[str, None] = {}
    for feed, mapping in source.feeds.items():
        contract = contracts()[feed]
        columns = mapping.columns or {column.name: column.name for column in contract.columns}
        for text in [*columns.values(), *([mapping.where] if mapping.where else [])]:
            sure |= dict.fromkeys(sorted(references(text) - {FILE_ROW}))
            if not is_plain_name(text):
                possible[text] = None
        # With a condition, a day's file may hold no row of this feed, and then none of its fields.
        required = [column.name for column in contract.columns if column.required and mapping.where is None]
        needed |= {columns[name]: None for name in required if is_plain_name(columns[name])}
    needed.pop(FILE_ROW, None)
    return Wanted(tuple(sure), tuple(possible), tuple(needed))


def is_plain_name(text: str) -> bool:
    """Whether a text is just the name of a column."""
    tree = parsed(text)
    return isinstance(tree, dict) and tree.get("class") == "COLUMN_REF" and tree["column_names"] == [text]
