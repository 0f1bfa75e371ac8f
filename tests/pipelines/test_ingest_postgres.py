"""A table in PostgreSQL as a source: types kept, read from a watermark on, whole or not at all."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from pipelines.ingest import replay
from tests.deliveries import Shop, lines
from tests.postgres import postgres, till, url_of
from workspace.errors import SettingsError
from workspace.folders import Workspace

WATERMARK = 'table = "order_lines"\nwatermark = "changed_at"\noverlap_hours = 2'
FEED = "sales.order_lines"


@pytest.fixture(scope="module")
def server():
    with postgres() as running:
        yield running


def line(order: str, at: str, price: str = "9.99", number: int = 1) -> str:
    """SQL of one order line that changed at an instant."""
    return f"insert into order_lines values ('{order}', {number}, 'P1', 1, {price}, '{at}');"


def read(shop: Shop) -> list[tuple[int, int, int]]:
    """Load, and delivered, accepted and duplicate rows of each new delivery."""
    results = shop.load().values()
    assert [one.reason for one in results if one.status == "refused"] == []
    return [(c.delivered, c.accepted, c.duplicates) for one in results for c in one.feeds.values()]


def test_a_table_is_a_delivery_with_its_types_kept(server, tmp_path):
    shop = till(server, tmp_path, 'table = "public.order_lines"')
    server.psql(line("A1", "2024-07-01 10:00+02", "12345678901234.5678") + line("A2", "2024-07-01", "0.1"))
    assert read(shop) == [(2, 2, 0)]
    assert shop.query("select order_id, unit_price from raw.sales_order_lines order by 1") == [
        ("A1", Decimal("12345678901234.5678")),
        ("A2", Decimal("0.1000")),
    ]


def test_the_same_rows_again_change_nothing(server, tmp_path):
    shop = till(server, tmp_path, 'table = "order_lines"')
    server.psql(line("A1", "2024-07-01") + line("A2", "2024-07-02"))
    read(shop)
    assert all(accepted == 0 for _, accepted, _ in read(shop))
    assert sorted(shop.orders()) == ["A1", "A2"]


def test_only_what_is_new_since_the_watermark_less_the_overlap_is_read(server, tmp_path):
    shop = till(server, tmp_path, WATERMARK)
    server.psql(line("A1", "2024-07-01 08:00Z") + line("A2", "2024-07-01 11:00Z") + line("A3", "2024-07-01 12:00Z"))
    assert read(shop) == [(3, 3, 0)]
    # A4 was written down before the watermark and committed after the read.
    server.psql(line("A4", "2024-07-01 10:30Z") + line("A5", "2024-07-01 13:00Z"))
    assert read(shop) == [(4, 2, 2)], "A2 and A3 once more, A4 and A5 for the first time"
    server.psql("update order_lines set unit_price = 5, changed_at = '2024-07-01 14:00Z' where order_id = 'A1'")
    assert read(shop) == [(4, 1, 3)], "A1 as changed; A2, A3 and A5 once more; A4 lies before the overlap"


def test_a_row_without_a_watermark_is_read_each_time_and_one_from_the_future_hides_nothing(server, tmp_path):
    shop = till(server, tmp_path, WATERMARK)
    server.psql("insert into order_lines values ('A0', 1, 'P1', 1, 1, null);")
    server.psql(line("A1", "2024-07-01 08:00Z") + line("A2", "2999-01-01") + line("A3", "infinity"))
    assert read(shop) == [(4, 4, 0)]
    server.psql(line("A4", "2024-07-01 09:00Z"))
    assert read(shop) == [(5, 1, 4)]


@pytest.mark.parametrize(
    ("kind", "first", "late", "early"),
    [("timestamp", "'2024-07-02 12:00'", "'2024-07-02 11:00'", "'2024-07-02 09:00'"),
     ("date", "'2024-07-02'", "'2024-07-02'", "'2024-06-30'"),
     ("bigint", "5000", "4900", "4899")],
)  # fmt: skip
def test_a_watermark_may_be_an_instant_without_zone_a_date_or_a_number(server, tmp_path, kind, first, late, early):
    shop = till(server, tmp_path, WATERMARK + "\noverlap_ids = 100")
    server.psql(f"alter table order_lines drop column changed_at; alter table order_lines add column changed_at {kind}")
    add = "insert into order_lines values ('{}', 1, 'P1', 1, 1, {});"
    server.psql(add.format("A1", first))
    assert read(shop) == [(1, 1, 0)]
    server.psql(add.format("A2", late) + add.format("A3", early))
    assert read(shop) == [(2, 1, 1)], "A3 lies before the overlap"


def test_a_watermark_of_text_or_that_is_not_there_is_refused_with_the_remedy(server, tmp_path):
    shop = till(server, tmp_path, WATERMARK.replace("changed_at", "order_id"))
    assert "must be an instant, a date or a whole number" in next(iter(shop.load().values())).reason
    shop = till(server, tmp_path, WATERMARK.replace("changed_at", "changed_on"))
    assert "did you mean 'changed_at'" in next(iter(shop.load().values())).reason


def test_a_mapping_of_another_table_begins_from_the_start(server, tmp_path):
    shop = till(server, tmp_path, WATERMARK)
    server.psql(line("A1", "2024-07-01"))
    read(shop)
    server.psql(
        "create table old_lines as table order_lines; update old_lines set order_id = 'A0', changed_at = '1999-01-01'"
    )
    settings = shop.workspace.settings_file.read_text().replace('table = "order_lines"', 'table = "old_lines"')
    assert read(shop.remap(settings)) == [(1, 1, 0)]


def test_a_query_fills_a_feed_and_numerics_without_precision_lose_no_digit(server, tmp_path):
    query = """query = \"\"\"select order_id, 7 as line_number, quantity,
        1.00005000000000000000000001::numeric as unit_price from order_lines -- the till\"\"\""""
    shop = till(server, tmp_path, query)
    server.psql(line("A1", "2024-07-01"))
    assert read(shop) == [(1, 1, 0)]
    assert shop.query("select line_number, unit_price from raw.sales_order_lines") == [(7, Decimal("1.0001"))]


def test_a_price_that_is_not_a_number_is_quarantined_and_not_nought(server, tmp_path):
    shop = till(server, tmp_path, 'table = "order_lines"')
    server.psql(line("A1", "2024-07-01", "'NaN'") + line("A2", "2024-07-01"))
    shop.load()
    assert shop.orders() == ["A2"]
    assert [row[4] for row in shop.quarantine()] == ["the record holds NaN in unit_price, which is no number"]


def test_the_whole_table_at_first_and_what_is_new_later_have_the_same_columns(server, tmp_path):
    shop = till(server, tmp_path, WATERMARK)
    server.psql(
        "create type state as enum ('open', 'paid'); alter table order_lines add state state, add note jsonb,"
        " add key uuid, add tags text[], add paid_on date, add weight real, add taken interval"
    )
    server.psql(line("A1", "2024-07-01 10:00Z").replace("');", "', 'open', '{}', gen_random_uuid(), '{a}', now(), 1);"))
    assert read(shop) == [(1, 1, 0)]
    server.psql(line("A2", "2024-07-01 11:00Z").replace("');", "', 'paid', '{}', null, null, null, 2, '1 day');"))
    assert read(shop) == [(2, 1, 1)]
    assert shop.query("select column_name, kind, before, after from meta.drifts") == []


def test_rows_in_quarantine_can_be_replayed_and_other_reads_are_not_kept(server, tmp_path):
    shop = till(server, tmp_path, 'table = "order_lines"')
    server.psql("alter table order_lines alter quantity type text;")
    server.psql("insert into order_lines values ('A1', 1, 'P1', '2 pcs', 1, now());" + line("A2", "2024-07-01"))
    shop.load()
    assert len(list(shop.workspace.state.glob("reads/till/*"))) == 1
    plain = ", ".join(f"{name} = '{name}'" for name in ("order_id", "line_number", "unit_price"))
    columns = f"{{ {plain}, quantity = \"split_part(quantity, ' ', 1)\" }}"
    settings = shop.workspace.settings_file.read_text()
    feed = '[sources.till.feeds."sales.order_lines"]'
    mended = settings.replace(feed, f"{feed}\ncolumns = {columns}")
    (result,) = replay(shop.remap(mended).workspace)
    assert (result.accepted, result.problem) == (1, None)
    server.psql("delete from order_lines")
    shop.remap(mended).load()
    assert list(shop.workspace.state.glob("reads/till/*")) == []


def test_a_server_that_goes_away_in_the_middle_leaves_nothing_and_the_next_night_catches_up(tmp_path):
    with postgres() as server:
        shop = till(server, tmp_path, WATERMARK.replace('"order_lines"', '"what_is_new"'))
        now = datetime.now(UTC)
        server.psql("create view what_is_new as table order_lines;" + line("A0", str(now - timedelta(days=9))))
        assert read(shop) == [(1, 1, 0)]
        server.psql(f"insert into order_lines select 'B' || i, 1, 'P1', 1, 1, '{now - timedelta(days=8)}'::timestamptz"
                    " + i * interval '1 second' from generate_series(1, 20000) i")  # fmt: skip
        # At the 15,000th row the server is told to stop at once; the row waits, and so is never sent.
        stop = f"kill -QUIT $(head -n 1 {server.pgdata}/postmaster.pid)"
        server.psql(
            f"create function fall() returns text language plpgsql as $$ begin copy (select 1) to program '{stop}';"
            " perform pg_sleep(600); return ''; end $$; create or replace view what_is_new as select order_id,"
            " line_number, case when order_id = 'B15000' then fall() else product_id end as product_id, quantity,"
            " unit_price, changed_at from order_lines"
        )
        shop.put("other.csv", lines("C1,1,P1,1,1"))
        results = shop.load()
        (failed,) = [one for one in results.values() if one.source == "till"]
        assert failed.status == "refused"
        assert "could not be read to the end" in failed.reason
        assert "Nothing of it was loaded" in failed.reason
        assert results["other.csv"].status == "loaded", "the other sources load"
        assert sorted(shop.orders()) == ["A0", "C1"]
        assert list(shop.workspace.state.glob("reads/till/*")) == []

        assert "could not be read" in next(iter(shop.load().values())).reason, "while it is away"
        server.ensure_postgres_running()
        server.psql("create or replace view what_is_new as table order_lines")
        assert read(shop) == [(20001, 20000, 1)], "A0, where the last whole read ended, once more"
        assert sum(accepted for _, accepted, _ in read(shop)) == 0


def test_the_password_comes_from_the_environment_and_is_in_no_message(server, tmp_path, monkeypatch):
    shop = till(server, tmp_path, 'table = "no_such"', 'password_variable = "TILL_PASSWORD"')
    monkeypatch.delenv("TILL_PASSWORD", raising=False)
    assert "TILL_PASSWORD is not set" in next(iter(shop.load().values())).reason
    monkeypatch.setenv("TILL_PASSWORD", "no_such")
    reason = list(shop.load().values())[-1].reason
    assert "***" in reason
    assert "no_such" not in reason
    server.psql("create table no_such as table order_lines;" + line("A1", "2024-07-01"))
    server.psql("insert into no_such table order_lines")
    assert read(shop) == [(1, 1, 0)]


def test_a_password_in_the_settings_is_refused_and_not_repeated(tmp_path):
    text = '[databases.till]\nurl = "postgresql://reader:s3cret@db.example.org/till"\n'
    (tmp_path / "regulars.toml").write_text(text)
    with pytest.raises(SettingsError) as error:
        _ = Workspace.open(tmp_path).settings
    assert "databases.till.url must hold no password" in str(error.value)
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('database = "till"', "'sources.till' needs a table or a query"),
        ('database = "till"\ntable = "a"\nquery = "select 1"', "'sources.till' needs a table or a query, and not both"),
        ('files = "a"\ndatabase = "till"\ntable = "a"', "'sources.till' has files and a database"),
        ('files = "a"\nwatermark = "a"', "'sources.till' has a table, query or watermark but no database"),
        ("", "'sources.till.files' is missing"),
    ],
)
def test_a_source_says_where_from_and_only_once(tmp_path, source, words):
    (tmp_path / "regulars.toml").write_text(f'[sources.till]\n{source}\nfeeds."{FEED}" = {{}}\n')
    with pytest.raises(SettingsError, match=words.replace(".", r"\.")):
        _ = Workspace.open(tmp_path).settings


def test_an_unknown_database_is_named(server, tmp_path):
    shop = till(server, tmp_path, 'table = "order_lines"')
    settings = shop.workspace.settings_file.read_text().replace('database = "till"', 'database = "tills"')
    with pytest.raises(SettingsError, match=r"no \[databases.tills\] \(did you mean 'till'\?\)"):
        shop.remap(settings).load()


def test_nothing_is_written_to_the_database(server, tmp_path):
    shop = till(
        server,
        tmp_path,
        'query = "select order_id, 1 as line_number, 1 as quantity, taken() as unit_price from order_lines"',
    )
    server.psql(line("A1", "2024-07-01"))
    server.psql("create function taken() returns int language sql as 'delete from order_lines returning 1'")
    reason = next(iter(shop.load().values())).reason
    assert "read-only" in reason
    assert url_of(server) in reason
