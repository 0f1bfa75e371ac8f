"""Offers of a past date held against what was bought: found from what was known then, on a star made by hand."""

from collections.abc import Iterator
from datetime import date, datetime

import duckdb
import ibis
import pandas as pd
import pytest

from benchmarks.purchase_simulator import simulated_purchases
from mining.purchase_days import day_of
from pipelines.assets import mining_offers, mining_rules
from pipelines.mined import Store, store_on
from workspace.mining_settings import Mining

DAY, MADE_ON = date(1971, 11, 30), date(1971, 10, 1)
SETTINGS = Mining.model_validate({"rules": {"window_days": 60, "holdout_days": 150, "max_antecedents": 20}})


@pytest.fixture
def store() -> Iterator[Store]:
    """The star of a simulated company: lines of 30 products in three categories, each bringing 2.50."""
    frame = simulated_purchases(1).execute()
    lines = pd.DataFrame({
        "order_key": range(len(frame)),
        "customer_key": frame["customer_key"],
        "product_key": frame["item"] + 1,
        "ordered_on": [day_of(day) for day in frame["time"]],
    })  # fmt: skip
    products = pd.DataFrame({"product_key": range(1, 31), "category": [f"kind {n % 3}" for n in range(30)]})
    with duckdb.connect() as connection:
        connection.register("lines_in", lines)
        connection.register("products_in", products.assign(since=datetime(1969, 1, 1), until=datetime(2100, 1, 1)))  # noqa: DTZ001
        connection.execute("create schema star")
        connection.execute("create schema mining")
        connection.execute(
            "create table star.fct_order_lines as select *, true as is_counted, false as is_return,"
            " 2.5::decimal(18, 4) as margin_amount from lines_in"
        )
        connection.execute(
            "create table star.dim_product as select product_key, 'Product ' || product_key as name, category,"
            " since::timestamp as valid_from, until::timestamp as valid_to from products_in"
        )
        connection.execute(
            "create table star.fct_orders as select order_key, ordered_on, true as is_sale, false as is_cancelled,"
            " null::timestamp as cancelled_at, 1 as item_quantity from star.fct_order_lines"
        )
        yield store_on(connection)


def checked(store: Store) -> list[dict]:
    found = mining_offers.check(store, DAY, "product", SETTINGS)
    # Served under a contract: a literal count would be the smallest number type that holds it.
    assert found.schema()["rule_count"].is_int64()
    return found.order_by("ordered_by", "offer_count").to_pyarrow().to_pylist()


def test_planted_rules_make_offers_that_are_taken_more_often_than_what_is_popular(store: Store) -> None:
    rows = checked(store)
    assert [(row["ordered_by"], row["offer_count"]) for row in rows] == [
        (order, number) for order in ("chance", "margin") for number in (1, 3, 5)
    ]
    assert {(row["as_of"], row["made_on"], row["days"]) for row in rows} == {(DAY, MADE_ON, 60)}
    assert all(row["rule_count"] >= 3 and row["customer_count"] > 100 for row in rows)
    assert all(row["hit_count"] > row["popular_hit_count"] for row in rows)


def test_without_a_rule_that_holds_nobody_is_compared(store: Store) -> None:
    settings = SETTINGS.model_copy(update={"rules": SETTINGS.rules.model_copy(update={"holdout_days": 1400})})
    rows = mining_offers.check(store, DAY, "product", settings).to_pyarrow().to_pylist()
    assert {(row["rule_count"], row["customer_count"], row["hit_share"]) for row in rows} == {(0, 0, None)}


def test_offers_are_made_from_what_was_known_on_their_day(store: Store) -> None:
    """Whatever happened after that day, the same offers are judged: only the hits are others."""
    before = checked(store)
    store.connection.execute("delete from star.fct_order_lines where ordered_on > ?", [MADE_ON])
    after = checked(store)
    known = ("offer_count", "rule_count", "customer_count")
    assert [[row[name] for name in known] for row in after] == [[row[name] for name in known] for row in before]
    assert all(row["hit_count"] == row["popular_hit_count"] == 0 for row in after)


def test_what_was_bought_after_the_day_does_not_count(store: Store) -> None:
    before = checked(store)
    store.connection.execute("delete from star.fct_order_lines where ordered_on > ?", [DAY])
    assert checked(store) == before


def test_it_is_checked_at_the_last_month_end() -> None:
    last = mining_offers.last_month_end
    assert list(last(date(2025, 3, 30), [], SETTINGS)) == [date(2025, 2, 28)]
    assert list(last(date(2025, 3, 31), [], SETTINGS)) == [date(2025, 3, 31)]


def test_categories_are_offered_by_rules_alone_and_products_have_names(store: Store) -> None:
    found = mining_rules.find_rules(store, MADE_ON, SETTINGS)
    for table in ("sequential_rules", "rule_clocks"):
        store.backend.create_table(table, found[table], database="mining")
    offers = mining_offers.find_offers(store, MADE_ON, SETTINGS)["next_best_offers"].execute()
    by_level = dict(list(offers.groupby("level")))
    products = by_level["product"]
    assert set(products["basis"]) == {"rule", "popular"}
    assert products["item_name"].str.startswith("Product ").all()
    ruled = products[products["basis"] == "rule"]
    assert ruled["antecedent_name"].str.startswith("Product ").all()
    assert (by_level["category"]["basis"] == "rule").all() if "category" in by_level else True


def test_of_many_customers_a_sample_is_checked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bought = ibis.memtable({"customer_key": [key for key in range(1, 11) for _ in range(2)]})
    # Ten customers, four at most: every third; the purchases of one stay together.
    assert mining_offers.sampled(bought, 4).execute()["customer_key"].tolist() == [3, 3, 6, 6, 9, 9]
    assert len(mining_offers.sampled(bought, 10).execute()) == 20
    everybody = checked(store)
    monkeypatch.setattr(mining_offers, "CHECKED_CUSTOMERS", 500)
    few = checked(store)
    assert few[0]["rule_count"] == everybody[0]["rule_count"]
    assert 0 < few[0]["customer_count"] < everybody[0]["customer_count"] / 2
