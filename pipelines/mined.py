"""Stores what is mined: one table per module in schema `mining`, keyed by as-of date; each date only once per input."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import ModuleType
from typing import Any

import ibis
import ibis.expr.types as ir
from duckdb import DuckDBPyConnection
from ibis.backends.duckdb import Backend

from mining import fingerprints, known_rows
from mining.as_of_dates import history_dates, month_end
from mining.engine import Engine
from mining.movements import Comparison
from pipelines import book, warehouse
from pipelines.kept_states import kept_states
from pipelines.sql import identifier
from workspace.folders import Workspace
from workspace.mining_settings import Mining

FIRST_ORDER = "select min(ordered_on) from star.fct_orders where is_sale and ordered_on <= ?"
FACTS = ("fct_orders", "fct_calls", "fct_cases", "fct_campaign_contacts")
# Many dates in one pass are cheap; a year at a time, of fewer customers' rows than this, keeps the memory bounded.
DATES_AT_ONCE = 12
ROWS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Store:
    """The private warehouse during a mining step, as SQL and as ibis."""

    connection: DuckDBPyConnection
    backend: Backend
    time_zone: str = "UTC"
    stars: dict[str, ir.Table] = field(default_factory=dict, compare=False)

    def star(self, table: str) -> ir.Table:
        """A table of the star, its columns looked up once: mining never changes them."""
        if table not in self.stars:
            self.stars[table] = self.backend.table(table, database="star")
        return self.stars[table]

    def mined(self, table: str, dates: Sequence[date]) -> ir.Table:
        """What a module found as of some dates."""
        rows = self.backend.table(table, database="mining")
        return rows.filter(rows.as_of.isin(list(dates)))

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
        if not self.columns(table):
            return set()
        # S608: the name is one of ours and quoted; ibis would take longer to write it than the engine to answer it.
        found = self.connection.execute(f"select distinct as_of from mining.{identifier(table)}")  # noqa: S608
        return {day for (day,) in found.fetchall()}

    def replace(self, table: str, dates: Sequence[date], found: ir.Table) -> None:
        """Put what was found as of some dates in the place of what stood there."""
        columns = self.columns(table)
        if columns not in ([], list(found.columns)):
            # The columns have changed with the code: nothing that stands is of use, and every date is stale.
            self.connection.execute(f"drop table mining.{identifier(table)}")
            columns = []
        if not columns:
            self.backend.create_table(table, found, database="mining")
            return
        self.delete(table, dates)
        self.backend.insert(table, found, database="mining")

    def delete(self, table: str, dates: Sequence[date]) -> None:
        """Delete the rows of some dates."""
        # S608: the name is one of ours and quoted; ibis has no delete.
        statement = f"delete from mining.{identifier(table)} where list_contains($dates::date[], as_of)"  # noqa: S608
        self.connection.execute(statement, {"dates": list(dates)})


Find = Callable[[Store, Sequence[date]], ir.Table]
# Which dates a table holds: from the night's date, the dates that history needs, and the settings.
Dates = Callable[[date, Sequence[date], Mining], Sequence[date]]


def every_date(as_of: date, needed: Sequence[date], settings: Mining) -> Sequence[date]:
    """The whole history: every month end since the first sale, the day before and the day."""
    return needed


def only_the_night(as_of: date, needed: Sequence[date], settings: Mining) -> Sequence[date]:
    """The night's date alone: what is not shown over time."""
    return [as_of]


@dataclass(frozen=True)
class Module:
    """A table of schema `mining`: what finds its rows, from which tables, by which code.

    `settings` are the sections of `[mining]` that it reads. `is_anew`: it reads facts that the fingerprints of
    `mining.fingerprints` do not cover, so that the night's own date is computed by every night.
    """

    description: str
    find: Callable[[Store, Sequence[date], Mining], ir.Table]
    facts: Sequence[str]
    mined: Sequence[str]
    code: Sequence[ModuleType]
    settings: frozenset[str] = frozenset({"abc", "rfm"})
    dates: Dates = every_date
    is_anew: bool = False


def of_the_night(
    description: str,
    find: Callable[[Store, Sequence[date], Mining], ir.Table],
    facts: Sequence[str],
    code: Sequence[ModuleType],
    mined: Sequence[str] = (),
) -> Module:
    """A table that every night computes for its own date, from whatever facts and without settings."""
    return Module(description, find, facts, mined, code, settings=frozenset(), dates=only_the_night, is_anew=True)


@contextmanager
def opened(workspace: Workspace) -> Iterator[Store]:
    """The private warehouse for one mining step."""
    with warehouse.connect(workspace) as connection:
        connection.execute("create schema if not exists mining")
        connection.execute(book.SCHEMA)
        yield store_on(connection, workspace.settings.company.time_zone)


def store_on(connection: DuckDBPyConnection, time_zone: str = "UTC") -> Store:
    """An open warehouse as a store, for as long as the connection lives."""
    # The engine flattens nested selects by itself; merging them beforehand takes a third of the writing of a query.
    ibis.options.sql.fuse_selects = False
    return Store(connection, Engine.from_connection(connection), time_zone)


def needed_dates(store: Store, as_of: date) -> list[date]:
    """The dates a night needs: month ends since the first sale, the day before, and the day; none without a sale."""
    row = store.connection.execute(FIRST_ORDER, [as_of]).fetchone()
    return history_dates(row[0], as_of) if row and row[0] else []


def comparisons_of(as_of: date, known: set[date]) -> list[Comparison]:
    """The earlier dates that a date is compared with, those that have been computed."""
    before = {"night": as_of - timedelta(days=1)}
    if as_of == month_end(as_of):
        before["month"] = as_of.replace(day=1) - timedelta(days=1)
    return [Comparison(as_of, day, period) for period, day in before.items() if day in known]


def input_states(store: Store, dates: list[date]) -> dict[date, str]:
    """What the facts known by each date are, as one text a date; found once for a star, whatever the table."""

    def find(days: list[date]) -> dict[date, str]:
        found = fingerprints.input_fingerprints(*map(store.star, FACTS), as_ofs=days)
        return {row["as_of"]: row["fingerprint"] for row in found.to_pyarrow().to_pylist()}

    code = [inspect.getsource(module) for module in (fingerprints, known_rows)]
    return kept_states(store.connection, "facts", dates, find=find, code=code)


def refresh(
    workspace: Workspace,
    table: str,
    as_of: date,
    *,
    find: Find,
    made_with: Any,
    modules: Sequence[ModuleType],
    dates: Dates = every_date,
    is_anew: bool = False,
) -> dict[str, int]:
    """Bring a mining table up to date: compute the dates that are missing or whose facts, settings or code changed.

    Parameters
    ----------
    table : name in schema `mining`
    find : gives the rows as of some dates, with the column as_of
    made_with : the settings that `find` uses
    modules : the code that `find` uses
    dates : which of the dates that history needs the table holds
    is_anew : the night's date is computed whether or not its fingerprint has changed

    Returns
    -------
    dates computed, dates that stood, rows of the table
    """
    code = [inspect.getsource(module) for module in modules]
    with opened(workspace) as store:
        states = (
            # Computed whatever the fingerprint says: it need not be taken.
            {as_of: ""}
            if is_anew and dates is only_the_night
            else input_states(store, list(dates(as_of, needed_dates(store, as_of), workspace.settings.mining)))
        )
        inputs = {day: book.fingerprint(state, made_with, code) for day, state in states.items()}
        stands = bool(store.columns(table))
        stale = [
            day
            for day, text in inputs.items()
            if (is_anew and day == as_of) or not (stands and book.is_built(store.connection, f"{table} {day}", text))
        ]
        for days in passes(store, stale):
            for day in days:
                book.begin(store.connection, f"{table} {day}")
            store.replace(table, days, find(store, days))
            for day in days:
                book.finish(store.connection, f"{table} {day}", inputs[day])
        forget_old_days(store, table, as_of, workspace.settings.mining.keep_daily_days)
        rows = warehouse.row_count(store.connection, "mining", table) or 0
        return {"dates_computed": len(stale), "dates_unchanged": len(inputs) - len(stale), "dagster/row_count": rows}


def passes(store: Store, dates: Sequence[date]) -> Iterator[Sequence[date]]:
    """Dates in the portions that are computed together."""
    customers = warehouse.row_count(store.connection, "star", "dim_customer") or 1
    size = max(1, min(DATES_AT_ONCE, ROWS_AT_ONCE // customers))
    for start in range(0, len(dates), size):
        yield dates[start : start + size]


def forget_old_days(store: Store, table: str, as_of: date, keep_days: int) -> None:
    """Delete daily results older than `keep_days`; month ends stay for ever."""
    before = as_of - timedelta(days=keep_days)
    old = [day for day in store.dates(table) if day < before and day != month_end(day)]
    if old:
        store.delete(table, old)
        for day in old:
            book.begin(store.connection, f"{table} {day}")
