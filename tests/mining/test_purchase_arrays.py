"""Windows as slices of arrays, against joins that say the same in another way."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining import purchase_arrays
from mining.coded_events import code_items
from mining.purchase_arrays import PurchaseArrays
from mining.purchase_days import day_of
from mining.rule_counts import first_starts, followed
from mining.rule_counts import pair_counts as joined_counts
from mining.sequential_rules import sequential_rules

ITEMS = ["A", "B", "C"]
PURCHASES = st.lists(st.tuples(st.sampled_from([-7, 2, 10**12]), st.integers(-3, 12), st.sampled_from(ITEMS)))


def events(rows):
    frame = pd.DataFrame(rows, columns=["customer_key", "time", "item"])
    return ibis.memtable(frame, schema={"customer_key": "int64", "time": "int64", "item": "string"})


def by_pair(counts):
    return {(row.antecedent, row.item_code): row.hits for row in counts.itertuples()}


@given(PURCHASES, st.integers(1, 6))
@settings(max_examples=12, deadline=None)
def test_pairs_are_those_of_a_join(rows, window_days):
    arrays, days = PurchaseArrays.of(events(rows), ITEMS), code_items(events(rows), ITEMS)
    joined = joined_counts(followed(first_starts(days), days, window_days), 1).execute()
    assert by_pair(arrays.pair_counts(window_days)) == by_pair(joined)


@pytest.fixture
def three_customers():
    rows = [(1, 0, "A"), (1, 3, "B"), (2, 5, "A"), (2, 5, "A"), (2, 9, "B"), (3, 9, "A"), (3, 10, "C"), (3, 11, "B")]
    return PurchaseArrays.of(events(rows), ITEMS)


def test_starts_count_after_one_day_and_up_to_another(three_customers):
    assert by_pair(three_customers.pair_counts(4)) == {(0, 1): 3, (0, 2): 1, (2, 1): 1}
    assert by_pair(three_customers.pair_counts(4, end=5)) == {(0, 1): 2}
    assert by_pair(three_customers.pair_counts(4, begin=0, end=5)) == {(0, 1): 1}


def test_many_kinds_of_pairs_and_small_portions_count_alike(three_customers, monkeypatch):
    monkeypatch.setattr(purchase_arrays, "_MOST_COUNTERS", 0)
    monkeypatch.setattr(purchase_arrays, "_ROWS_AT_ONCE", 1)
    assert by_pair(three_customers.pair_counts(4)) == {(0, 1): 3, (0, 2): 1, (2, 1): 1}
    assert by_pair(three_customers.pair_counts(1)) == {(0, 2): 1, (2, 1): 1}


def test_items_that_are_left_out_leave_the_days_of_the_others(three_customers):
    assert three_customers.days.tolist() == [0, 3, 5, 9, 9, 10, 11]
    assert three_customers.buyers(5).tolist() == [2, 1, 0]
    assert three_customers.customer_count(5) == 2
    kept = three_customers.of_items(np.array([1, 2]))
    assert kept.days.tolist() == [3, 9, 10, 11]
    assert kept.codes.tolist() == [0, 0, 1, 0]
    assert by_pair(kept.pair_counts(4)) == {(1, 0): 1}


def test_purchases_of_a_warehouse_lead_to_longer_rules_too():
    # All else in these tests is in memory, where the engine is one and the same for every table.
    warehouse = ibis.duckdb.connect()
    rows = [(customer, day, item) for customer in range(5) for day, item in ((0, "A"), (3, "B"), (6, "C"))]
    bought = warehouse.create_table("bought", events(rows))
    limits = {"min_customers": 5, "min_hits": 5, "window_days": 5, "holdout_days": 20}
    # Three items and "A, then B" and "B, then C", beside every item that is not their own.
    assert sequential_rules(bought, as_of=day_of(40), **limits).tried == 3 * 2 + 2 * 1
