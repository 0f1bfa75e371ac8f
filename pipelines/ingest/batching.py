"""One batch of files, whatever their kind: looked at, grouped by header, laid ready and read."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import duckdb

from pipelines.ingest import large_files, parquet_files
from pipelines.ingest.discovering import Arrival
from pipelines.ingest.looking import Dialect, Look, find_dialect, first_line, look, look_json, to_utf8, unpack
from pipelines.ingest.mapping import RefusedError, listed, resolve, wanted_columns
from pipelines.ingest.reading import MEGABYTE, Job, Part, Reader, Rows
from workspace.settings import Source

SMALL_BYTES = 32 << 20
LOOKERS = 2
Found = TypeVar("Found")


@dataclass
class Batch:
    """What is known of the files of one batch so far."""

    rows: list[Rows] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    notes: dict[int, list[str]] = field(default_factory=dict)

    def note(self, delivery_id: int, text: str | None) -> None:
        """Say something about a file that is loaded all the same."""
        if text:
            self.notes.setdefault(delivery_id, []).append(text)


@dataclass(frozen=True)
class Looked:
    """A text file after the first look: small ones with their bytes, large ones laid ready in `path`."""

    arrival: Arrival
    look: Look
    body: bytes | None
    path: Path
    records: int


def read_batch(reader: Reader, sources: dict[str, Source], arrivals: Iterable[Arrival]) -> Batch:
    """Read files into relations of the reader's connection; those that cannot be read are refused with the reason."""
    batch = Batch()
    by_source: dict[str, list[Arrival]] = {}
    for arrival in arrivals:
        by_source.setdefault(arrival.source_name, []).append(arrival)
    for name, files in by_source.items():
        source = sources[name]
        # A naive instant is read by the session's zone.
        reader.connection.execute("set timezone = $zone", {"zone": source.time_zone})
        kinds: dict[str, list[Arrival]] = {}
        for arrival in files:
            kinds.setdefault(kind_of(source, arrival.file), []).append(arrival)
        read_parquet(reader, batch, name, source, kinds.pop("parquet", []))
        for kind, texts in kinds.items():
            read_texts(reader, batch, name, source, texts, kind == "jsonl")
    return batch


def kind_of(source: Source, file: str) -> str:
    """The format of a file: the source's, else by the file's ending."""
    if source.format != "auto":
        return source.format
    name = file.lower().removesuffix(".gz")
    if name.endswith((".parquet", ".pq")):
        return "parquet"
    return "jsonl" if name.endswith((".jsonl", ".ndjson", ".json")) else "csv"


def attempt(batch: Batch, arrival: Arrival, work: Callable[[], Found]) -> Found | None:
    """Do something with a file; where that is refused, set the file aside."""
    try:
        return work()
    except RefusedError as error:
        batch.refused[arrival.delivery_id] = str(error)
    except OSError as error:
        batch.refused[arrival.delivery_id] = f"The file cannot be read: {error.strerror}. Mend its permissions."
    return None


def read_texts(reader: Reader, batch: Batch, name: str, source: Source, arrivals: list[Arrival], is_json: bool) -> None:
    """Read CSV or JSON lines files of one source."""
    jobs: dict[Dialect, Job | str] = {}
    parts: dict[Dialect, list[Part]] = {}
    bundles = Bundles(reader)
    for arrival, looked in look_at_all(reader, batch, source, arrivals, is_json):
        dialect = looked.look.dialect
        if dialect not in jobs:
            jobs[dialect] = make_job(reader.connection, name, source, dialect)
        job = jobs[dialect]
        if isinstance(job, str):
            batch.refused[arrival.delivery_id] = job
            continue
        batch.note(arrival.delivery_id, looked.look.notes)
        batch.note(arrival.delivery_id, unused_note(job))
        parts.setdefault(dialect, []).append(bundles.lay(looked))
    bundles.close()
    for dialect, group in parts.items():
        job = jobs[dialect]
        assert isinstance(job, Job)
        for rows in reader.read(job, group):
            batch.rows.append(rows)


def make_job(connection: duckdb.DuckDBPyConnection, name: str, source: Source, dialect: Dialect) -> Job | str:
    """The plan for files of one header; or why they cannot be loaded."""
    try:
        plans = resolve(connection, name, source, dict.fromkeys(dialect.header, "VARCHAR"))
    except RefusedError as error:
        return str(error)
    return Job(name, source, tuple(plans), dialect)


def unused_note(job: Job) -> str | None:
    """Which columns of a file no feed takes."""
    unused = job.unused() if not job.dialect.is_json else []
    return f"Columns not used: {listed(unused)}." if unused else None


def look_at_all(
    reader: Reader, batch: Batch, source: Source, arrivals: list[Arrival], is_json: bool
) -> Iterator[tuple[Arrival, Looked]]:
    """Look at files, two at a time and in order; the refused are set aside."""
    wanted = wanted_columns(source)
    longest = reader.max_field_megabytes * MEGABYTE

    def look_at(arrival: Arrival) -> Looked | None:
        return attempt(batch, arrival, lambda: look_at_one(reader, source, arrival, is_json, wanted, longest))

    with ThreadPoolExecutor(LOOKERS) as pool:
        for start in range(0, len(arrivals), 64):
            some = arrivals[start : start + 64]
            for arrival, looked in zip(some, pool.map(look_at, some), strict=True):
                if looked is not None:
                    yield arrival, looked


def look_at_one(
    reader: Reader, source: Source, arrival: Arrival, is_json: bool, wanted: list[str], longest: int
) -> Looked:
    """Look at one text file."""
    is_packed = arrival.file.lower().endswith(".gz")
    encoding = "utf-8" if is_json else source.encoding
    if arrival.size * (8 if is_packed else 1) > SMALL_BYTES and not is_json:
        return look_at_large(reader, source, arrival, wanted)
    body = to_utf8(unpack(arrival.path.read_bytes()), encoding)
    found = look_json(body, wanted, longest) if is_json else look(body, source.delimiter, wanted)
    return Looked(arrival, found, body, arrival.path, found.records)


def look_at_large(reader: Reader, source: Source, arrival: Arrival, wanted: list[str]) -> Looked:
    """Look at one CSV too large for memory, and lay it ready."""
    target = reader.scratch / f"large_{arrival.delivery_id}.csv"
    counted = large_files.lay_ready(arrival.path, source.encoding, target)
    if not counted.head.strip():
        raise RefusedError("The file is empty: it has no header. Deliver at least the header line.")
    line, body_at = first_line(counted.head.removeprefix(b"\xef\xbb\xbf"), 0)
    dialect, notes = find_dialect(line, source.delimiter, {name.lower() for name in wanted})
    is_plain = not counted.has_oddities and counted.quotes % 2 == 0 and len(dialect.header) > 1
    has_lines = counted.lines == counted.records and not counted.blanks
    found = Look(dialect, counted.records - 1, is_plain, body_at, notes, has_lines)
    return Looked(arrival, found, None, target, found.records)


class Bundles:
    """Small files of one header written one after the other into one, the delivery's number before each record.

    Opening a file costs DuckDB more than reading a few hundred rows, and a batch may hold thousands of files.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.open: dict[Dialect, tuple[Path, object]] = {}

    def lay(self, looked: Looked) -> Part:
        """Lay one file ready."""
        look, delivery = looked.look, looked.arrival.delivery_id
        is_bundled = looked.body is not None and look.is_plain
        part = Part(delivery, looked.arrival.path, looked.path, look.records, look.is_plain, is_bundled)
        if not is_bundled or looked.body is None:
            return part if look.one_line_each else Part(**{**vars(part), "one_line_each": False})
        path, file = self.file(look.dialect)
        start = file.tell()  # type: ignore[attr-defined]
        file.write(with_number(looked.body, look, delivery))  # type: ignore[attr-defined]
        end = file.tell()  # type: ignore[attr-defined]
        return Part(delivery, looked.arrival.path, path, look.records, True, True, start, end)

    def file(self, dialect: Dialect) -> tuple[Path, object]:
        """The bundle for files of this header."""
        if dialect not in self.open:
            path = self.reader.scratch / self.reader.name("bundle")
            self.open[dialect] = (path, path.open("wb"))
        return self.open[dialect]

    def close(self) -> None:
        """Finish every bundle."""
        for _, file in self.open.values():
            file.close()  # type: ignore[attr-defined]


def with_number(body: bytes, look: Look, delivery_id: int) -> bytes:
    """The records of a plain file, each with the delivery's number as its first field."""
    text = body[look.body_at :].replace(b"\r\n", b"\n") if b"\r" in body else body[look.body_at :]
    if not text:
        return b""
    text = text.removesuffix(b"\n")
    if look.dialect.is_json:
        start = b'{"_delivery_id":%d,' % delivery_id
        return start + text[1:].replace(b"\n{", b"\n" + start) + b"\n"
    start = b"%d%s" % (delivery_id, look.dialect.delimiter.encode())
    return start + text.replace(b"\n", b"\n" + start) + b"\n"


def read_parquet(reader: Reader, batch: Batch, name: str, source: Source, arrivals: list[Arrival]) -> None:
    """Read the Parquet files of one source."""
    groups: dict[tuple[tuple[str, str], ...], list[tuple[int, Path, int]]] = {}
    for arrival in arrivals:
        link = reader.scratch / f"{arrival.delivery_id}.parquet"
        link.symlink_to(arrival.path.resolve())
        found = attempt(batch, arrival, lambda link=link: parquet_files.schema_of(reader.connection, link))
        if found is not None:
            schema = tuple(parquet_files.steady(found[0]))
            groups.setdefault(schema, []).append((arrival.delivery_id, link, found[1]))
    for schema, files in groups.items():
        types = dict(schema)
        try:
            plans = resolve(reader.connection, name, source, types)
        except RefusedError as error:
            batch.refused |= dict.fromkeys((delivery for delivery, _, _ in files), str(error))
            continue
        job = Job(name, source, tuple(plans), Dialect(tuple(types)))
        rows, refused = parquet_files.read(reader, job, types, files)
        batch.rows += rows
        batch.refused |= refused
        for delivery, _, _ in files:
            batch.note(delivery, unused_note(job))
