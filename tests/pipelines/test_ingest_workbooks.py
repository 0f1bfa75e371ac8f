"""Excel workbooks as deliveries: what the cells hold is what raw holds."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.deliveries import HEADER, LINES, Shop, lines

COLUMNS = HEADER.split(",")


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop.open(tmp_path / "shop")


def put(shop: Shop, name: str, *rows: list, **sheets: list[list]) -> Path:
    """A workbook of one sheet of these rows, and more sheets by name."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for title, content in sheets.items():
        sheet = book.create_sheet(title)
        for row in content:
            sheet.append(row)
    path = shop.put(name, b"")
    book.save(path)
    return path


def test_numbers_and_texts_are_read_as_excel_keeps_them(shop):
    put(shop, "a.xlsx", COLUMNS, ["A1", 1, "P1", 2, 9.99], [536365, 2.0, "P2", -1, 0.1], ["007", 3, None, 1.5, "5"])
    result = shop.load()["a.xlsx"]
    assert (result.status, result.feeds["sales.order_lines"].accepted) == ("loaded", 3)
    assert shop.query("select order_id, product_id, quantity, unit_price from raw.sales_order_lines order by _row") == [
        ("A1", "P1", Decimal("2.000"), Decimal("9.9900")),
        ("536365", "P2", Decimal("-1.000"), Decimal("0.1000")),
        ("007", None, Decimal("1.500"), Decimal("5.0000")),
    ]


def test_the_same_rows_as_csv_and_as_workbook_are_the_same_rows(shop):
    shop.put("a.csv", lines("A1,1,P1,2,9.99", "A1,2,P2,1,5"))
    put(shop, "b.xlsx", COLUMNS, ["A1", 1, "P1", 2, 9.99], ["A1", 2, "P2", 1, 5])
    assert shop.load()["b.xlsx"].feeds["sales.order_lines"].duplicates == 2


CAMPAIGNS = """
[company]
time_zone = "Europe/Berlin"
[sources.shop]
files = "shop/*"
{more}
[sources.shop.feeds."marketing.campaigns"]
[sources.shop.feeds."sales.orders"]
where = "order_id is not null"
"""


@pytest.mark.parametrize("more", ["", "timestamp_format = '%d.%m.%Y %H:%M'\ndate_format = '%d/%m/%Y'"])
def test_dates_and_instants_are_read_whatever_the_formats_of_texts(tmp_path, more):
    shop = Shop.open(tmp_path, CAMPAIGNS.format(more=more))
    header = ["campaign_id", "starts_on", "order_id", "ordered_at", "channel", "currency", "status", "updated_at"]
    at = datetime.fromisoformat("2024-07-01 10:30")
    put(shop, "a.xlsx", header, ["C1", date(2024, 2, 29), "A1", at, "web", "EUR", "completed", at])
    assert [(one.status, one.reason) for one in shop.load().values() if one.status != "loaded"] == []
    assert shop.quarantine() == []
    assert shop.one("select starts_on from raw.marketing_campaigns") == date(2024, 2, 29)
    assert shop.one("select ordered_at from raw.sales_orders") == datetime.fromisoformat("2024-07-01 08:30"), (
        "Berlin's summer clock"
    )


def test_prices_with_a_decimal_comma_may_stand_beside_numbers(tmp_path):
    shop = Shop.open(tmp_path, LINES.replace('files = "shop/*"', 'files = "shop/*"\ndecimal_separator = ","'))
    put(shop, "a.xlsx", COLUMNS, ["A1", 1, "P1", 1, 9.99], ["A1", 2, "P1", 1, "8,50"])
    shop.load()
    prices = shop.query("select unit_price from raw.sales_order_lines order by 1")
    assert prices == [(Decimal("8.5000"),), (Decimal("9.9900"),)]


def test_a_sheet_is_chosen_by_name_and_a_wrong_name_is_refused(tmp_path):
    content = [COLUMNS, ["B1", 1, "P1", 1, 1]]
    chosen = LINES.replace('files = "shop/*"', 'files = "shop/*"\nsheet = "lines"')
    shop = Shop.open(tmp_path, chosen)
    put(shop, "a.xlsx", ["a note"], lines=content)
    put(shop, "b.xlsx", COLUMNS, ["A1", 1, "P1", 1, 1])
    results = shop.load()
    assert (results["a.xlsx"].status, results["b.xlsx"].status) == ("loaded", "refused")
    assert "no sheet 'lines'; the workbook has: Sheet" in results["b.xlsx"].reason
    assert shop.orders() == ["B1"]


def test_empty_rows_are_no_records_and_lines_are_the_sheets(shop):
    put(shop, "a.xlsx", [], COLUMNS, [None] * 5, ["A1", 1, "P1", 1, 1], [], ["A2", 1, "P1", "many", 1])
    counts = shop.load()["a.xlsx"].feeds["sales.order_lines"]
    assert (counts.delivered, counts.accepted, counts.quarantined) == (2, 1, 1)
    (row,) = shop.quarantine()
    assert row[:4] == (2, 6, "quantity", "many")


def test_a_row_with_an_error_or_beyond_the_header_is_quarantined(shop):
    put(shop, "a.xlsx", COLUMNS, ["#REF!", 1, "P1", 1, 1], ["A2", 1, "P1", 1, 1, None, "x"], ["A3", 1, "P1", 1, 1])
    shop.load()
    reasons = [row[4] for row in shop.quarantine()]
    assert reasons == [
        "the record holds the error #REF! in order_id",
        "the record has a value in column 7 where the header has 5 columns",
    ]
    assert shop.orders() == ["A3"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no more", b"\xd0\xcf\x11\xe0 the old kind", None])
def test_what_is_no_whole_workbook_is_refused_and_the_others_load(shop, content):
    whole = put(shop, "b.xlsx", COLUMNS, ["A1", 1, "P1", 1, 1]).read_bytes()
    shop.put("a.xlsx", whole[: len(whole) // 2] if content is None else content)
    results = shop.load()
    assert (results["a.xlsx"].status, results["b.xlsx"].status) == ("refused", "loaded")
    assert "must be saved as .xlsx" in results["a.xlsx"].reason


def test_an_empty_sheet_and_a_lacking_column_are_refused(shop):
    put(shop, "a.xlsx")
    put(shop, "b.xlsx", COLUMNS[1:], [1, "P1", 1, 1])
    results = shop.load()
    assert "is empty" in results["a.xlsx"].reason
    assert "'order_id'" in results["b.xlsx"].reason


def test_the_lock_file_of_an_open_workbook_is_left_alone(shop):
    shop.put("~$a.xlsx", b"somebody")
    assert shop.load() == {}


def test_quarantined_rows_of_a_workbook_can_be_replayed(shop):
    from pipelines.ingest import replay

    put(shop, "a.xlsx", COLUMNS, ["A1", 1, "P1", "2 pcs", 1])
    shop.load()
    mended = LINES + "columns = { order_id = 'order_id', line_number = 'line_number', unit_price = 'unit_price',"
    mended += " quantity = \"split_part(quantity, ' ', 1)\" }\n"
    (result,) = replay(shop.remap(mended).workspace)
    assert (result.accepted, result.still_quarantined, result.problem) == (1, 0, None)
    shop.check_law()
