"""`ingest`: every new file of landing into raw, batch by batch; what is on record is whole, what is not does not exist."""

import fcntl
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import duckdb

from pipelines.ingest import ledger as book
from pipelines.ingest.batching import Batch, read_batch
from pipelines.ingest.discovering import Arrival, arrivals
from pipelines.ingest.judging import Judged, Rules, find_repeats, judge
from pipelines.ingest.ledger import Counts, DeliveryResult, StoredFile
from pipelines.ingest.mapping import check_mappings
from pipelines.ingest.reading import Reader
from pipelines.ingest.sql import connect, file_list
from pipelines.ingest.storing import Writer, count, path_of, sweep
from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.settings import Source

BATCH_BYTES = 512 << 20
PACKED = 6


class LawBrokenError(RegularsError):
    """Rows are unaccounted for; nothing of the batch was kept."""


def ingest(workspace: Workspace, *, report: Callable[[str], None] = lambda text: None) -> list[DeliveryResult]:
    """Load every file of landing that is new.

    Files are taken in path order, in batches that fit the machine. A file that cannot be loaded is refused with the
    reason and does not keep the others; a row that breaks its contract goes to quarantine and does not keep the
    rest. The same content again changes nothing.

    Returns
    -------
    one result per new file, in path order

    Raises
    ------
    RegularsError
        For a fault in a mapping, another ingest under way, or rows that are unaccounted for.
    """
    check_mappings(workspace.settings, workspace.settings_file)
    workspace.ensure()
    with only_one(workspace):
        with book.open_ledger(workspace) as ledger:
            sweep(workspace, book.batches(ledger))
            new, again = arrivals(workspace, ledger)
            book.record_sightings(ledger, again)
        report(f"{len(new)} new files" if new else "nothing new")
        results = []
        for number, files in enumerate(portions(new), start=1):
            results += load(workspace, files)
            report(f"batch {number}: {describe(results[-len(files) :])}")
        return results


@contextmanager
def only_one(workspace: Workspace) -> Iterator[None]:
    """Keep a second ingest of the same workspace out while one runs; the lock goes when its process does."""
    with (workspace.state / "ingest.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RegularsError(
                f"Another ingest of {workspace.root} is running.", "Wait until it ends, then try again."
            ) from None
        yield


def portions(files: Sequence[Arrival]) -> Iterator[list[Arrival]]:
    """Files in order, in portions that fit into memory."""
    portion: list[Arrival] = []
    size = 0
    for file in files:
        weight = file.size * (PACKED if file.file.endswith((".gz", ".parquet")) else 1)
        if portion and size + weight > BATCH_BYTES:
            yield portion
            portion, size = [], 0
        portion.append(file)
        size += weight
    if portion:
        yield portion


def load(workspace: Workspace, files: Sequence[Arrival]) -> list[DeliveryResult]:
    """Load one batch: read, judge, write, publish, record, in this order."""
    batch_name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    with scratch_folder(workspace) as scratch, connect(workspace, scratch) as connection:
        reader = Reader(connection, scratch, workspace.settings.ingest.max_field_megabytes)
        batch = read_batch(reader, sources(workspace), files)
        writer = Writer(connection, workspace, batch_name)
        feeds = store_feeds(workspace, connection, writer, batch, files)
        writer.publish()
    results = [result_of(file, batch, feeds) for file in files]
    with book.open_ledger(workspace) as ledger:
        book.record(ledger, results, writer.written, batch_name)
        book.record_sightings(ledger, [file.sighting for file in files])
    return results


@contextmanager
def scratch_folder(workspace: Workspace) -> Iterator[Path]:
    """An empty folder for this batch, gone afterwards; also clears what a crash left."""
    folder = workspace.state / "ingest-scratch"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder.resolve()
    finally:
        shutil.rmtree(folder)


def sources(workspace: Workspace) -> dict[str, Source]:
    """The sources, each with its time zone filled in."""
    company = workspace.settings.company
    return {
        name: source.model_copy(update={"time_zone": source.time_zone or company.time_zone})
        for name, source in workspace.settings.sources.items()
    }


def store_feeds(
    workspace: Workspace, connection: duckdb.DuckDBPyConnection, writer: Writer, batch: Batch, files: Sequence[Arrival]
) -> dict[str, dict[int, Counts]]:
    """Judge and write every feed that the batch has rows for; counts by feed and delivery."""
    connection.execute("create or replace temp table arrived (delivery_id bigint, source varchar, file varchar)")
    connection.execute(
        "insert into arrived select unnest($ids), unnest($sources), unnest($files)",
        {
            "ids": [file.delivery_id for file in files],
            "sources": [file.source_name for file in files],
            "files": [file.file for file in files],
        },
    )
    rules = Rules.of(workspace.settings.ingest, datetime.now(UTC).replace(tzinfo=None))
    feeds = sorted({plan.contract.name for rows in batch.rows for plan in rows.job.plans})
    with book.open_ledger(workspace) as ledger:
        earlier = {feed: book.stored_files(ledger, "raw", feed) for feed in feeds}
    return {
        feed: store_feed(connection, writer, judge(connection, batch.rows, feed, rules, f"feed {feed}"), earlier[feed])
        for feed in feeds
    }


def store_feed(
    connection: duckdb.DuckDBPyConnection, writer: Writer, judged: Judged, earlier: Sequence[StoredFile]
) -> dict[int, Counts]:
    """Write one feed's accepted and quarantined rows, and count all four figures, each from where it lies.

    Raises
    ------
    LawBrokenError
        When they do not add up for some delivery.
    """
    relation = f'"{judged.relation}"'
    found = connection.execute(f"select _delivery_id, count(*), count(_problem) from {relation} group by 1").fetchall()
    delivered = {delivery: rows for delivery, rows, _ in found}
    good = sum(rows - problems for _, rows, problems in found)
    files = file_list([path_of(writer.workspace, file) for file in earlier]) if earlier else None
    repeats = find_repeats(connection, judged, good, files)
    duplicates = dict(
        connection.execute(f"select _delivery_id, count(*) from {repeats} where _kept is null group by 1").fetchall()
    )
    conflicts = connection.execute(f"select count(*) from {repeats} where _kept is not null").fetchone()
    accepted = writer.write_accepted(judged, repeats) if good else {}
    has_quarantine = good < sum(delivered.values()) or (conflicts and conflicts[0])
    quarantined = writer.write_quarantine(judged, repeats, "arrived") if has_quarantine else {}
    counts = count(delivered, accepted, duplicates, quarantined, judged.on_repeat)
    for delivery, figures in counts.items():
        if not figures.is_lawful:
            raise LawBrokenError(
                f"{judged.contract.name}, delivery {delivery}: {figures} do not add up; nothing of this batch was kept.",
                "This is a fault of Regulars; please report it with the file.",
            )
    return counts


def result_of(file: Arrival, batch: Batch, feeds: dict[str, dict[int, Counts]]) -> DeliveryResult:
    """What became of one file."""
    if file.delivery_id in batch.refused:
        return file.result(status="refused", reason=batch.refused[file.delivery_id])
    counts = {
        feed: by_delivery[file.delivery_id] for feed, by_delivery in feeds.items() if file.delivery_id in by_delivery
    }
    return file.result(status="loaded", reason=" ".join(batch.notes.get(file.delivery_id, [])) or None, feeds=counts)


def describe(results: Sequence[DeliveryResult]) -> str:
    """A batch in one line."""
    counts = [figures for result in results for figures in result.feeds.values()]
    refused = sum(result.status == "refused" for result in results)
    return (
        f"{len(results) - refused} files loaded, {refused} refused; "
        f"{sum(c.accepted for c in counts):,} rows accepted, {sum(c.duplicates for c in counts):,} duplicates, "
        f"{sum(c.quarantined for c in counts):,} quarantined"
    )
