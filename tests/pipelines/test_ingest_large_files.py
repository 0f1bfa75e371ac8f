"""Files too large to hold in memory take another way; here every file is made to take it, and pieces are small."""

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest import batching, large_files
from pipelines.ingest.reading import Reader
from tests.deliveries import HEADER, LINES, Shop, lines

RECORDS = [f"A{number},{number},Käse {number},2,9.99" for number in range(200)]


@pytest.fixture(autouse=True)
def every_file_is_large(monkeypatch):
    monkeypatch.setattr(batching, "SMALL_BYTES", 0)
    monkeypatch.setattr(large_files, "PIECE", 1000)


@pytest.fixture
def no_slow_reader(monkeypatch):
    monkeypatch.setattr(Reader, "read_slowly", lambda *arguments: pytest.fail("a good file took the slow way"))


def shop_with(folder: Path, encoding: str = "utf-8") -> Shop:
    return Shop.open(folder, LINES.replace('"shop/*"', f'"shop/*"\nencoding = "{encoding}"'))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "windows-1252", "utf-16"])
@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.usefixtures("no_slow_reader")
def test_encodings(tmp_path, encoding, is_packed):
    shop = shop_with(tmp_path, encoding)
    data = lines(*RECORDS).encode(encoding)
    shop.put("a.csv.gz" if is_packed else "a.csv", gzip.compress(data) if is_packed else data)
    (result,) = shop.load().values()
    assert result.feeds["sales.order_lines"].accepted == 200
    assert shop.one("select product_id from raw.sales_order_lines where _row = 200") == "Käse 199"


@pytest.mark.usefixtures("no_slow_reader")
@pytest.mark.parametrize("change", [("\n", "\r\n"), (",2,", ',"2",'), ("A7\n", "A7\n\n"), ("\nA9,", "\n\n\nA9,")])
def test_what_is_no_oddity(tmp_path, change):
    shop = shop_with(tmp_path)
    shop.put("a.csv", lines(*RECORDS).replace(*change).encode())
    shop.load()
    assert shop.query("select count(*), max(_row), max(line_number) from raw.sales_order_lines") == [(200, 200, 199)]


@pytest.mark.usefixtures("no_slow_reader")
def test_line_breaks_inside_quotes_keep_positions_right(tmp_path):
    shop = shop_with(tmp_path)
    records = [record.replace("Käse ", '"Käse\n\n').replace(",2,9", '",2,9') for record in RECORDS]
    records[100] = records[100].replace(",2,9", ",two,9")
    shop.put("a.csv", lines(*records))
    shop.load()
    assert shop.query("select bool_and(_row = line_number + 1) from raw.sales_order_lines") == [(True,)]
    assert shop.quarantine() == [(101, None, "quantity", "two", "quantity is not a number that fits DECIMAL(18,3)")]


@pytest.mark.parametrize("bad", ["A,1,P", "A,1,P\x00,2,1", 'A,1,"P,2,1', f"A,1,{'x' * 3_000_000},2,1"])
def test_oddities_spoil_only_their_row(tmp_path, bad):
    shop = shop_with(tmp_path)
    shop.put("a.csv", lines(*RECORDS[:100], bad, *RECORDS[100:]))
    shop.load()
    assert shop.query("select count(*), max(_row) from raw.sales_order_lines") == [(200, 201)]
    assert [row[:2] for row in shop.quarantine()] == [(101, 102)]


def test_refusals(tmp_path):
    shop = shop_with(tmp_path)
    packed = gzip.compress(lines(*RECORDS).encode())
    shop.put("cut.csv.gz", packed[:-20])
    shop.put("damaged.csv.gz", packed[:300] + b"\xff\x00\xff" + packed[303:])
    shop.put("latin.csv", lines(*RECORDS).encode("latin-1"))
    shop.put("wide.csv", lines(*RECORDS).encode("utf-16"))
    shop.put("half.csv", lines(*RECORDS).encode()[: -len("se 199,2,9.99\n") - 1])
    shop.put("nothing.csv", b"\n")
    shop.put("good.csv", lines(*RECORDS))
    reasons = {name: result.reason or "" for name, result in shop.load().items()}
    assert "cut short" in reasons["cut.csv.gz"]
    assert "damaged" in reasons["damaged.csv.gz"]
    assert "Line 2 is not utf-8: the bytes e4" in reasons["latin.csv"]
    assert "encoding = 'utf-16'" in reasons["wide.csv"]
    assert "Line 201 is not utf-8: the bytes c3" in reasons["half.csv"]
    assert "empty" in reasons["nothing.csv"]
    assert reasons["good.csv"] == ""


def test_a_header_alone(tmp_path):
    shop = shop_with(tmp_path)
    shop.put("a.csv", HEADER)
    assert shop.load()["a.csv"].feeds["sales.order_lines"].delivered == 0


fields = st.text(st.sampled_from('ab",\n'), max_size=4)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(fields, fields), max_size=12), st.integers(1, 9), st.booleans())
def test_records_are_counted_as_the_csv_module_reads_them(tmp_path_factory, records, piece, is_quoted):
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writerows([("x", "y"), *records])
    path = tmp_path_factory.mktemp("count") / "a.csv"
    path.write_bytes(out.getvalue().encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large_files, "PIECE", piece)
        assert large_files.count_records(path) == 1 + len(records)
