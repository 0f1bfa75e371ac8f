"""One batch from files to Parquet on disk: read, judged, written, every row accounted for. The ledger is not here."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import duckdb

from pipelines.ingest import ledger as book
from pipelines.ingest.batching import Batch, is_opened_by_duckdb, read_batch
from pipelines.ingest.comparing import compare, without
from pipelines.ingest.discovering import Arrival
from pipelines.ingest.drifting import Layouts
from pipelines.ingest.holding import Looks
from pipelines.ingest.judging import Judged, Rules, judge
from pipelines.ingest.ledger import Counts, StoredFile
from pipelines.ingest.profiling import Profile, profiles
from pipelines.ingest.reading import Reader, Rows
from pipelines.ingest.repeats import find_repeats
from pipelines.ingest.sql import connect, identifier, insert, literal
from pipelines.ingest.storing import Writer, stored_rows
from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.source_settings import Source

RowOfFeed = tuple[int, str, int]
"Delivery, feed, position in the file."


class LawBrokenError(RegularsError):
    """Rows are unaccounted for; nothing of the batch was kept."""

    def __init__(self, where: str, figures: str) -> None:
        super().__init__(
            f"{where}: {figures}, which does not add up; nothing of this batch was kept.",
            "This is a fault of Regulars, not of your data: please report it.",
        )


@dataclass(frozen=True)
class Outcome:
    """What a batch came to: how the files were read, counts by feed and delivery, the Parquet files that hold it."""

    batch: Batch
    feeds: dict[str, dict[int, Counts]] = field(default_factory=dict)
    written: list[StoredFile] = field(default_factory=list)
    looks: Looks = field(default_factory=dict)
    "What each delivery brought, and what is to be thought of that; empty in a replay."
    held: dict[int, str] = field(default_factory=dict)
    "Deliveries that are far off their past, and why: nothing of them is stored."


def new_batch_name() -> str:
    """A name no other batch has, in the order of time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"


def prepare(
    workspace: Workspace, files: Sequence[Arrival], name: str, only: Iterable[RowOfFeed] | None = None
) -> Outcome:
    """Read, judge, write and publish one batch; it counts once the caller has recorded it.

    Parameters
    ----------
    only : rows to which the batch is limited; None for all

    Raises
    ------
    LawBrokenError
        When rows are unaccounted for; nothing is published then.
    """
    known = sources(workspace)
    paths = [file.path for file in files if is_opened_by_duckdb(known[file.source_name], file)]
    with scratch_folder(workspace) as scratch, connect(workspace, scratch, paths) as connection:
        reader = Reader(connection, scratch, workspace.settings.ingest.max_field_megabytes)
        batch = read_batch(reader, known, files, known_layouts(workspace) if only is None else None)
        refuse_changed(batch, connection, files)
        for rows in batch.rows:
            check_whole(connection, rows)
        list_arrived(connection, files)
        if only is not None:
            connection.execute("create temp table chosen (delivery_id bigint, feed varchar, row_number bigint)")
            insert(connection, "chosen", list(only))
        writer = Writer(connection, workspace, name)
        every = list(judge_feeds(workspace, connection, batch))
        every = every if only is None else [limited(connection, judged) for judged in every]
        found = {judged.contract.name: profiles(connection, judged) for judged in every}
        looks, held = compare(workspace, files, found) if only is None else ({}, {})
        feeds = {}
        for judged in every:
            feed = judged.contract.name
            chosen = without(connection, judged, held) if held else judged
            feeds[feed] = store_feed(workspace, connection, writer, chosen, found[feed])
            if only is None:
                check_delivered(batch, feed, feeds[feed])
        writer.publish()
        return Outcome(batch, feeds, writer.written, looks, held)


def known_layouts(workspace: Workspace) -> Layouts:
    """The columns of each source as of the last delivery."""
    with book.open_ledger(workspace) as ledger:
        return Layouts(book.layouts(ledger))


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
    zone = workspace.settings.company.time_zone
    return {
        name: source.model_copy(update={"time_zone": source.time_zone or zone})
        for name, source in workspace.settings.sources.items()
    }


def refuse_changed(batch: Batch, connection: duckdb.DuckDBPyConnection, files: Sequence[Arrival]) -> None:
    """Set aside files that changed while they were read: what was read of them is neither the old nor the new."""
    changed = [file for file in files if file.delivery_id not in batch.refused and has_changed(file)]
    for file in changed:
        batch.refused[file.delivery_id] = (
            "The file changed while it was read. It is taken up by the next ingest; deliver under another name and "
            "rename when complete."
        )
    ids = [file.delivery_id for file in changed]
    for number, rows in enumerate(batch.rows):
        if any(delivery in rows.records for delivery in ids):
            relation = f"{rows.relation}_settled"
            connection.execute(
                f"create temp view {relation} as select * from {rows.relation}"
                f" where _delivery_id not in ({', '.join(map(str, ids))})"
            )
            records = {delivery: count for delivery, count in rows.records.items() if delivery not in ids}
            batch.rows[number] = replace(rows, relation=relation, records=records)


def has_changed(file: Arrival) -> bool:
    """Whether a file is no longer as it was found."""
    try:
        status = file.path.stat()
    except OSError:
        return True
    return (status.st_size, status.st_mtime_ns) != (file.size, file.modified_ns)


def check_whole(connection: duckdb.DuckDBPyConnection, rows: Rows) -> None:
    """Hold the rows that were read against the records that each file was found to hold."""
    found = dict(connection.execute(f"select _delivery_id, count(*) from {rows.relation} group by 1").fetchall())
    for delivery, records in rows.records.items():
        if found.pop(delivery, 0) != records:
            raise LawBrokenError(f"Delivery {delivery}", f"{records} records in the file, but other rows read")
    if found:
        raise LawBrokenError(f"Deliveries {sorted(found)}", "rows were read that no file holds")


def list_arrived(connection: duckdb.DuckDBPyConnection, files: Sequence[Arrival]) -> None:
    """Make the table `arrived` of the files' names, for quarantine."""
    connection.execute("create temp table arrived (delivery_id bigint, source varchar, file varchar)")
    insert(connection, "arrived", [(file.delivery_id, file.source_name, file.file) for file in files])


def judge_feeds(workspace: Workspace, connection: duckdb.DuckDBPyConnection, batch: Batch) -> Iterator[Judged]:
    """Every feed that the files of a batch fill, its rows judged, in alphabetical order."""
    rules = Rules.of(workspace.settings.ingest, datetime.now(UTC).replace(tzinfo=None))
    for feed in sorted({plan.contract.name for rows in batch.rows for plan in rows.job.plans}):
        yield judge(connection, batch.rows, feed, rules, f"feed {feed}")


def limited(connection: duckdb.DuckDBPyConnection, judged: Judged) -> Judged:
    """The same rows, but only those listed in the table `chosen`."""
    name = f"chosen {judged.contract.name}"
    connection.execute(
        f"create temp view {identifier(name)} as select j.* from {identifier(judged.relation)} j semi join chosen c"
        f" on c.delivery_id = j._delivery_id and c.row_number = j._row and c.feed = {literal(judged.contract.name)}"
    )
    return replace(judged, relation=name)


def store_feed(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    writer: Writer,
    judged: Judged,
    found: dict[int, Profile],
) -> dict[int, Counts]:
    """Write one feed's accepted and quarantined rows, and count all four figures, each from where it lies.

    Raises
    ------
    LawBrokenError
        When they do not add up for some delivery.
    """
    delivered = {delivery: found[delivery].rows for delivery in judged.on_repeat}
    good = sum(found[delivery].good for delivery in judged.on_repeat)
    with book.open_ledger(workspace) as ledger:
        files = book.stored_files(ledger, "raw", judged.contract.name)
    profiles_here = [found[delivery] for delivery in judged.on_repeat]
    repeats = find_repeats(
        connection,
        judged,
        stored_rows(workspace, judged.contract, files),
        are_all_different=len(profiles_here) == 1 and profiles_here[0].distinct_keys == good,
    )
    repeated = connection.execute(
        f"select _delivery_id, count(*) - count(_kept), count(_kept) from {repeats} group by 1"
    ).fetchall()
    duplicates = {delivery: same for delivery, same, _ in repeated}
    accepted = writer.write_accepted(judged, repeats) if good else {}
    is_clean = good == sum(delivered.values()) and not any(others for _, _, others in repeated)
    quarantined = {} if is_clean else writer.write_quarantine(judged, repeats)
    figures = (delivered, accepted, duplicates, quarantined)
    counts = {delivery: Counts(*(figure.get(delivery, 0) for figure in figures)) for delivery in judged.on_repeat}
    for delivery, four in counts.items():
        if not four.is_lawful:
            raise LawBrokenError(f"{judged.contract.name} of delivery {delivery}", str(four))
    return counts


def check_delivered(batch: Batch, feed: str, counts: dict[int, Counts]) -> None:
    """Hold the rows delivered against the records counted in the file, where every record belongs to the feed."""
    for rows in batch.rows:
        if any(plan.contract.name == feed and plan.where is None for plan in rows.job.plans):
            for delivery, records in rows.records.items():
                if delivery in counts and counts[delivery].delivered != records:
                    raise LawBrokenError(
                        f"{feed} of delivery {delivery}", f"{counts[delivery]} from {records} records of the file"
                    )
