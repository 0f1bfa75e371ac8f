"""PostgreSQL into a Parquet file through DuckDB's extension, which comes in a wheel: nothing is downloaded."""

from importlib import util
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import duckdb

from pipelines.ingest.parquet_files import BROKEN
from pipelines.ingest.sql import identifier, literal
from pipelines.ingest.unread import UnreadError
from workspace.source_settings import Database, Source

SCHEMES = ("postgresql", "postgres")
WHEEL = "duckdb_extension_postgres_scanner"
# A server that is switched off does not say goodbye: after a minute of silence it is asked whether it is there.
WAITING = {
    "connect_timeout": "15", "keepalives_idle": "60", "keepalives_interval": "10", "keepalives_count": "3",
    "application_name": "regulars",
}  # fmt: skip
HOLDS_NAN = "a number is NaN"
PARQUET = "format parquet, compression snappy"


def speaks(database: Database) -> bool:
    """Whether this is a PostgreSQL."""
    return urlsplit(database.url).scheme in SCHEMES


def read(database: Database, password: str | None, source: Source, low: str | None, target: Path) -> None:
    """Write every row of a table or query, from `low` on, to a Parquet file.

    One snapshot of the database; a whole table is read by several connections at once. The rows' types stay as they
    are: `numeric(p,s)` becomes DECIMAL(p,s), `timestamptz` an instant. A `numeric` without precision or of more than 38
    digits becomes text, of which no digit is lost. NaN, which DuckDB reads as 0, marks the record as broken.

    Raises
    ------
    UnreadError
        When the server cannot be reached, refuses, or goes away in the middle; `target` is then of no use.
    """
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
            connection.execute("set timezone = 'UTC'")
            connection.load_extension(str(extension()))
            attach(connection, database, password)
            whole, chosen = relations(connection, source, low)
            # Each is one statement, and so one moment of the database. No transaction of our own: when the server goes
            # away in one, the extension cannot roll back and takes the whole process with it.
            if whole is None or not stored(connection, whole, target):
                stored(connection, chosen, target)
    except duckdb.Error as error:
        said = " ".join(str(error).split())
        said = said.replace(password, "***") if password else said
        raise UnreadError(
            f"{database.url} could not be read to the end: {said.rstrip('.')}. Nothing of it was loaded; the next "
            "ingest reads from where the last whole read ended."
        ) from None


def extension() -> Path:
    """Where the extension for this DuckDB lies.

    Raises
    ------
    UnreadError
        When the wheel is not installed, or is for another DuckDB.
    """
    found = util.find_spec(WHEEL)
    folder = Path(found.origin).parent if found and found.origin else Path()
    path = folder / "extensions" / f"v{duckdb.__version__}" / "postgres_scanner.duckdb_extension"
    if not found or not path.is_file():
        raise UnreadError(
            f"DuckDB's postgres extension for {duckdb.__version__} is not installed. Install what is locked in "
            "requirements/run.lock."
        )
    return path


def attach(connection: duckdb.DuckDBPyConnection, database: Database, password: str | None) -> None:
    """Attach the database as `source`, to be read only. The password goes by a secret, which no message repeats."""
    parts = urlsplit(database.url)
    asked = dict(parse_qsl(parts.query))
    named = {"host": parts.hostname, "port": parts.port, "dbname": unquote(parts.path[1:]), "user": parts.username}
    given = {key: unquote(str(value)) for key, value in named.items() if value}
    words = " ".join(f"{key}={quoted(value)}" for key, value in (WAITING | given | asked).items())
    if password:
        connection.execute(f"create secret of_source (type postgres, password {literal(password)})")
        connection.execute(f"attach {literal(words)} as source (type postgres, read_only, secret of_source)")
    else:
        connection.execute(f"attach {literal(words)} as source (type postgres, read_only)")


def quoted(value: str) -> str:
    """A value of a connection string."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def stored(connection: duckdb.DuckDBPyConnection, relation: str, target: Path) -> bool:
    """Write a relation to a Parquet file; returns whether it holds no NaN, where it looks for that."""
    try:
        connection.execute(f"copy ({relation}) to {literal(str(target))} ({PARQUET})")
    except duckdb.InvalidInputException as error:
        if HOLDS_NAN in str(error):
            return False
        raise
    return True


def relations(connection: duckdb.DuckDBPyConnection, source: Source, low: str | None) -> tuple[str | None, str]:
    """What to read, as SQL of DuckDB: the whole table by several connections, if that can be; and the server's answer.

    The first fails with `HOLDS_NAN` where any number is NaN, which DuckDB would read as 0.
    """
    relation = (
        f"({source.query.rstrip().rstrip(';')}\n)"
        if source.query
        else ".".join(map(identifier, str(source.table).split(".")))
    )
    nothing = f"select * from {relation} q limit 0"
    types = described(connection, asked(nothing))
    exact = inexact_numerics(connection, nothing, [name for name, kind in types.items() if kind == "DOUBLE"])
    chosen = asked(select_sql(source, low, relation, types, exact))
    # The two ways of reading must not differ by night: an enum, say, has another type here.
    if source.query or low is not None or exact or described(connection, f"select * from source.{relation}") != types:
        return None, chosen
    tests = [f"q.{identifier(name)} = 'NaN'" for name, kind in types.items() if kind.startswith("DECIMAL")]
    nan = asked(f"select exists (select from {relation} q where {' or '.join(tests or ['false'])}) as found")
    whole = (
        f"select s.*, cast(case when n.found then error({literal(HOLDS_NAN)}) end as varchar) as {BROKEN}"
        f" from source.{relation} s cross join ({nan}) n"
    )
    return whole, chosen


def asked(query: str) -> str:
    """A query that PostgreSQL answers, as SQL of DuckDB."""
    return f"select * from postgres_query('source', {literal(query)})"


def described(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    """The columns of a query with their DuckDB types, in order."""
    return {row[0]: row[1] for row in connection.execute(f"describe {query}").fetchall()}


def select_sql(source: Source, low: str | None, relation: str, types: dict[str, str], exact: set[str]) -> str:
    """The query that PostgreSQL answers."""
    columns = [f"q.{identifier(name)}{'::text' if name in exact else ''} as {identifier(name)}" for name in types]
    faults = [
        f"case when q.{identifier(name)} = 'NaN' then {literal(f'holds NaN in {name}, which is no number')} end"
        for name, kind in types.items()
        if kind.startswith("DECIMAL")
    ]
    columns.append(f"coalesce({', '.join([*faults, 'null::text'])}) as {BROKEN}")
    where = ""
    if source.watermark and low is not None:
        name = {column.lower(): column for column in types}.get(source.watermark.lower(), source.watermark)
        # A row without a watermark says nothing of when it changed: it is read each time.
        where = f" where q.{identifier(name)} >= {literal(low)} or q.{identifier(name)} is null"
    return f"select {', '.join(columns)} from {relation} q{where}"


def inexact_numerics(connection: duckdb.DuckDBPyConnection, nothing: str, doubles: list[str]) -> set[str]:
    """Which columns that DuckDB would read as DOUBLE are `numeric` in truth."""
    if not doubles:
        return set()
    kinds = ", ".join(f"pg_typeof(q.{identifier(name)})::text as k{place}" for place, name in enumerate(doubles))
    query = f"select {kinds} from (select 1) one left join ({nothing}) q on true"
    row = connection.execute(asked(query)).fetchone() or ()
    return {name for name, kind in zip(doubles, row, strict=True) if kind == "numeric"}
