"""Rules that start from several items: parts by hand first, then rules that are known to be there."""

import ibis
import numpy as np
import pandas as pd
import pytest

from benchmarks.purchase_simulator import PLANTED_LONG, simulated_purchases, with_long_rules
from mining import rule_parts
from mining.items import in_words
from mining.purchase_days import day_of
from mining.rule_antecedents import Antecedents, long_antecedents
from mining.rule_parts import rests, with_parts
from mining.rule_statistics import log_upper_tail_of_tables
from mining.rule_tests import Purchases, Trial
from mining.sequential_rules import sequential_rules

LAST = day_of(719)
SETTINGS = {"as_of": LAST, "window_days": 60, "holdout_days": 200}


def coded(*rows, window_days=10):
    frame = pd.DataFrame(rows, columns=["customer_key", "time", "item"])
    events = ibis.memtable(frame, schema={"customer_key": "int64", "time": "int64", "item": "string"})
    return Purchases.of(events, ["A", "B", "C"], window_days)


def antecedents(*rows, pairs=(), end=100, **limits):
    purchases = coded(*rows)
    counted = pd.DataFrame(list(pairs), columns=["antecedent", "item_code", "hits"])
    limits = {"max_items": 2, "max_count": 10, "min_customers": 1} | limits
    return long_antecedents(Antecedents.single(purchases), purchases, counted, end, **limits)


def completed(every):
    rows = every.starts.to_pyarrow().to_pylist()
    return {(every.sequences[row["antecedent"]], row["customer_key"]): row["time"] for row in rows}


def test_a_sequence_starts_on_the_first_day_it_is_complete_and_within_the_window():
    rows = [(1, 0, "A"), (1, 20, "A"), (1, 30, "B"), (1, 35, "B"), (2, 0, "A"), (2, 11, "B"), (3, 5, "B"), (3, 9, "A")]
    found = completed(antecedents(*rows, pairs=[(0, 1, 1)]))
    assert {key: day for key, day in found.items() if len(key[0]) == 2} == {(((0,), (1,)), 1): 30}


def test_a_set_is_what_was_bought_on_one_day():
    found = completed(antecedents((1, 0, "A"), (1, 3, "B"), (1, 7, "B"), (1, 7, "A"), (2, 4, "A")))
    assert {key: day for key, day in found.items() if len(key[0][0]) == 2} == {(((0, 1),), 1): 7}


def test_a_set_is_counted_by_customers_and_only_until_the_end():
    rows = [(1, 0, "A"), (1, 0, "B"), (1, 9, "A"), (1, 9, "B"), (2, 50, "A"), (2, 50, "B")]
    assert len(antecedents(*rows, end=20, min_customers=2).sequences) == 3
    assert antecedents(*rows, end=50, min_customers=2).sequences[3:] == [((0, 1),)]


def test_the_most_frequent_are_kept():
    pairs = [(0, 1, 5), (1, 2, 9), (2, 0, 7)]
    rows = [(1, 0, "A")]
    assert antecedents(*rows, pairs=pairs, max_count=2).sequences[3:] == [((1,), (2,)), ((2,), (0,))]
    assert len(antecedents(*rows, pairs=pairs, max_items=1).sequences) == 3


def test_three_in_a_row_grow_from_two_each_within_a_window_of_the_one_before():
    rows = [(1, 0, "A"), (1, 5, "B"), (1, 14, "C"), (2, 0, "A"), (2, 5, "B"), (2, 16, "C")]
    found = completed(antecedents(*rows, pairs=[(0, 1, 1), (1, 2, 1)], max_items=3))
    assert {who: day for (sequence, who), day in found.items() if len(sequence) == 3} == {1: 14}


def test_three_in_a_row_count_only_when_complete_by_the_end():
    rows, three = [(1, 0, "A"), (1, 5, "B"), (1, 9, "C")], ((0,), (1,), (2,))
    for end, is_found in ((8, False), (9, True)):
        every = antecedents(*rows, pairs=[(0, 1, 1), (1, 2, 1)], max_items=3, end=end)
        assert (three in every.sequences) == is_found


def test_each_part_is_left_out_in_turn():
    then, together = ((0,), (1,)), ((0, 1),)
    assert [(it.sequence, it.is_visit) for it in rests(7, then)] == [(((1,),), False), (((0,),), True)]
    assert [(it.sequence, it.is_visit) for it in rests(7, together)] == [(((1,),), False), (((0,),), False)]


def test_the_chance_of_a_table_is_bounded_by_hand():
    """10 starts, 6 hit; 30 controls, 4 hit: 2.5 of 10 expected given 10 hits; and a cell without a control."""
    cells = pd.DataFrame({"k": [1, 1], "starts": [10, 5], "hits": [6, 5], "controls": [30, 0], "control_hits": [4, 0]})
    (row,) = log_upper_tail_of_tables(cells, ["k"]).to_dict("records")
    # binomial with 10 trials of chance 1/4: P(6 or more) = 20686 / 4**10
    assert np.exp(row["log_p"]) == pytest.approx(20686 / 4**10)
    assert row["usual"] == pytest.approx(15 * 4 / 30)


def test_the_bound_is_above_fishers_exact_chance():
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(5)
    for starts, controls in rng.integers(5, 60, (40, 2)):
        hits, control_hits = rng.integers(0, starts + 1), rng.integers(0, controls + 1)
        cells = pd.DataFrame(
            {"k": [1], "starts": starts, "hits": hits, "controls": controls, "control_hits": control_hits}
        )
        exact = stats.hypergeom.sf(hits - 1, starts + controls, hits + control_hits, starts)
        assert np.exp(log_upper_tail_of_tables(cells, ["k"])["log_p"].iloc[0]) >= exact * (1 - 1e-9)


def test_names_of_several_items():
    called = {"a": "Pot", "b": "Cup"}
    assert in_words([["a", "c"], ["b"]], called) == "Pot + c, then Cup"
    assert in_words([["a"]], called) == "Pot"


@pytest.fixture(scope="module")
def planted():
    return with_long_rules(simulated_purchases(1, is_planted=False), 1)


@pytest.fixture(scope="module")
def rules(planted):
    return sequential_rules(planted, **SETTINGS).rules.to_pyarrow().to_pylist()


def long_rules(rules):
    several = [rule for rule in rules if rule["antecedent_item_count"] > 1]
    return {(tuple(map(tuple, rule["antecedent"])), rule["consequent"]): rule for rule in several}


def test_planted_longer_rules_are_found_and_no_other(rules):
    found = long_rules(rules)
    assert set(found) == set(PLANTED_LONG)
    assert all(rule["is_used"] and rule["confidence"] > rule["part_share"] for rule in found.values())


def test_a_pair_that_is_the_shadow_of_a_longer_rule_is_not_used(rules):
    """3 and 1 come before 27 and 29 only as parts of what was planted: without 0 nearby nothing is left."""
    pairs = {(r["antecedent"][0][0], r["consequent"]): r for r in rules if r["antecedent_item_count"] == 1}
    assert {pair: (rule["explained_by"], rule["is_used"]) for pair, rule in pairs.items()} == {
        (3, 27): (0, False),
        (1, 29): (0, False),
    }


def test_a_longer_rule_says_what_was_counted(planted, rules):
    """Customers and hits of one rule again, in pandas."""
    rule = long_rules(rules)[((0,), (3,)), 27]
    frame = planted.execute()
    first, then = (frame[frame["item"] == item][["customer_key", "time"]] for item in (0, 3))
    both = first.merge(then, on="customer_key", suffixes=("_first", ""))
    both = both[(both["time"] > both["time_first"]) & (both["time"] - both["time_first"] <= 60)]
    start = both.groupby("customer_key")["time"].min()
    # The check is on those whose window ends in the hold-out: whoever started since has had no time yet.
    assert rule["later_customer_count"] == ((start > 719 - 200 - 60) & (start <= 719 - 60)).sum()
    start = start[start <= 719 - 200 - 60]
    after = frame[frame["item"] == 27].merge(start.rename("start"), on="customer_key")
    lag = (after["time"] - after["start"])[lambda lags: (lags > 0) & (lags <= 60)]
    lags = lag.groupby(after["customer_key"]).min()
    assert (rule["customer_count"], rule["hit_count"]) == (len(start), len(lags))
    quartiles = [rule[f"lag_{name}_days"] for name in ("q1", "median", "q3")]
    assert quartiles == np.quantile(lags, [0.25, 0.5, 0.75], method="inverted_cdf").tolist()


def test_a_longer_rule_that_stops_does_not_hold(planted):
    """Nobody buys 27 once the hold-out's windows have begun; 29 goes on as before."""
    frame = planted.execute()
    stopped = frame[~((frame["item"] == 27) & (frame["time"] > 719 - 200 - 60))]
    found = long_rules(sequential_rules(ibis.memtable(stopped), **SETTINGS).rules.to_pyarrow().to_pylist())
    verdicts = {rule: (it["verdict"], it["is_used"], it["later_hit_count"] > 0) for rule, it in found.items()}
    assert verdicts == {
        (((0,), (3,)), 27): ("does not hold", False, False),
        (((0, 1),), 29): ("holds", True, True),
    }


def test_antecedents_are_chosen_by_what_was_known_before_the_hold_out():
    """Up to day 40 three customers buy A and B on one day, and one C and D; from day 60 on ten more C and D.

    Of sets one is tried. Had the hold-out a say it would be C and D, which too few had completed by then.
    """
    days = [(who, 30, item) for who in range(3) for item in "AB"] + [(3, 30, "C"), (3, 30, "D")]
    days += [(who, 30, "C") for who in (4, 5)] + [(who, 30, "D") for who in (6, 7)]
    days += [(who, 80, item) for who in range(10, 20) for item in "CD"]
    frame = pd.DataFrame(days, columns=["customer_key", "time", "item"])
    events = ibis.memtable(frame, schema={"customer_key": "int64", "time": "int64", "item": "string"})
    limits = {"window_days": 10, "holdout_days": 50, "min_customers": 3, "min_hits": 1, "max_antecedents": 1}
    found = sequential_rules(events, as_of=day_of(100), **limits)
    # four items, each beside itself and three others, and A + B beside what it does not hold
    assert found.tried == 4 * 3 + 2


def test_a_part_that_adds_nothing_makes_no_longer_rule():
    """7 leads to 23 whatever was bought before it or after: no rule has a second part."""
    rules = sequential_rules(simulated_purchases(1), **SETTINGS).rules.to_pyarrow().to_pylist()
    assert long_rules(rules) == {}


@pytest.mark.parametrize(("customers", "part_hits"), [(100, 4 * 2 / 4), (5, 4 * 1 / 1)])
def test_what_the_rest_of_a_rule_brings_by_hand(monkeypatch, customers, part_hits):
    """A, then B => C within 10 days: 3 of 4. With B alone 1 of 4; with A and another visit in B's place 2 of 4.

    Every start has one purchase after it, so that all lie in one cell. Of the 14 customers at most 5 are every third by
    key: 12 with B alone, without C, and 21 with A and a visit, who bought C.
    """
    monkeypatch.setattr(rule_parts, "_CONTROL_CUSTOMERS", customers)
    whole = [(who, [(0, "A"), (9, "B"), (12, "C" if who < 3 else "D")]) for who in range(4)]
    only_b = [(who, [(9, "B"), (12, "C" if who < 11 else "D")]) for who in range(10, 14)]
    # The visit is on the last day of the window after A, and no hit after it is.
    only_a = [(who, [(0, "A"), (10, "D"), (14, "C" if who < 22 else "E")]) for who in range(20, 24)]
    # Nobody stands in B's place when the visit comes a day too late, or was that of A itself.
    neither = [(30, [(0, "A"), (11, "D"), (14, "C")]), (31, [(0, "A"), (0, "D"), (11, "C")])]
    rows = [(who, day, item) for who, done in whole + only_b + only_a + neither for day, item in done]
    frame = pd.DataFrame(rows, columns=["customer_key", "time", "item"])
    events = ibis.memtable(frame, schema={"customer_key": "int64", "time": "int64", "item": "string"})
    purchases = Purchases.of(events, list("ABCDE"), 10)
    pairs = pd.DataFrame([(0, 1, 4)], columns=["antecedent", "item_code", "hits"])
    limits = {"max_items": 2, "max_count": 1, "min_customers": 1}
    every = long_antecedents(Antecedents.single(purchases), purchases, pairs, 100, **limits)
    assert every.sequences[5:] == [((0,), (1,))]
    trial = Trial.of(purchases, every.starts, -1, 100)
    (row,) = with_parts(pd.DataFrame({"antecedent": [5], "item_code": [2]}), trial, every).to_dict("records")
    assert row["part_hits"] == pytest.approx(part_hits)
