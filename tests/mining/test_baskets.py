"""Hand-worked baskets first, then mlxtend's answers on generated ones."""

from itertools import combinations

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining import itemset_growth
from mining.baskets import MEASURES, basket_rules
from mining.itemsets import basket_coverage, frequent_itemsets

FOUR = {1: "AB", 2: "AB", 3: "A", 4: "BC"}


def table(baskets):
    rows = [(basket, item) for basket, items in baskets.items() for item in items]
    return ibis.memtable(rows, schema={"basket_key": "int64", "item": "string"})


def itemsets(baskets, **limits):
    found = frequent_itemsets(table(baskets), **limits).to_pyarrow().to_pylist()
    return {"".join(row["items"]): row["basket_count"] for row in found}


def test_itemsets_on_the_line_are_frequent():
    assert itemsets(FOUR, min_support=0.5) == {"A": 3, "B": 3, "AB": 2}
    assert itemsets(FOUR, min_support=0.25) == {"A": 3, "B": 3, "AB": 2, "C": 1, "BC": 1}


def test_the_measures_of_one_rule():
    # A in 3 of 4, B in 3 of 4, both in 2 of 4
    rule = basket_rules(table(FOUR), min_support=0.5).to_pyarrow().to_pylist()[0]
    expected = {
        "antecedent_support": 3 / 4,
        "consequent_support": 3 / 4,
        "support": 1 / 2,
        "confidence": 2 / 3,
        "lift": 8 / 9,
        "leverage": -1 / 16,
        "conviction": 3 / 4,
        "zhangs_metric": -1 / 3,
        "jaccard": 1 / 2,
        "certainty": -1 / 3,
        "kulczynski": 2 / 3,
    }
    assert {name: rule[name] for name in MEASURES} == pytest.approx(expected)


def test_a_confidence_exactly_on_the_line_stays():
    # 4 of 5 baskets with A hold B: 0.8 as 5 x both >= 4 x antecedent
    baskets = {n: "AB" if n < 4 else "A" for n in range(5)} | {9: "B"}
    rules = basket_rules(table(baskets), min_support=0.1, min_confidence=0.8).to_pyarrow().to_pylist()
    assert [(rule["antecedent"], rule["consequent"]) for rule in rules] == [(["A"], ["B"]), (["B"], ["A"])]


def test_an_item_twice_in_a_basket_counts_once():
    assert itemsets({1: "AAB", 2: "B"}, min_support=0.5) == {"B": 2, "A": 1, "AB": 1}


def test_a_huge_basket_is_left_out_and_reported():
    baskets = FOUR | {9: "ABCDEFGH"}
    assert itemsets(baskets, min_support=0.5, max_basket_items=7) == itemsets(FOUR, min_support=0.5)
    assert basket_coverage(table(baskets), max_basket_items=7).to_pyarrow().to_pylist() == [
        {"basket_count": 5, "left_out_basket_count": 1, "item_count": 15, "left_out_item_count": 8}
    ]


def test_a_few_huge_baskets_and_an_item_in_every_basket_do_not_blow_it_up():
    # 3 baskets of 20,000 items would be 600 million pairs
    huge = [(basket, item) for basket in range(3) for item in range(20_000)]
    small = [(basket, item) for basket in range(10, 2_000) for item in (0, 1 + basket % 50)]
    events = ibis.memtable(pd.DataFrame(huge + small, columns=["basket_key", "item"]))
    found = frequent_itemsets(events, min_support=0.02).to_pyarrow().to_pylist()
    assert found[0]["items"] == [0]
    assert len(found) == 1 + 2 * sum(len(range(10 + rest, 2_000, 50)) * 50 >= 1_990 for rest in range(50))


def test_nothing_comes_of_nothing():
    nothing = table(FOUR).filter(ibis.literal(False))
    assert frequent_itemsets(nothing, min_support=0.1).count().execute() == 0
    assert basket_rules(nothing, min_support=0.1).count().execute() == 0


def test_shares_and_limits_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="min_support"):
        frequent_itemsets(table(FOUR), min_support=1.5)
    with pytest.raises(ValueError, match="max_items=0"):
        frequent_itemsets(table(FOUR), min_support=0.5, max_items=0)
    with pytest.raises(ValueError, match="min_confidence"):
        basket_rules(table(FOUR), min_support=0.5, min_confidence=2)


def test_the_same_as_counting_by_trying_in_small_blocks_and_many_words(monkeypatch):
    """Pairs of 14 items are counted in blocks of 4; 200 baskets take 4 words of bits."""
    monkeypatch.setattr(itemset_growth, "_MOST_CELLS", 60)
    rng = np.random.default_rng(3)
    baskets = {n: set(rng.choice(14, 1 + n % 9, p=np.arange(1, 15) / 105)) for n in range(200)}
    rows = [(basket, int(item)) for basket, held in baskets.items() for item in held]
    events = ibis.memtable(pd.DataFrame(rows, columns=["basket_key", "item"]))
    found = frequent_itemsets(events, min_support=0.02, max_items=4).to_pyarrow().to_pylist()
    sets = [set(chosen) for size in (1, 2, 3, 4) for chosen in combinations(range(14), size)]
    tried = {tuple(sorted(it)): sum(it <= basket for basket in baskets.values()) for it in sets}
    assert {tuple(row["items"]): row["basket_count"] for row in found} == {k: n for k, n in tried.items() if n >= 4}


# mlxtend cannot make rules of no itemsets, so B lies in every basket.
@settings(max_examples=8, deadline=None)
@given(st.lists(st.sets(st.sampled_from("ACDEF")).map(lambda items: items | {"B"}), min_size=2), st.integers(1, 5))
def test_the_same_as_mlxtend(baskets, least):
    frequent_patterns = pytest.importorskip("mlxtend.frequent_patterns")
    support = min(least, len(baskets)) / len(baskets)
    onehot = pd.DataFrame([{item: item in basket for item in "ABCDEF"} for basket in baskets])
    sets = frequent_patterns.fpgrowth(onehot, min_support=support - 1e-9, use_colnames=True, max_len=4)
    peer = {frozenset(row.itemsets): round(row.support * len(baskets)) for row in sets.itertuples()}
    numbered = dict(enumerate(baskets))
    assert {frozenset(name): n for name, n in itemsets(numbered, min_support=support).items()} == peer
    theirs = frequent_patterns.association_rules(sets, metric="confidence", min_threshold=0.5 - 1e-9)
    theirs.columns = [name.replace(" ", "_") for name in theirs.columns]
    expected = {(row.antecedents, row.consequents): [getattr(row, m) for m in MEASURES] for row in theirs.itertuples()}
    rules = basket_rules(table(numbered), min_support=support, min_confidence=0.5).to_pyarrow().to_pylist()
    ours = {(frozenset(r["antecedent"]), frozenset(r["consequent"])): [r[m] for m in MEASURES] for r in rules}
    assert ours.keys() == expected.keys()
    for rule, values in ours.items():
        assert values == pytest.approx(expected[rule], abs=1e-9)
