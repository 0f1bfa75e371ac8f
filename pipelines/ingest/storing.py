"""Accepted and quarantined rows into Parquet: written aside, synced, renamed; the ledger then makes them count."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from pipelines.contracts import Contract
from pipelines.ingest import ledger as book
from pipelines.ingest.judging import Judged
from pipelines.ingest.ledger import Kind, StoredFile
from pipelines.ingest.sql import file_list, identifier, insert, literal
from workspace.folders import Workspace
from workspace.generations import sync

FILE = "rows.parquet"
ASIDE = ".arriving-"
# Delta encodings make numbers a third smaller. A dictionary pays for words like a status, not for order numbers, and
# giving up on one early halves the time of writing.
PARQUET = "format parquet, parquet_version v2, compression zstd, compression_level 1, dictionary_size_limit 1000"
QUARANTINE_COLUMNS = {
    "delivery_id": "BIGINT",
    "source": "VARCHAR",
    "feed": "VARCHAR",
    "file": "VARCHAR",
    "row_number": "BIGINT",
    "line_number": "BIGINT",
    "column_name": "VARCHAR",
    "value": "VARCHAR",
    "reason": "VARCHAR",
    "quarantined_at": "TIMESTAMP",
}


def folder_of(workspace: Workspace, kind: Kind) -> Path:
    """Where Parquet of a kind lies."""
    return workspace.raw if kind == "raw" else workspace.quarantine


def path_of(workspace: Workspace, file: StoredFile) -> Path:
    """Where a stored file lies."""
    return folder_of(workspace, file.kind) / file.feed / file.batch / FILE


def stored_rows(workspace: Workspace, contract: Contract, files: Sequence[StoredFile]) -> str | None:
    """The relation of a feed's rows on record: its columns, `_delivery_id`, `_row`; None when there is no file.

    A column that the contract gained after a file was written is NULL for its rows.
    """
    if not files:
        return None
    written = {name for file in files for name in file.columns.split(",")}
    columns = ", ".join(
        f"cast({identifier(column.name) if column.name in written else 'null'} as {column.duckdb_type})"
        f" as {identifier(column.name)}"
        for column in contract.columns
    )
    paths = file_list([path_of(workspace, file) for file in files])
    differ = "true" if len({file.columns for file in files}) > 1 else "false"
    return f"(select {columns}, _delivery_id, _row from read_parquet({paths}, union_by_name = {differ}))"


def sweep(workspace: Workspace, unfinished: Iterable[str]) -> None:
    """Remove what crashed batches left behind. Nothing else is ever removed, were the ledger itself lost."""
    for batch in unfinished:
        for root in (workspace.raw, workspace.quarantine):
            for folder in [*root.glob(f"*/{batch}"), *root.glob(f"*/{ASIDE}{batch}")]:
                shutil.rmtree(folder)


def delete(workspace: Workspace, replaced: Iterable[tuple[str, str, Kind]]) -> None:
    """Delete the folders of files that no longer count."""
    for batch, feed, kind in replaced:
        shutil.rmtree(folder_of(workspace, kind) / feed / batch, ignore_errors=True)


class Writer:
    """Writes one batch. `publish` makes its folders final; until then everything lies aside."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, workspace: Workspace, batch: str) -> None:
        self.connection = connection
        self.workspace = workspace
        self.batch = batch
        self.written: list[StoredFile] = []

    def aside(self, kind: Kind, feed: str) -> Path:
        """The folder that a feed's file is written into first."""
        folder = folder_of(self.workspace, kind) / feed / f"{ASIDE}{self.batch}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def write_accepted(self, judged: Judged, repeats: str) -> dict[int, int]:
        """Write the good rows that are no repeats; returns how many the file holds by delivery."""
        contract = judged.contract
        columns = ", ".join(identifier(column.name) for column in contract.columns)
        path = self.aside("raw", contract.name) / FILE
        repeated = self.connection.execute(f"select count(*) from {repeats}").fetchone()
        others = f" anti join {repeats} using (_delivery_id, _row)" if repeated and repeated[0] else ""
        self.connection.execute(
            f"copy (select {columns}, _delivery_id, _row"
            f" from {identifier(judged.relation)}{others} where _problem is null)"
            f" to {literal(str(path))} ({PARQUET})"
        )
        return self.keep("raw", contract, path)

    def write_quarantine(self, judged: Judged, repeats: str) -> dict[int, int]:
        """Write the rows that break the contract, with the reason; returns how many the file holds by delivery."""
        contract = judged.contract
        path = self.aside("quarantine", contract.name) / FILE
        self.connection.execute(
            "create or replace temp table reasons (problem int, column_name varchar, words varchar)"
        )
        insert(self.connection, "reasons", [(number, *pair) for number, pair in judged.reasons.items()])
        key = " || ', ' || ".join(f"coalesce(cast({identifier(name)} as varchar), '')" for name in contract.key)
        # Two queries, so that the many good rows are left behind before anything is worked out for them.
        self.connection.execute(
            f"""copy (
                select v.delivery_id, d.source, {literal(contract.name)} as feed, d.file, v.row_number, v.line_number,
                    v.column_name, v.value, v.reason, cast({literal(book.now())} as timestamp) as quarantined_at
                from (
                    select b._delivery_id as delivery_id, b._row as row_number, b._line as line_number, r.column_name,
                        b._value as value, r.words || coalesce(b._broken, '') as reason
                    from (select _delivery_id, _row, _line, _value, _problem, _broken
                        from {identifier(judged.relation)} where _problem is not null) b
                    join reasons r on r.problem = b._problem
                    union all
                    select j._delivery_id, j._row, j._line, {literal(", ".join(contract.key))}, {key},
                        'same key as row ' || r._kept || ' of the file, which is kept, but other values'
                    from {identifier(judged.relation)} j
                    join (select * from {repeats} where _kept is not null) r
                        on r._delivery_id = j._delivery_id and r._row = j._row
                ) v join arrived d on d.delivery_id = v.delivery_id order by 1, 5
            ) to {literal(str(path))} ({PARQUET})"""
        )
        return self.keep("quarantine", contract, path)

    def keep(self, kind: Kind, contract: Contract, path: Path) -> dict[int, int]:
        """Count what a file on disk holds by delivery, and put it on the batch's list unless it is empty."""
        key = "_delivery_id" if kind == "raw" else "delivery_id"
        read = f"read_parquet({literal(str(path))})"
        counts = dict(self.connection.execute(f"select {key}, count(*) from {read} group by 1").fetchall())
        if not counts:
            shutil.rmtree(path.parent)
            return {}
        first, last = None, None
        if kind == "raw" and contract.event_time:
            event = identifier(contract.event_time)
            row = self.connection.execute(f"select min({event})::varchar, max({event})::varchar from {read}").fetchone()
            first, last = row or (None, None)
        sync(path)
        names = [row[0] for row in self.connection.execute(f"describe select * from {read}").fetchall()]
        total = sum(counts.values())
        self.written.append(StoredFile(self.batch, contract.name, kind, total, first, last, ",".join(names)))
        return counts

    def discard(self) -> None:
        """Remove what was written aside."""
        for file in self.written:
            shutil.rmtree(self.aside(file.kind, file.feed))
        self.written.clear()

    def publish(self) -> None:
        """Rename every folder of the batch to its final name."""
        for file in self.written:
            final = path_of(self.workspace, file).parent
            self.aside(file.kind, file.feed).rename(final)
            sync(final.parent)
