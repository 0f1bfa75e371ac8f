"""Too little data is said: a short history, too few customers, no mixed baskets, too few outcomes."""

import ibis
import pandas as pd

from mining.baskets import basket_rules
from mining.purchase_days import day_of
from mining.rule_notes import basket_search, path_search, sequential_search
from mining.sequential_rules import sequential_rules

SETTINGS = {"window_days": 30, "holdout_days": 60, "min_customers": 5}
AS_OF = day_of(200)


def searched(rows):
    frame = pd.DataFrame(rows, columns=["customer_key", "time", "item"])
    bought = ibis.memtable(frame, schema={"customer_key": "int64", "time": "int64", "item": "string"})
    found = sequential_rules(bought, as_of=AS_OF, **SETTINGS)
    return sequential_search(bought, found, level="product", as_of=AS_OF, **SETTINGS).to_pyarrow().to_pylist()[0]


def test_a_history_no_longer_than_window_and_check_is_too_short():
    # from day 111 to day 200 are 90 days; one more would do
    row = searched([(who, 111, item) for who in range(9) for item in "AB"])
    assert row["note"].startswith("Too little data: there are 90 days of purchases")
    assert searched([(who, 110, item) for who in range(9) for item in "AB"])["note"] is None


def test_too_few_customers_are_said():
    row = searched([(who, 10, item) for who in range(4) for item in "AB"])
    assert "no two products were bought by 5 customers" in row["note"]
    assert (row["case_count"], row["tried_count"], row["used_count"]) == (4, 0, 0)


def test_nobody_at_all_is_too_little_and_no_error():
    assert searched([])["note"].startswith("Too little data: there are 0 days")


def test_enough_is_not_complained_about():
    row = searched([(who, 10, item) for who in range(6) for item in "ABC"])
    # three items, each before each of two others; three sets of two on one day, each before the third
    assert (row["note"], row["tried_count"]) == (None, 6 + 3)


def test_baskets_of_one_item_say_nothing():
    held = [(basket, "A") for basket in range(50)] + [(1, "B"), (2, "B")]
    baskets = ibis.memtable(pd.DataFrame(held, columns=["basket_key", "item"]))
    rules = basket_rules(baskets, min_support=0.1)
    row = basket_search(baskets, rules, kind="order", level="product", min_baskets=3).to_pyarrow().to_pylist()[0]
    assert row["note"] == "Too little data: 2 orders hold more than one product; a rule needs 3."
    enough = basket_search(baskets, rules, kind="order", level="product", min_baskets=2).to_pyarrow().to_pylist()[0]
    assert (enough["note"], enough["case_count"]) == (None, 50)


def test_few_outcomes_are_said():
    paths = ibis.memtable({"is_telling": [True, False, False]})
    windows = ibis.memtable({"is_outcome": [True] * 3 + [False] * 40})
    row = path_search(paths, windows, outcome="leaving", min_outcomes=4).to_pyarrow().to_pylist()[0]
    assert row["note"].startswith("Too little data: 3 customers with this outcome and 40 without")
    assert (row["tried_count"], row["found_count"]) == (3, 1)
    assert path_search(paths, windows, outcome="leaving", min_outcomes=3).to_pyarrow().to_pylist()[0]["note"] is None
