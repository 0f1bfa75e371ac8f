"""Small files of raw brought together: years of nights leave tens of files a feed, each row written few times."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator

import duckdb

from pipelines.ingest import ledger as book
from pipelines.ingest.ledger import StoredFile
from pipelines.ingest.loading import LawBrokenError, new_batch_name
from pipelines.ingest.running import clear_up, only_one
from pipelines.ingest.sql import file_list, literal
from pipelines.ingest.storing import ASIDE, FILE, PARQUET, folder_of, path_of
from workspace.folders import Workspace
from workspace.generations import sync

TOGETHER = 8
"""Files of about one size that become one: n batches leave at most 7 files for each power of 8 in n."""
LARGE_ROWS = 50_000_000
"""A file is not grown beyond about this many rows: writing it again would cost a night."""

Held = set[tuple[str, str]]


def compact(workspace: Workspace, held: Held | None = None) -> int:
    """Bring together what can be, and return how many files are now fewer.

    The rows stay the same, each with its delivery; only the files that hold them change. The new file is written aside,
    checked row by delivery, synced and renamed; one transaction of the ledger then makes it count and the old ones
    not, and only after it they are deleted. A crash at any point leaves the old files or the new one on record.

    Parameters
    ----------
    held : (feed, batch) that the warehouse has taken up; others are left alone, so that it can still tell what is
        new. None where there is no warehouse, which then reads everything anyway.
    """
    with only_one(workspace):
        clear_up(workspace)
        with book.open_ledger(workspace) as ledger:
            files = book.stored_files(ledger, "raw")
            parts = book.parts(ledger)
        ready = [file for file in files if held is None or {(file.feed, part) for part in parts(file)} <= held]
        fewer = 0
        while group := next(groups(ready, {file: len(parts(file)) for file in ready}), None):
            made = bring_together(workspace, group, [part for file in group for part in parts(file)])
            fewer += len(group) - 1
            with book.open_ledger(workspace) as ledger:
                parts = book.parts(ledger)
            ready = [made, *(file for file in ready if file not in group)]
        return fewer


def groups(files: Iterable[StoredFile], batches: dict[StoredFile, int]) -> Iterator[list[StoredFile]]:
    """Files of one feed with the same columns and about as many batches each, eight at a time."""
    alike: dict[tuple[str, str, int], list[StoredFile]] = defaultdict(list)
    for file in files:
        if file.row_count < LARGE_ROWS:
            alike[file.feed, file.columns, level(batches[file])].append(file)
    for own in alike.values():
        own.sort(key=lambda file: file.batch)
        if len(own) >= TOGETHER:
            yield own[:TOGETHER]


def level(batches: int) -> int:
    """How often a file of so many batches has been brought together: the power of eight below them."""
    power = 0
    while batches >= TOGETHER:
        batches //= TOGETHER
        power += 1
    return power


def bring_together(workspace: Workspace, files: list[StoredFile], parts: list[str]) -> StoredFile:
    """One file in the place of several."""
    batch = new_batch_name()
    with book.open_ledger(workspace) as ledger:
        book.begin(ledger, batch)
    made = write(workspace, files, batch)
    with book.open_ledger(workspace) as ledger:
        replace(ledger, files, made, parts)
        book.finish(ledger, batch)
    clear_up(workspace)
    return made


def write(workspace: Workspace, files: list[StoredFile], batch: str) -> StoredFile:
    """Write the rows of several files as one, hold it against them, and give it its final name.

    Raises
    ------
    LawBrokenError
        When the new file does not hold the same rows of the same deliveries; nothing has changed then.
    """
    feed = folder_of(workspace, "raw") / files[0].feed
    aside = feed / f"{ASIDE}{batch}"
    aside.mkdir()
    with duckdb.connect() as connection:
        old = f"read_parquet({file_list([path_of(workspace, file) for file in files])}, union_by_name = true)"
        connection.execute(f"copy (from {old}) to {literal(str(aside / FILE))} ({PARQUET})")
        new = f"read_parquet({literal(str(aside / FILE))})"
        check_same(connection, old, new, files[0].feed)
    sync(aside / FILE)
    aside.rename(feed / batch)
    sync(feed)
    firsts = [file.first_event_at for file in files if file.first_event_at]
    lasts = [file.last_event_at for file in files if file.last_event_at]
    return StoredFile(
        batch, files[0].feed, "raw", sum(file.row_count for file in files),
        min(firsts, default=None), max(lasts, default=None), files[0].columns,
    )  # fmt: skip


def check_same(connection: duckdb.DuckDBPyConnection, old: str, new: str, feed: str) -> None:
    """Rows, and a sum over what is in them, by delivery."""
    by_delivery = "select _delivery_id, count(*), sum(hash(r)::hugeint) from {} r group by 1 order by 1"
    before, after = (connection.execute(by_delivery.format(rows)).fetchall() for rows in (old, new))
    if before != after:
        raise LawBrokenError(f"{feed}, brought together", f"{len(before)} deliveries became other rows")


def replace(ledger: sqlite3.Connection, files: list[StoredFile], made: StoredFile, parts: list[str]) -> None:
    """Put the new file on record in the place of the old ones, which are from now on to be deleted."""
    written_at = max(
        ledger.execute(
            "select written_at from files where batch = ? and feed = ? and kind = 'raw'", (file.batch, file.feed)
        ).fetchone()[0]
        for file in files
    )
    for file in files:
        key = (file.batch, file.feed)
        ledger.execute("delete from files where batch = ? and feed = ? and kind = 'raw'", key)
        ledger.execute("delete from parts where batch = ? and feed = ?", key)
        ledger.execute("insert into replaced values (?, ?, 'raw')", key)
    book.record_files(ledger, [made])
    ledger.execute(
        "update files set written_at = ? where batch = ? and feed = ? and kind = 'raw'",
        (written_at, made.batch, made.feed),
    )
    ledger.executemany("insert into parts values (?, ?, ?)", [(made.batch, made.feed, part) for part in parts])
