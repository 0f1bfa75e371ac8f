"""A first look at a text file, in bytes and without DuckDB: content hash, encoding, header, how many records."""

import codecs
import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.ingest.mapping import OURS, RefusedError, Wanted

DELIMITERS = (",", ";", "\t", "|", "^", "~", ":")
QUOTED = re.compile(rb'"[^"]*"')
HEADER_BYTES = 1 << 20


@dataclass(frozen=True)
class Dialect:
    """What files must share to be read together."""

    header: tuple[str, ...]
    delimiter: str = ","
    is_json: bool = False
    is_workbook: bool = False


@dataclass(frozen=True)
class Look:
    """What one look at a text file found. `records` counts its lines; `is_plain` says one line is one record."""

    dialect: Dialect
    records: int
    is_plain: bool
    body_at: int
    "Where the first record begins."
    notes: str | None = None


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes as they lie on disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack(data: bytes) -> bytes:
    """Bytes without gzip around them.

    Raises
    ------
    RefusedError
        When the gzip is cut short or damaged.
    """
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return gzip.decompress(data)
    except EOFError:
        raise RefusedError("The gzip file ends too early: it was cut short. Deliver it again, whole.") from None
    except (OSError, zlib.error) as error:
        raise RefusedError(f"The gzip file is damaged: {error}. Deliver it again.") from None


def to_utf8(data: bytes, encoding: str) -> bytes:
    """Text in UTF-8 without byte order mark, from `encoding`.

    Raises
    ------
    RefusedError
        Naming the line and the bytes that the encoding does not have, and what to set.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not is_utf16(encoding):
        raise RefusedError(f"The file is UTF-16, not {encoding}. Set encoding = 'utf-16' for its source.")
    if data.startswith(codecs.BOM_UTF8):
        data, encoding = data[len(codecs.BOM_UTF8) :], "utf-8"
    if codecs.lookup(encoding).name == "utf-8":
        if not data.isascii():
            decoded(data, encoding)
        return data
    return decoded(data, encoding).encode("utf-8").removeprefix(codecs.BOM_UTF8)


def is_utf16(encoding: str) -> bool:
    """Whether an encoding is one of the UTF-16 or UTF-32 family."""
    return codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))


def decoded(data: bytes, encoding: str) -> str:
    """Text from bytes; see `to_utf8`."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = data[error.start : error.end].hex(" ")
        raise RefusedError(
            f"Line {line} is not {encoding}: the bytes {found} have no meaning there. "
            f"Set the encoding of its source, for example 'windows-1252', or deliver it in {encoding}."
        ) from None


def look(body: bytes, delimiter: str | None, wanted: Iterable[str]) -> Look:
    """Find header, delimiter and number of records of a CSV.

    Parameters
    ----------
    body : the whole file in UTF-8
    delimiter : None to find it: the one that shows most of the `wanted` columns
    wanted : names of columns that the mappings speak of

    Raises
    ------
    RefusedError
        When there is nothing, or nothing that could be a header.
    """
    if not body.strip(b" \t\r\n\x00"):
        raise RefusedError("The file is empty: it has no header. Deliver at least the header line.")
    start = len(body) - len(body.lstrip(b"\r\n"))
    line, body_at = first_line(body, start)
    dialect, notes = find_dialect(line, delimiter, {name.lower() for name in wanted})
    found = Look(dialect, 0, True, body_at, notes)
    return count_records(body, found)


def first_line(body: bytes, start: int) -> tuple[str, int]:
    """The header's text and where the next line begins; a quoted header may run over several lines."""
    end = start
    while True:
        match = re.compile(rb"\r\n|\n|\r").search(body, end, start + HEADER_BYTES)
        if match is None:
            if len(body) - start > HEADER_BYTES:
                raise RefusedError("The first megabyte has no complete header line. Is this a CSV file?")
            return body[start:].decode("utf-8"), len(body)
        line = body[start : match.start()]
        if line.count(b'"') % 2 == 0:
            return line.decode("utf-8"), match.end()
        end = match.end()


def find_dialect(line: str, delimiter: str | None, wanted: set[str]) -> tuple[Dialect, str | None]:
    """Header and delimiter from the first line, and a note where names had to be changed."""
    if "\x00" in line:
        raise RefusedError(
            "The header line holds NUL bytes. Is this a text file? Set encoding = 'utf-16' if it is that."
        )
    candidates = [delimiter] if delimiter else list(DELIMITERS)
    csv.field_size_limit(2**31 - 1)
    split = {candidate: next(csv.reader([line], delimiter=candidate), []) for candidate in candidates}

    def fit(candidate: str) -> tuple[int, int]:
        names = [name.strip().lower() for name in split[candidate]]
        return len(wanted.intersection(names)), len(names)

    best = max(candidates, key=fit)
    header, changed = distinct([name.strip() for name in split[best]])
    return Dialect(header, best), f"Columns renamed: {', '.join(changed)}." if changed else None


def distinct(names: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Names made unique without regard to case, and 'old → new' for those that had to change."""
    taken = {name.lower() for name in OURS}
    result, changed = [], []
    for place, name in enumerate(names, start=1):
        new = name or f"column_{place}"
        suffix = 1
        while new.lower() in taken:
            suffix += 1
            new = f"{name or 'column'}_{suffix}"
        taken.add(new.lower())
        result.append(new)
        if new != name:
            changed.append(f"{name!r} → {new!r}")
    return tuple(result), changed


def count_records(body: bytes, found: Look) -> Look:
    """Count the lines that hold a record, by bytes alone: the figure that reading is later held against."""
    rest = body[found.body_at :] if found.body_at else body
    text = rest.replace(b"\r\n", b"\n") if b"\r" in rest else rest
    lines = text.count(b"\n") + (not text.endswith(b"\n") and bool(text))
    blank = b"\n\n" in text or text.startswith(b"\n")
    records = lines - (text.split(b"\n").count(b"") - text.endswith(b"\n") if blank else 0)
    is_plain = b"\r" not in text and b"\x00" not in text and not blank and len(found.dialect.header) > 1
    if is_plain and b'"' in text:
        outside = QUOTED.sub(b"", text)
        # A quote left over is never closed; a line break inside quotes makes a record of several lines.
        is_plain = b'"' not in outside and outside.count(b"\n") == text.count(b"\n")
    return replace(found, records=records, is_plain=is_plain)


def look_json(body: bytes, wanted: Wanted, longest: int) -> Look:
    """Count the records of a JSON lines file; its columns are whatever the mappings speak of.

    A record may leave a field out; a needed one that no record has is missing from the file.

    Raises
    ------
    RefusedError
        When there is nothing in it, or a needed field is in no record.
    """
    if not body.strip():
        raise RefusedError("The file is empty. Deliver at least one record.")
    for name in wanted.needed:
        if not has_field(body, name):
            raise RefusedError(f"The field {name!r}, which a feed requires, is in no record. Deliver or map another.")
    lines = body.splitlines() if b"\r" in body else body.removesuffix(b"\n").split(b"\n")
    blank = sum(not line.strip() for line in lines)
    # Each line must begin as an object does, for the delivery's number is put in there.
    starts = body.count(b"\n{") + body.startswith(b"{")
    is_plain = starts == len(lines) and b"\r" not in body and b"\x00" not in body and max(map(len, lines)) <= longest
    names = [*wanted.sure, *(name for name in wanted.possible if has_field(body, name))]
    ours = {name.lower() for name in OURS}
    header = tuple(name for name in dict.fromkeys(names) if name.lower() not in ours)
    return Look(Dialect(header, is_json=True), len(lines) - blank, is_plain, 0)


def has_field(body: bytes, name: str) -> bool:
    """Whether a field's name stands anywhere in a JSON text."""
    return any(json.dumps(name, ensure_ascii=ascii_only).encode() in body for ascii_only in (False, True))


def text_stream(path: Path, encoding: str) -> io.TextIOWrapper:
    """A file as text with every kind of line end read as one, unpacked and without byte order mark."""
    with path.open("rb") as file:
        start = file.read(4)
    is_gzip = start.startswith(b"\x1f\x8b")
    raw = gzip.open(path, "rb") if is_gzip else path.open("rb")  # noqa: SIM115  closed with the stream around it
    codec = "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
    return io.TextIOWrapper(raw, encoding=codec, newline=None)
