"""The ledger: what arrived, what became of it, which Parquet files count. SQLite, short transactions."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from pipelines.ingest.drifting import Drift
from workspace.folders import Workspace

Status = Literal["loaded", "refused", "held"]
Kind = Literal["raw", "quarantine"]

SCHEMA = """
create table if not exists deliveries (
    delivery_id integer primary key, source text not null, file text not null, content_hash text not null,
    size integer not null, mapping text not null, ingested_at text not null,
    status text not null check (status in ('loaded', 'refused')), reason text,
    unique (source, content_hash)
);
create table if not exists sightings (
    source text not null, file text not null, size integer not null, modified_ns integer not null,
    content_hash text not null, seen_at text not null, primary key (source, file)
);
create table if not exists counts (
    delivery_id integer not null references deliveries, feed text not null, delivered integer not null,
    accepted integer not null, duplicates integer not null, quarantined integer not null, quarantine_batch text,
    primary key (delivery_id, feed),
    constraint law check (delivered = accepted + duplicates + quarantined)
);
create table if not exists files (
    batch text not null, feed text not null, kind text not null check (kind in ('raw', 'quarantine')),
    row_count integer not null, first_event_at text, last_event_at text, columns text not null,
    written_at text not null, primary key (batch, feed, kind)
);
create table if not exists reads (
    source text not null, file text not null, definition text not null, high text, row_count integer not null,
    read_at text not null, primary key (source, file)
);
create table if not exists layouts (
    source text not null, place integer not null, column_name text not null, type text not null,
    primary key (source, column_name)
);
create table if not exists drifts (
    source text not null, column_name text not null, kind text not null, before text not null, after text not null,
    policy text not null, delivery_id integer not null, seen_at text not null, alerted_at text,
    primary key (source, column_name, kind, before, after)
);
create table if not exists profiles (
    delivery_id integer not null, feed text not null, row_count integer not null, problem_count integer not null,
    distinct_keys integer not null, newest_at text, filled text not null, sums text not null, verdict text not null,
    words text not null, primary key (delivery_id, feed)
);
create table if not exists holds (
    delivery_id integer primary key, words text not null, held_at text not null,
    decision text check (decision in ('released', 'refused')), decided_at text, decided_by text
);
create table if not exists parts (
    batch text not null, feed text not null, part text not null, primary key (feed, part)
);
create table if not exists replaced (batch text not null, feed text not null, kind text not null);
create table if not exists begun (batch text primary key, begun_at text not null);
create table if not exists touched (change integer primary key autoincrement, delivery_id integer not null unique);
insert into touched (delivery_id) select delivery_id from deliveries where not exists (select 1 from touched);
"""
# Whatever is written about a delivery, by whom and however, gives it the next number of change; so what a warehouse
# took over once need not be read again.
TOUCH = """
create trigger if not exists {table}_{event} after {event} on {table} begin
    delete from touched where delivery_id = new.delivery_id;
    insert into touched (delivery_id) values (new.delivery_id);
end;
"""
SCHEMA += "".join(
    TOUCH.format(table=table, event=event)
    for table in ("deliveries", "counts", "profiles", "holds")
    for event in ("insert", "update")
)
SINCE = "delivery_id in (select delivery_id from touched where change > {since:d})"


@dataclass(frozen=True)
class Counts:
    """Rows of one feed in one delivery, each figure counted on its own."""

    delivered: int
    accepted: int
    duplicates: int
    quarantined: int

    @property
    def is_lawful(self) -> bool:
        """Whether every delivered row is accounted for."""
        return self.delivered == self.accepted + self.duplicates + self.quarantined


@dataclass(frozen=True)
class DeliveryResult:
    """What became of one file. `feeds` is empty when it was refused; `reason` says why, or what was noted."""

    delivery_id: int
    source: str
    file: str
    content_hash: str
    size: int
    mapping: str
    status: Status
    reason: str | None = None
    feeds: dict[str, Counts] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredFile:
    """One Parquet file of a batch; the first and last event time are texts in UTC."""

    batch: str
    feed: str
    kind: Kind
    row_count: int
    first_event_at: str | None
    last_event_at: str | None
    columns: str
    "Names, comma-separated: a contract may have gained some since."


@dataclass(frozen=True)
class Sighting:
    """A file as it was last seen in landing; the same size and time of change means the same content."""

    source: str
    file: str
    size: int
    modified_ns: int
    content_hash: str


@contextmanager
def open_ledger(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    """One transaction on `state/ledger.sqlite`: committed at the end, rolled back on an error."""
    workspace.state.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(workspace.state / "ledger.sqlite", timeout=30)
    connection.row_factory = sqlite3.Row
    try:
        connection.executescript(SCHEMA)
        with connection:
            yield connection
    finally:
        connection.close()


def now() -> str:
    """The instant, UTC, as text that sorts."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def record(
    ledger: sqlite3.Connection, results: Iterable[DeliveryResult], files: Iterable[StoredFile], batch: str
) -> None:
    """Write what became of a batch. From here on, and not before, its rows exist.

    The table's own constraint refuses counts that break the law, whoever wrote them.
    """
    at = now()
    for result in results:
        ledger.execute(
            "insert into deliveries (delivery_id, source, file, content_hash, size, mapping, ingested_at, status,"
            " reason) values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (delivery_id) do update set file = excluded.file,"
            " mapping = excluded.mapping, ingested_at = excluded.ingested_at, status = excluded.status,"
            " reason = excluded.reason",
            (
                *(result.delivery_id, result.source, result.file, result.content_hash, result.size, result.mapping),
                # A held delivery is one that is not loaded; that it may still be is what `holds` says.
                *(at, "refused" if result.status == "held" else result.status, result.reason),
            ),
        )
        for feed, counts in result.feeds.items():
            record_counts(ledger, result.delivery_id, feed, counts, batch)
    record_files(ledger, files)


def record_counts(ledger: sqlite3.Connection, delivery_id: int, feed: str, counts: Counts, batch: str) -> None:
    """Write or replace the counts of one feed of a delivery; `batch` is where its quarantined rows lie now."""
    ledger.execute(
        "insert or replace into counts values (?, ?, ?, ?, ?, ?, ?)",
        (
            *(delivery_id, feed, counts.delivered, counts.accepted, counts.duplicates, counts.quarantined),
            batch if counts.quarantined else None,
        ),
    )


def record_files(ledger: sqlite3.Connection, files: Iterable[StoredFile]) -> None:
    """Write which Parquet files count from now on."""
    at = now()
    for file in files:
        ledger.execute(
            "insert into files values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(file.batch, file.feed, file.kind, file.row_count, file.first_event_at, file.last_event_at),
                *(file.columns, at),
            ),
        )


def record_sightings(ledger: sqlite3.Connection, sightings: Iterable[Sighting]) -> None:
    """Remember files by name, size and time of change, so that they need no reading next time."""
    at = now()
    ledger.executemany(
        "insert or replace into sightings values (?, ?, ?, ?, ?, ?)",
        [(seen.source, seen.file, seen.size, seen.modified_ns, seen.content_hash, at) for seen in sightings],
    )


def sightings(ledger: sqlite3.Connection) -> dict[tuple[str, str], Sighting]:
    """Every file seen so far by (source, file)."""
    rows = ledger.execute("select source, file, size, modified_ns, content_hash from sightings")
    return {(row["source"], row["file"]): Sighting(*row) for row in rows}


def last_change(ledger: sqlite3.Connection) -> int:
    """The number of the latest change of a delivery; 0 where there is none."""
    return int(ledger.execute("select coalesce(max(change), 0) from touched").fetchone()[0])


def deliveries(ledger: sqlite3.Connection, since: int = 0) -> dict[tuple[str, str], DeliveryResult]:
    """Every delivery by (source, content hash), with its counts; of those alone that changed after `since`."""
    feeds: dict[int, dict[str, Counts]] = {}
    for row in ledger.execute(f"select * from counts where {SINCE.format(since=since)} order by delivery_id, feed"):
        counts = Counts(row["delivered"], row["accepted"], row["duplicates"], row["quarantined"])
        feeds.setdefault(row["delivery_id"], {})[row["feed"]] = counts
    return {
        (one.source, one.content_hash): replace(one, feeds=feeds.get(one.delivery_id, {}))
        for one in uncounted(ledger, since)
    }


def uncounted(ledger: sqlite3.Connection, since: int = 0) -> Iterator[DeliveryResult]:
    """The same in the order in which they came, without their counts."""
    for row in ledger.execute(
        "select d.*, h.delivery_id as held, h.decision from deliveries d left join holds h using (delivery_id)"
        f" where d.{SINCE.format(since=since)} order by d.delivery_id"
    ):
        yield DeliveryResult(
            row["delivery_id"], row["source"], row["file"], row["content_hash"], row["size"], row["mapping"],
            status_of(row), row["reason"],
        )  # fmt: skip


def status_of(row: sqlite3.Row) -> Status:
    """A delivery's status: it is held as long as it is not loaded and nobody has refused it."""
    is_held = row["status"] == "refused" and row["held"] is not None and row["decision"] != "refused"
    return "held" if is_held else row["status"]


def stored_files(ledger: sqlite3.Connection, kind: Kind, feed: str | None = None) -> list[StoredFile]:
    """The Parquet files that count, oldest first; of one feed where it is given."""
    rows = ledger.execute(
        "select batch, feed, kind, row_count, first_event_at, last_event_at, columns from files"
        " where kind = ? and feed = coalesce(?, feed) order by written_at, batch, feed",
        (kind, feed),
    )
    return [StoredFile(*row) for row in rows]


def parts(ledger: sqlite3.Connection) -> Callable[[StoredFile], list[str]]:
    """Tells which batches a file of raw holds: its own alone, or those that were brought together in it."""
    known: dict[tuple[str, str], list[str]] = {}
    for row in ledger.execute("select batch, feed, part from parts order by part"):
        known.setdefault((row["batch"], row["feed"]), []).append(row["part"])
    return lambda file: known.get((file.batch, file.feed), [file.batch])


def take_replaced(ledger: sqlite3.Connection) -> list[tuple[str, str, Kind]]:
    """(batch, feed, kind) of the files that another has replaced and that may still lie there; forgotten with this."""
    found = [tuple(row) for row in ledger.execute("select batch, feed, kind from replaced order by batch, feed")]
    ledger.execute("delete from replaced")
    return found


def record_read(
    ledger: sqlite3.Connection, source: str, file: str, *, definition: str, high: str | None, rows: int
) -> None:
    """Remember how far a read of a database got; it counts once what was read is on record as loaded."""
    ledger.execute(
        "insert or replace into reads values (?, ?, ?, ?, ?, ?)", (source, file, definition, high, rows, now())
    )


def last_watermark(ledger: sqlite3.Connection, source: str, definition: str) -> str | None:
    """How far the last read got that was loaded, of the same table or query; None when there was none."""
    row = ledger.execute(
        "select r.high from reads r join deliveries d on d.source = r.source and d.file = r.file"
        " where r.source = ? and r.definition = ? and d.status = 'loaded' and r.high is not null"
        " order by r.file desc limit 1",
        (source, definition),
    ).fetchone()
    return row[0] if row else None


def layouts(ledger: sqlite3.Connection) -> dict[str, dict[str, str]]:
    """The columns of each source with their types, in order."""
    found: dict[str, dict[str, str]] = {}
    for row in ledger.execute("select source, column_name, type from layouts order by source, place"):
        found.setdefault(row["source"], {})[row["column_name"]] = row["type"]
    return found


def record_layout(ledger: sqlite3.Connection, source: str, columns: dict[str, str]) -> None:
    """Replace the columns of a source."""
    ledger.execute("delete from layouts where source = ?", (source,))
    rows = [(source, place, name, kind) for place, (name, kind) in enumerate(columns.items())]
    ledger.executemany("insert into layouts values (?, ?, ?, ?)", rows)


def record_drift(ledger: sqlite3.Connection, drift: Drift) -> None:
    """Write a drift down the first time it is met; the same again is nothing new."""
    ledger.execute(
        "insert or ignore into drifts values (?, ?, ?, ?, ?, ?, ?, ?, null)",
        (
            *(drift.source, drift.column, drift.kind, drift.before or "", drift.after or ""),
            *(drift.policy, drift.delivery_id, now()),
        ),
    )


def take_alerts(ledger: sqlite3.Connection) -> list[Drift]:
    """Drifts that nobody has been told of; from now on they count as told."""
    columns = "source, column_name, kind, before, after, policy, delivery_id"
    where = "from drifts where alerted_at is null order by delivery_id, source, column_name"
    found = [Drift(*row) for row in ledger.execute(f"select {columns} {where}")]
    ledger.execute("update drifts set alerted_at = ? where alerted_at is null", (now(),))
    return found


def drifts(ledger: sqlite3.Connection) -> list[tuple[str | int | None, ...]]:
    """Every drift: source, column, kind, type before and after, policy, delivery, when it was first seen."""
    return [
        tuple(row)
        for row in ledger.execute(
            "select source, column_name, kind, nullif(before, ''), nullif(after, ''), policy, delivery_id,"
            " substr(seen_at, 1, 19) from drifts order by seen_at, delivery_id, source, column_name"
        )
    ]


def begin(ledger: sqlite3.Connection, batch: str) -> None:
    """Announce a batch, so that what a crash leaves of it is known for what it is."""
    ledger.execute("insert into begun values (?, ?)", (batch, now()))


def finish(ledger: sqlite3.Connection, batch: str) -> None:
    """Take back the announcement: the batch is on record, or nothing of it is left."""
    ledger.execute("delete from begun where batch = ?", (batch,))


def unfinished(ledger: sqlite3.Connection) -> list[str]:
    """Batches that were announced and never recorded."""
    return [row["batch"] for row in ledger.execute("select batch from begun order by batch")]


def drop_replaced(ledger: sqlite3.Connection) -> list[StoredFile]:
    """Take off the record, and return, quarantine files of which no row counts any more."""
    used = "select 1 from counts where quarantine_batch = files.batch and counts.feed = files.feed"
    where = f"kind = 'quarantine' and not exists ({used})"
    columns = "batch, feed, kind, row_count, first_event_at, last_event_at, columns"
    replaced = [StoredFile(*row) for row in ledger.execute(f"select {columns} from files where {where}")]
    ledger.execute(f"delete from files where {where}")
    return replaced
