"""Tables and queries of other databases, through SQLAlchemy: types kept, from a watermark on, whole or not at all."""

import sqlite3
from decimal import Decimal

import pyarrow as pa
import pytest
import sqlalchemy as sa

from pipelines.ingest import alchemy
from pipelines.ingest.arrow_values import DAY, TEXT, TRUTH, WHOLE, converted, decimal, kind_of
from tests.deliveries import Shop, lines
from tests.sqlite import till, writing
from workspace.errors import SettingsError
from workspace.folders import Workspace

WATERMARK = 'table = "order_lines"\nwatermark = "changed_at"\noverlap_hours = 2'


def add(file, *rows: tuple) -> None:
    """Order lines: number, instant, price."""
    with writing(file) as connection:
        connection.executemany(
            "insert into order_lines values (?, 1, 'P1', 1, ?, ?)", [(o, p, at) for o, at, p in rows]
        )


def read(shop: Shop) -> list[tuple[int, int, int]]:
    """Load, and delivered, accepted and duplicate rows of each new delivery."""
    results = shop.load().values()
    assert [one.reason for one in results if one.status == "refused"] == []
    return [(c.delivered, c.accepted, c.duplicates) for one in results for c in one.feeds.values()]


def refusal(shop: Shop) -> str:
    """Why the only delivery was refused."""
    (result,) = shop.load().values()
    assert result.status == "refused"
    return str(result.reason)


def test_a_table_is_a_delivery_and_money_stays_decimal(tmp_path):
    shop, file = till(tmp_path, 'table = "order_lines"')
    add(file, ("A1", "2024-07-01 10:00", 0.1 + 0.2), ("A2", "2024-07-01", 99999999999.9999), ("A3", None, 7))
    assert read(shop) == [(3, 3, 0)]
    assert shop.query("select order_id, unit_price, typeof(unit_price) from raw.sales_order_lines order by 1") == [
        ("A1", Decimal("0.3000"), "DECIMAL(18,4)"),
        ("A2", Decimal("99999999999.9999"), "DECIMAL(18,4)"),
        ("A3", Decimal("7.0000"), "DECIMAL(18,4)"),
    ]
    assert read(shop) == [], "the same read is the same delivery"


def test_a_query_loses_no_digit_and_may_hold_colons_percent_signs_and_comments(tmp_path):
    query = """query = \"\"\"select order_id || ':x%' as order_id, 1 as line_number, quantity,
        '12345678901234.5678' as unit_price from order_lines; -- all\"\"\""""
    shop, file = till(tmp_path, query.replace(";", ""))
    add(file, ("A1", None, 1))
    assert read(shop) == [(1, 1, 0)]
    assert shop.query("select order_id, unit_price from raw.sales_order_lines") == [
        ("A1:x%", Decimal("12345678901234.5678"))
    ]


@pytest.mark.parametrize(
    "source", [WATERMARK, WATERMARK.replace('table = "order_lines"', 'query = "select * from order_lines"')]
)
def test_only_what_is_new_since_the_watermark_less_the_overlap_is_read(tmp_path, source):
    shop, file = till(tmp_path, source)
    add(file, ("A1", "2024-07-01 08:00:00", 1), ("A2", "2024-07-01 11:00:00", 1), ("A3", "2024-07-01 12:00:00", 1))
    assert read(shop) == [(3, 3, 0)]
    add(file, ("A4", "2024-07-01 10:00:00", 1), ("A5", "2024-07-01 09:59:59", 1), ("A6", None, 1))
    assert read(shop) == [(4, 2, 2)], "A2 and A3 once more, A4 on the edge, A6 without a watermark; A5 lies before"
    add(file, ("A7", "2999-01-01 00:00:00", 1))
    assert read(shop) == [(5, 1, 4)]
    add(file, ("A8", "2024-07-01 12:30:00", 1))
    assert read(shop) == [(6, 1, 5)], "the one from the future hides nothing"


@pytest.mark.parametrize(("first", "late", "early"), [(5000, 4900, 4899), ("2024-07-02", "2024-07-02", "2024-06-30")])
def test_a_watermark_may_be_a_number_or_a_day(tmp_path, first, late, early):
    shop, file = till(tmp_path, WATERMARK + "\noverlap_ids = 100")
    add(file, ("A1", first, 1))
    assert read(shop) == [(1, 1, 0)]
    add(file, ("A2", late, 1), ("A3", early, 1))
    assert read(shop) == [(2, 1, 1)], "A3 lies before the overlap"


def test_a_watermark_that_cannot_grow_or_is_not_there_is_refused_with_the_remedy(tmp_path):
    shop, file = till(tmp_path, WATERMARK.replace("changed_at", "order_id"))
    add(file, ("A1", "2024-07-01", 1))
    assert "must be an instant, a date or a whole number" in refusal(shop)
    shop = shop.remap(shop.workspace.settings_file.read_text().replace('"order_id"', '"changed_on"'))
    assert "did you mean 'changed_at'" in list(shop.load().values())[-1].reason


def test_a_value_that_its_column_does_not_allow_goes_to_quarantine_and_keeps_no_other(tmp_path):
    shop, file = till(tmp_path, 'table = "order_lines"')
    add(file, ("A1", None, "9.99"), ("A2", None, "cheap"), ("A3", None, 9e999), ("A4", None, 1))
    with writing(file) as connection:
        connection.execute("update order_lines set line_number = 1.5 where order_id = 'A4'")
    shop.load()
    assert shop.orders() == ["A1"]
    assert [row[4] for row in shop.quarantine()] == [
        "the record holds 'cheap' in unit_price, which is no number of its column",
        "the record holds inf in unit_price, which is no number of its column",
        "the record holds 1.5 in line_number, which is no whole number",
    ]


def test_a_locked_database_leaves_nothing_and_the_next_night_catches_up(tmp_path):
    shop, file = till(tmp_path, WATERMARK)
    add(file, ("A0", "2024-07-01 08:00:00", 1))
    assert read(shop) == [(1, 1, 0)]
    add(file, ("A1", "2024-07-01 09:00:00", 1))
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("begin exclusive")
    shop.put("other.csv", lines("C1,1,P1,1,1"))
    results = shop.load()
    assert results["other.csv"].status == "loaded", "the other sources load"
    (failed,) = [one for one in results.values() if one.source == "till"]
    assert "database is locked" in failed.reason
    assert "Nothing of it was loaded" in failed.reason
    writer.close()
    assert read(shop) == [(2, 1, 1)]
    assert sorted(shop.orders()) == ["A0", "A1", "C1"]


def test_a_database_that_fails_in_the_middle_leaves_nothing_and_the_next_night_catches_up(tmp_path, monkeypatch):
    monkeypatch.setattr(alchemy, "PORTION", 500)
    shop, file = till(tmp_path, WATERMARK)
    add(file, *((f"A{number}", "2024-07-01 08:00:00", 1) for number in range(5000)))
    whole = file.read_bytes()
    page = 4096 * (len(whole) // 4096 * 3 // 4)
    file.write_bytes(whole[:page] + b"\xff" * 4096 + whole[page + 4096 :])
    assert "malformed" in refusal(shop)
    assert shop.orders() == []
    assert list(shop.workspace.state.glob("reads/till/*")) == []
    file.write_bytes(whole)
    assert read(shop) == [(5000, 5000, 0)]


def test_never_more_than_a_portion_is_held(tmp_path, monkeypatch):
    monkeypatch.setattr(alchemy, "PORTION", 100)
    held = []
    monkeypatch.setattr(alchemy, "arrays", lambda names, types, columns, real=alchemy.arrays: (
        held.append(len(columns[0])), real(names, types, columns))[1])  # fmt: skip
    shop, file = till(tmp_path, 'table = "order_lines"')
    add(file, *((f"A{number}", None, 1) for number in range(250)))
    assert read(shop) == [(250, 250, 0)]
    assert held == [100, 100, 50]


def test_a_file_that_is_not_there_is_named_and_not_made(tmp_path):
    shop, file = till(tmp_path, 'table = "order_lines"')
    file.unlink()
    assert f"no SQLite file {file}" in refusal(shop)
    assert not file.exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [("nosuch://reader@db/shop", "kind 'nosuch' are not known"),
     ("mysql+pymysql://reader@db/shop", "driver for 'mysql+pymysql' is not installed"),
     ("sqlite:///no/such.db", "There is no SQLite file")],
)  # fmt: skip
def test_what_cannot_be_spoken_to_is_said_with_the_remedy(tmp_path, url, words):
    shop, _ = till(tmp_path, 'table = "order_lines"')
    shop = shop.remap(shop.workspace.settings_file.read_text().replace("sqlite:///till.db?timeout=0.1", url))
    assert words in refusal(shop)


def test_a_table_that_is_not_there_is_named_with_what_was_meant(tmp_path):
    shop, _ = till(tmp_path, 'table = "order_line"')
    assert "no table 'order_line' (did you mean 'order_lines'?)" in refusal(shop)


def test_nothing_is_written_to_the_database(tmp_path):
    shop, file = till(tmp_path, 'query = "delete from order_lines returning *"')
    add(file, ("A1", None, 1))
    assert "could not be read to the end" in refusal(shop)
    with writing(file) as connection:
        assert connection.execute("select count(*) from order_lines").fetchone() == (1,)


def test_the_password_comes_from_the_environment_and_is_in_no_message(tmp_path, monkeypatch):
    shop, _ = till(tmp_path, 'table = "order_lines"', 'password_variable = "TILL_PASSWORD"')
    monkeypatch.delenv("TILL_PASSWORD", raising=False)
    assert "TILL_PASSWORD is not set" in refusal(shop)
    given = []

    def connect(url, **options):
        given.append(url.password)
        raise sa.exc.OperationalError("select", {}, Exception(f"access denied for {url.password}"))

    monkeypatch.setattr(alchemy.sa, "create_engine", connect)
    monkeypatch.setenv("TILL_PASSWORD", "s3cret")
    shop.load()
    assert given == ["s3cret"]
    reasons = [row[0] for row in shop.query("select reason from meta.deliveries")]
    assert "s3cret" not in " ".join(reasons)


@pytest.mark.parametrize(
    "url",
    ["mysql+pymysql://reader:s3cret@db/shop", "mysql+pymysql://reader@db/shop?passwd=s3cret",
     "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3Ds3cret"],
)  # fmt: skip
def test_a_password_in_the_settings_is_refused_and_not_repeated(tmp_path, url):
    (tmp_path / "regulars.toml").write_text(f'[databases.till]\nurl = "{url}"\n')
    with pytest.raises(SettingsError) as error:
        _ = Workspace.open(tmp_path).settings
    assert "databases.till.url must hold no password" in str(error.value)
    assert "s3cret" not in str(error.value)


def test_columns_keep_their_types_and_what_has_none_comes_as_text():
    declared = (
        sa.Numeric(18, 4), sa.Numeric(), sa.Numeric(65, 2), sa.BigInteger(), sa.Float(), sa.Boolean(), sa.Date(),
        sa.DateTime(), sa.DateTime(timezone=True), sa.String(9), sa.JSON(),
    )  # fmt: skip
    assert [kind_of(one, "mysql").arrow for one in declared] == [
        pa.decimal128(18, 4), pa.string(), pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.date32(),
        pa.timestamp("us"), pa.timestamp("us", "UTC"), pa.string(), pa.string(),
    ]  # fmt: skip


def test_values_are_converted_exactly_or_named():
    column, faults = converted([Decimal("1.20000"), None, Decimal("NaN"), Decimal("1.23456"), 3], decimal(18, 4))
    assert column.to_pylist() == [Decimal("1.2000"), None, None, None, Decimal("3.0000")]
    assert sorted(faults) == [2, 3]
    assert converted([b"a", True, 1.5, Decimal("1.10")], TEXT)[0].to_pylist() == ["a", "true", "1.5", "1.10"]
    assert converted([1, 0, 2], TRUTH)[0].to_pylist() == [True, False, None]
    assert sorted(converted([1.5, "x", 2.0, 2**70], WHOLE)[1]) == [0, 1, 3]
    assert sorted(converted([1.5, 2.0], WHOLE)[1]) == [0], "Arrow by itself makes it 1"
    assert sorted(converted(["0000-00-00", "2024-02-29"], DAY)[1]) == [0]


def test_an_empty_table_is_a_read_with_its_columns(tmp_path):
    shop, file = till(tmp_path, WATERMARK)
    assert read(shop) == [(0, 0, 0)]
    add(file, ("A1", "2024-07-01 08:00:00", 1))
    assert read(shop) == [(1, 1, 0)]
