"""The files of one batch, whatever their kind: looked at, grouped by header, laid ready and read."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from pipelines.contracts import contracts
from pipelines.ingest import large_files, parquet_files, workbooks
from pipelines.ingest.bundling import Bundles
from pipelines.ingest.discovering import Arrival
from pipelines.ingest.drifting import Layouts
from pipelines.ingest.looking import Dialect, Look, find_dialect, first_line, look, look_json, to_utf8, unpack
from pipelines.ingest.mapping import RefusedError, Wanted, listed, resolve, wanted_columns
from pipelines.ingest.parquet_files import ParquetFile
from pipelines.ingest.reading import MEGABYTE, Job, Part, Reader, Rows
from workspace.source_settings import Source

SMALL_BYTES = 32 << 20
PACKED = 8
LOOKERS = 2
LOOKED_AT_ONCE = 64
Found = TypeVar("Found")


@dataclass
class Batch:
    """What is known of the files of one batch so far."""

    rows: list[Rows] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    notes: dict[int, list[str]] = field(default_factory=dict)
    layouts: Layouts | None = None
    "What is known of the sources' columns; None where drift is of no interest, as in a replay."

    def note(self, delivery_id: int, text: str | None) -> None:
        """Say something about a file that is loaded all the same."""
        if text:
            self.notes.setdefault(delivery_id, []).append(text)

    def attempt(self, arrival: Arrival, work: Callable[[], Found]) -> Found | None:
        """Do something with a file; where that is refused, set the file aside."""
        try:
            return work()
        except RefusedError as error:
            self.refused[arrival.delivery_id] = str(error)
        except OSError as error:
            why = error.strerror or str(error)
            self.refused[arrival.delivery_id] = f"The file cannot be read: {why}. See to its permissions."
        return None


@dataclass(frozen=True)
class Looked:
    """A text file after the first look: small ones with their bytes, large ones laid ready in `path`."""

    arrival: Arrival
    look: Look
    body: bytes | None
    path: Path

    @property
    def original(self) -> Path:
        """What the careful reader goes back to: the file as it came, or the cells of a workbook as laid ready."""
        return self.path if self.look.dialect.is_workbook else self.arrival.path


def read_batch(
    reader: Reader, sources: dict[str, Source], arrivals: Iterable[Arrival], layouts: Layouts | None = None
) -> Batch:
    """Read files into relations of the reader's connection; those that cannot be read are refused with the reason."""
    batch = Batch(layouts=layouts)
    by_source: dict[str, list[Arrival]] = {}
    for arrival in arrivals:
        by_source.setdefault(arrival.source_name, []).append(arrival)
    for name, files in by_source.items():
        source = sources[name]
        # A naive instant is read by the session's zone.
        reader.connection.execute("set timezone = $zone", {"zone": source.time_zone})
        intake = Intake(reader, batch, name, source)
        for kind in ("parquet", "jsonl", "csv", "excel"):
            of_kind = [arrival for arrival in files if kind_of(source, arrival.file) == kind]
            if kind == "parquet":
                intake.read_parquet(of_kind)
            else:
                intake.read_texts(of_kind, kind)
    return batch


def is_opened_by_duckdb(source: Source, arrival: Arrival) -> bool:
    """Whether DuckDB reads the delivered file itself, and not a bundle or copy of ours."""
    return kind_of(source, arrival.file) == "parquet" or arrival.size > SMALL_BYTES


def kind_of(source: Source, file: str) -> str:
    """The format of a file: the source's, else by the file's ending."""
    if source.database is not None:
        return "parquet"
    if source.format != "auto":
        return source.format
    name = file.lower().removesuffix(".gz")
    if name.endswith((".parquet", ".pq")):
        return "parquet"
    if name.endswith((".xlsx", ".xlsm", ".xls")):
        return "excel"
    return "jsonl" if name.endswith((".jsonl", ".ndjson", ".json")) else "csv"


@dataclass(frozen=True)
class Intake:
    """The files of one source in a batch."""

    reader: Reader
    batch: Batch
    name: str
    source: Source

    def read_texts(self, arrivals: list[Arrival], kind: str) -> None:
        """Read files of text or text-like cells (csv, jsonl, excel), those of one header together."""
        jobs: dict[Dialect, Job | str] = {}
        parts: dict[Dialect, list[Part]] = {}
        with Bundles(self.reader) as bundles:
            for looked in self.look_at_all(arrivals, kind):
                dialect, delivery_id = looked.look.dialect, looked.arrival.delivery_id
                job = jobs.setdefault(dialect, jobs.get(dialect) or self.make_job(dialect, delivery_id))
                if isinstance(job, str):
                    self.batch.refused[delivery_id] = job
                    continue
                self.batch.note(delivery_id, looked.look.notes)
                self.batch.note(delivery_id, unused_note(job))
                part = bundles.lay(delivery_id, looked.original, looked.path, looked.look, looked.body)
                parts.setdefault(dialect, []).append(part)
        for dialect, group in parts.items():
            job = jobs[dialect]
            if isinstance(job, Job):
                self.batch.rows += self.reader.read(job, group)

    def settle(self, types: dict[str, str], delivery_id: int) -> dict[str, str]:
        """The columns that may be used, by the policy for drift."""
        if self.batch.layouts is None:
            return types
        return self.batch.layouts.settle(self.name, self.source, types, delivery_id)

    def make_job(self, dialect: Dialect, delivery_id: int) -> Job | str:
        """The plan for files of one header; or why they cannot be loaded."""
        types = dict.fromkeys(dialect.header, "VARCHAR")
        try:
            # The records of a JSON lines file may leave fields out: that is no drift.
            types = types if dialect.is_json else self.settle(types, delivery_id)
            plans = resolve(self.reader.connection, self.name, self.source, types)
        except RefusedError as error:
            return str(error)
        return Job(self.name, self.source, tuple(plans), dialect)

    def look_at_all(self, arrivals: list[Arrival], kind: str) -> Iterator[Looked]:
        """Look at files, two at a time and in order; the refused are set aside."""
        wanted = wanted_columns(self.source)

        def look_at(arrival: Arrival) -> Looked | None:
            works = {"jsonl": self.look_at_json, "csv": self.look_at_csv, "excel": self.look_at_workbook}
            return self.batch.attempt(arrival, lambda: works[kind](arrival, wanted))

        with ThreadPoolExecutor(LOOKERS) as pool:
            for start in range(0, len(arrivals), LOOKED_AT_ONCE):
                for looked in pool.map(look_at, arrivals[start : start + LOOKED_AT_ONCE]):
                    if looked is not None:
                        yield looked

    def look_at_json(self, arrival: Arrival, wanted: Wanted) -> Looked:
        """Look at one JSON lines file."""
        body = to_utf8(unpack(arrival.path.read_bytes()), "utf-8")
        found = look_json(body, wanted, self.reader.max_field_megabytes * MEGABYTE)
        return Looked(arrival, found, body, arrival.path)

    def look_at_csv(self, arrival: Arrival, wanted: Wanted) -> Looked:
        """Look at one CSV."""
        if arrival.size * (PACKED if arrival.file.lower().endswith(".gz") else 1) > SMALL_BYTES:
            return self.look_at_large(arrival, wanted)
        body = to_utf8(unpack(arrival.path.read_bytes()), self.source.encoding)
        return Looked(arrival, look(body, self.source.delimiter, wanted.names), body, arrival.path)

    def look_at_workbook(self, arrival: Arrival, wanted: Wanted) -> Looked:
        """Look at one Excel workbook: its cells are laid ready, one JSON line a record."""
        target = self.reader.scratch / f"workbook_{arrival.delivery_id}.jsonl"
        style = workbooks.Style.of(self.source, day_columns(self.source))
        longest = self.reader.max_field_megabytes * MEGABYTE
        return Looked(
            arrival, workbooks.lay_ready(arrival.path, self.source.sheet, style, longest, target), None, target
        )

    def look_at_large(self, arrival: Arrival, wanted: Wanted) -> Looked:
        """Look at one CSV too large for memory, and lay it ready."""
        target = self.reader.scratch / f"large_{arrival.delivery_id}.csv"
        counted = large_files.lay_ready(arrival.path, self.source.encoding, target)
        if not counted.head.strip():
            raise RefusedError("The file is empty: it has no header. Deliver at least the header line.")
        line, body_at = first_line(counted.head.removeprefix(b"\xef\xbb\xbf"), 0)
        dialect, notes = find_dialect(line, self.source.delimiter, {name.lower() for name in wanted.names})
        is_plain = not counted.has_oddities and len(dialect.header) > 1
        return Looked(arrival, Look(dialect, counted.lines - 1, is_plain, body_at, notes), None, target)

    def read_parquet(self, arrivals: list[Arrival]) -> None:
        """Read Parquet files, those of one schema together."""
        linked = [self.batch.attempt(arrival, partial(self.link, arrival)) for arrival in arrivals]
        connection = self.reader.connection
        opened, refused = parquet_files.open_files(connection, [file for file in linked if file is not None])
        self.batch.refused |= refused
        groups: dict[str, list[ParquetFile]] = {}
        for file in opened:
            groups.setdefault(file.layout, []).append(file)
        for files in groups.values():
            types = parquet_files.schema_of(connection, files[0])
            if self.source.database is not None:
                types.pop(parquet_files.BROKEN, None)
            try:
                usable = self.settle(types, files[0].delivery_id)
                plans = resolve(connection, self.name, self.source, usable)
            except RefusedError as error:
                self.batch.refused |= dict.fromkeys((file.delivery_id for file in files), str(error))
                continue
            job = Job(self.name, self.source, tuple(plans), Dialect(tuple(types)))
            rows, refused = parquet_files.read(self.reader, job, types, files)
            self.batch.rows += rows
            self.batch.refused |= refused
            for file in files:
                self.batch.note(file.delivery_id, unused_note(job))

    def link(self, arrival: Arrival) -> ParquetFile:
        """A link to a Parquet file under a name that DuckDB cannot take for a pattern."""
        link = self.reader.scratch / f"{arrival.delivery_id}.parquet"
        with arrival.path.open("rb"):
            link.symlink_to(arrival.path.resolve())
        return ParquetFile(arrival.delivery_id, link)


def day_columns(source: Source) -> frozenset[str]:
    """File columns, in lower case, that a feed takes for dates."""
    return frozenset(
        mapping.columns.get(column.name, column.name).strip().lower()
        for feed, mapping in source.feeds.items()
        for column in contracts()[feed].columns
        if column.type == "date"
    )


def unused_note(job: Job) -> str | None:
    """Which columns of a file no feed takes."""
    unused = job.unused() if not job.dialect.is_json else []
    return f"Columns not used: {listed(unused)}." if unused else None
