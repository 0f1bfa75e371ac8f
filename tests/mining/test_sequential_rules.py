"""Counts by hand first, then rules that are known to be there, and none where none is."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from benchmarks.purchase_simulator import PLANTED, simulated_purchases
from mining import rule_counts
from mining.coded_events import code_items
from mining.purchase_arrays import PurchaseArrays
from mining.purchase_days import day_of, purchase_days
from mining.rule_counts import first_starts, followed, own_chances, own_purchases, visit_shares
from mining.rule_tests import Purchases
from mining.sequential_rules import sequential_rules

LAST = day_of(719)


def bought(rows):
    frame = pd.DataFrame(rows, columns=["customer_key", "time", "item"])
    return ibis.memtable(frame, schema={"customer_key": "int64", "time": "int64", "item": "string"})


def coded(rows):
    return code_items(bought(rows), ["A", "B", "C"])


def pairs_after(rows, window_days):
    days = coded(rows)
    after = followed(first_starts(days), days, window_days)
    return {(row["customer_key"], "ABC"[row["antecedent"]] + "ABC"[row["item_code"]], row["lag_days"])
            for row in after.to_pyarrow().to_pylist()}  # fmt: skip


def test_the_same_day_is_no_hit_and_the_last_day_of_the_window_is():
    assert pairs_after([(1, 5, "A"), (1, 5, "B")], 10) == set()
    assert pairs_after([(1, 5, "A"), (1, 15, "B")], 10) == {(1, "AB", 10)}
    assert pairs_after([(1, 5, "A"), (1, 16, "B")], 10) == set()


def test_a_customer_counts_once_from_the_first_a_to_the_first_b_after():
    rows = [(1, 0, "B"), (1, 5, "A"), (1, 6, "A"), (1, 8, "B"), (1, 9, "B")]
    assert pairs_after(rows, 10) == {(1, "AB", 3), (1, "AA", 1), (1, "BA", 5), (1, "BB", 8)}


def test_purchases_ahead_of_each_visit():
    rows = [(1, 0, "A"), (1, 3, "A"), (1, 3, "B"), (1, 10, "C"), (2, 4, "A")]
    found = Purchases.of(bought(rows), ["A", "B", "C"], 7).visits.filter(ibis._.customer_key == 1).order_by("time")
    assert found.select("time", "lines_ahead").to_pyarrow().to_pylist() == [
        {"time": 0, "lines_ahead": 2},
        {"time": 3, "lines_ahead": 1},
        {"time": 10, "lines_ahead": 0},
    ]


def test_the_chance_of_a_hit_in_ones_own_history():
    # days 0 (A), 2, 4, 20 and 30; B on one of the four others: half of them lie within 10 days of A
    rows = [(1, 0, "A"), (1, 2, "C"), (1, 4, "B"), (1, 20, "C"), (1, 30, "C")]
    days = coded(rows).mutate(period=ibis.literal(0, "int32"))
    looks = Purchases.of(bought(rows), ["A", "B", "C"], 10).visits.mutate(period=ibis.literal(0, "int32"))
    pair = ibis.memtable({"antecedent": [0], "item_code": [1]}, schema={"antecedent": "int32", "item_code": "int32"})
    own = own_purchases(first_starts(days), days, pair, 10)
    chances = own_chances(own, looks, visit_shares(days, looks), 10).to_pyarrow().to_pylist()
    assert chances == [{"antecedent": 0, "item_code": 1, "trials": 1, "hits": 1, "expected": pytest.approx(0.5)}]


def test_customers_of_too_many_items_are_left_out():
    rows = [(1, 0, "A"), (1, 1, "B"), (1, 2, "C"), (2, 0, "A"), (2, 1, "A"), (2, 2, "A")]
    few = PurchaseArrays.of(bought(rows), ["A", "B", "C"]).of_customers(2)
    assert few.customer_keys[few.customers].tolist() == [2, 2, 2]


def test_lines_that_are_no_purchase_are_left_out():
    lines = ibis.memtable(
        {
            "customer_key": [1, 1, 1, None, 1, 1],
            "ordered_on": [date(1970, 1, 2)] * 4 + [date(1970, 1, 3), date(1970, 1, 2)],
            "is_counted": [True, False, True, True, True, True],
            "is_return": [False, False, True, False, False, False],
            "product_key": [7, 8, 9, 7, 7, 7],
        }
    )
    assert purchase_days(lines, as_of=date(1970, 1, 2)).to_pyarrow().to_pylist() == [
        {"customer_key": 1, "item": 7, "time": 1}
    ]


def found(events, **settings):
    rules = sequential_rules(events, as_of=LAST, window_days=60, holdout_days=200, **settings)
    return rules, rules.rules.to_pyarrow().to_pylist()


def pair(rule):
    """What leads to what: items where they are single, elements where they are several."""
    elements = tuple(map(tuple, rule["antecedent"]))
    return (elements[0][0] if rule["antecedent_item_count"] == 1 else elements), rule["consequent"]


@pytest.fixture(scope="module")
def planted():
    return simulated_purchases(1)


@pytest.fixture(scope="module")
def planted_rules(planted):
    return found(planted)


def test_planted_rules_are_found_and_hold(planted_rules):
    used = {pair(rule) for rule in planted_rules[1] if rule["is_used"]}
    assert used == set(PLANTED)


def test_a_rule_says_what_was_counted(planted, planted_rules):
    """Every figure of one rule again, in pandas."""
    rule = next(r for r in planted_rules[1] if pair(r) == (7, 23))
    frame = planted.execute()
    end = 719 - 200 - 60
    first = frame[frame["item"] == 7].groupby("customer_key")["time"].min()
    first = first[first <= end]
    after = frame[frame["item"] == 23].merge(first.rename("start"), on="customer_key")
    lag = (after["time"] - after["start"])[lambda lags: (lags > 0) & (lags <= 60)]
    lags = lag.groupby(after["customer_key"]).min()
    assert (rule["customer_count"], rule["hit_count"]) == (len(first), len(lags))
    assert rule["confidence"] == pytest.approx(len(lags) / len(first))
    quartiles = [rule[f"lag_{name}_days"] for name in ("q1", "median", "q3")]
    assert quartiles == np.quantile(lags, [0.25, 0.5, 0.75], method="inverted_cdf").tolist()
    clock = planted_rules[0].clocks.filter(lambda t: t.rule_key == rule["rule_key"]).execute()
    assert clock["hit_count"].sum() == len(lags)
    assert clock["cumulative_share"].iloc[-1] == pytest.approx(rule["confidence"])


def test_every_pair_counts_as_tried(planted, planted_rules):
    pairs = sequential_rules(planted, as_of=LAST, window_days=60, holdout_days=200, max_antecedent_items=1)
    assert pairs.tried == 30 * 29
    assert planted_rules[0].tried == 30 * 29 + 300 * 28


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_nothing_is_found_where_nothing_leads_to_anything(seed):
    """A naive lift finds hundreds here: heavy buyers, tastes, seasons and launches all make pairs that follow."""
    assert found(simulated_purchases(seed, is_planted=False))[1] == []


def test_later_purchases_change_nothing(planted):
    early = day_of(600)
    later = planted.mutate(item=(planted.time > 600).ifelse((planted.item * 7) % 30, planted.item)).distinct()
    one, other = (sequential_rules(t, as_of=early, window_days=60, holdout_days=150) for t in (planted, later))
    assert one.rules.to_pyarrow() == other.rules.to_pyarrow()
    assert one.clocks.to_pyarrow() == other.clocks.to_pyarrow()


def test_a_rule_that_stops_does_not_hold():
    events = simulated_purchases(1).execute()
    stopped = events[~((events["item"] == 23) & (events["time"] > 719 - 200 - 60))]
    rules = found(ibis.memtable(stopped))[1]
    verdicts = {pair(rule): rule["verdict"] for rule in rules}
    assert verdicts[7, 23] == "does not hold"
    assert verdicts[2, 11] == "holds"


def test_a_rule_that_passes_on_another_is_explained_by_it():
    """Whoever buys 7 takes 28 with it, and 7 leads to 23: 28 only goes along."""
    events = simulated_purchases(1).execute()
    rng = np.random.default_rng(3)
    along = events[(events["item"] == 7) & (rng.random(len(events)) < 0.6)].assign(item=28)
    rules = found(ibis.memtable(pd.concat([events, along]).drop_duplicates()))[1]
    verdicts = {pair(rule): (rule["explained_by"], rule["is_used"]) for rule in rules}
    assert verdicts[28, 23] == (7, False)
    assert verdicts[7, 23] == (None, True)


def test_customers_whose_window_is_not_over_are_no_failures():
    rows = [(customer, day, item) for customer in range(60) for day, item in ((0, "A"), (30, "B"), (100, "C"))]
    late = [(100 + customer, 150, "A") for customer in range(60)]
    other = [(200 + customer, day, "C") for customer in range(300) for day in (0, 30, 60, 150)]
    # Some buy B in every month, so that the 60 could have bought it on day 100 as well.
    other += [(600 + customer, day, "B") for customer in range(60) for day in (0, 30, 60, 100, 150)]
    settings = {"as_of": day_of(200), "window_days": 60, "holdout_days": 20, "min_customers": 20}
    rules = sequential_rules(bought(rows + late + other), **settings).rules.to_pyarrow().to_pylist()
    rule = next(rule for rule in rules if pair(rule) == ("A", "B"))
    assert (rule["customer_count"], rule["confidence"]) == (60, 1.0)


def test_a_company_without_a_history_has_no_rules():
    rules, rows = found(bought([(1, 700, "A"), (1, 710, "B")]))
    assert rows == []
    assert rules.clocks.count().execute() == 0


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="window_days"):
        sequential_rules(bought([(1, 1, "A")]), as_of=LAST, window_days=0)
    with pytest.raises(ValueError, match="false_discovery_rate"):
        sequential_rules(bought([(1, 1, "A")]), as_of=LAST, false_discovery_rate=1.5)


def test_the_steps_of_exposure_rise():
    assert list(rule_counts.LINE_STEPS) == sorted(set(rule_counts.LINE_STEPS))
