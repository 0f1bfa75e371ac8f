"""Exports: no cell runs as a formula, every row and value is there, whatever the names try."""

import csv
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from workspace import exports

# Said here once more: the test must not believe the list that it tests.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
LONG = "x" * 10_000
NAMES = [
    "Anna Müller",
    "=cmd|'/c calc'!A1",
    "+49 30 123",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "<script>alert(1)</script>",
    'a "quoted", comma; and\nnewline',
    "http://example.invalid",
    "'already",
    LONG,
    None,
]
KEY = 8_888_888_888_888_888_888


def frozen(folder: Path, names: list[str | None]) -> Path:
    """A list's members as the dashboard freezes them."""
    file = folder / "members.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "create table members (customer_key bigint, name varchar, net_margin_12m decimal(18, 4), frequency integer,"
            " last_order_on date, consent_email boolean)"
        )
        for place, name in enumerate(names):
            row = [KEY + place, name, Decimal("-12.5"), -3, date(2025, 12, 31), True]
            connection.execute("insert into members values (?, ?, ?, ?, ?, ?)", row)
        connection.table("members").write_parquet(str(file))
    return file


def read_csv(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))


def read_sheet(file: Path) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(file).active
    assert sheet is not None
    return [list(row) for row in sheet.iter_rows()]


def test_csv_guards_text_and_leaves_numbers(tmp_path: Path) -> None:
    heading, *rows = read_csv(exports.export(frozen(tmp_path, NAMES), "csv"))
    assert heading == ["Customer key", "Name", "Net margin", "Orders so far", "Last order", "Agrees to e-mail"]
    for name, row in zip(NAMES, rows, strict=True):
        expected = "" if name is None else f"'{name}" if name[0] in FORMULA_STARTS else name
        assert row[1] == expected
        assert [*row[2:]] == ["-12.5000", "-3", "2025-12-31", "true"]
    assert [row[0] for row in rows] == [str(KEY + place) for place in range(len(NAMES))]


def test_csv_tells_excel_that_it_is_utf_8(tmp_path: Path) -> None:
    assert exports.export(frozen(tmp_path, NAMES), "csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_excel_holds_text_as_text_and_no_formula(tmp_path: Path) -> None:
    _, *rows = read_sheet(exports.export(frozen(tmp_path, NAMES), "xlsx"))
    assert len(rows) == len(NAMES)
    for place, (name, row) in enumerate(zip(NAMES, rows, strict=True)):
        assert row[0].value == str(KEY + place)  # as text: a spreadsheet's number keeps 15 digits
        # XML reads a carriage return as a line's end, unless it is written as Excel writes it.
        assert str(row[1].value or "").replace("_x000D_", "\r") == (name or "")
        assert row[1].data_type != "f"
        assert row[1].hyperlink is None
        assert (row[2].value, row[3].value, row[2].data_type) == (-12.5, -3, "n")
        assert row[4].value.date() == date(2025, 12, 31)
        assert row[5].value is True


def test_a_text_longer_than_a_cell_is_cut_not_lost(tmp_path: Path) -> None:
    _, row = read_sheet(exports.export(frozen(tmp_path, ["y" * 40_000]), "xlsx"))
    assert row[1].value == "y" * 32_767


def test_rows_go_on_in_a_second_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "SHEET_ROWS", 5)
    file = exports.export(frozen(tmp_path, [str(number) for number in range(12)]), "xlsx")
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Customers", "Customers 2", "Customers 3"]
    found = [row[1].value for sheet in book for row in sheet.iter_rows(min_row=2)]
    assert found == [str(number) for number in range(12)]


def test_a_list_without_members_has_its_headings(tmp_path: Path) -> None:
    members = frozen(tmp_path, [])
    assert len(read_csv(exports.export(members, "csv"))) == 1
    assert len(read_sheet(exports.export(members, "xlsx"))) == 1


def test_parquet_is_the_list_itself(tmp_path: Path) -> None:
    members = frozen(tmp_path, NAMES)
    assert exports.export(members, "parquet") == members


def test_nothing_but_the_finished_file_is_left(tmp_path: Path) -> None:
    members = frozen(tmp_path, NAMES)
    for kind in ("csv", "xlsx", "csv"):
        exports.export(members, kind)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["members.csv", "members.parquet", "members.xlsx"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00")), min_size=1, max_size=8))
def test_no_cell_of_any_csv_begins_like_a_formula(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    _, *rows = read_csv(exports.export(frozen(tmp_path_factory.mktemp("list"), list(names)), "csv"))
    assert len(rows) == len(names)
    for name, row in zip(names, rows, strict=True):
        assert row[1] in (name, f"'{name}")
        assert not row[1].startswith(FORMULA_STARTS)


AWKWARD = "_x0041&<>=\r\n\t \x00\x0b\ufffe"
CELLS = st.tuples(
    st.text(alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from(AWKWARD)), max_size=30),
    st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**53), 2**53)),
    st.one_of(st.none(), st.datetimes(*(datetime.fromisoformat(day) for day in ("1900-03-01", "2200-01-01")))),
    st.one_of(st.none(), st.booleans()),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=8))
@example([("R&D <b> _x0041_ \x01\r\ufffe", 1.5, None, True), ("&amp; _x0041_x0042_", None, None, None)])
def test_a_workbook_says_what_xlsxwriter_would_write_cell_by_cell(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("list")
    table = pa.table(
        {
            "said": pa.array([row[0] for row in rows], pa.string()),
            "amount": pa.array([None if row[1] is None else float(row[1]) for row in rows], pa.float64()),
            "at": pa.array([row[2] for row in rows], pa.timestamp("us")),
            "is_so": pa.array([row[3] for row in rows], pa.bool_()),
        }
    )
    parquet.write_table(table, folder / "members.parquet")
    options = {"constant_memory": True, "strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(str(folder / "other.xlsx"), options) as book:
        sheet = book.add_worksheet()
        for place, (said, amount, at, is_so) in enumerate(rows, 1):
            sheet.write_string(place, 0, said)
            for column, value in enumerate((amount, at, is_so), 1):
                if value is not None:
                    sheet.write(place, column, value)
    found = read_sheet(exports.export(folder / "members.parquet", "xlsx"))[1:]
    expected = read_sheet(folder / "other.xlsx")[1:]
    assert [row[0].value or "" for row in found] == [row[0].value or "" for row in expected]
    # xlsxwriter keeps sixteen digits of a number, and we all.
    assert [row[1].value for row in found] == [row[1] for row in rows]
    for column in (2, 3):
        seen = [row[column].value if len(row) > column else None for row in expected]
        assert [row[column].value if len(row) > column else None for row in found] == seen


def test_what_no_spreadsheet_can_count_is_told_or_left_out(tmp_path: Path) -> None:
    members = tmp_path / "members.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            """
            copy (
                select 'nan'::double as amount, date '1899-01-02' as born_on, [1, 2] as several, 7 as "a ""b"" <c>"
                union all select 1.5, date 'infinity', null, 8
            ) to $file
            """.replace("$file", f"'{members}'")
        )
    heading, first, second = read_sheet(exports.export(members, "xlsx"))
    assert [cell.value for cell in first] == [None, "1899-01-02", "[1, 2]", 7]
    assert [cell.value for cell in second] == [1.5, "infinity", None, 8]
    assert heading[3].value == 'A "b" <c>'


def test_a_workbook_says_how_large_its_sheets_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "SHEET_ROWS", 5)
    file = exports.export(frozen(tmp_path, [str(number) for number in range(12)]), "xlsx")
    book = openpyxl.load_workbook(file, read_only=True)
    assert [sheet.calculate_dimension() for sheet in book] == ["A1:F6", "A1:F6", "A1:F3"]
