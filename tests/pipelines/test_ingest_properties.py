"""What must hold for any files: no row is lost, each is judged as by hand, and when they arrive is no matter."""

import csv
import gzip
import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.ingest import batching
from tests.deliveries import LINES, Shop

Row = tuple[str, str, str, str, str]
COLUMNS = ("order_id", "line_number", "product_id", "quantity", "unit_price")
FORMATS = ("csv", "csv;", "csv.gz", "quoted csv", "crlf csv", "utf-16 csv", "jsonl", "jsonl.gz", "parquet")

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5).map(str.strip).filter(bool)
good_rows = st.tuples(
    st.sampled_from(["A", "B", "C"]),
    st.sampled_from(["1", "2"]),
    st.one_of(st.sampled_from(["", "P", 'say "hi"', "a,b;c", "Käse", "x\ny"]), texts),
    st.sampled_from(["1", "2.5", "-3"]),
    st.sampled_from(["9.99", "0"]),
)
bad_rows = st.sampled_from([
    ("", "1", "P", "1", "1"), ("A", "", "P", "1", "1"), ("A", "one", "P", "1", "1"), ("A", "1.5", "P", "1", "1"),
    ("A", "-1", "P", "1", "1"), ("A", "1", "P", "1,5", "1"), ("A", "1", "P", "1", "free"),
])  # fmt: skip
files = st.lists(
    st.tuples(st.sampled_from(FORMATS), st.lists(st.one_of(good_rows, good_rows, bad_rows), max_size=8)),
    min_size=1,
    max_size=4,
)


def content(form: str, rows: list[Row]) -> bytes:
    """A file of these rows; in JSON and Parquet every value is a text, as in a CSV."""
    if form.startswith("jsonl"):
        text = "".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n" for row in rows)
        return gzip.compress(text.encode()) if form.endswith("gz") else text.encode()
    if form == "parquet":
        sink = io.BytesIO()
        arrays = [pa.array([row[n] for row in rows], pa.string()) for n in range(len(COLUMNS))]
        pq.write_table(pa.table(arrays, names=list(COLUMNS)), sink)
        return sink.getvalue()
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if form.startswith("quoted") else csv.QUOTE_MINIMAL
    end = "\r\n" if form.startswith("crlf") else "\n"
    writer = csv.writer(out, delimiter=";" if ";" in form else ",", quoting=quoting, lineterminator=end)
    writer.writerows([COLUMNS, *rows])
    data = out.getvalue().encode("utf-16" if form.startswith("utf-16") else "utf-8")
    return gzip.compress(data) if form.endswith("gz") else data


def name(number: int, form: str) -> str:
    return f"{number}.{form.rstrip(';').split()[-1]}"


SETTINGS = LINES.replace("shop/*", "shop/[0-9].*") + (
    '[sources.wide]\nfiles = "shop/wide*"\nencoding = "utf-16"\n[sources.wide.feeds."sales.order_lines"]\n'
)


@dataclass
class Judge:
    """The same judgement, made by hand in Python."""

    now: dict[tuple, tuple]

    def outcomes(self, rows: list[Row]) -> list[str]:
        found, first = [], {}
        for row in rows:
            meaning = self.meaning(row)
            if meaning is None:
                found.append("quarantined")
                continue
            key = meaning[:2]
            if key in first:
                found.append("duplicate" if first[key] == meaning else "quarantined")
                continue
            first[key] = meaning
            found.append("duplicate" if self.now.get(key) == meaning else "accepted")
        self.now |= first
        return found

    def meaning(self, row: Row) -> tuple | None:
        order, line, product, quantity, price = row
        try:
            number = float(line)
            amounts = (float(quantity), float(price))
        except ValueError:
            return None
        if not order or number != int(number) or number < 0:
            return None
        return (order, int(number), product or None, *amounts)


def put(shop: Shop, number: int, form: str, rows: list[Row]) -> str:
    file = name(number, form)
    # A name that sorts after the others, for the source with the other encoding.
    file = f"wide{file}" if form.startswith("utf-16") else file
    shop.put(file, content(form, rows))
    return file


def everything(shop: Shop) -> list[tuple]:
    columns = "order_id, line_number, product_id, quantity, unit_price, _delivery_id, _row, _row_hash"
    with_reason = "select delivery_id, row_number, column_name, value, reason from meta.quarantine order by all"
    return shop.query(f"select {columns} from raw.sales_order_lines order by all") + shop.query(with_reason)


@settings(max_examples=20, deadline=None)
@given(files, st.booleans())
@example([("csv", [("A", "1", "x\ny", "1", "0"), ("A", "one", "P", "1", "1")]), ("parquet", [])], False)
@example([("jsonl", []), ("jsonl", [])], False)
def test_every_row_is_judged_as_by_hand_and_none_is_lost(chosen, all_are_large):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if all_are_large:
            patch.setattr(batching, "SMALL_BYTES", 0)
        shop = Shop.open(Path(folder), SETTINGS)
        rows_of = {put(shop, number, form, rows): rows for number, (form, rows) in enumerate(chosen)}
        results = shop.load()
        judge, seen = Judge({}), {}
        for file in sorted(rows_of):
            path = shop.workspace.landing / "shop" / file
            data = path.read_bytes()
            key = (file.startswith("wide"), data)
            if key in seen:
                assert file not in results
                continue
            seen[key] = file
            if not rows_of[file] and file.removesuffix(".gz").endswith("jsonl"):
                assert results[file].status == "refused"
                continue
            expected = judge.outcomes(rows_of[file])
            got = results[file].feeds["sales.order_lines"]
            assert (got.delivered, got.accepted, got.duplicates, got.quarantined) == (
                len(expected), *(expected.count(word) for word in ("accepted", "duplicate", "quarantined"))
            ), (file, expected)  # fmt: skip
            accepted = [row for row, word in enumerate(expected, start=1) if word == "accepted"]
            stored = shop.query(
                "select _row from raw.sales_order_lines where _delivery_id = ? order by 1", [results[file].delivery_id]
            )
            assert [row for (row,) in stored] == accepted


@settings(max_examples=10, deadline=None)
@given(files)
def test_one_at_a_time_and_all_at_once_give_the_same_raw(chosen):
    with tempfile.TemporaryDirectory() as folder:
        # Delivery numbers follow the order of loading, so the order of paths must be the order of arrival.
        chosen = [(form, rows) for form, rows in chosen if not form.startswith("utf-16")]
        at_once, one_by_one = Shop.open(Path(folder) / "a", SETTINGS), Shop.open(Path(folder) / "b", SETTINGS)
        for number, (form, rows) in enumerate(chosen):
            put(at_once, number, form, rows)
            put(one_by_one, number, form, rows)
            one_by_one.load()
        at_once.load()
        assert everything(at_once) == everything(one_by_one)


@settings(max_examples=10, deadline=None)
@given(st.lists(good_rows, min_size=1, max_size=8))
def test_the_same_rows_are_the_same_content_in_any_format(rows):
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop.open(Path(folder), SETTINGS)
        for number, form in enumerate(FORMATS):
            put(shop, number, form, rows)
        shop.load()
        assert {row[0] for row in shop.query("select _delivery_id from raw.sales_order_lines")} == {1}
