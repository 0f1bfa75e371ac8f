"""Stores what is mined: one table per module in schema `mining`, keyed by as-of date; each date only once per input."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import ibis
import ibis.expr.types as ir
from duckdb import DuckDBPyConnection
from ibis.backends.duckdb import Backend

from mining.as_of_dates import history_dates, month_end
from mining.fingerprints import input_fingerprints
from pipelines import book, warehouse
from pipelines.sql import identifier
from workspace.folders import PROJECT, Workspace

FIRST_ORDER = "select min(ordered_on) from star.fct_orders where is_sale and ordered_on <= ?"
FACTS = ("fct_orders", "fct_calls", "fct_cases", "fct_campaign_contacts")


@dataclass(frozen=True)
class Store:
    """The private warehouse during a mining step, as SQL and as ibis."""

    connection: DuckDBPyConnection
    backend: Backend

    def star(self, table: str) -> ir.Table:
        """A table of the star."""
        return self.backend.table(table, database="star")

    def mined(self, table: str, as_of: date) -> ir.Table:
        """What a module found as of a date."""
        rows = self.backend.table(table, database="mining")
        return rows.filter(rows.as_of == as_of)

    def columns(self, table: str) -> list[str]:
        """Columns of a mining table; empty where there is none yet."""
        rows = self.connection.execute(
            "select column_name from duckdb_columns() where schema_name = 'mining' and table_name = ?"
            " order by column_index",
            [table],
        )
        return [name for (name,) in rows.fetchall()]

    def dates(self, table: str) -> set[date]:
        """The dates that a mining table holds."""
        found = self.backend.table(table, database="mining").select("as_of").distinct().to_pyarrow()
        return set(found["as_of"].to_pylist())

    def drop_if_reshaped(self, table: str, columns: list[str]) -> None:
        """Forget a table whose columns have changed with the code: it is made anew for every date."""
        if self.columns(table) not in ([], columns):
            self.connection.execute(f"drop table mining.{identifier(table)}")

    def replace(self, table: str, as_of: date, found: ir.Table) -> None:
        """Put what was found as of a date in the place of what stood there."""
        dated = found.mutate(as_of=ibis.literal(as_of)).relocate("as_of")
        self.drop_if_reshaped(table, list(dated.columns))
        if not self.columns(table):
            self.backend.create_table(table, dated, database="mining")
            return
        self.delete(table, as_of)
        self.backend.insert(table, dated, database="mining")

    def delete(self, table: str, as_of: date) -> None:
        """Delete the rows of one date."""
        # S608: the name is one of ours and quoted; ibis has no delete.
        self.connection.execute(f"delete from mining.{identifier(table)} where as_of = ?", [as_of])  # noqa: S608


@contextmanager
def opened(workspace: Workspace) -> Iterator[Store]:
    """The private warehouse for one mining step."""
    with warehouse.connect(workspace) as connection:
        connection.execute("create schema if not exists mining")
        connection.execute(book.SCHEMA)
        yield Store(connection, ibis.duckdb.from_connection(connection))


def needed_dates(store: Store, as_of: date) -> list[date]:
    """The dates a night needs: month ends since the first sale, the day before, and the day; empty without a sale."""
    row = store.connection.execute(FIRST_ORDER, [as_of]).fetchone()
    return history_dates(row[0], as_of) if row and row[0] else []


def fingerprints(store: Store, dates: list[date]) -> dict[date, str]:
    """What the facts known by each date are, as one text a date."""
    if not dates:
        return {}
    found = input_fingerprints(*(store.star(table) for table in FACTS), as_ofs=dates)
    return {row["as_of"]: row["fingerprint"] for row in found.to_pyarrow().to_pylist()}


def refresh(
    workspace: Workspace, table: str, as_of: date, parameters: Any, find: Callable[[Store, date], ir.Table]
) -> dict[str, int]:
    """Bring a mining table up to date: compute the dates that are missing or whose facts, settings or code changed.

    Parameters
    ----------
    table : name in schema `mining`
    parameters : the settings that `find` uses
    find : gives the rows as of one date

    Returns
    -------
    dates computed, dates that stood, rows of the table
    """
    with opened(workspace) as store:
        inputs = {
            day: book.fingerprint(text, parameters, mining_code())
            for day, text in fingerprints(store, needed_dates(store, as_of)).items()
        }
        has_table = bool(store.columns(table))
        stale = [
            day
            for day, text in inputs.items()
            if not (has_table and book.is_built(store.connection, f"{table} {day}", text))
        ]
        for day in stale:
            book.begin(store.connection, f"{table} {day}")
            store.replace(table, day, find(store, day))
            book.finish(store.connection, f"{table} {day}", inputs[day])
        forget_old_days(store, table, as_of, workspace.settings.mining.keep_daily_days)
        rows = warehouse.row_count(store.connection, "mining", table) or 0
        return {"dates_computed": len(stale), "dates_unchanged": len(inputs) - len(stale), "dagster/row_count": rows}


def forget_old_days(store: Store, table: str, as_of: date, keep_days: int) -> None:
    """Delete daily results older than `keep_days`; month ends stay for ever."""
    if not store.columns(table):
        return
    before = as_of - timedelta(days=keep_days)
    for day in store.dates(table):
        if day < before and day != month_end(day):
            store.delete(table, day)
            book.begin(store.connection, f"{table} {day}")


@cache
def mining_code() -> str:
    """A hash of the code in `mining/`: when it changes, everything is computed anew."""
    return book.fingerprint([file.read_text() for file in sorted((PROJECT / "mining").rglob("*.py"))])
