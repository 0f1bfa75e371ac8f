"""The files in which each feed is delivered: folder, name, format. The mappings in regulars.toml answer to these."""

import gzip
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True)
class FileKind:
    """How one system writes one feed."""

    folder: str
    prefix: str
    ending: str
    encoding: str = "utf-8"
    delimiter: str = ","

    def path(self, landing: Path, day: date) -> Path:
        """The file of a day: landing/<system>/<year>/<prefix>_<date><ending>."""
        return landing / self.folder / f"{day.year}" / f"{self.prefix}_{day.isoformat()}{self.ending}"

    def header(self, columns: list[str]) -> str:
        """The first line of a file, with its line end."""
        return "" if self.is_json or self.is_table else self.delimiter.join(columns) + "\n"

    @property
    def is_table(self) -> bool:
        """Parquet; otherwise text, line by line."""
        return self.ending == ".parquet"

    @property
    def is_json(self) -> bool:
        """JSON lines; otherwise CSV."""
        return self.ending.startswith(".jsonl")


FILES = {
    "sales.customers": FileKind("sales", "customers", ".csv.gz"),
    "sales.products": FileKind("sales", "products", ".csv.gz"),
    "sales.orders": FileKind("sales", "orders", ".csv.gz"),
    "sales.order_lines": FileKind("sales", "order_lines", ".csv.gz"),
    "sales.opportunities": FileKind("sales", "opportunities", ".csv.gz"),
    "web.events": FileKind("web", "events", ".parquet"),
    "call_center.calls": FileKind("call_center", "anrufe", ".csv", "latin-1", ";"),
    "call_center.cases": FileKind("call_center", "faelle", ".csv", "latin-1", ";"),
    "call_center.agents": FileKind("call_center", "agenten", ".csv", "latin-1", ";"),
    "marketing.campaigns": FileKind("marketing", "campaigns", ".jsonl"),
    "marketing.contacts": FileKind("marketing", "contacts", ".jsonl.gz"),
    "marketing.responses": FileKind("marketing", "responses", ".jsonl"),
    "marketing.consents": FileKind("marketing", "consents", ".jsonl"),
    "marketing.surveys": FileKind("marketing", "surveys", ".jsonl"),
    "external.demographics": FileKind("external", "demographics", ".tsv", delimiter="\t"),
    "external.prospects": FileKind("external", "prospects", ".csv"),
}


def encoded(kind: FileKind, header: str, lines: pa.Array) -> bytes:
    """Lines of text, each with its line end, as the bytes of a file."""
    text = header.encode("utf-8") + joined(lines)
    if kind.encoding != "utf-8":
        text = text.decode("utf-8").encode(kind.encoding, errors="replace")
    # No time of writing in the file: the same rows are the same bytes.
    return gzip.compress(text, compresslevel=1, mtime=0) if kind.ending.endswith(".gz") else text


def joined(lines: pa.Array) -> bytes:
    """All the texts of a column one after the other, straight from its memory."""
    if not len(lines):
        return b""
    lines = lines.cast(pa.large_string()) if lines.type != pa.large_string() else lines
    offsets, data = lines.buffers()[1:]
    ends = memoryview(offsets).cast("q")
    return bytes(memoryview(data)[ends[lines.offset] : ends[lines.offset + len(lines)]])


def as_parquet(rows: pa.Table) -> bytes:
    """A table as the bytes of a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(rows, sink, compression="snappy", use_dictionary=False, write_statistics=False)
    return sink.getvalue()


def save(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.rename(path)
