"""Every bad delivery named in the plan: no crash, a clear reason, the other files loaded, every row accounted for."""

import gzip

import pytest

from tests.deliveries import HEADER, LINES, Shop, lines

GOOD = lines("G1,1,P1,2,9.99", "G2,1,P1,1,5")
RECORD = "A1,1,P1,2,9.99"


@pytest.fixture
def shop(tmp_path) -> Shop:
    """A shop in which a good file stands before and one after the bad one."""
    shop = Shop.open(tmp_path / "shop")
    shop.put("a_good.csv", GOOD)
    shop.put("z_good.csv", lines("Z1,1,P1,2,9.99"))
    return shop


def refused(shop: Shop, name: str) -> str:
    """Load; the file is refused, the good ones are not; the reason."""
    results = shop.load()
    assert results["a_good.csv"].status == results["z_good.csv"].status == "loaded"
    assert results[name].status == "refused"
    assert results[name].feeds == {}
    assert shop.orders() == ["G1", "G2", "Z1"]
    assert shop.load() == {}, "what was refused is not tried again as long as nothing changed"
    return results[name].reason or ""


def loaded(shop: Shop, name: str, *orders: str, quarantined: int = 0) -> list[tuple]:
    """Load; the file's good rows arrive between those of the good files; what is in quarantine."""
    result = shop.load()[name]
    assert result.status == "loaded"
    assert shop.orders() == ["G1", "G2", *orders, "Z1"]
    assert result.feeds["sales.order_lines"].quarantined == quarantined
    assert result.feeds["sales.order_lines"].delivered == len(orders) + quarantined
    return shop.quarantine()


@pytest.mark.parametrize("length", [3, 20, 60])
def test_truncated_gzip(shop, length):
    packed = gzip.compress("\n".join([HEADER, *(f"A{n},1,P{n * 7919},2,{n}.99" for n in range(99))]).encode())
    shop.put("bad.csv.gz", packed[:length] if length < 60 else packed[:-9])
    assert "cut short" in refused(shop, "bad.csv.gz")


def test_damaged_gzip(shop):
    packed = bytearray(gzip.compress(lines(*[f"A{n},1,P1,2,9.99" for n in range(999)]).encode()))
    packed[len(packed) // 2] ^= 0xFF
    shop.put("bad.csv.gz", bytes(packed))
    assert "damaged" in refused(shop, "bad.csv.gz")


def test_what_only_claims_to_be_gzip_is_read_as_what_it_is(shop):
    shop.put("bad.csv.gz", lines(RECORD).encode())
    loaded(shop, "bad.csv.gz", "A1")


def test_wrong_encoding_names_line_bytes_and_remedy(shop):
    shop.put("bad.csv", lines(RECORD, "A2,1,Käse,2,9.99").encode("latin-1"))
    reason = refused(shop, "bad.csv")
    assert "Line 3" in reason
    assert "e4" in reason
    assert "windows-1252" in reason


def test_utf_16_where_utf_8_was_promised(shop):
    shop.put("bad.csv", lines(RECORD).encode("utf-16"))
    assert "encoding = 'utf-16'" in refused(shop, "bad.csv")


def test_a_byte_order_mark_is_no_part_of_the_first_name(shop):
    shop.put("bad.csv", b"\xef\xbb\xbf" + lines(RECORD).encode())
    loaded(shop, "bad.csv", "A1")


@pytest.mark.parametrize("blank", ['""', '" "', '"\t"', '"  "', '" \t\n "'])
def test_a_key_of_blanks_alone_is_no_key(shop, blank):
    shop.put("bad.csv", lines(RECORD, f"{blank},1,P1,2,9.99", '" A2",1,P1,1,5'))
    (row,) = loaded(shop, "bad.csv", "A1", " A2", quarantined=1)
    assert (row[2], row[4]) == ("order_id", "order_id is required and empty")


def test_nul_bytes_spoil_only_their_row(shop):
    shop.put("bad.csv", lines(RECORD, "A2,1,P\x001,2,9.99", "A3,1,P1,2,9.99"))
    rows = loaded(shop, "bad.csv", "A1", "A3", quarantined=1)
    assert [(row[0], row[1], row[4]) for row in rows] == [(2, 3, "the record holds NUL bytes")]


def test_nothing_but_nul_bytes(shop):
    shop.put("bad.csv", b"\x00" * 5000)
    assert "empty" in refused(shop, "bad.csv")


def test_ragged_rows(shop):
    shop.put("bad.csv", lines(RECORD, "A2,1,P1", "A3,1,P1,2,9.99", "A4,1,P1,2,9.99,7", "A5,1,P1,2,9.99"))
    rows = loaded(shop, "bad.csv", "A1", "A3", "A5", quarantined=2)
    assert [(row[0], row[1], row[3], row[4]) for row in rows] == [
        (2, 3, "A2,1,P1", "the record has 3 fields where the header has 5"),
        (4, 5, "A4,1,P1,2,9.99,7", "the record has 6 fields where the header has 5"),
    ]


def test_ragged_rows_that_make_up_for_each_other(shop):
    # One field too few and one too many: the delimiters alone add up.
    shop.put("bad.csv", lines("A1,1,P1,2", "A2,1,P1,2,9.99,7", "A3,1,P1,2,9.99"))
    loaded(shop, "bad.csv", "A3", quarantined=2)


@pytest.mark.parametrize("column", ["order_id", "line_number", "quantity", "unit_price"])
def test_a_missing_required_column(shop, column):
    shop.put("bad.csv", lines("A1,1,P1,2,9.99", header=HEADER.replace(column, "unknown")))
    reason = refused(shop, "bad.csv")
    assert f"'{column}'" in reason
    assert "unknown" in reason, "it says what the file has"


def test_a_missing_column_that_a_mapping_names(tmp_path):
    shop = Shop.open(tmp_path, LINES + 'columns = {order_id = "OrderNo", line_number = "1", quantity = "1", '
                                       'unit_price = "Price", product_id = "Artikle"}')  # fmt: skip
    shop.put("a.csv", "OrderNo,Price,Artikel\nA,1,P\n")
    reason = shop.load()["a.csv"].reason
    assert "'Artikle', which sources.shop.feeds.sales.order_lines.columns.product_id names, is missing" in reason
    assert "did you mean 'Artikel'?" in reason


def test_a_missing_optional_column_is_empty(shop):
    shop.put("bad.csv", lines("A1,1,2,9.99", header=HEADER.replace("product_id,", "")))
    loaded(shop, "bad.csv", "A1")
    assert shop.one("select product_id from raw.sales_order_lines where order_id = 'A1'") is None


def test_a_missing_required_field_of_json(shop):
    shop.put("bad.jsonl", '{"order_id": "A1", "line_number": 1, "quantity": 1}\n')
    assert "'unit_price'" in refused(shop, "bad.jsonl")


def test_a_retyped_column(shop):
    shop.put("bad.csv", lines("A1,one,P1,2,9.99", "A2,1,P1,2,9.99", "A3,three,P1,2,9.99"))
    rows = loaded(shop, "bad.csv", "A2", quarantined=2)
    assert rows == [
        (1, 2, "line_number", "one", "line_number is not a whole number"),
        (3, 4, "line_number", "three", "line_number is not a whole number"),
    ]


def test_a_column_retyped_from_the_first_to_the_last_row(shop):
    shop.put("bad.csv", lines(*[f"A{n},1,P1,2 pieces,9.99" for n in range(50)]))
    loaded(shop, "bad.csv", quarantined=50)


def test_an_additional_column(shop):
    shop.put("bad.csv", lines("x,A1,1,P1,2,9.99", header=f"Colour,{HEADER}"))
    loaded(shop, "bad.csv", "A1")
    assert shop.one("select reason from meta.deliveries where file = 'shop/bad.csv'") == "Columns not used: Colour."


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", "  \n"])
@pytest.mark.parametrize("name", ["bad.csv", "bad.csv.gz", "bad.jsonl"])
def test_an_empty_file(shop, name, content):
    shop.put(name, content)
    assert "empty" in refused(shop, name)


def test_an_empty_parquet_file(shop):
    shop.put("bad.parquet", b"")
    assert "not a complete Parquet file" in refused(shop, "bad.parquet")


def test_half_a_parquet_file(shop):
    path = shop.put("bad.parquet", b"")
    shop.query(f"copy (select range::varchar as order_id from range(9999)) to '{path}'")
    path.write_bytes(path.read_bytes()[:999])
    assert "not a complete Parquet file" in refused(shop, "bad.parquet")


def test_a_parquet_file_damaged_in_the_middle(shop):
    path = shop.put("bad.parquet", b"")
    shop.query(f"copy (select range::varchar as order_id, 1 as line_number, 1 as quantity, hash(range)::double as "
               f"unit_price from range(9999)) to '{path}' (compression zstd)")  # fmt: skip
    data = bytearray(path.read_bytes())
    data[200:4000] = b"\xff" * 3800
    path.write_bytes(bytes(data))
    assert "cannot be" in refused(shop, "bad.parquet")


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_header_alone(shop, end):
    shop.put("bad.csv", HEADER + end)
    loaded(shop, "bad.csv")


def test_a_header_alone_and_packed_beside_nothing_else(tmp_path):
    shop = Shop.open(tmp_path)
    shop.put("a.csv.gz", HEADER + "\n")
    assert shop.load()["a.csv.gz"].feeds["sales.order_lines"].delivered == 0


def test_no_header(shop):
    shop.put("bad.csv", "A1,1,P1,2,9.99\nA2,1,P1,2,9.99\n")
    assert "'order_id'" in refused(shop, "bad.csv")


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_field_of_20_megabytes(shop, quote):
    field = "x" * 20_000_000
    shop.put("bad.csv", lines(RECORD, f"A2,1,{quote}{field}{quote},2,9.99", "A3,1,P1,2,9.99"))
    rows = loaded(shop, "bad.csv", "A1", "A3", quarantined=1)
    assert rows[0][:2] == (2, 3)
    assert rows[0][4] == (
        "the record holds 20,000,000 bytes in product_id, more than ingest.max_field_megabytes allows"
    )


def test_a_field_of_20_megabytes_in_json(shop):
    start = '"line_number": 1, "quantity": 1, "unit_price": 1'
    shop.put("bad.jsonl", f'{{"order_id": "A1", {start}}}\n{{"order_id": "{"x" * 20_000_000}", {start}}}\n')
    rows = loaded(shop, "bad.jsonl", "A1", quarantined=1)
    assert "max_field_megabytes" in rows[0][4]


def test_a_field_of_20_megabytes_in_parquet(shop):
    path = shop.put("bad.parquet", b"")
    shop.query(f"copy (select 'A' || n as order_id, n as line_number, 1 as quantity, 1 as unit_price, "
               f"repeat('x', n * 10_000_000) as product_id from range(3) r(n)) to '{path}'")  # fmt: skip
    rows = loaded(shop, "bad.parquet", "A0", quarantined=2)
    assert rows[0][2] == "product_id"
    assert len(rows[0][3]) == 500


def test_a_long_field_that_the_setting_allows(tmp_path):
    shop = Shop.open(tmp_path, LINES + "\n[ingest]\nmax_field_megabytes = 4\n")
    shop.put("a.csv", lines(RECORD, f"A2,1,{'x' * 3_000_000},2,9.99"))
    shop.load()
    assert shop.orders() == ["A1", "A2"]


def test_a_duplicate_key_in_one_file(shop):
    shop.put("bad.csv", lines("A1,1,P1,2,9.99", "A1,1,P1,3,9.99"))
    rows = loaded(shop, "bad.csv", "A1", quarantined=1)
    assert rows == [(2, 3, "order_id, line_number", "A1, 1",
                     "same key as row 1 of the file, which is kept, but other values")]  # fmt: skip


def test_a_date_in_the_future(tmp_path):
    shop = Shop.open(tmp_path, '[sources.s]\nfiles = "shop/*"\n[sources.s.feeds."sales.orders"]\n')
    shop.put("a.csv", "order_id,ordered_at,updated_at\nA,2024-01-01 10:00:00,2024-01-01\nB,2999-01-01,2024-01-01\n"
                      "C,2024-01-01,2999-12-31\nD,infinity,2024-01-01\n")  # fmt: skip
    shop.load()
    assert shop.query("select order_id from raw.sales_orders") == [("A",)]
    reasons = [(row[2], row[3][:4], row[4].split(":")[0]) for row in shop.quarantine()]
    assert reasons == [
        ("ordered_at", "2999", "ordered_at lies in the future"),
        ("updated_at", "2999", "updated_at lies in the future"),
        ("ordered_at", "infi", "ordered_at is not an instant"),
    ]


def test_a_quote_that_is_never_closed_spoils_only_its_row(shop):
    shop.put("bad.csv", lines(RECORD, 'A2,1,"P1,2,9.99', "A3,1,P1,2,9.99", 'A4,1,"P 4",2,9.99'))
    rows = loaded(shop, "bad.csv", "A1", "A3", "A4", quarantined=1)
    assert rows[0][:2] == (2, 3)


def test_a_quote_inside_a_field_is_a_letter(shop):
    shop.put("bad.csv", lines('A1,1,5" disk,2,9.99', "A2,1,P1,2,9.99", 'A3,1,6" disk,2,9.99'))
    loaded(shop, "bad.csv", "A1", "A2", "A3")


def test_line_breaks_inside_quotes(shop):
    shop.put("bad.csv", lines('A1,1,"P\n1",2,9.99', 'A2,1,"say ""hi""",2,9.99', "A3,1,P1,two,9.99"))
    rows = loaded(shop, "bad.csv", "A1", "A2", quarantined=1)
    assert rows[0][:4] == (3, 5, "quantity", "two")
    assert shop.one("select product_id from raw.sales_order_lines where order_id = 'A1'") == "P\n1"
    assert shop.one("select product_id from raw.sales_order_lines where order_id = 'A2'") == 'say "hi"'


def test_malformed_json(shop):
    good = '{"order_id": "%s", "line_number": 1, "quantity": 1, "unit_price": 1}\n'
    shop.put("bad.jsonl", good % "A1" + "{oops}\n" + "[1]\n\n" + good % "A2")
    rows = loaded(shop, "bad.jsonl", "A1", "A2", quarantined=2)
    assert [(row[0], row[1], row[3]) for row in rows] == [(2, 2, "{oops}"), (3, 3, "[1]")]


def test_the_same_column_twice(shop):
    shop.put("bad.csv", lines("A1,1,P1,2,9.99,7", header=f"{HEADER},Quantity"))
    loaded(shop, "bad.csv", "A1")
    assert shop.one("select quantity from raw.sales_order_lines where order_id = 'A1'") == 2


def test_one_column_only(shop):
    shop.put("bad.csv", "order_id\nA1\n")
    assert "'line_number'" in refused(shop, "bad.csv")


def test_a_file_that_is_no_text_at_all(shop):
    shop.put("bad.csv", bytes(range(256)) * 50)
    refused(shop, "bad.csv")


def test_a_file_that_cannot_be_opened(shop, monkeypatch):
    from pathlib import Path

    path, open_file = shop.put("bad.csv", lines(RECORD)), Path.open

    def locked(self, *arguments, **named):
        if self == path:
            raise PermissionError(13, "Permission denied")
        return open_file(self, *arguments, **named)

    with monkeypatch.context() as patch:
        # The rights of a file do not bind root, under whom tests may run.
        patch.setattr(Path, "open", locked)
        assert "Permission denied" in refused(shop, "bad.csv")
    assert shop.load()["bad.csv"].status == "loaded"


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_ingest(shop, monkeypatch):
    from pipelines.ingest import loading

    path, read_batch = shop.put("bad.csv", lines(RECORD)), loading.read_batch

    def slow_writer(*arguments):
        batch = read_batch(*arguments)
        path.write_text(lines(RECORD, "A2,1,P1,2,9.99"))
        return batch

    with monkeypatch.context() as patch:
        patch.setattr(loading, "read_batch", slow_writer)
        results = shop.load()
    assert results["bad.csv"].status == "refused"
    assert "changed while it was read" in results["bad.csv"].reason
    assert shop.orders() == ["G1", "G2", "Z1"]
    assert shop.load()["bad.csv"].feeds["sales.order_lines"].accepted == 2


def test_a_refused_file_is_tried_again_when_its_mapping_changes(tmp_path):
    shop = Shop.open(tmp_path)
    shop.put("a.csv", lines("A1,1,Käse,2,9.99").encode("latin-1"))
    shop.put("b.csv", lines("B1,1,P,2,9.99"))
    assert shop.load()["a.csv"].status == "refused"
    shop = shop.remap(LINES.replace('"shop/*"', '"shop/*"\nencoding = "latin-1"'))
    results = shop.load()
    assert list(results) == ["a.csv"], "what was loaded is not loaded again"
    assert results["a.csv"].status == "loaded"
    assert shop.orders() == ["A1", "B1"]
    assert shop.query("select delivery_id, status from meta.deliveries") == [(1, "loaded"), (2, "loaded")]


def test_a_refused_file_is_tried_again_when_its_content_changes(shop):
    shop.put("bad.csv", "")
    shop.load()
    shop.put("bad.csv", lines(RECORD))
    assert shop.load()["bad.csv"].status == "loaded"
