"""305 real daily files through the mapping of the how-to: every published total is met, nothing is in quarantine."""

import random
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import real_data
from tests.deliveries import Shop
from workspace.folders import PROJECT

MAPPING = PROJECT / "docs" / "how-to" / "online-retail.toml"


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Shop:
    files = real_data("online_retail")
    shop = Shop.open(tmp_path_factory.mktemp("online_retail") / "shop", MAPPING.read_text())
    (shop.workspace.landing / "online_retail").symlink_to(files)
    results = shop.load()
    assert len(results) == 305
    assert {(result.status, result.reason) for result in results.values()} == {("loaded", None)}
    return shop


def test_every_line_arrives_with_its_money(shop):
    totals = (
        "select count(*), count(distinct order_id), round(sum(quantity * unit_price), 2) from raw.sales_order_lines"
    )
    assert shop.query(totals) == [(541_909, 25_900, Decimal("9747747.93"))]


def test_equal_lines_are_different_lines(shop):
    by_place = "select count(distinct (_delivery_id, line_number)) from raw.sales_order_lines"
    assert shop.one(by_place) == 541_909


def test_orders_keep_their_market_and_unknown_buyers_stay_unknown(shop):
    assert shop.query("select count(distinct order_id), count(distinct store_id) from raw.sales_orders") == [
        (25_900, 38)
    ]
    assert shop.one("select count(distinct customer_id) from raw.sales_orders") == 4_372
    assert shop.one("select count(distinct customer_id) from raw.sales_customers") == 4_372
    unknown = "select count(*) from raw.sales_order_lines semi join (select order_id from raw.sales_orders group by 1"
    assert shop.one(f"{unknown} having count(customer_id) = 0) using (order_id)") == 135_080


def test_cancellations_are_kept(shop):
    assert shop.one("select count(*) from raw.sales_order_lines where order_id like 'C%'") == 9_288


def test_nothing_is_in_quarantine_and_nothing_is_loaded_twice(shop):
    assert shop.quarantine() == []
    assert shop.load() == {}


def test_times_are_those_of_london_in_utc(shop):
    # The files say 2010-12-01 08:26 for the first invoice, in winter, and 2011-06-01 07:37 for 555156, in summer.
    sql = "select ordered_at::varchar from raw.sales_orders where order_id = ?"
    assert shop.query(sql, ["536365"]) == [("2010-12-01 08:26:00",)]
    assert shop.query(sql, ["555156"]) == [("2011-06-01 06:37:00",)]


def test_days_in_any_order_with_repeats_leave_what_the_bulk_load_leaves(tmp_path):
    files = sorted(real_data("online_retail").glob("2011-11-2*.csv.gz"))[:6]
    bulk, scattered = (Shop.open(tmp_path / name, MAPPING.read_text()) for name in ("bulk", "scattered"))
    deliver(bulk, {file.name: file for file in files})
    shuffled = random.Random(3).sample(files, len(files))
    for night in range(3):
        # Two new days a night, and one of any that have been: once more under its name or under another.
        again = random.Random(night).choice(shuffled[: 2 * night + 1])
        tonight = {file.name: file for file in shuffled[2 * night : 2 * night + 2]}
        deliver(scattered, tonight | {again.name: again, f"again_{night}.csv.gz": again})
    for feed in ("sales_orders", "sales_order_lines", "sales_customers", "sales_products"):
        rows = f"select * exclude (_delivery_id, _row) from raw.{feed} order by all"
        assert scattered.query(rows) == bulk.query(rows), feed
        assert bulk.one(f"select count(*) from raw.{feed}") > 100


def deliver(shop: Shop, files: dict[str, Path]) -> None:
    """Put files into landing by name and load them."""
    folder = shop.workspace.landing / "online_retail"
    folder.mkdir(exist_ok=True)
    for name, file in files.items():
        shutil.copy(file, folder / name)
    assert {result.status for result in shop.load().values()} <= {"loaded"}
