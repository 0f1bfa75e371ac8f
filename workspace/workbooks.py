"""Excel workbooks of any number of rows: DuckDB writes the rows, xlsxwriter all else.

A workbook is a zip of XML. xlsxwriter makes it with sheets, headings and the format of dates; the rows are put in as
the text that DuckDB makes of them, since cell by cell in Python a million customers take minutes. What a cell says is
written as xlsxwriter writes it: text is text whatever it begins with; what XML cannot hold is written by its number.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

CELL_CHARACTERS = 32_767
BATCH_ROWS = 20_000
FAST = 1  # of zlib: a hundredth larger for a third of the time
FIRST_DAY = date(1900, 3, 1)  # before it spreadsheets count a day that never was
NUMBERS = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\)")
# What XML cannot hold, and what looks like the way in which a spreadsheet writes that.
CONTROLS = [*range(0x09), *range(0x0B, 0x20), 0xFFFE, 0xFFFF]
UNWRITABLE = r"[\x00-\x08\x0B-\x1F\x{FFFE}\x{FFFF}]|_x[0-9A-Fa-f]{4}_"
ROW = '"number of the row"'
SAMPLE = re.compile(r'<row r="2".*?</row>')


def write(members: Path, target: Path, headings: dict[str, str], sheet_rows: int) -> None:
    """Write a Parquet file as a workbook: a sheet for every so many rows, at least one.

    Parameters
    ----------
    headings : by column, in the file's order
    sheet_rows : most rows of a sheet, its headings not among them
    """
    with duckdb.connect() as connection:
        count = int(connection.read_parquet(str(members)).count("*").fetchall()[0][0])
        sizes = [min(sheet_rows, count - first) for first in range(0, count, sheet_rows)] or [0]
        made = zipfile.ZipFile(io.BytesIO(skeleton(list(headings.values()), len(sizes))))
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as book:
            for name in made.namelist():
                if not name.startswith("xl/worksheets/sheet"):
                    book.writestr(name, made.read(name))
                    continue
                sheet = int(re.findall(r"\d+", name)[0]) - 1
                style, head, tail = parts(made.read(name).decode(), sizes[sheet])
                with book.open(name, "w", force_zip64=True) as part:
                    part.write(head)
                    for rows in written(connection, members, headings, style, (sheet * sheet_rows, sizes[sheet])):
                        part.write(rows)
                    part.write(tail)


def skeleton(headings: Sequence[str], sheets: int) -> bytes:
    """A workbook with its headings, frozen above the rows, and in each sheet one date, which shows how dates look."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        look = book.add_format({"bold": True, "bottom": 1})
        for number in range(sheets):
            sheet = book.add_worksheet(f"Customers {number + 1}" if number else "Customers")
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, max(len(headings) - 1, 0), 16)
            for place, heading in enumerate(headings):
                sheet.write_string(0, place, heading, look)
            sheet.write_datetime(1, 0, FIRST_DAY)
    return made.getvalue()


def parts(sheet: str, rows: int) -> tuple[int, bytes, bytes]:
    """The number of the format of dates, and what stands before and after the rows of a sheet."""
    sample = SAMPLE.search(sheet)
    assert sample is not None, "the sheet has the date that was written into it"
    style = int(re.findall(r' s="(\d+)"', sample[0])[0])
    head = re.sub(r'(<dimension ref="A1:[A-Z]+)2"', rf'\g<1>{rows + 1}"', sheet[: sample.start()])
    return style, head.encode(), sheet[sample.end() :].encode()


def written(
    connection: duckdb.DuckDBPyConnection,
    members: Path,
    names: Iterable[str],
    style: int,
    rows: tuple[int, int],
) -> Iterator[memoryview]:
    """The rows of a sheet as XML, many at a time.

    Parameters
    ----------
    rows : which is the first, counted from 0, and how many
    """
    first, count = rows
    kinds = dict(zip(*columns(connection, members), strict=True))
    cells = " || ".join(
        f"coalesce({cell(name, kinds[name], xl_col_to_name(place), style)}, '')" for place, name in enumerate(names)
    )
    found = connection.execute(
        f"""
        select '<row r="' || {ROW} || '">' || {cells} || '</row>' as text
        from (
            select *, (file_row_number - $first + 2)::varchar as {ROW}
            from read_parquet($file, file_row_number => true)
            where file_row_number >= $first and file_row_number < $first + $count
        )
        """,  # noqa: S608  (names of columns, quoted)
        {"file": str(members), "first": first, "count": count},
    ).to_arrow_reader(BATCH_ROWS)
    for batch in found:
        texts = batch.column(0).cast(pa.string())
        _, places, letters = texts.buffers()
        ends = np.frombuffer(places, np.int32, len(texts) + 1, texts.offset * 4)
        yield memoryview(letters)[ends[0] : ends[-1]]


def columns(connection: duckdb.DuckDBPyConnection, members: Path) -> tuple[list[str], list[str]]:
    """The names and types of a file's columns."""
    table = connection.read_parquet(str(members))
    return table.columns, [str(kind) for kind in table.types]


def cell(name: str, kind: str, letters: str, style: int) -> str:
    """The expression of a cell by its type; null where there is nothing to write.

    A key has more digits than a spreadsheet's number keeps: it is text, as is all that is no number, day or yes and no.
    """
    value = '"' + name.replace('"', '""') + '"'
    begin = f"'<c r=\"{letters}' || {ROW} || '\"'"
    if kind == "BOOLEAN":
        return f"{begin} || ' t=\"b\"><v>' || {value}::integer || '</v></c>'"
    if NUMBERS.fullmatch(kind) and name != "customer_key":
        return f"case when isfinite({value}::double) then {begin} || '><v>' || {value}::double || '</v></c>' end"
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        days = f"(epoch_us({value}::timestamp) / 86400000000 + 25569)"
        dated = f"{begin} || ' s=\"{style}\"><v>' || {days} || '</v></c>'"
        is_one = f"isfinite({value}::timestamp) and {value}::timestamp >= timestamp '{FIRST_DAY}'"
        return f"case when {is_one} then {dated} else {begin} || {text(f'{value}::varchar')} end"
    return f"{begin} || {text(f'{value}::varchar')}"


def text(value: str) -> str:
    """The expression of what follows a cell's place where it holds text."""
    cut = f"left({value}, {CELL_CHARACTERS})"
    plain = rf"regexp_replace({cut}, '_(x[0-9A-Fa-f]{{4}}_)', '_x005F_\1', 'g')"
    for sign in CONTROLS:
        plain = f"replace({plain}, chr({sign}), '_x{sign:04X}_')"
    safe = f"case when regexp_matches({value}, '{UNWRITABLE}') then {plain} else {cut} end"
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        safe = f"replace({safe}, '{sign}', '{name}')"
    return f"' t=\"inlineStr\"><is><t xml:space=\"preserve\">' || {safe} || '</t></is></c>'"
