"""What is in quarantine, and its way out: `quarantined`, `quarantine_groups` and `replay`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.ingest import ledger as book
from pipelines.ingest.discovering import Arrival, fingerprint, reads_folder
from pipelines.ingest.ledger import Counts, DeliveryResult, Sighting
from pipelines.ingest.loading import Outcome, RowOfFeed, new_batch_name, prepare
from pipelines.ingest.looking import content_hash
from pipelines.ingest.mapping import check_mappings
from pipelines.ingest.registering import quarantine_sql
from pipelines.ingest.running import clear_up, only_one, portions
from pipelines.ingest.storing import folder_of
from workspace.folders import Workspace


@dataclass(frozen=True)
class QuarantinedRow:
    """One row in quarantine. `row_number` counts the file's records from 1, `line_number` its lines."""

    delivery_id: int
    source: str
    feed: str
    file: str
    row_number: int
    line_number: int | None
    column_name: str | None
    value: str | None
    reason: str
    quarantined_at: datetime


@dataclass(frozen=True)
class QuarantineGroup:
    """Rows of one file in quarantine for the same reason; `first_row` is where to look."""

    delivery_id: int
    source: str
    feed: str
    file: str
    reason: str
    row_count: int
    first_row: int


@dataclass(frozen=True)
class ReplayResult:
    """What a replay did with the quarantined rows of one feed of a delivery.

    `left` are rows that by the present mapping no longer belong to the feed. `problem` says why the delivery could
    not be read again, and then nothing changed.
    """

    delivery_id: int
    file: str
    feed: str
    accepted: int = 0
    duplicates: int = 0
    still_quarantined: int = 0
    left: int = 0
    problem: str | None = None


def quarantined(
    workspace: Workspace, *, delivery_id: int | None = None, feed: str | None = None, limit: int | None = None
) -> list[QuarantinedRow]:
    """Rows in quarantine now, in the order they were delivered."""
    with duckdb.connect() as connection:
        sql = quarantine_sql(connection, workspace)
        if sql is None:
            return []
        rows = connection.execute(
            f"select * from ({sql}) where delivery_id = coalesce($delivery, delivery_id)"
            " and feed = coalesce($feed, feed) order by delivery_id, row_number, feed limit $limit",
            {"delivery": delivery_id, "feed": feed, "limit": limit},
        ).fetchall()
    return [QuarantinedRow(*row) for row in rows]


def quarantine_groups(workspace: Workspace) -> list[QuarantineGroup]:
    """What is in quarantine, one line per file, feed and reason; the youngest delivery first."""
    with duckdb.connect() as connection:
        sql = quarantine_sql(connection, workspace)
        if sql is None:
            return []
        rows = connection.execute(
            f"select delivery_id, source, feed, file, reason, count(*), min(row_number) from ({sql})"
            " group by all order by delivery_id desc, feed, 6 desc, reason"
        ).fetchall()
    return [QuarantineGroup(*row) for row in rows]


def replay(
    workspace: Workspace,
    delivery_ids: Sequence[int] | None = None,
    *,
    report: Callable[[str], None] = lambda text: None,
) -> list[ReplayResult]:
    """Read deliveries that have rows in quarantine again, with the present mapping.

    Rows that now pass are accepted, as a new batch of the same delivery; those that still fail remain, with the
    reason of today. Nothing else of the delivery is touched, so a second replay changes nothing.

    Parameters
    ----------
    delivery_ids : which deliveries; None for all that have something in quarantine

    Raises
    ------
    RegularsError
        For a fault in a mapping, another ingest under way, or rows that are unaccounted for.
    """
    check_mappings(workspace.settings, workspace.settings_file)
    workspace.ensure()
    with only_one(workspace):
        clear_up(workspace)
        with book.open_ledger(workspace) as ledger:
            kept = {
                row[0] for row in ledger.execute("select delivery_id from counts where quarantine_batch is not null")
            }
            known = [one for one in book.deliveries(ledger).values() if in_quarantine(one) and one.delivery_id in kept]
            seen = list(book.sightings(ledger).values())
        wanted = [one for one in known if delivery_ids is None or one.delivery_id in delivery_ids]
        found = {one.delivery_id: locate(workspace, one, seen) for one in wanted}
        results = [
            ReplayResult(
                one.delivery_id, one.file, feed, still_quarantined=one.feeds[feed].quarantined, problem=problem
            )
            for one in wanted
            if isinstance(problem := found[one.delivery_id], str)
            for feed in in_quarantine(one)
        ]
        files = [file for file in found.values() if isinstance(file, Arrival)]
        by_id = {one.delivery_id: one for one in wanted}
        for portion in portions(files):
            results += replay_batch(workspace, portion, by_id)
        report(f"{sum(result.accepted for result in results):,} rows accepted out of quarantine")
        return sorted(results, key=lambda result: (result.delivery_id, result.feed))


def in_quarantine(delivery: DeliveryResult) -> list[str]:
    """Feeds of which a delivery has rows in quarantine."""
    return [feed for feed, counts in delivery.feeds.items() if counts.quarantined]


def locate(workspace: Workspace, delivery: DeliveryResult, seen: Sequence[Sighting]) -> Arrival | str:
    """The file of a delivery under any name it was seen by, unchanged; or why there is none."""
    source = workspace.settings.sources.get(delivery.source)
    if source is None:
        return f"The source {delivery.source!r} is no longer in {workspace.settings_file}."
    names = [one.file for one in seen if (one.source, one.content_hash) == (delivery.source, delivery.content_hash)]
    for file in [delivery.file, *names]:
        path: Path = (reads_folder(workspace) if source.database else workspace.landing) / file
        if path.is_file() and content_hash(path) == delivery.content_hash:
            status = path.stat()
            return Arrival(
                delivery.delivery_id, delivery.source, path, file, status.st_size, status.st_mtime_ns,
                delivery.content_hash, fingerprint(workspace, source),
            )  # fmt: skip
    return (
        f"{delivery.file} is no longer in landing as it was delivered. Put it back to replay it; "
        "a mended file is a delivery of its own, which the next ingest loads."
    )


def replay_batch(
    workspace: Workspace, files: Sequence[Arrival], deliveries: dict[int, DeliveryResult]
) -> list[ReplayResult]:
    """Replay some deliveries together; the ledger changes in one transaction, or not at all."""
    ids = {file.delivery_id for file in files}
    rows = [row for row in quarantined(workspace) if row.delivery_id in ids]
    only: list[RowOfFeed] = [(row.delivery_id, row.feed, row.row_number) for row in rows]
    batch = new_batch_name()
    with book.open_ledger(workspace) as ledger:
        book.begin(ledger, batch)
    outcome = prepare(workspace, files, batch, only)
    results = [
        result_of(deliveries[file.delivery_id], feed, outcome)
        for file in files
        for feed in in_quarantine(deliveries[file.delivery_id])
    ]
    changed = [result for result in results if result.problem is None]
    if not any(result.accepted or result.duplicates or result.left for result in changed):
        clear_up(workspace)
        return results
    with book.open_ledger(workspace) as ledger:
        for result in changed:
            counts = counts_after(deliveries[result.delivery_id].feeds[result.feed], result)
            book.record_counts(ledger, result.delivery_id, result.feed, counts, batch)
        book.record_files(ledger, outcome.written)
        replaced = book.drop_replaced(ledger)
        book.finish(ledger, batch)
    for file in replaced:
        # A crash before this leaves a file that nobody reads.
        folder = folder_of(workspace, file.kind) / file.feed / file.batch
        for part in folder.iterdir():
            part.unlink()
        folder.rmdir()
    return results


def result_of(delivery: DeliveryResult, feed: str, outcome: Outcome) -> ReplayResult:
    """What became of the quarantined rows of one feed of a delivery."""
    before = delivery.feeds[feed].quarantined
    key = (delivery.delivery_id, delivery.file, feed)
    if (reason := outcome.batch.refused.get(delivery.delivery_id)) is not None:
        return ReplayResult(*key, still_quarantined=before, problem=reason)
    now = outcome.feeds.get(feed, {}).get(delivery.delivery_id)
    if now is None:
        return ReplayResult(*key, still_quarantined=before, problem=f"The mapping no longer fills {feed}.")
    return ReplayResult(*key, now.accepted, now.duplicates, now.quarantined, before - now.delivered)


def counts_after(before: Counts, result: ReplayResult) -> Counts:
    """A delivery's counts once its quarantined rows have been judged again."""
    return Counts(
        before.delivered - result.left,
        before.accepted + result.accepted,
        before.duplicates + result.duplicates,
        result.still_quarantined,
    )
