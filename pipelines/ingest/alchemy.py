"""Any database that SQLAlchemy speaks to, into a Parquet file: one statement, portion by portion."""

import re
import warnings
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, NoSuchTableError, SAWarning, SQLAlchemyError

from pipelines.ingest.arrow_values import TEXT, Kind, converted, kind_of
from pipelines.ingest.mapping import did_you_mean
from pipelines.ingest.parquet_files import BROKEN
from pipelines.ingest.unread import UnreadError
from workspace.source_settings import Database, Source

PORTION = 50_000
DAY, INSTANT = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?")
WHOLE = re.compile(r"-?\d+")
SECOND_LETTERS = len("2024-12-31 23:59:59")


def read(
    database: Database, password: str | None, source: Source, low: str | None, *, target: Path, root: Path
) -> str | None:
    """Write every row of a table or query, from `low` on, to a Parquet file, never holding more than a portion.

    The columns of a table keep their types: `numeric(p,s)` is DECIMAL(p,s), an integer a BIGINT. What has no such type
    (a numeric without precision, the dates of SQLite, every column of a query) comes as text, of which nothing is lost.
    A value that its column's type does not allow marks the record as broken.

    Parameters
    ----------
    root : the folder from which the path of an SQLite file counts

    Returns
    -------
    the DuckDB type of the watermark where its column comes as text; None where that cannot be told

    Raises
    ------
    UnreadError
        When there is no driver, or the database cannot be reached, refuses, or fails in the middle.
    """
    try:
        engine = engine_of(database, password, root)
        # Nothing is ever written: the transaction is rolled back when the connection closes.
        with engine.connect() as connection:
            query, kinds = query_of(connection, database, source, low)
            streaming = connection.execution_options(stream_results=True, max_row_buffer=PORTION)
            return write(streaming.execute(query), kinds, source.watermark, target)
    except SQLAlchemyError as error:
        said = " ".join(str(error.orig if isinstance(error, DBAPIError) and error.orig else error).split())
        said = said.replace(password, "***") if password else said
        raise UnreadError(
            f"{database.url} could not be read to the end: {said.rstrip('.')}. Nothing of it was loaded; the next "
            "ingest reads from where the last whole read ended."
        ) from None


def engine_of(database: Database, password: str | None, root: Path) -> sa.Engine:
    """The way to a database."""
    kind = database.url.partition(":")[0]
    try:
        url = sa.make_url(database.url)
        url = url if password is None else url.set(password=password)
        url = as_file(url, root) if url.get_backend_name() == "sqlite" else url
        return sa.create_engine(url, hide_parameters=True, poolclass=sa.NullPool)
    except NoSuchModuleError:
        raise UnreadError(
            f"Databases of the kind {kind!r} are not known. Write the kind as SQLAlchemy does, such as 'postgresql', "
            "'sqlite' or 'mysql+pymysql'; some need a package of their own."
        ) from None
    except ImportError as error:
        raise UnreadError(
            f"The driver for {kind!r} is not installed ({error}). Install it into the environment of Regulars."
        ) from None
    except ArgumentError as error:
        raise UnreadError(f"{database.url} is no address of a database: {error}. Mend databases.NAME.url.") from None


def as_file(url: URL, root: Path) -> URL:
    """The address of an SQLite file to be read only, so that a wrong path makes no new file."""
    path = (root / (url.database or "")).resolve()
    if not path.is_file():
        raise UnreadError(f"There is no SQLite file {path}. Mend databases.NAME.url; a path counts from {root}.")
    return url.set(database=f"file:{quote(str(path))}").update_query_dict({"mode": "ro", "uri": "true"})


def query_of(
    connection: sa.Connection, database: Database, source: Source, low: str | None
) -> tuple[sa.Executable, dict[str, Kind]]:
    """The statement, and the types of its columns where these are known: those of a table."""
    statement: sa.Select[Any]
    columns: dict[str, sa.ColumnElement[Any]] = {}
    kinds: dict[str, Kind] = {}
    if source.query:
        # A colon of the query is no parameter of ours.
        inner = sa.text(source.query.rstrip().rstrip(";").replace(":", "\\:") + "\n").columns().subquery("q")
        statement = sa.select(sa.text("*")).select_from(inner)
    else:
        table = table_of(connection, database, str(source.table))
        # The driver's own values: SQLAlchemy's conversion would stop the whole read at the first odd one.
        columns = {column.name: sa.type_coerce(column, sa.types.NullType()) for column in table.columns}
        statement = sa.select(*(column.label(name) for name, column in columns.items()))
        kinds = {column.name: kind_of(column.type, connection.dialect.name) for column in table.columns}
    if source.watermark and low is not None:
        named = {name.lower(): column for name, column in columns.items()}
        column: sa.ColumnElement[Any] = named.get(source.watermark.lower(), sa.column(source.watermark))
        # A row without a watermark says nothing of when it changed: it is read each time.
        bound = sa.literal(bound_value(connection.dialect.name, low))
        statement = statement.where(sa.or_(column >= bound, column.is_(None)))
    return statement, kinds


def table_of(connection: sa.Connection, database: Database, name: str) -> sa.Table:
    """The table or view of that name, as the database describes it."""
    schema, _, table = name.rpartition(".")
    try:
        with warnings.catch_warnings():
            # A type that SQLAlchemy does not know comes as text.
            warnings.simplefilter("ignore", SAWarning)
            return sa.Table(table, sa.MetaData(), schema=schema or None, autoload_with=connection)
    except NoSuchTableError:
        inspector = sa.inspect(connection)
        there = [*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)]
        raise UnreadError(
            f"{database.url} has no table {name!r}{did_you_mean(table, there)}. Mend the source's table."
        ) from None


def bound_value(dialect: str, low: str) -> int | str | date | datetime:
    """Where reading begins, as a value for the driver; whole seconds, which at most reads a little more."""
    if WHOLE.fullmatch(low):
        return int(low)
    if dialect == "sqlite":  # keeps instants as text and compares them so
        return low[:SECOND_LETTERS]
    return date.fromisoformat(low) if DAY.fullmatch(low) else datetime.fromisoformat(low).replace(microsecond=0)


def write(result: sa.CursorResult, known: dict[str, Kind], watermark: str | None, target: Path) -> str | None:
    """Write all that a statement gives; returns the type of a watermark that comes as text."""
    names = list(result.keys())
    kinds = [known.get(name, TEXT) for name in names]
    place = next((place for place, name in enumerate(names) if name.lower() == (watermark or "").lower()), None)
    columns = [pa.field(name, kind.arrow) for name, kind in zip(names, kinds, strict=True)]
    schema = pa.schema([*columns, pa.field(BROKEN, pa.string())])
    found: set[str | None] = set()
    with pq.ParquetWriter(target, schema, compression="snappy") as writer:
        while rows := result.fetchmany(PORTION):
            values = list(zip(*rows, strict=True))
            writer.write_table(pa.table(arrays(names, kinds, values), schema=schema))
            if place is not None and kinds[place] is TEXT:
                found |= watermark_types(values[place])
    if place is not None and kinds[place] is TEXT and not found:
        return "TIMESTAMP"  # there is no value that would not be one
    return found.pop() if len(found) == 1 else None


def arrays(names: Sequence[str], kinds: Sequence[Kind], values: Sequence[Sequence[Any]]) -> list[pa.Array]:
    """The columns of a portion, and last what is wrong with each record."""
    made: list[pa.Array] = []
    broken: list[str | None] = [None] * len(values[0])
    for name, kind, column in zip(names, kinds, values, strict=True):
        array, faults = converted(column, kind)
        made.append(array)
        for row, fault in faults.items():
            broken[row] = broken[row] or f"holds {fault} in {name}, which is no {kind.words}"
    return [*made, pa.array(broken, pa.string())]


def watermark_types(values: Sequence[Any]) -> set[str | None]:
    """The DuckDB types that the values of a watermark have; None for one that cannot grow."""
    kinds: set[str | None] = set()
    for value in set(values) - {None}:
        if isinstance(value, datetime):
            kinds.add("TIMESTAMP WITH TIME ZONE" if value.tzinfo else "TIMESTAMP")
        elif isinstance(value, date) or (isinstance(value, str) and DAY.fullmatch(value)):
            kinds.add("DATE")
        elif isinstance(value, str):
            kinds.add("TIMESTAMP" if INSTANT.fullmatch(value) else None)
        else:
            kinds.add("BIGINT" if isinstance(value, int) else None)
    return kinds
