"""305 real daily files through the mapping of the how-to: every published total is met, nothing is in quarantine."""

from decimal import Decimal

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
