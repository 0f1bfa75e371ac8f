"""Deliveries into raw: hand-worked files first, then how the ledger keeps them."""

import json
import shutil
from datetime import datetime
from decimal import Decimal

import pytest

from pipelines.contracts import Column, contracts
from pipelines.ingest.reading import Reader
from tests.deliveries import HEADER, LINES, Shop, lines
from workspace.errors import RegularsError


def at(text: str) -> datetime:
    """An instant as raw keeps it: in UTC, without saying so."""
    return datetime.fromisoformat(text)


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop.open(tmp_path / "shop")


def test_a_file_with_the_feeds_own_names_needs_no_mapping(shop):
    shop.put("a.csv", lines("A1,1,P1,2,9.99", "A1,2,P2,-1,5"))
    result = shop.load()["a.csv"]
    assert result.status == "loaded"
    assert vars(result.feeds["sales.order_lines"]) == {
        "delivered": 2, "accepted": 2, "duplicates": 0, "quarantined": 0
    }  # fmt: skip
    columns = "order_id, line_number, quantity, unit_price, _delivery_id, _row"
    assert shop.query(f"select {columns} from raw.sales_order_lines order by _row") == [
        ("A1", 1, Decimal("2.000"), Decimal("9.9900"), 1, 1),
        ("A1", 2, Decimal("-1.000"), Decimal("5.0000"), 1, 2),
    ]  # fmt: skip


def test_every_feed_is_a_typed_view_even_when_nothing_was_delivered(shop):
    for contract in contracts().values():
        described = shop.query(f"describe raw.{contract.table}")
        expected = [(column.name, column.duckdb_type) for column in contract.columns]
        assert [row[:2] for row in described] == [
            *expected, ("_delivery_id", "BIGINT"), ("_row", "BIGINT"), ("_row_hash", "UBIGINT")
        ]  # fmt: skip
        assert shop.one(f"select count(*) from raw.{contract.table}") == 0
    assert shop.one("select count(*) from meta.feeds") == 16


def test_views_are_typed_alike_with_and_without_rows(shop):
    before = shop.query("describe raw.sales_order_lines")
    shop.put("a.csv", lines("A1,1,P1,2,9.99"))
    shop.load()
    assert shop.query("describe raw.sales_order_lines") == before


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_plain_and_packed_files_of_any_common_delimiter(shop, name, delimiter):
    shop.put(name, lines("A1,1,P1,2,9.99").replace(",", delimiter))
    assert shop.load()[name].feeds["sales.order_lines"].accepted == 1


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("latin-1", "latin-1"),
        ("windows-1252", "cp1252"),
        ("utf-16", "utf-16"),
    ],
)
def test_encodings(tmp_path, encoding, codec):
    shop = Shop.open(tmp_path, LINES.replace('"shop/*"', f'"shop/*"\nencoding = "{encoding}"'))
    shop.put("a.csv", lines("A1,1,Käse,2,9.99").encode(codec))
    assert shop.load()["a.csv"].reason is None
    assert shop.one("select product_id from raw.sales_order_lines") == "Käse"


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_other_systems(shop, end):
    shop.put("a.csv", lines("A1,1,P1,2,9.99", "A2,1,P1,2,9.99").replace("\n", end))
    shop.load()
    assert shop.orders() == ["A1", "A2"]


def test_a_last_line_without_an_end_counts(shop):
    shop.put("a.csv", lines("A1,1,P1,2,9.99", "A2,1,P1,2,9.99").removesuffix("\n"))
    shop.load()
    assert shop.orders() == ["A1", "A2"]


def test_blank_lines_are_no_records(shop):
    shop.put("a.csv", lines("A1,1,P1,2,9.99", "", "A2,1,P1,2,9.99", ""))
    assert shop.load()["a.csv"].feeds["sales.order_lines"].delivered == 2


def test_json_lines_keep_the_digits_and_may_leave_fields_out(shop):
    first = {"order_id": 17, "line_number": 1, "quantity": 2, "unit_price": 0.1}
    second = {"unit_price": 9.99, "quantity": -1, "line_number": 2, "order_id": "B", "product_id": "P"}
    shop.put("a.jsonl", f"{json.dumps(first)}\n{json.dumps(second)}\n")
    shop.load()
    assert shop.query("select order_id, product_id, unit_price from raw.sales_order_lines order by _row") == [
        ("17", None, Decimal("0.1000")), ("B", "P", Decimal("9.9900"))
    ]  # fmt: skip


def test_parquet_keeps_its_types(shop, tmp_path):
    path = shop.put("a.parquet", b"")
    shop.query(f"copy (select 17 as order_id, 1::tinyint as line_number, 'P' as product_id, 2.5::double as quantity,"
               f" 9.99::decimal(9, 2) as unit_price) to '{path}'")  # fmt: skip
    shop.load()
    assert shop.query("select order_id, line_number, quantity, unit_price from raw.sales_order_lines") == [
        ("17", 1, Decimal("2.500"), Decimal("9.9900"))
    ]


ORDERS = """
[company]
time_zone = "Europe/Berlin"
[sources.shop]
files = "shop/*"
{options}
[sources.shop.feeds."sales.orders"]
columns = {{order_id = "id", ordered_at = "at", updated_at = "at"}}
"""


@pytest.mark.parametrize(
    ("options", "text", "utc"),
    [
        ("", "2024-07-01 10:00:00", "2024-07-01 08:00:00"),
        ("", "2024-01-01 10:00:00", "2024-01-01 09:00:00"),
        ("", "2024-07-01T10:00:00Z", "2024-07-01 10:00:00"),
        ("", "2024-07-01 10:00:00+02", "2024-07-01 08:00:00"),
        ("", "2024-07-01T10:00:00.250-05:30", "2024-07-01 15:30:00.250"),
        ('time_zone = "America/New_York"', "2024-07-01 10:00:00", "2024-07-01 14:00:00"),
        ('timestamp_format = "%d.%m.%Y %H:%M"', "01.07.2024 10:00", "2024-07-01 08:00:00"),
        ('timestamp_format = "%d/%m/%Y %H:%M %z"', "01/07/2024 10:00 -0400", "2024-07-01 14:00:00"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_instants_are_kept_in_utc(tmp_path, options, text, utc, kind):
    shop = Shop.open(tmp_path, ORDERS.format(options=options))
    shop.put(f"a.{kind}", f"id,at\nA,{text}\n" if kind == "csv" else f'{{"id": "A", "at": "{text}"}}\n')
    shop.load()
    assert shop.query("select ordered_at, updated_at from raw.sales_orders") == [(at(utc),) * 2]


def test_a_decimal_comma_is_read_and_a_point_is_then_no_number(tmp_path):
    shop = Shop.open(tmp_path, LINES.replace('"shop/*"', '"shop/*"\ndecimal_separator = ","'))
    content = [HEADER.replace(",", ";"), "A;1;P;2;9,99", "B;1;P;2;1.500"]
    shop.put("a.csv", "\n".join(content))
    shop.load()
    assert shop.query("select order_id, unit_price from raw.sales_order_lines") == [("A", Decimal("9.9900"))]
    assert [row[2:4] for row in shop.quarantine()] == [("unit_price", "1.500")]


def test_null_values(tmp_path):
    shop = Shop.open(tmp_path, LINES.replace('"shop/*"', '"shop/*"\nnull_values = ["", "NULL", "-"]'))
    shop.put("a.csv", lines("A,1,NULL,2,9.99", 'B,1,"-",2,9.99', "C,1,-,-,9.99"))
    shop.load()
    assert shop.query("select order_id, product_id from raw.sales_order_lines order by 1") == [("A", None), ("B", None)]
    assert [row[2:] for row in shop.quarantine()] == [("quantity", None, "quantity is required and empty")]


MANY = """
[sources.shop]
files = "shop/*.csv"

[sources.shop.feeds."sales.orders"]
on_repeat = "first"
[sources.shop.feeds."sales.orders".columns]
order_id = "Invoice No"
ordered_at = "strptime(Day || ' ' || Time, '%d.%m.%Y %H:%M')"
updated_at = "strptime(Day || ' ' || Time, '%d.%m.%Y %H:%M')"
status = "'completed'"

[sources.shop.feeds."sales.order_lines".columns]
order_id = "Invoice No"
line_number = "file_row"
quantity = "Quantity"
unit_price = "Amount::double / Quantity::double"

[sources.shop.feeds."sales.customers"]
where = "E-Mail is not null"
[sources.shop.feeds."sales.customers".columns]
customer_id = "lower(\\"E-Mail\\")"
email = "E-Mail"
updated_at = "strptime(Day, '%d.%m.%Y')"
"""


def test_one_file_fills_several_feeds_through_expressions(tmp_path):
    settings = MANY.replace('where = "E-Mail is not null"', "where = '\"E-Mail\" is not null'")
    shop = Shop.open(tmp_path, settings)
    shop.put("a.csv", lines("7,01.02.2024,10:30,2,5,Ann@x.org", "7,01.02.2024,10:30,4,6,",
                            header="Invoice No,Day,Time,Quantity,Amount,E-Mail"))  # fmt: skip
    result = shop.load()["a.csv"]
    assert {feed: tuple(vars(counts).values()) for feed, counts in result.feeds.items()} == {
        "sales.orders": (2, 1, 1, 0),
        "sales.order_lines": (2, 2, 0, 0),
        "sales.customers": (1, 1, 0, 0),
    }
    assert shop.query("select line_number, unit_price from raw.sales_order_lines order by 1") == [
        (1, Decimal("2.5000")), (2, Decimal("1.5000"))
    ]  # fmt: skip
    assert shop.query("select ordered_at, status from raw.sales_orders") == [(at("2024-02-01 10:30"), "completed")]
    assert shop.query("select customer_id, email from raw.sales_customers") == [("ann@x.org", "Ann@x.org")]


def test_a_row_on_which_an_expression_fails_is_quarantined_and_the_others_load(tmp_path):
    shop = Shop.open(tmp_path, LINES + 'columns = {order_id = "id", line_number = "1", quantity = "1", '
                                       'unit_price = "cast(price as double) * 2"}')  # fmt: skip
    shop.put("a.csv", "id,price\nA,2\nB,two\nC,\n")
    shop.load()
    assert shop.query("select order_id, unit_price from raw.sales_order_lines") == [("A", Decimal("4.0000"))]
    assert [(row[0], row[2], row[4]) for row in shop.quarantine()] == [
        (2, "unit_price", "unit_price cannot be worked out: the expression of the mapping fails on this row"),
        (3, "unit_price", "unit_price is required and empty"),
    ]


def test_the_same_content_again_or_renamed_changes_nothing(shop):
    path = shop.put("a.csv", lines("A1,1,P1,2,9.99"))
    shop.load()
    assert shop.load() == {}
    path.touch()
    assert shop.load() == {}
    path.rename(path.with_name("b.csv"))
    assert shop.load() == {}
    shutil.copy(path.with_name("b.csv"), path.with_name("c.csv"))
    assert shop.load() == {}
    assert shop.query("select delivery_id, file, rows_accepted from meta.deliveries") == [(1, "shop/a.csv", 1)]


def test_a_file_seen_before_is_not_even_opened(shop, monkeypatch):
    shop.put("a.csv", lines("A1,1,P1,2,9.99"))
    shop.load()
    monkeypatch.setattr("pipelines.ingest.discovering.content_hash", lambda path: pytest.fail(f"{path} was read"))
    assert shop.load() == {}


def test_a_file_that_changed_is_a_delivery_of_which_only_the_news_counts(shop):
    shop.put("a.csv", lines("A1,1,P1,2,9.99"))
    shop.load()
    shop.put("a.csv", lines("A1,1,P1,2,9.99", "A2,1,P1,1,5"))
    counts = shop.load()["a.csv"].feeds["sales.order_lines"]
    assert (counts.accepted, counts.duplicates) == (1, 1)


def test_a_repeat_is_a_duplicate_wherever_it_stood_before(shop):
    shop.put("a.csv", lines("A1,1,P1,2,9.99", "A1,1,P1,2,9.990"))
    shop.put("b.csv", lines("A1,1,P1,2.0,9.99", "A2,1,P1,2,9.99"))
    results = shop.load()
    assert [results[name].feeds["sales.order_lines"].duplicates for name in ("a.csv", "b.csv")] == [1, 1]
    shop.put("c.csv", lines("A2,1,P1,2,9.99"))
    assert shop.load()["c.csv"].feeds["sales.order_lines"].duplicates == 1


def test_another_value_for_a_key_in_one_file_is_quarantined_and_names_the_row_kept(shop):
    shop.put("a.csv", lines("A1,1,P1,2,9.99", "A2,1,P1,2,9.99", "A1,1,P1,3,9.99"))
    shop.load()
    assert shop.quarantine() == [
        (3, 4, "order_id, line_number", "A1, 1", "same key as row 1 of the file, which is kept, but other values")
    ]


def test_another_value_for_a_key_in_a_later_file_is_a_correction(shop):
    shop.put("a.csv", lines("A1,1,P1,2,9.99"))
    shop.put("b.csv", lines("A1,1,P1,3,9.99"))
    shop.load()
    assert shop.query("select quantity, _delivery_id from raw.sales_order_lines order by 2") == [(2, 1), (3, 2)]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_value_that_changes_and_changes_back_is_three_facts(shop, at_once):
    for name, quantity in (("a.csv", 2), ("b.csv", 3), ("c.csv", 2), ("d.csv", 2)):
        shop.put(name, lines(f"A1,1,P1,{quantity},9.99", f"{name},1,,1,1"))
        if not at_once:
            shop.load()
    if at_once:
        shop.load()
    rows = shop.query("select quantity from raw.sales_order_lines where order_id = 'A1' order by _delivery_id")
    assert rows == [(2,), (3,), (2,)]


def test_delivery_numbers_follow_the_path_over_all_sources(tmp_path):
    two = LINES + '[sources.till]\nfiles = "till/*"\n[sources.till.feeds."sales.order_lines"]\n'
    shop = Shop.open(tmp_path, two)
    for folder, order in (("till/1.csv", "T"), ("shop/2.csv", "S")):
        path = shop.workspace.landing / folder
        path.parent.mkdir(exist_ok=True)
        path.write_text(lines(f"{order},1,P,1,1"))
    shop.load()
    assert shop.orders() == ["S", "T"]


def test_additional_columns_are_left_out_and_noted(shop):
    shop.put("a.csv", lines("A1,1,P1,2,9.99,blue", header="order_id,line_number,product_id,quantity,unit_price,Colour"))
    assert shop.load()["a.csv"].reason == "Columns not used: Colour."


def test_hidden_and_unfinished_files_are_left_alone(shop):
    shop.put(".a.csv", "x")
    shop.put("b.csv.part", "x")
    assert shop.load() == {}


def test_names_with_pattern_characters_are_files_like_others(shop):
    shop.put("a[1] ä'*?.csv", lines("A1,1,P1,2,9.99"))
    shop.load()
    assert shop.orders() == ["A1"]


def test_whole_numbers_are_not_rounded(shop):
    shop.put("a.csv", lines("A1,1.0,P1,2,9.99", "A2,1.7,P1,2,9.99", "A3,1e1,P1,2,9.99"))
    shop.load()
    assert shop.query("select order_id, line_number from raw.sales_order_lines order by 1") == [("A1", 1), ("A3", 10)]
    assert [row[2:] for row in shop.quarantine()] == [("line_number", "1.7", "line_number is not a whole number")]


def test_a_second_ingest_of_the_same_workspace_is_kept_out(shop):
    from pipelines.ingest.running import only_one

    with only_one(shop.workspace), pytest.raises(RegularsError, match="Another ingest"):
        shop.load()


def test_meta_tells_what_each_feed_holds(tmp_path):
    shop = Shop.open(tmp_path, ORDERS.format(options=""))
    shop.put("a.csv", "id,at\nA,2024-07-01 10:00:00\nB,2024-07-03 00:00:00\n")
    shop.load()
    assert shop.query(
        "select row_count, first_event_at, last_event_at from meta.feeds where feed = 'sales.orders'"
    ) == [(2, at("2024-07-01 08:00"), at("2024-07-02 22:00"))]


def test_a_column_that_the_contract_gained_later_is_empty_for_older_rows(shop, monkeypatch):
    shop.put("a.csv", lines("A1,1,P1,2,9.99"))
    shop.load()
    contract = contracts()["sales.order_lines"]
    colour = Column(name="colour", type="text", description="Colour.")
    newer = contract.model_copy(update={"columns": [*contract.columns, colour]})
    monkeypatch.setitem(contracts(), contract.name, newer)
    assert shop.query("select order_id, colour from raw.sales_order_lines") == [("A1", None)]
    shop.put("b.csv", lines("A1,1,P1,2,9.99,", "A2,1,P1,2,9.99,blue", header=f"{HEADER},colour"))
    assert shop.load()["b.csv"].feeds["sales.order_lines"].duplicates == 1
    assert shop.query("select order_id, colour from raw.sales_order_lines order by 1") == [("A1", None), ("A2", "blue")]


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "jsonl", "parquet"])
def test_good_files_are_read_together_and_typed(shop, monkeypatch, kind):
    if kind == "parquet":
        for number in range(5):
            path = shop.put(f"{number}.parquet", b"")
            row = f"'A{number}' as order_id, 1 as line_number, 1 as quantity, 1 as unit_price"
            shop.query(f"copy (select {row}) to '{path}'")
    for number in range(5 if kind != "parquet" else 0):
        record = {"order_id": f"A{number}", "line_number": 1, "product_id": 'a "b", c', "quantity": 1, "unit_price": 1}
        text = json.dumps(record) + "\n" if kind == "jsonl" else lines(f'A{number},1,"a ""b"", c",1,1')
        shop.put(f"{number}.{kind}", text)
    monkeypatch.setattr(Reader, "read_slowly", lambda *arguments: pytest.fail("a good file took the slow way"))
    read, readings = Reader.reading_sql, []
    monkeypatch.setattr(Reader, "reading_sql", lambda *arguments: readings.append(1) or read(*arguments))
    shop.load()
    assert shop.orders() == [f"A{number}" for number in range(5)]
    assert len(readings) == (0 if kind == "parquet" else 1), "one query for all files"


def test_only_files_with_a_bad_cast_are_read_again_and_only_as_text_where_it_failed(shop, monkeypatch):
    shop.put("a.csv", lines("A1,1,P1,2,9.99"))
    shop.put("b.csv", lines("B1,1,P1,two,9.99", "B2,1,P1,2,9.99"))
    monkeypatch.setattr(Reader, "read_slowly", lambda *arguments: pytest.fail("a bad cast took the slow way"))
    attempt, seen = Reader.attempt, []

    def spy(self, job, parts, types):
        seen.append((len(parts), types["quantity"], types["unit_price"]))
        return attempt(self, job, parts, types)

    monkeypatch.setattr(Reader, "attempt", spy)
    shop.load()
    assert seen == [(2, "DECIMAL(18,3)", "DECIMAL(18,4)"), (1, "VARCHAR", "DECIMAL(18,4)")]
    assert shop.orders() == ["A1", "B2"]
    assert [row[:4] for row in shop.quarantine()] == [(1, 2, "quantity", "two")]
