"""Nights that take up what is new: what counts as new, when everything is made anew, and the same in the end."""

import shutil
from pathlib import Path

import pytest

from pipelines import book, increments, rechecking, warehouse
from pipelines.assets.dbt_models import build_stage
from pipelines.identity import resolve
from pipelines.ingest import ledger, register
from pipelines.ingest.compacting import compact
from tests.deliveries import Shop, lines
from workspace.errors import RegularsError

SETTINGS = """
[sources.shop]
files = "shop/lines*"

[sources.shop.feeds."sales.order_lines"]

[sources.orders]
files = "shop/orders*"

[sources.orders.feeds."sales.orders"]
"""
ORDERS = "order_id,customer_id,ordered_at,status,updated_at"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop after its first delivery."""
    shop = Shop.open(tmp_path / "shop", SETTINGS)
    shop.put("lines1.csv", lines("A1,1,P1,2,9.99", "B1,1,P1,1,9.99"))
    shop.put("orders1.csv", lines("A1,C1,2025-01-01T10:00:00Z,placed,2025-01-01T10:00:00Z", header=ORDERS))
    shop.load()
    return shop


def plan(shop: Shop) -> increments.Plan:
    with warehouse.connect(shop.workspace) as connection:
        register(connection, shop.workspace)
        return increments.plan(connection, shop.workspace, "staging")


def take_up(shop: Shop) -> None:
    """As if staging had been built."""
    with warehouse.connect(shop.workspace) as connection:
        register(connection, shop.workspace)
        chosen = increments.plan(connection, shop.workspace, "staging")
        increments.finish(connection, shop.workspace, "staging", "inputs", chosen)
        book.begin(connection, "staging")
        book.finish(connection, "staging", "inputs")


def held(shop: Shop) -> set[tuple[str, str]]:
    with warehouse.connect(shop.workspace) as connection:
        return increments.held_batches(connection)


def test_only_new_batches_are_read(shop: Shop):
    assert plan(shop).words == "staging is made anew: it has not been finished before."
    take_up(shop)
    assert plan(shop).words == "staging takes up 0 rows of 0 new files."
    shop.put("lines2.csv", lines("A1,2,P2,5,1.00"))
    shop.load()
    assert plan(shop).words == "staging takes up 1 rows of 1 new files."
    with warehouse.connect(shop.workspace) as connection:
        assert connection.execute("select order_id, line_number from raw_new.sales_order_lines").fetchall() == [
            ("A1", 2)
        ]
        assert connection.execute("select count(*) from raw_new.sales_orders").fetchone() == (0,)


def test_a_night_cut_off_a_changed_setting_and_a_lost_batch_start_anew(shop: Shop):
    take_up(shop)
    changed = shop.remap('[company]\ntime_zone = "Asia/Tokyo"\n' + SETTINGS)
    assert plan(changed).words == "staging is made anew: the code, a contract, a mapping or a setting has changed."
    shop.remap(SETTINGS)
    with ledger.open_ledger(shop.workspace) as connection:
        connection.execute("delete from files where feed = 'sales.orders'")
    assert plan(shop).words == "staging is made anew: 1 batches that it holds are no longer in raw."
    with warehouse.connect(shop.workspace) as connection:
        book.begin(connection, "staging")
    assert plan(shop).words == "staging is made anew: it has not been finished before."


def test_batches_brought_together_are_neither_new_nor_lost(shop: Shop):
    for number in range(2, 10):
        shop.put(f"lines{number}.csv", lines(f"A1,{number},P1,1,9.99"))
        shop.load()
    take_up(shop)
    shop.put("lines10.csv", lines("A1,10,P1,1,9.99"))
    shop.load()
    assert compact(shop.workspace, held(shop)) == 7
    assert plan(shop).words == "staging takes up 1 rows of 1 new files."
    # Where a file holds both, only everything anew is right.
    for number in range(11, 17):
        shop.put(f"lines{number}.csv", lines(f"A1,{number},P1,1,9.99"))
        shop.load()
    assert compact(shop.workspace) > 0
    assert "a file of raw holds batches that it has and batches that it has not" in plan(shop).words


def build(shop: Shop) -> list[str]:
    """Ingest to star, without the rest of a night; what was said."""
    shop.load()
    said: list[str] = []
    with warehouse.connect(shop.workspace) as connection:
        register(connection, shop.workspace)
    build_stage(shop.workspace, "staging", None, said.append)
    with warehouse.connect(shop.workspace) as connection:
        resolve(connection, shop.workspace.settings)
    build_stage(shop.workspace, "star", None, said.append)
    return said


def star(shop: Shop) -> dict[str, list[tuple]]:
    with warehouse.connect(shop.workspace) as connection:
        tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'star'").fetchall()
        return {name: sorted(map(str, connection.execute(f"from star.{name}").fetchall())) for (name,) in tables}


def test_a_night_that_takes_up_a_late_order_ends_where_one_that_starts_anew_does(shop: Shop, tmp_path: Path):
    assert all("is made anew" in words for words in build(shop))
    assert rechecking.recheck(shop.workspace).startswith("Everything was made anew")
    late = [
        "B1,C2,2025-01-02T10:00:00Z,placed,2025-01-02T10:00:00Z",
        "A1,C1,2025-01-01T10:00:00Z,cancelled,2025-01-03T00:00:00Z",
    ]
    shop.put("orders2.csv", lines(*late, header=ORDERS))
    assert build(shop) == [
        "staging takes up 2 rows of 1 new files.",
        "star takes up what staging exchanged, and 1 identifiers owned anew.",
    ]
    after = star(shop)
    anew = Shop(type(shop.workspace).open(shutil.copytree(shop.workspace.root, tmp_path / "copy")))
    anew.workspace.warehouse_file.unlink()
    build(anew)
    assert after == star(anew)
    assert len(after["fct_orders"]) == 2
    # The table whose turn it is tells of a single wrong row, and then everything is made anew.
    assert rechecking.recheck(shop.workspace).startswith("star.bridge_customer_groups: 0 rows, the same")
    assert rechecking.recheck(shop.workspace).startswith("star.bridge_customer_identity: 2 rows, the same")
    with warehouse.connect(shop.workspace) as connection:
        connection.execute("update star.dim_agent set name = 'x'; insert into star.dim_agent (agent_key) values (1)")
    with pytest.raises(RegularsError, match=r"star\.dim_agent holds 1 rows that are not those"):
        rechecking.recheck(shop.workspace)
    assert "made anew" in plan(shop).words
