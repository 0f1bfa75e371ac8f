"""Raw and the ledger as a warehouse sees them: one view per feed, and the tables of schema `meta`."""

import sqlite3
from dataclasses import dataclass
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


REMEMBERED = "change BIGINT, shape VARCHAR"
# Tables with rows by delivery: only those of deliveries that changed are written anew.
BY_DELIVERY = {
    "deliveries": DELIVERIES,
    "quality": QUALITY,
    "quarantine": ", ".join(f"{name} {kind}" for name, kind in QUARANTINE_COLUMNS.items()),
}


@dataclass(frozen=True)
class Changed:
    """What the ledger says of the deliveries that changed, and up to which change that is."""

    deliveries: list[DeliveryResult]
    times: dict[int, str]
    looks: Looks
    last: int


def register(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Bring up to date schema `raw`, a view per feed over exactly the files on record, and the ledger's part of `meta`.

    A feed with nothing delivered is an empty view with the contract's types. What the tables say of a delivery is
    written when it changes, so that a night costs what it brought and not what years have left.
    """
    connection.execute("create schema if not exists raw")
    connection.execute("create schema if not exists meta")
    zone = workspace.settings.company.zone
    with book.open_ledger(workspace) as ledger:
        files = book.stored_files(ledger, "raw")
        since = remembered(connection, ledger, zone)
        changed = changes(ledger, since)
        drifts = book.drifts(ledger)
        lasts = last_ingests(ledger)
    for contract in contracts().values():
        own = [file for file in files if file.feed == contract.name]
        connection.execute(
            f"create or replace view raw.{identifier(contract.table)} as {view_sql(workspace, contract, own)}"
        )
    forget(connection, changed)
    write_deliveries(connection, changed)
    write_quality(connection, changed, zone)
    if sql := quarantine_sql(connection, workspace, since):
        connection.execute(f"insert into meta.quarantine {sql} order by delivery_id, feed, row_number")
    connection.execute("update meta.registered set change = ?", [changed.last])
    write_drifts(connection, drifts)
    write_feeds(connection, files, lasts)


def remembered(connection: duckdb.DuckDBPyConnection, ledger: sqlite3.Connection, zone: ZoneInfo) -> int:
    """The change of the ledger up to which the warehouse has taken it over; 0, and empty tables, where it begins anew.

    It begins anew where the tables were made in another shape or for another clock, and where they do not hold what
    the ledger counts, as after a ledger was put back from a copy.
    """
    shape = f"{zone.key} {BY_DELIVERY}"
    connection.execute(f"create table if not exists meta.registered ({REMEMBERED})")
    row = connection.execute("select change from meta.registered where shape = ?", [shape]).fetchone()
    if row and row[0] <= book.last_change(ledger) and holds_the_same(connection, ledger, row[0]):
        return int(row[0])
    connection.execute("delete from meta.registered")
    for name, columns in BY_DELIVERY.items():
        connection.execute(f"create or replace table meta.{name} ({columns})")
    connection.execute("insert into meta.registered values (0, ?)", [shape])
    return 0


def holds_the_same(connection: duckdb.DuckDBPyConnection, ledger: sqlite3.Connection, since: int) -> bool:
    """Whether the deliveries that did not change are those of the ledger, by what they held and its counts."""
    unchanged = ledger.execute(
        "select count(distinct d.delivery_id), coalesce(sum(delivered), 0), coalesce(sum(accepted), 0),"
        " min(content_hash), max(content_hash)"
        " from deliveries d left join counts c using (delivery_id)"
        " where delivery_id in (select delivery_id from touched where change <= ?)",
        (since,),
    ).fetchone()
    changed = ledger.execute("select delivery_id from touched where change > ?", (since,)).fetchall()
    here = connection.execute(
        "select count(distinct delivery_id), coalesce(sum(rows_delivered) filter (where status <> 'held'), 0),"
        " coalesce(sum(rows_accepted), 0), min(content_hash), max(content_hash)"
        " from meta.deliveries where not list_contains($1::bigint[], delivery_id)",
        [[row[0] for row in changed]],
    ).fetchone()
    return here == tuple(unchanged)


def changes(ledger: sqlite3.Connection, since: int) -> Changed:
    """What became of the deliveries that changed after `since`."""
    where = book.SINCE.format(since=since)
    times = ledger.execute(f"select delivery_id, ingested_at from deliveries where {where}")
    return Changed(
        list(book.deliveries(ledger, since).values()),
        {row[0]: row[1][:19] for row in times},
        holding.looks(ledger, since),
        book.last_change(ledger),
    )


def last_ingests(ledger: sqlite3.Connection) -> dict[str, str]:
    """By feed, when rows of it came last."""
    return {
        row[0]: row[1][:19]
        for row in ledger.execute(
            "select feed, max(ingested_at) from counts join deliveries using (delivery_id) group by feed"
        )
    }


def forget(connection: duckdb.DuckDBPyConnection, changed: Changed) -> None:
    """Remove what the tables say of deliveries that changed."""
    for name in BY_DELIVERY:
        connection.execute(
            f"delete from meta.{name} where list_contains($1::bigint[], delivery_id)", [list(changed.times)]
        )


def view_sql(workspace: Workspace, contract: Contract, files: list[StoredFile]) -> str:
    """The query of a feed's view."""
    rows = stored_rows(workspace, contract, files)
    if rows:
        return f"select *, {content(contract)} as _row_hash from {rows}"
    types = {column.name: column.duckdb_type for column in contract.columns} | OUR_COLUMNS
    nothing = ", ".join(f"cast(null as {kind}) as {identifier(name)}" for name, kind in types.items())
    return f"select {nothing} where false"


def write_deliveries(connection: duckdb.DuckDBPyConnection, changed: Changed) -> None:
    """Add to `meta.deliveries`: a row per delivery and feed, one without a feed where a file was refused."""
    rows: list[tuple] = []
    for one in changed.deliveries:
        start = (one.delivery_id, one.source, one.file, one.content_hash, changed.times[one.delivery_id])
        feeds = changed.looks.get(one.delivery_id, {})
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


def write_quality(connection: duckdb.DuckDBPyConnection, changed: Changed, zone: ZoneInfo) -> None:
    """Add to `meta.quality`: what is needed for completeness, validity, uniqueness and freshness by feed and day.

    A delivery's day is that of its newest row by the company's clock, else that on which it came.
    """
    rows: list[tuple] = []
    for one in changed.deliveries:
        at = changed.times[one.delivery_id]
        for feed, (profile, _) in changed.looks.get(one.delivery_id, {}).items():
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


def quarantine_sql(connection: duckdb.DuckDBPyConnection, workspace: Workspace, since: int = 0) -> str | None:
    """The query of every row that is in quarantine now, of deliveries that changed after `since`; None for none."""
    changed = book.SINCE.format(since=since)
    with book.open_ledger(workspace) as ledger:
        current = ledger.execute(
            "select delivery_id, feed, quarantine_batch from counts"
            f" where quarantined > 0 and quarantine_batch is not null and {changed} order by 1, 2"
        ).fetchall()
        files = book.stored_files(ledger, "quarantine")
    if not current:
        return None
    connection.execute("create or replace temp table in_quarantine (delivery_id bigint, feed varchar, batch varchar)")
    insert(connection, "in_quarantine", [tuple(row) for row in current])
    wanted = {(row["quarantine_batch"], row["feed"]) for row in current}
    paths = file_list([path_of(workspace, file) for file in files if (file.batch, file.feed) in wanted])
    names = ", ".join(f"q.{name}" for name in QUARANTINE_COLUMNS)
    # A replay writes what still fails anew; the rows it read before are then in a batch that no longer counts.
    return (
        f"select {names} from read_parquet({paths}, filename = true) q join in_quarantine c"
        " on c.delivery_id = q.delivery_id and c.feed = q.feed and c.batch = split_part(q.filename, '/', -2)"
    )


def write_feeds(connection: duckdb.DuckDBPyConnection, files: list[StoredFile], lasts: dict[str, str]) -> None:
    """Write `meta.feeds`: all feeds, delivered or not."""
    connection.execute(f"create or replace table meta.feeds ({FEEDS})")
    rows = []
    for contract in contracts().values():
        own = [file for file in files if file.feed == contract.name]
        firsts = [file.first_event_at for file in own if file.first_event_at]
        ends = [file.last_event_at for file in own if file.last_event_at]
        rows.append(
            (
                *(contract.name, contract.description, sum(file.row_count for file in own)),
                *(min(firsts, default=None), max(ends, default=None), lasts.get(contract.name)),
            )
        )
    insert(connection, "meta.feeds", rows)
