"""Stores what is mined for the night's date alone: tables of schema `mining` without a history, replaced each night."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import ModuleType
from typing import Any

import ibis
import ibis.expr.types as ir

from pipelines import book, warehouse
from pipelines.inputs import star_inputs
from pipelines.mined import Store, opened
from pipelines.searches import Search
from pipelines.sql import identifier
from workspace.folders import Workspace

FindTonight = Callable[[Store, date], Mapping[str, ir.Table]]


def refresh_tonight(
    workspace: Workspace,
    step: str,
    as_of: date,
    *,
    find: FindTonight,
    made_with: Any,
    modules: Sequence[ModuleType],
    search: Search | None = None,
) -> dict[str, int]:
    """Replace the tables of a step by what is found as of the night's date, unless they stand already.

    They stand when the star was made from the same deliveries, by the same code and settings, and for the same date.
    What is searched for by week is found as of the search's day, and stands for as long as that day and what was
    known by then are the same: only the night that it is published for moves on.

    Parameters
    ----------
    step : name in the book of what is built
    find : gives the tables by name; the column as_of is added, and found_on, the last day that the search knew of
    made_with : the settings that `find` uses
    modules : the code that `find` uses
    search : how what is found is searched for by week; without one it is found every night

    Returns
    -------
    rows by table
    """
    code = [inspect.getsource(module) for module in modules]
    with opened(workspace) as store:
        day = search.day(store, as_of) if search else as_of
        state = search.state(store, step, day, modules) if search else star_inputs(store.connection, workspace)
        inputs = book.fingerprint(state, day, made_with, code)
        names = tables_of(store, step)
        if not (names and book.is_built(store.connection, step, inputs)):
            book.begin(store.connection, step)
            found = find(store, day)
            for table, rows in found.items():
                put(store, table, rows.mutate(as_of=ibis.literal(as_of), found_on=ibis.literal(day)), step)
            book.finish(store.connection, step, inputs, as_of)
            names = list(found)
        move_on(store, names, as_of)
        return {name: warehouse.row_count(store.connection, "mining", name) or 0 for name in names}


def move_on(store: Store, tables: Sequence[str], as_of: date) -> None:
    """Publish what stands for this night."""
    for table in map(identifier, tables):
        # S608: the name is one of ours and quoted.
        store.connection.execute(f"update mining.{table} set as_of = $as_of where as_of <> $as_of", {"as_of": as_of})  # noqa: S608


def put(store: Store, table: str, rows: ir.Table, step: str) -> None:
    """Put a table in the place of what stood there; its comment names the step that made it."""
    name = identifier(table)
    # Not by the library's own overwriting, which drops without naming the table.
    store.connection.execute(f"drop table if exists mining.{name}")
    store.backend.create_table(table, rows.relocate("as_of", "found_on"), database="mining")
    store.connection.execute(f"comment on table mining.{name} is '{step}'")


def tables_of(store: Store, step: str) -> list[str]:
    """The tables that a step has made."""
    found = store.connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'mining' and comment = ? order by all", [step]
    )
    return [name for (name,) in found.fetchall()]
