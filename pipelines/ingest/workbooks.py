"""Excel workbooks into records: one sheet, its cells as text, laid ready so that reading them again cannot fail."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from pipelines.ingest.careful import SHOWN, Record
from pipelines.ingest.looking import Dialect, Look, distinct
from pipelines.ingest.mapping import RefusedError, listed
from workspace.source_settings import Source

DAMAGED = (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, EOFError, zipfile.LargeZipFile)
ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})


@dataclass(frozen=True)
class Style:
    """How a source writes what Excel keeps as a number or an instant, so that it is read like the text beside it."""

    decimal: str
    instant: str | None
    day: str | None
    days: frozenset[str]
    "Columns, in lower case, that a feed takes for dates."

    @classmethod
    def of(cls, source: Source, days: frozenset[str]) -> "Style":
        """The style of a source."""
        return cls(source.decimal_separator, source.timestamp_format, source.date_format, days)

    def text(self, value: Any, column: str) -> str | None:
        """A cell as text; a whole number without the point that Excel does not show either."""
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float):
            whole = value.is_integer() and abs(value) < 1e15
            return str(int(value)) if whole else repr(value).replace(".", self.decimal)
        if isinstance(value, date):
            style = self.day if column.lower() in self.days else self.instant
            return value.strftime(style) if style else iso(value)
        return str(value)


def iso(value: date) -> str:
    """A day or an instant as ISO writes it."""
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()


def lay_ready(path: Path, sheet: str | None, style: Style, longest: int, target: Path) -> Look:
    """Write the records of a sheet to `target`, one JSON line each, and tell the header and how many there are.

    The first row that is not empty is the header; empty rows are no records. A formula counts with the value that
    Excel last worked out. A row with an error value (`#REF!`), with a value beyond the header's columns or with a field
    of more than `longest` bytes is a broken record.

    Raises
    ------
    RefusedError
        When this is no whole workbook, or the sheet is not there or empty.
    """
    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            return lay_sheet(chosen(book, sheet), style, longest, target)
        finally:
            book.close()
    except DAMAGED as error:
        raise RefusedError(
            f"The file is not a whole Excel workbook ({str(error).splitlines()[0] if str(error) else 'damaged'}). "
            "Deliver it again; a file of the old kind (.xls) must be saved as .xlsx."
        ) from None


def chosen(book: Any, sheet: str | None) -> Any:
    """The sheet of that name, else the first."""
    if sheet is None:
        return book.worksheets[0]
    by_name = {one.title: one for one in book.worksheets}
    if sheet not in by_name:
        raise RefusedError(
            f"There is no sheet {sheet!r}; the workbook has: {listed(by_name)}. Mend the source's sheet."
        )
    return by_name[sheet]


def lay_sheet(sheet: Any, style: Style, longest: int, target: Path) -> Look:
    """The work of `lay_ready` once the sheet is open."""
    sheet.reset_dimensions()  # some programs state a size that is not so
    rows = ((line, row) for line, row in enumerate(sheet.iter_rows(values_only=True), start=1) if is_filled(row))
    first = next(rows, None)
    if first is None:
        raise RefusedError(f"The sheet {sheet.title!r} is empty: it has no header. Deliver at least the header row.")
    names = ["" if value is None else str(value).strip() for value in trimmed(first[1])]
    header, changed = distinct(names)
    number = 0
    with target.open("w", encoding="utf-8") as file:
        for number, (line, row) in enumerate(rows, start=1):
            record = record_of(number, line, trimmed(row), header, style=style, longest=longest)
            file.write(json.dumps([record.row, record.line, record.values, record.broken]) + "\n")
    notes = f"Columns renamed: {', '.join(changed)}." if changed else None
    return Look(Dialect(header, is_workbook=True), number, False, 0, notes)


def is_filled(row: tuple[Any, ...]) -> bool:
    """Whether a row says anything."""
    return any(value is not None and value != "" for value in row)


def trimmed(row: tuple[Any, ...]) -> list[Any]:
    """A row without the empty cells at its end, which only say how wide the sheet was once."""
    values = list(row)
    while values and values[-1] in (None, ""):
        values.pop()
    return values


def record_of(number: int, line: int, row: list[Any], header: tuple[str, ...], *, style: Style, longest: int) -> Record:
    """A row as a record."""
    if len(row) > len(header):
        broken = f"has a value in column {len(row)} where the header has {len(header)} columns"
        return Record(number, line, [shown(row)], broken)
    row = row + [None] * (len(header) - len(row))
    values = [style.text(value, name) for value, name in zip(row, header, strict=True)]
    for name, value in zip(header, values, strict=True):
        if value in ERRORS:
            return Record(number, line, [shown(row)], f"holds the error {value} in {name}")
        if value is not None and len(value) * 4 > longest and len(value.encode("utf-8")) > longest:
            size = len(value.encode("utf-8"))
            broken = f"holds {size:,} bytes in {name}, more than ingest.max_field_megabytes allows"
            return Record(number, line, [shown(row)], broken)
    return Record(number, line, list(values))


def shown(row: list[Any]) -> str:
    """A row for a person to see."""
    return "; ".join("" if value is None else str(value)[:SHOWN] for value in row)[:SHOWN]


def records(laid: Path) -> Iterator[Record]:
    """The records that `lay_ready` wrote."""
    with laid.open(encoding="utf-8") as file:
        for line in file:
            yield Record(*json.loads(line))
