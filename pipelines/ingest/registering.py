"""Raw and the ledger as a warehouse sees them: one view per feed, and the tables of schema `meta`."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import duckdb

from pipelines.contracts import Contract, contracts
from pipelines.ingest import holding
from pipelines.ingest import ledger as book
from pipelines.ingest.holding import Looks
from pipelines.ingest.ledger import DeliveryResult, StoredFile
from pipelines.ingest.profiling import Profile
from pipelines.ingest.repeats import content
from pipelines.ingest.sql import file_list, identifier, insert
from pipelines.ingest.storing import QUARANTINE_COLUMNS, path_of, stored_rows
from pipelines.ingest.volume import Verdict
from workspace.folders import Workspace

OUR_COLUMNS = {"_delivery_id": "BIGINT", "_row": "BIGINT", "_row_hash": "UBIGINT"}
DELIVERIES = (
    "delivery_id BIGINT, source VARCHAR, file VARCHAR, content_hash VARCHAR, ingested_at TIMESTAMP, feed VARCHAR,"
    " rows_delivered BIGINT, rows_accepted BIGINT, rows_duplicate BIGINT, rows_quarantined BIGINT, rows_held BIGINT,"
    " status VARCHAR, reason VARCHAR, verdict VARCHAR, verdict_words VARCHAR"
)
QUALITY = (
    "delivery_id BIGINT, source VARCHAR, feed VARCHAR, day DATE, ingested_at TIMESTAMP, newest_at TIMESTAMP,"
    " rows_delivered BIGINT, rows_accepted BIGINT, rows_duplicate BIGINT, rows_quarantined BIGINT, cells BIGINT,"
    " cells_filled BIGINT"
)
DRIFTS = (
    "source VARCHAR, column_name VARCHAR, kind VARCHAR, before VARCHAR, after VARCHAR, policy VARCHAR,"
    " delivery_id BIGINT, seen_at TIMESTAMP"
)
FEEDS = (
    "feed VARCHAR, description VARCHAR, row_count BIGINT, first_event_at TIMESTAMP, last_event_at TIMESTAMP,"
    " last_ingested_at TIMESTAMP"
)


def register(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """(Re)create schema `raw`, one view per feed over exactly the files on record, and the ledger's tables in `meta`.

    A feed with nothing delivered is an empty view with the contract's types.
    """
    connection.execute("create schema if not exists raw")
    connection.execute("create schema if not exists meta")
    with book.open_ledger(workspace) as ledger:
        files = book.stored_files(ledger, "raw")
        deliveries = list(book.deliveries(ledger).values())
        drifts = book.drifts(ledger)
        times = {row[0]: row[1] for row in ledger.execute("select delivery_id, ingested_at from deliveries")}
        looks = holding.looks(ledger)
    for contract in contracts().values():
        own = [file for file in files if file.feed == contract.name]
        connection.execute(
            f"create or replace view raw.{identifier(contract.table)} as {view_sql(workspace, contract, own)}"
        )
    write_deliveries(connection, deliveries, times, looks)
    write_quality(connection, deliveries, times, looks, workspace.settings.company.zone)
    write_drifts(connection, drifts)
    write_quarantine(connection, workspace)
    write_feeds(connection, files, deliveries, times)


def view_sql(workspace: Workspace, contract: Contract, files: list[StoredFile]) -> str:
    """The query of a feed's view."""
    rows = stored_rows(workspace, contract, files)
    if rows:
        return f"select *, {content(contract)} as _row_hash from {rows}"
    types = {column.name: column.duckdb_type for column in contract.columns} | OUR_COLUMNS
    nothing = ", ".join(f"cast(null as {kind}) as {identifier(name)}" for name, kind in types.items())
    return f"select {nothing} where false"


def write_deliveries(
    connection: duckdb.DuckDBPyConnection, deliveries: list[DeliveryResult], times: dict[int, str], looks: Looks
) -> None:
    """Write `meta.deliveries`: a row per delivery and feed, one without a feed where a file was refused."""
    connection.execute(f"create or replace table meta.deliveries ({DELIVERIES})")
    rows: list[tuple] = []
    for one in deliveries:
        start = (one.delivery_id, one.source, one.file, one.content_hash, times[one.delivery_id][:19])
        feeds = looks.get(one.delivery_id, {})
        counts: list[tuple[str | None, int, int, int, int, int]]
        counts = [(feed, c.delivered, c.accepted, c.duplicates, c.quarantined, 0) for feed, c in one.feeds.items()]
        counts += [(feed, p.rows, 0, 0, 0, p.rows) for feed, (p, _) in feeds.items() if one.status == "held"]
        counts = counts or [(None, 0, 0, 0, 0, 0)]
        rows += [(*start, *figures, one.status, one.reason, *said_of(feeds, figures[0])) for figures in counts]
    insert(connection, "meta.deliveries", rows)


def said_of(feeds: dict[str, tuple[Profile, Verdict]], feed: str | None) -> tuple[str | None, str | None]:
    """What was thought of one feed of a delivery, and in words."""
    verdict = feeds[feed][1] if feed in feeds else None
    return (verdict.word, verdict.words) if verdict else (None, None)


def write_quality(
    connection: duckdb.DuckDBPyConnection,
    deliveries: list[DeliveryResult],
    times: dict[int, str],
    looks: Looks,
    zone: ZoneInfo,
) -> None:
    """Write `meta.quality`: what is needed for completeness, validity, uniqueness and freshness by feed and day.

    A delivery's day is that of its newest row by the company's clock, else that on which it came.
    """
    connection.execute(f"create or replace table meta.quality ({QUALITY})")
    rows: list[tuple] = []
    for one in deliveries:
        at = times[one.delivery_id][:19]
        for feed, (profile, _) in looks.get(one.delivery_id, {}).items():
            if (counts := one.feeds.get(feed)) is None:
                continue
            newest = profile.newest_at.isoformat(sep=" ") if profile.newest_at else None
            day = profile.day(zone) or datetime.fromisoformat(at).replace(tzinfo=UTC).astimezone(zone).date()
            figures = (counts.delivered, counts.accepted, counts.duplicates, counts.quarantined)
            cells = (profile.cells, sum(profile.filled.values()))
            rows.append((one.delivery_id, one.source, feed, day.isoformat(), at, newest, *figures, *cells))
    insert(connection, "meta.quality", rows)


def write_drifts(connection: duckdb.DuckDBPyConnection, drifts: list[tuple]) -> None:
    """Write `meta.drifts`: every column that came, went or changed its type, once."""
    connection.execute(f"create or replace table meta.drifts ({DRIFTS})")
    insert(connection, "meta.drifts", drifts)


def write_quarantine(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Write `meta.quarantine`: every row that is in quarantine now."""
    columns = ", ".join(f"{name} {kind}" for name, kind in QUARANTINE_COLUMNS.items())
    connection.execute(f"create or replace table meta.quarantine ({columns})")
    sql = quarantine_sql(connection, workspace)
    if sql:
        connection.execute(f"insert into meta.quarantine {sql} order by delivery_id, feed, row_number")


def quarantine_sql(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> str | None:
    """The query of every row that is in quarantine now; None when there is none."""
    with book.open_ledger(workspace) as ledger:
        current = ledger.execute(
            "select delivery_id, feed, quarantine_batch from counts"
            " where quarantined > 0 and quarantine_batch is not null order by 1, 2"
        ).fetchall()
        files = book.stored_files(ledger, "quarantine")
    if not current:
        return None
    connection.execute("create or replace temp table in_quarantine (delivery_id bigint, feed varchar, batch varchar)")
    insert(connection, "in_quarantine", [tuple(row) for row in current])
    paths = file_list([path_of(workspace, file) for file in files])
    names = ", ".join(f"q.{name}" for name in QUARANTINE_COLUMNS)
    # A replay writes what still fails anew; the rows it read before are then in a batch that no longer counts.
    return (
        f"select {names} from read_parquet({paths}, filename = true) q join in_quarantine c"
        " on c.delivery_id = q.delivery_id and c.feed = q.feed and c.batch = split_part(q.filename, '/', -2)"
    )


def write_feeds(
    connection: duckdb.DuckDBPyConnection, files: list[StoredFile], deliveries: list[DeliveryResult], times: dict
) -> None:
    """Write `meta.feeds`: all feeds, delivered or not."""
    connection.execute(f"create or replace table meta.feeds ({FEEDS})")
    rows = []
    for contract in contracts().values():
        own = [file for file in files if file.feed == contract.name]
        firsts = [file.first_event_at for file in own if file.first_event_at]
        lasts = [file.last_event_at for file in own if file.last_event_at]
        last = max((times[one.delivery_id][:19] for one in deliveries if contract.name in one.feeds), default=None)
        rows.append(
            (
                *(contract.name, contract.description, sum(file.row_count for file in own)),
                *(min(firsts, default=None), max(lasts, default=None), last),
            )
        )
    insert(connection, "meta.feeds", rows)
