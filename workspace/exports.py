"""Frozen lists as files for people: CSV and Excel in which no cell runs as a formula, Parquet as it is."""

import os
import tempfile
from pathlib import Path

import duckdb
import pandas as pd

from workspace import workbooks
from workspace.list_columns import BY_NAME

# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV injection").
FORMULA_STARTS = "=+-@\t\r\n"
FORMATS = {
    "csv": ("CSV", "text/csv"),
    "xlsx": ("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "parquet": ("Parquet", "application/vnd.apache.parquet"),
}
SHEET_ROWS = 1_000_000  # a sheet ends at 1,048,576; the rest goes on in the next one


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
    """A sheet per million customers; text stays text, whatever it begins with."""
    with duckdb.connect() as connection:
        names = connection.read_parquet(str(members)).columns
    workbooks.write(members, target, {name: label(name) for name in names}, SHEET_ROWS)
