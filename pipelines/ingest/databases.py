"""Databases as sources: each read becomes one Parquet file, which is then a delivery like any other."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from pipelines.ingest import alchemy, postgres
from pipelines.ingest import ledger as book
from pipelines.ingest.discovering import fingerprint, reads_folder
from pipelines.ingest.ledger import DeliveryResult
from pipelines.ingest.mapping import did_you_mean, listed
from pipelines.ingest.sql import file_list, identifier, literal
from pipelines.ingest.unread import UnreadError
from workspace.errors import SettingsError
from workspace.folders import Workspace
from workspace.generations import sync
from workspace.source_settings import Source

WHOLE = re.compile(r"-?\d+")
DAY_LETTERS = 10


def fetch(workspace: Workspace, report: Callable[[str], None]) -> list[DeliveryResult]:
    """Read every database source into the folder of reads.

    A read is there whole or not at all. One that fails is written into the ledger as a refused delivery with the
    reason; the watermark stays where it was, so the next read catches up.

    Returns
    -------
    the reads that failed
    """
    failed = []
    for name, source in workspace.settings.sources.items():
        if source.database is None:
            continue
        try:
            rows = fetch_one(workspace, name, source)
            report(f"{name}: {rows:,} rows read from {source.database}")
        except UnreadError as error:
            report(f"{name}: {error}")
            failed.append(refuse(workspace, name, source, str(error)))
    return failed


def fetch_one(workspace: Workspace, name: str, source: Source) -> int:
    """Read one source; returns how many rows there were."""
    root = reads_folder(workspace)
    (root / name).mkdir(parents=True, exist_ok=True)
    for left in (root / name).glob("*.part"):
        left.unlink()
    at = datetime.now(UTC)
    definition = definition_of(source)
    with book.open_ledger(workspace) as ledger:
        high = book.last_watermark(ledger, name, definition)
    path = root / name / f"{at:%Y%m%dT%H%M%S%f}.parquet"
    aside = path.with_suffix(".part")
    try:
        kind = read(workspace, source, low_bound(high, source) if high else None, aside)
        zone = source.time_zone or workspace.settings.company.time_zone
        reached, rows = high_and_rows(aside, source.watermark, kind, at, zone)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync(aside)
    file = path.relative_to(root).as_posix()
    with book.open_ledger(workspace) as ledger:
        book.record_read(ledger, name, file, definition=definition, high=reached, rows=rows)
    aside.rename(path)
    return rows


def read(workspace: Workspace, source: Source, low: str | None, target: Path) -> str | None:
    """Read a source into a Parquet file by whatever speaks to its kind of database.

    Returns
    -------
    the DuckDB type of a watermark that comes as text; None where its column says it itself, or nothing does
    """
    database = workspace.settings.databases[str(source.database)]
    try:
        password = database.password()
    except SettingsError as error:
        raise UnreadError(str(error)) from None
    if postgres.speaks(database):
        postgres.read(database, password, source, low, target)
        return None
    return alchemy.read(database, password, source, low, target=target, root=workspace.root)


def definition_of(source: Source) -> str:
    """A short text that changes when another thing is read, so that its watermark begins anew."""
    parts = [source.database, source.table, source.query, source.watermark]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def low_bound(high: str, source: Source) -> str:
    """Where reading begins: the last watermark less the overlap."""
    if WHOLE.fullmatch(high):
        return str(int(high) - source.overlap_ids)
    low = datetime.fromisoformat(high) - timedelta(hours=source.overlap_hours)
    return low.date().isoformat() if len(high) == DAY_LETTERS else low.isoformat(sep=" ")


def high_and_rows(
    path: Path, watermark: str | None, kind: str | None, at: datetime, zone: str
) -> tuple[str | None, int]:
    """How far a read got and how many rows it has. `kind` is the type of a watermark that comes as text.

    A watermark beyond the clock does not count: one row dated 2099 would else hide everything until then.

    Raises
    ------
    UnreadError
        When there is no such column, or it is of a kind that cannot grow.
    """
    read_sql = f"read_parquet({file_list([path])})"
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        columns = {row[0]: row[1] for row in connection.execute(f"describe select * from {read_sql}").fetchall()}
        found = connection.execute(f"select count(*) from {read_sql}").fetchone()
        rows = int(found[0]) if found else 0
        if watermark is None:
            return None, rows
        name = {column.lower(): column for column in columns}.get(watermark.lower())
        if name is None:
            raise UnreadError(
                f"There is no column {watermark!r} for the watermark{did_you_mean(watermark, columns)}; "
                f"there are: {listed(columns)}."
            )
        value = identifier(name) if kind is None else f"cast({identifier(name)} as {kind})"
        limit = limit_of(kind or columns[name], at, zone)
        if limit is None:
            raise UnreadError(
                f"The watermark {name!r} is a {columns[name]}; it must be an instant, a date or a whole number. "
                "Choose another column, or cast it in a query."
            )
        reached = connection.execute(
            f"select cast(max({value}) filter (where {value} <= {limit}) as varchar) from {read_sql}"
        ).fetchone()
    return (reached[0] if reached else None), rows


def limit_of(kind: str, at: datetime, zone: str) -> str | None:
    """The largest watermark of a DuckDB type that counts, as SQL; None where the type cannot be a watermark."""
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"timestamptz {literal(at.isoformat())}"
    on_the_wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if kind.startswith("TIMESTAMP"):
        return f"timestamp {literal(on_the_wall.isoformat())}"
    if kind == "DATE":
        return f"date {literal(on_the_wall.date().isoformat())}"
    is_whole = kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT") or re.fullmatch(r"DECIMAL\(\d+,0\)", kind)
    return str(2**63 - 1) if is_whole else None


def refuse(workspace: Workspace, name: str, source: Source, reason: str) -> DeliveryResult:
    """Write a read that failed into the ledger; it brought nothing."""
    stamp = f"{name}/{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    with book.open_ledger(workspace) as ledger:
        (last,) = ledger.execute("select coalesce(max(delivery_id), 0) from deliveries").fetchone()
        known = (last + 1, name, stamp, f"unread:{stamp}", 0, fingerprint(workspace, source))
        result = DeliveryResult(*known, "refused", reason)
        book.record(ledger, [result], [], "")
    return result


def sweep_reads(workspace: Workspace) -> None:
    """Remove reads that are in raw, or refused and so read again.

    Those with rows in quarantine stay for a replay, those that are held until a person has decided.
    """
    with book.open_ledger(workspace) as ledger:
        needed = {row[0] for row in ledger.execute(
            "select file from deliveries join counts using (delivery_id) where quarantined > 0 union"
            " select file from deliveries join holds using (delivery_id)"
            " where status <> 'loaded' and decision is not 'refused'"
        )}  # fmt: skip
    root = reads_folder(workspace)
    for path in root.glob("*/*.parquet"):
        if path.relative_to(root).as_posix() not in needed:
            path.unlink()
