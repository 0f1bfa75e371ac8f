"""Frozen lists as files for people: CSV and Excel in which no cell runs as a formula, Parquet as it is."""

import os
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import xlsxwriter

from workspace.list_columns import BY_NAME

# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV injection").
FORMULA_STARTS = "=+-@\t\r\n"
FORMATS = {
    "csv": ("CSV", "text/csv"),
    "xlsx": ("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "parquet": ("Parquet", "application/vnd.apache.parquet"),
}
SHEET_ROWS = 1_000_000  # a sheet ends at 1,048,576; the rest goes on in the next one
CELL_CHARACTERS = 32_767
CHUNK_ROWS = 20_000


def export(members: Path, kind: str) -> Path:
    """The list in the form asked for, made beside its members the first time; returns the file.

    Parameters
    ----------
    members : the frozen Parquet file; it is what the list is, every other form is written from it
    kind : csv, xlsx or parquet
    """
    if kind == "parquet":
        return members
    target = members.with_suffix(f".{kind}")
    if not target.exists():
        handle, name = tempfile.mkstemp(prefix=".export-", suffix=f".{kind}", dir=members.parent)
        os.close(handle)
        {"csv": write_csv, "xlsx": write_xlsx}[kind](members, Path(name))
        Path(name).replace(target)
    return target


def table_file(table: pd.DataFrame, kind: str) -> bytes:
    """A small table of a page as a file (csv, xlsx or parquet), guarded as lists are."""
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "table.parquet"
        with duckdb.connect() as connection:
            connection.from_df(table).write_parquet(str(rows))
        return export(rows, kind).read_bytes()


def write_csv(members: Path, target: Path) -> None:
    """UTF-8 with a mark that tells Excel so; a text cell that would run as a formula begins with an apostrophe."""
    with duckdb.connect() as connection:
        table = connection.read_parquet(str(members))
        shown = ", ".join(csv_cell(name, str(kind)) for name, kind in zip(table.columns, table.types, strict=True))
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            body = Path(folder) / "body.csv"
            table.project(shown).write_csv(str(body), header=True, date_format="%Y-%m-%d")
            with target.open("wb") as out, body.open("rb") as written:
                out.write(b"\xef\xbb\xbf")
                while chunk := written.read(1 << 22):
                    out.write(chunk)


def csv_cell(name: str, kind: str) -> str:
    """The expression of one column: text is guarded, numbers and dates are as they are."""
    quoted = f'"{name}"'
    heading = f'"{label(name)}"'
    if kind != "VARCHAR":
        return f"{quoted} as {heading}"
    starts = "".join(f"\\x{ord(sign):02x}" for sign in FORMULA_STARTS)
    return f"case when regexp_matches({quoted}, '^[{starts}]') then '''' || {quoted} else {quoted} end as {heading}"


def label(name: str) -> str:
    """The heading of a column of the file."""
    return BY_NAME[name].label if name in BY_NAME else name.replace("_", " ").capitalize()


def write_xlsx(members: Path, target: Path) -> None:
    """A sheet per million customers; text stays text, whatever it begins with; rows are streamed, not gathered."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with duckdb.connect() as connection, xlsxwriter.Workbook(str(target), options) as book:
        answer = connection.execute("select * from read_parquet(?)", [str(members)])
        names = [column[0] for column in answer.description or []]
        heading = book.add_format({"bold": True, "bottom": 1})
        sheet, row = None, SHEET_ROWS + 1
        for values in streamed(answer):
            if sheet is None or row > SHEET_ROWS:
                sheet, row = new_sheet(book, names, heading), 1
            for place, value in enumerate(values):
                write_cell(sheet, row, place, value, names[place])
            row += 1
        if sheet is None:
            new_sheet(book, names, heading)


def streamed(answer: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """The rows of an answer, a chunk at a time."""
    while chunk := answer.fetchmany(CHUNK_ROWS):
        yield from chunk


def new_sheet(book: Any, names: list[str], heading: Any) -> Any:
    """A sheet with its headings, frozen above the rows."""
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet("Customers" if number == 1 else f"Customers {number}")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(names) - 1, 0), 16)
    for place, name in enumerate(names):
        sheet.write_string(0, place, label(name), heading)
    return sheet


def write_cell(sheet: Any, row: int, place: int, value: Any, name: str) -> None:
    """One value by its type; nothing for a missing one. A key has more digits than a spreadsheet's number keeps."""
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, (datetime, date)):
        sheet.write_datetime(row, place, value)
    elif isinstance(value, (int, float, Decimal)) and name != "customer_key":
        sheet.write_number(row, place, float(value))
    else:
        sheet.write_string(row, place, str(value)[:CELL_CHARACTERS])
