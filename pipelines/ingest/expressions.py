"""Expressions of a mapping: parsed by DuckDB, never run here, and held to one scalar value over one row's columns."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import duckdb

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


def is_plain_name(text: str) -> bool:
    """Whether a text is just the name of a column."""
    tree = parsed(text)
    return isinstance(tree, dict) and tree.get("class") == "COLUMN_REF" and tree["column_names"] == [text]
