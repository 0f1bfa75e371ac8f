"""`ingest`: every new file of landing into raw, batch by batch. What is on record is whole; the rest does not exist."""

import fcntl
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import duckdb

from pipelines.ingest import holding
from pipelines.ingest import ledger as book
from pipelines.ingest.databases import fetch, sweep_reads
from pipelines.ingest.discovering import Arrival, arrivals
from pipelines.ingest.drifting import Drift, Layouts
from pipelines.ingest.ledger import DeliveryResult
from pipelines.ingest.loading import Outcome, new_batch_name, prepare
from pipelines.ingest.mapping import check_mappings
from pipelines.ingest.storing import delete, sweep
from workspace.errors import RegularsError
from workspace.folders import Workspace

BATCH_BYTES = 512 << 20
PACKED = 6
"How many times its size a compressed file is taken to hold."


def ingest(workspace: Workspace, *, report: Callable[[str], None] = lambda text: None) -> list[DeliveryResult]:
    """Load every file of landing that is new, and what is new in the databases that are sources.

    Files are taken in path order, in batches that fit the machine. A file that cannot be loaded is refused with the
    reason and does not keep the others; a row that breaks its contract goes to quarantine and does not keep the
    rest. The same content again changes nothing.

    Returns
    -------
    one result per database that could not be read, then one per new file, in path order

    Raises
    ------
    RegularsError
        For a fault in a mapping, another ingest under way, or rows that are unaccounted for.
    """
    check_mappings(workspace.settings, workspace.settings_file)
    workspace.ensure()
    with only_one(workspace):
        clear_up(workspace)
        failed = fetch(workspace, report)
        with book.open_ledger(workspace) as ledger:
            new, again = arrivals(workspace, ledger)
            book.record_sightings(ledger, again)
        report(f"{len(new)} new files" if new else "nothing new")
        results: list[DeliveryResult] = failed
        for number, files in enumerate(portions(new), start=1):
            loaded = load(workspace, files)
            results += loaded
            report(f"batch {number}: {describe(loaded)}")
        with book.open_ledger(workspace) as ledger:
            holding.drop_covered(ledger)
        sweep_reads(workspace)
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


def clear_up(workspace: Workspace) -> None:
    """Remove what a crash left of a batch, and files that another has replaced."""
    with book.open_ledger(workspace) as ledger:
        left = book.unfinished(ledger)
        sweep(workspace, left)
        delete(workspace, book.take_replaced(ledger))
        for batch in left:
            book.finish(ledger, batch)


def portions(files: Sequence[Arrival]) -> Iterator[list[Arrival]]:
    """Files in order, in portions that fit into memory."""
    portion: list[Arrival] = []
    size = 0
    for file in files:
        weight = file.size * (PACKED if file.file.endswith((".gz", ".parquet", ".xlsx", ".xlsm")) else 1)
        if portion and size + weight > BATCH_BYTES:
            yield portion
            portion, size = [], 0
        portion.append(file)
        size += weight
    if portion:
        yield portion


def load(workspace: Workspace, files: Sequence[Arrival]) -> list[DeliveryResult]:
    """Load one batch: announce, prepare, record, in this order.

    Where DuckDB itself fails on it, each half is tried alone, so that one strange file does not spoil the others.
    """
    batch = new_batch_name()
    with book.open_ledger(workspace) as ledger:
        book.begin(ledger, batch)
    try:
        outcome = prepare(workspace, files, batch)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        clear_up(workspace)
        if len(files) > 1:
            half = len(files) // 2
            return load(workspace, files[:half]) + load(workspace, files[half:])
        reason = f"The file cannot be loaded: {str(error).splitlines()[0]}"
        return record(workspace, batch, None, [files[0].result(status="refused", reason=reason)], files)
    return record(workspace, batch, outcome, [result_of(file, outcome) for file in files], files)


def record(
    workspace: Workspace, batch: str, outcome: Outcome | None, results: list[DeliveryResult], files: Sequence[Arrival]
) -> list[DeliveryResult]:
    """Write a batch into the ledger: the moment from which it exists."""
    with book.open_ledger(workspace) as ledger:
        book.record(ledger, results, outcome.written if outcome else [], batch)
        if outcome and outcome.batch.layouts:
            record_layouts(ledger, outcome.batch.layouts)
        if outcome:
            record_looks(ledger, outcome)
        book.record_sightings(ledger, [file.sighting for file in files])
        book.finish(ledger, batch)
    return results


def record_layouts(ledger: sqlite3.Connection, layouts: Layouts) -> None:
    """Remember the columns of the sources as they are now, and what has drifted for the first time."""
    for name in layouts.changed:
        book.record_layout(ledger, name, layouts.known[name])
    for drift in layouts.drifts:
        book.record_drift(ledger, drift)


def record_looks(ledger: sqlite3.Connection, outcome: Outcome) -> None:
    """Write down what each delivery brought and what was thought of it, and who waits."""
    for delivery, feeds in outcome.looks.items():
        for feed, (profile, verdict) in feeds.items():
            holding.record_profile(ledger, delivery, feed, profile, verdict)
    for delivery, words in outcome.held.items():
        holding.hold(ledger, delivery, words)


def take_alerts(workspace: Workspace) -> list[Drift]:
    """Drifts of which nobody has been told yet; each is given out once."""
    with book.open_ledger(workspace) as ledger:
        return book.take_alerts(ledger)


def result_of(file: Arrival, outcome: Outcome) -> DeliveryResult:
    """What became of one file."""
    reason = outcome.batch.refused.get(file.delivery_id)
    if reason is not None:
        return file.result(status="refused", reason=reason)
    if file.delivery_id in outcome.held:
        return file.result(status="held", reason=outcome.held[file.delivery_id])
    notes = " ".join(outcome.batch.notes.get(file.delivery_id, [])) or None
    feeds = {feed: counts[file.delivery_id] for feed, counts in outcome.feeds.items() if file.delivery_id in counts}
    return file.result(status="loaded", reason=notes, feeds=feeds)


def describe(results: Sequence[DeliveryResult]) -> str:
    """A batch in one line."""
    counts = [figures for result in results for figures in result.feeds.values()]
    refused = sum(result.status == "refused" for result in results)
    held = sum(result.status == "held" for result in results)
    return (
        f"{len(results) - refused - held} files loaded, {refused} refused, {held} held; "
        f"{sum(c.accepted for c in counts):,} rows accepted, {sum(c.duplicates for c in counts):,} duplicates, "
        f"{sum(c.quarantined for c in counts):,} quarantined"
    )
