"""The slow, exact reader: one record at a time, so that exactly the bad records are set aside and no other is lost."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.ingest.looking import text_stream

# How many lines a quoted field may run over before its opening quote is held to be a slip of the pen.
MOST_LINES_OF_A_RECORD = 1000
SHOWN = 500


@dataclass(frozen=True)
class Record:
    """One record of a file: its position, the line it starts on, its values, and what is wrong with it if anything."""

    row: int
    line: int
    values: list[str | None]
    broken: str | None = None


def csv_records(path: Path, encoding: str, delimiter: str, columns: list[str], longest: int) -> Iterator[Record]:
    """The records of a CSV after its header.

    A record whose quote is never closed, whose number of fields is not the header's, which holds NUL bytes or a
    field of more than `longest` bytes comes as broken; reading goes on with the line after it.
    """
    csv.field_size_limit(2**31 - 1)
    with text_stream(path, encoding) as stream:
        lines = Lines(stream)
        taken = take(lines, delimiter, longest)
        row = 0
        while True:
            if taken is None or (row == 0 and not taken[1]):
                return
            taken = take(lines, delimiter, longest, len(columns))
            if taken is None:
                return
            row += 1
            line, text, fields = taken
            broken = fault(text, fields, columns, longest)
            yield Record(row, line, [text[:SHOWN]] if broken else list(fields or []), broken)


def fault(text: str, fields: list[str] | None, columns: list[str], longest: int) -> str | None:
    """What is wrong with a record, as a sentence without its subject; None when nothing is."""
    if fields is None:
        return "opens a quote that is never closed"
    if "\x00" in text:
        return "holds NUL bytes"
    if len(fields) != len(columns):
        return f"has {len(fields)} fields where the header has {len(columns)}"
    if len(text) * 4 > longest:
        for name, field in zip(columns, fields, strict=True):
            size = len(field.encode("utf-8"))
            if size > longest:
                return f"holds {size:,} bytes in {name}, more than ingest.max_field_megabytes allows"
    return None


class Lines:
    """Lines of a text with their numbers, some of which can be handed back to be read again."""

    def __init__(self, stream: Iterator[str]) -> None:
        self.stream = stream
        self.back: list[str] = []
        self.number = 0

    def next(self) -> str | None:
        """The next line without its end; None after the last."""
        line = self.back.pop() if self.back else next(self.stream, None)
        self.number += line is not None
        return line.removesuffix("\n") if line is not None else None

    def give_back(self, lines: list[str]) -> None:
        """Read these lines again, in this order."""
        self.back.extend(f"{line}\n" for line in reversed(lines))
        self.number -= len(lines)


def take(
    lines: Lines, delimiter: str, longest: int, width: int | None = None
) -> tuple[int, str, list[str] | None] | None:
    """The next record: line number, text, fields (None where a quote stays open); None after the last record."""
    text = lines.next()
    while text is not None and not text.strip("\x00"):
        text = lines.next()
    if text is None:
        return None
    first = lines.number
    if '"' not in text:
        return first, text, text.split(delimiter)
    more: list[str] = []
    joined = text
    while True:
        fields = parsed(joined, delimiter)
        if fields is not None and (not more or width is None or len(fields) == width):
            return first, joined, fields
        line = None if len(more) >= MOST_LINES_OF_A_RECORD or len(joined) > longest + len(text) else lines.next()
        if line is None or fields is not None:
            # Either nothing closes the quote, or what closed it does not make a record: only this line is bad.
            lines.give_back(more if line is None else [*more, line])
            return first, text, parsed(text, delimiter)
        more.append(line)
        joined = "\n".join([joined, line])


def parsed(text: str, delimiter: str) -> list[str] | None:
    """The fields of a record; None where a quote is still open."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def json_records(path: Path, columns: list[str], longest: int) -> Iterator[Record]:
    """The records of a JSON lines file, numbers with the digits they were written with, nested values as JSON."""
    with text_stream(path, "utf-8") as stream:
        row = 0
        for line, text in enumerate(stream, start=1):
            if not text.strip():
                continue
            row += 1
            found = json_object(text)
            if isinstance(found, str):
                yield Record(row, line, [text.strip()[:SHOWN]], found)
                continue
            values = [json_text(found.get(name)) for name in columns]
            long = [n for n, v in zip(columns, values, strict=True) if v and len(v.encode("utf-8")) > longest]
            reason = f"holds in {long[0]} more than ingest.max_field_megabytes allows" if long else None
            yield Record(row, line, [text.strip()[:SHOWN]] if reason else values, reason)


def json_object(text: str) -> dict[str, Any] | str:
    """A line as an object, or what is wrong with it."""
    try:
        found = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (json.JSONDecodeError, RecursionError) as error:
        return f"is not JSON: {error}"
    return found if isinstance(found, dict) else "is not a JSON object"


def json_text(found: Any) -> str | None:
    """A JSON value as text."""
    if found is None or isinstance(found, str):
        return found
    return json.dumps(found, ensure_ascii=False)
