"""Columns that come, go or change their type: evolve, freeze, discard, recorded once."""

import duckdb
import pytest

from pipelines.checks import drift_warnings
from pipelines.ingest import replay, take_alerts
from tests.deliveries import HEADER, Shop, lines

OLD = lines("A1,1,P1,1,1")
NEW = lines("A2,1,P1,1,1,0.5,x", header=HEADER + ",discount,note")
SHORT = lines("A3,1,1,1", header="order_id,line_number,quantity,unit_price")


def shop_with(folder, source: str = "", feed: str = "", files: str = "shop/*") -> Shop:
    """A shop with a drift policy of the source, of the feed."""
    return Shop.open(
        folder, f'[sources.shop]\nfiles = "{files}"\n{source}\n[sources.shop.feeds."sales.order_lines"]\n{feed}\n'
    )


def drifts(shop: Shop) -> list[tuple]:
    return shop.query('select "column_name", kind, policy, delivery_id from meta.drifts order by all')


def discounts(shop: Shop) -> list[tuple]:
    return shop.query("select order_id, discount::float from raw.sales_order_lines order by 1")


def test_by_itself_a_new_column_that_the_feed_knows_is_taken_and_what_happened_is_on_record(tmp_path):
    shop = shop_with(tmp_path)
    shop.put("1.csv", OLD)
    shop.load()
    assert drifts(shop) == [], "the first layout is no drift"
    shop.put("2.csv", NEW)
    shop.load()
    assert discounts(shop) == [("A1", None), ("A2", 0.5)]
    assert drifts(shop) == [("discount", "new", "evolve", 2), ("note", "new", "evolve", 2)]
    shop.put("3.csv", NEW.replace("A2", "A4"))
    shop.load()
    assert len(drifts(shop)) == 2, "it is known now"


def test_frozen_a_new_column_refuses_the_delivery_until_the_policy_changes(tmp_path):
    shop = shop_with(tmp_path, "drift = { new = 'freeze' }")
    shop.put("1.csv", OLD)
    shop.put("2.csv", NEW)
    shop.put("3.csv", SHORT)
    results = shop.load()
    assert [results[name].status for name in ("1.csv", "2.csv", "3.csv")] == ["loaded", "refused", "loaded"]
    assert "'discount' (VARCHAR) is new" in results["2.csv"].reason
    assert "sources.shop.drift says freeze" in results["2.csv"].reason
    assert shop.orders() == ["A1", "A3"]
    mended = shop_with(tmp_path, "drift = { new = 'evolve' }")
    assert mended.load()["2.csv"].status == "loaded"


def test_discarded_a_new_column_is_left_out_each_time_and_told_once(tmp_path):
    shop = shop_with(tmp_path, "drift = { new = 'discard' }")
    for name, text in (("1.csv", OLD), ("2.csv", NEW), ("3.csv", NEW.replace("A2", "A4"))):
        shop.put(name, text)
        shop.load()
    assert discounts(shop) == [("A1", None), ("A2", None), ("A4", None)]
    assert drifts(shop) == [("discount", "new", "discard", 2), ("note", "new", "discard", 2)]


@pytest.mark.parametrize(
    ("policy", "status"), [("evolve", "loaded"), ("discard", "loaded"), ("freeze", "refused")]
)  # fmt: skip
def test_a_missing_column(tmp_path, policy, status):
    shop = shop_with(tmp_path, f"drift = {{ missing = '{policy}' }}")
    shop.put("1.csv", OLD)
    shop.put("2.csv", SHORT)
    assert shop.load()["2.csv"].status == status
    assert drifts(shop) == [("product_id", "missing", policy, 2)]


def test_a_feeds_policy_stands_above_the_sources_for_the_columns_it_takes(tmp_path):
    shop = shop_with(tmp_path, "drift = { new = 'freeze' }", "drift = { new = 'evolve' }")
    shop.put("1.csv", OLD)
    shop.put("2.csv", lines("A2,1,P1,1,1,0.5", header=HEADER + ",discount"))
    shop.put("3.csv", NEW)
    results = shop.load()
    assert results["2.csv"].status == "loaded", "the feed takes the discount"
    assert "'note'" in results["3.csv"].reason
    assert "'discount'" not in results["3.csv"].reason


@pytest.mark.parametrize(
    ("policy", "status", "products"),
    [("evolve", "loaded", ["P1", "7"]), ("discard", "loaded", ["P1", None]), ("freeze", "refused", ["P1"])],
)
def test_a_column_of_another_type(tmp_path, policy, status, products):
    shop = shop_with(tmp_path, f"drift = {{ retyped = '{policy}' }}")
    for name, product in (("1", "'P1'"), ("2", "7")):
        path = shop.put(f"{name}.parquet", b"")
        row = f"'A{name}' as order_id, 1 as line_number, {product} as product_id, 1 as quantity, 1 as unit_price"
        duckdb.connect().execute(f"copy (select {row}) to '{path}'")
    assert shop.load()["2.parquet"].status == status
    found = shop.query("select product_id from raw.sales_order_lines order by order_id")
    assert [row[0] for row in found] == products
    assert shop.query("select before, after from meta.drifts") == [("VARCHAR", "INTEGER")]


@pytest.mark.parametrize("policy", ["evolve", "discard"])
def test_an_alert_is_raised_once(tmp_path, policy):
    shop = shop_with(tmp_path, f"drift = {{ new = '{policy}' }}")
    shop.put("1.csv", OLD)
    shop.put("2.csv", NEW)
    shop.load()
    warned = drift_warnings(take_alerts(shop.workspace))
    assert [(check.name, check.status) for check in warned] == [
        ("drift shop.discount", "warned"),
        ("drift shop.note", "warned"),
    ]
    assert "In delivery 2 of shop the column 'discount' (VARCHAR) is new" in warned[0].detail
    assert take_alerts(shop.workspace) == []
    shop.put("3.csv", NEW.replace("A2", "A4"))
    shop.load()
    assert take_alerts(shop.workspace) == []


def test_a_replay_is_no_drift(tmp_path):
    shop = shop_with(tmp_path, "drift = { new = 'freeze', missing = 'freeze' }")
    shop.put("1.csv", lines("A1,1,P1,many,1"))
    shop.load()
    shop = shop_with(tmp_path, "drift = { new = 'evolve' }")
    shop.put("2.csv", NEW)
    shop.load()
    shop = shop_with(tmp_path, "drift = { new = 'freeze', missing = 'freeze' }")
    (result,) = replay(shop.workspace)
    assert (result.problem, result.still_quarantined) == (None, 1)
    assert [row[1] for row in drifts(shop)] == ["new", "new"]


def test_an_unknown_policy_is_refused_with_what_is_allowed(tmp_path):
    with pytest.raises(Exception, match="'evolve', 'freeze' or 'discard'"):
        shop_with(tmp_path, "drift = { new = 'ignore' }")
