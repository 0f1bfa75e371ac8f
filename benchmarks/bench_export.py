"""A list of a million customers as a file, beside xlsxwriter writing cell by cell."""

import sys
import tempfile
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from statistics import median

import duckdb
import openpyxl
import xlsxwriter

from benchmarks.alternate import seconds
from workspace import exports

AIM = 15.0
MEMBERS = """
select (hash(i) >> 1)::bigint as customer_key, 'Customer ' || i as name, 'customer' || i || '@mail.example' as email,
    '+49 30 ' || i as phone, 'K' || i as customer_number, ['A', 'B', 'C', 'D'][1 + i % 4] as tier,
    ['Champions', 'Loyal', 'At risk'][1 + i % 3] as rfm_group, ['Berlin', 'Zürich', 'Wien'][1 + i % 3] as city,
    date '2025-12-31' - (i % 700)::int as last_order_on, (i % 100000 / 7)::decimal(18, 4) as net_margin_12m
from range($rows) as people(i)
"""


def members(folder: Path, rows: int) -> Path:
    """A list's frozen members, as the dashboard keeps them."""
    file = folder / "members.parquet"
    with duckdb.connect() as connection:
        connection.sql(MEMBERS, params={"rows": rows}).write_parquet(str(file))
    return file


def cell_by_cell(file: Path, target: Path) -> None:
    """The same workbook by xlsxwriter alone, its rows streamed."""
    with duckdb.connect() as connection, xlsxwriter.Workbook(str(target), {"constant_memory": True}) as book:
        answer = connection.execute("select * from read_parquet(?)", [str(file)])
        sheet, look = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for row, values in enumerate(chain.from_iterable(iter(lambda: answer.fetchmany(20_000), [])), 1):
            sheet.write_string(row, 0, str(values[0]))
            for place, value in enumerate(values[1:8], 1):
                sheet.write_string(row, place, value)
            sheet.write_datetime(row, 8, values[8], look)
            sheet.write_number(row, 9, float(values[9]))


def rows_of(file: Path) -> list[tuple]:
    """What a workbook's rows say."""
    book = openpyxl.load_workbook(file, read_only=True)
    return list(book.worksheets[0].iter_rows(min_row=2, values_only=True))


def written(file: Path, kind: str) -> Callable[[], object]:
    """Write the file anew."""

    def write() -> None:
        file.with_suffix(f".{kind}").unlink(missing_ok=True)
        exports.export(file, kind)

    return write


def run(rows: int = 1_000_000, beside: int = 100_000) -> list[dict]:
    """CSV and Excel of many rows, and Excel of fewer beside its peer; what both say is the same first."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        few = members(folder, 2_000)
        cell_by_cell(few, folder / "peer.xlsx")
        assert rows_of(exports.export(few, "xlsx")) == rows_of(folder / "peer.xlsx")
        many = members(folder, rows)
        found = [
            {
                "work": f"A list of {rows:,} customers with ten columns as {exports.FORMATS[kind][0]}",
                "ours_seconds": (took := seconds(written(many, kind))),
                "aim": f"{AIM:.0f} s",
                "met": took <= AIM,
            }
            for kind in ("csv", "xlsx")
        ]
        some = members(folder, beside)
        pairs = [
            (seconds(written(some, "xlsx")), seconds(lambda: cell_by_cell(some, folder / "peer.xlsx")))
            for _ in range(3)
        ]
        ratios = [other / ours for ours, other in pairs]
        found.append(
            {
                "work": f"The same of {beside:,} as Excel, against xlsxwriter cell by cell",
                "ours_seconds": median(ours for ours, _ in pairs),
                "peer_seconds": median(other for _, other in pairs),
                "ratio_median": median(ratios),
                "ratio_range": f"{min(ratios):.1f} to {max(ratios):.1f}",
                "aim": "",
                "met": None,
            }
        )
        return found


if __name__ == "__main__":
    for row in run():
        sys.stdout.write(f"{row}\n")
