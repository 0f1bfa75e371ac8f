"""Offers held against what was bought: one case by hand, then offers that are known to be good."""

from datetime import date

import ibis
import pandas as pd
import pytest

from benchmarks.purchase_simulator import simulated_purchases
from mining.intervals import paired_difference, wilson
from mining.next_best_offers import next_best_offers
from mining.offer_hit_rates import offer_hit_rates
from mining.purchase_days import day_number, day_of
from mining.sequential_rules import sequential_rules

AS_OF = date(2025, 6, 30)
TODAY = day_number(AS_OF)


def bought(*rows):
    frame = pd.DataFrame(rows, columns=["customer_key", "ahead", "item"])
    frame["time"] = TODAY + frame.pop("ahead")
    return ibis.memtable(frame, schema={"customer_key": "int64", "item": "string", "time": "int64"})


def offers(*rows):
    return ibis.memtable(pd.DataFrame(rows, columns=["customer_key", "offer_rank", "item", "basis"]))


def test_hits_by_hand():
    """P is the most popular before, then Q. 1 buys the offer, 2 buys P on the last day, 3 buys too late."""
    before = [(n, -5, "P") for n in range(10, 15)] + [(n, -5, "Q") for n in range(10, 13)]
    after = [(1, 1, "X"), (2, 60, "P"), (3, 61, "X"), (4, 2, "Q")]
    made = offers(
        (1, 1, "X", "rule"), (2, 1, "X", "rule"), (3, 1, "X", "rule"), (4, 1, "X", "rule"), (5, 1, "P", "popular")
    )
    found = offer_hit_rates(made, bought(*before, *after), as_of=AS_OF, days=60, at=(1, 2)).to_pyarrow().to_pylist()
    counts = ("offer_count", "customer_count", "hit_count", "popular_hit_count")
    assert [tuple(row[name] for name in counts) for row in found] == [(1, 4, 1, 1), (2, 4, 1, 2)]
    assert (found[1]["hit_share"], found[1]["hit_share_high"]) == pytest.approx((0.25, wilson(1, 4).high))
    # 1 took the offer alone, 2 and 4 the popular items alone
    told = tuple(found[1][f"difference{end}"] for end in ("", "_low", "_high"))
    assert told == pytest.approx(paired_difference(1, 2, 4))


def test_what_a_customer_has_is_no_popular_offer_to_them():
    before = [(n, -5, "P") for n in range(10, 15)] + [(n, -5, "Q") for n in range(10, 13)] + [(1, -3, "P")]
    made = offers((1, 1, "X", "rule"))
    (row,) = offer_hit_rates(made, bought(*before, (1, 3, "Q")), as_of=AS_OF, at=(1,)).to_pyarrow().to_pylist()
    assert row["popular_hit_count"] == 1


def test_nobody_with_an_offer_by_a_rule_gives_no_share():
    made = offers((1, 1, "P", "popular"))
    (row,) = offer_hit_rates(made, bought((1, 3, "P")), as_of=AS_OF, at=(1,)).to_pyarrow().to_pylist()
    assert (row["customer_count"], row["hit_share"], row["difference_low"]) == (0, None, None)


def test_a_paired_difference_by_hand():
    """20 and 8 discordant of 100: (20.5 - 8.5) / 102, and 1.96 times its error."""
    found = paired_difference(20, 8, 100)
    reach = 1.959964 * (29 - 12**2 / 102) ** 0.5 / 102
    assert found == pytest.approx((0.12, 12 / 102 - reach, 12 / 102 + reach), abs=1e-6)


def test_offers_are_taken_more_often_than_popular_items():
    events, as_of = simulated_purchases(1), day_of(640)
    settings = {"window_days": 60, "holdout_days": 200, "max_antecedent_items": 1}
    rules = sequential_rules(events, as_of=as_of, **settings)
    made = next_best_offers(events, rules.rules, rules.clocks, as_of=as_of, offers_per_customer=5).cache()
    rates = offer_hit_rates(made, events, as_of=as_of).execute()
    assert (rates["hit_share"] > rates["popular_hit_share"]).all(), rates
