"""One rule worked out by hand, then the whole way from purchases to offers that are taken."""

from datetime import date

import ibis
import pandas as pd
import pytest

from mining.next_best_offers import next_best_offers, repurchase_days
from mining.offer_clocks import offer_clocks
from mining.purchase_days import day_number

AS_OF = date(2025, 6, 30)
TODAY = day_number(AS_OF)

# 10 customers bought A; within 10 days 4 of them B: one on day 2, two on day 5, one on day 9
RULES = ibis.memtable(
    {
        "rule_key": [1, 2],
        "antecedent": [[["A"]], [["A"]]],
        "consequent": ["B", "C"],
        "window_days": [10, 10],
        "customer_count": [10, 10],
        "confidence": [0.4, 0.9],
        "lift": [4.16, 9.0],
        "lag_median_days": [5, 1],
        "is_used": [True, False],
    }
)
CLOCKS = ibis.memtable({"rule_key": [1, 1, 1, 2], "lag_days": [2, 5, 9, 1], "hit_count": [1, 2, 1, 9]})


def bought(*rows):
    frame = pd.DataFrame(rows, columns=["customer_key", "ago", "item"])
    frame["time"] = TODAY - frame.pop("ago")
    return ibis.memtable(frame, schema={"customer_key": "int64", "item": "string", "time": "int64"})


def offers(*rows, **settings):
    settings = {"as_of": AS_OF, "popular_days": None, **settings}
    made = next_best_offers(bought(*rows), RULES, CLOCKS, **settings)
    return made.order_by("customer_key", "offer_rank").to_pyarrow().to_pylist()


def test_the_clock_of_a_rule():
    days = offer_clocks(RULES, CLOCKS, None).order_by("days_since").to_pyarrow().to_pylist()
    chances = {row["days_since"]: row["chance"] for row in days}
    # before day 2 nobody of 10 has come, 4 will; after day 5 three have and 1 of the 7 others will
    assert chances == pytest.approx(
        {0: 4 / 10, 1: 4 / 10, 2: 3 / 9, 3: 3 / 9, 4: 3 / 9, 5: 1 / 7, 6: 1 / 7, 7: 1 / 7, 8: 1 / 7, 9: 0}
    )
    # half of 4 have come by day 5, half of the 3 after day 2 too, the last on day 9
    assert [row["contact_days"] for row in days] == [5, 5, 5, 5, 5, 9, 9, 9, 9, 9]


def test_an_offer_says_why_and_by_when():
    (offer,) = offers((1, 3, "A"))
    assert offer["item"] == "B"
    assert offer["basis"] == "rule"
    assert offer["chance"] == pytest.approx(3 / 9)
    assert offer["bought_on"] == date(2025, 6, 27)
    assert offer["contact_by"] == date(2025, 7, 2)
    assert offer["reason"] == (
        "bought A 3 days ago; 40 % of such customers buy B within 10 days, 4.2 times the usual; half of them by day 5"
    )


def test_names_stand_in_for_keys():
    names = ibis.memtable({"item": ["A", "B"], "name": ["Grinder", "Beans"]})
    (offer,) = offers((1, 1, "A"), names=names)
    assert offer["reason"].startswith("bought Grinder 1 day ago; 40 % of such customers buy Beans")


@pytest.mark.parametrize(
    "rows",
    [
        [(1, 10, "A")],  # the window is over
        [(1, 9, "A")],  # nobody comes on its last day
        [(1, 3, "A"), (1, 1, "B")],  # has come already
        [(1, 3, "A"), (1, 20, "B")],  # bought once, never again by anybody: no repurchase time
        [(1, 3, "C")],  # no rule
    ],
)
def test_nothing_is_offered_in_vain(rows):
    assert offers(*rows) == []


def test_what_is_due_again_is_offered():
    # 30 others buy B every 40 days
    regulars = [(100 + n, ago, "B") for n in range(30) for ago in (60, 100)]
    assert offers((1, 3, "A"), (1, 39, "B"), *regulars) == []
    assert [offer["item"] for offer in offers((1, 3, "A"), (1, 40, "B"), *regulars)] == ["B"]


def test_repurchase_times_have_a_floor_and_need_repeats():
    rows = [(n, ago, item) for n in range(20) for ago, item in ((1, "A"), (11, "A"), (1, "B"), (51, "B"))]
    found = repurchase_days(bought(*rows, (1, 90, "C"), (1, 1, "C")), floor=30).to_pyarrow().to_pylist()
    assert {row["item"]: row["repurchase_days"] for row in found} == {"A": 30, "B": 50}


def test_margins_order_the_offers_and_losses_are_not_offered():
    margins = pd.DataFrame({"item": ["B", "D"], "margin_amount": [-1.0, 2.0]})
    assert offers((1, 3, "A"), margins=ibis.memtable(margins)) == []
    margins.loc[0, "margin_amount"] = 6.0
    (offer,) = offers((1, 3, "A"), margins=ibis.memtable(margins))
    assert offer["expected_margin"] == pytest.approx(6 * 3 / 9)


def test_popular_items_fill_the_list():
    rows = [(n, 5, "P") for n in range(10, 18)] + [(n, 5, "Q") for n in range(18, 20)]
    made = offers((1, 3, "A"), *rows, popular_days=90)
    mine = [(offer["item"], offer["basis"]) for offer in made if offer["customer_key"] == 1]
    assert mine == [("P", "popular"), ("B", "rule"), ("Q", "popular")]
    assert (
        next(offer for offer in made if offer["item"] == "P")["reason"] == "73 % of buyers bought P in the last 90 days"
    )


def test_popular_items_are_what_is_left_after_what_was_just_bought():
    """Ten buyers: 4 of P, 3 of Q, 2 of R, 1 of S, each once and so bought by nobody twice: shares 0.4 to 0.1.

    By share times margin: P 0.4, Q 0.6, R 0.2 and S without a margin; two offers each.
    """
    rows = [(n, 5, item) for n, item in enumerate("PPPPQQQRRS")]
    margins = ibis.memtable({"item": list("PQRS"), "margin_amount": [1.0, 2.0, 1.0, 0.0]})
    made = offers(*rows, (20, 300, "X"), (21, 400, "X"), popular_days=90, margins=margins, offers_per_customer=2)
    mine = {key: [o["item"] for o in made if o["customer_key"] == key] for key in (0, 4, 7, 9, 20, 21)}
    # 21 has been silent for longer than a year
    assert mine == {0: ["Q", "R"], 4: ["P", "R"], 7: ["Q", "P"], 9: ["Q", "P"], 20: ["Q", "P"], 21: []}


def test_an_item_that_is_popular_and_follows_by_a_rule_is_offered_once():
    """B by the rule at 3/9 and as popular at 3 of 4 buyers: the larger share says why it is offered."""
    made = offers((1, 3, "A"), (2, 5, "B"), (3, 5, "B"), (4, 5, "B"), popular_days=90)
    mine = [(o["offer_rank"], o["item"], o["basis"], o["rule_key"]) for o in made if o["customer_key"] == 1]
    assert mine == [(1, "B", "popular", None)]
    # with 1 of 4 the rule's share is the larger
    made = offers((1, 3, "A"), (2, 5, "B"), (3, 5, "C"), (4, 5, "D"), popular_days=90)
    mine = [(o["offer_rank"], o["item"], o["basis"]) for o in made if o["customer_key"] == 1]
    assert mine == [(1, "B", "rule"), (2, "C", "popular"), (3, "D", "popular")]


def test_later_purchases_change_nothing():
    before = [(1, 3, "A"), (2, 4, "A"), (3, 5, "D")]
    after = [(1, -1, "B"), (2, -2, "A"), (4, -3, "D")]
    assert offers(*before, popular_days=90) == offers(*before, *after, popular_days=90)


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="offers_per_customer"):
        offers((1, 3, "A"), offers_per_customer=0)


def test_an_offer_from_several_purchases_waits_for_all_of_them():
    """A, then B within ten days leads to C: the last time this was complete counts."""
    rules = RULES.filter(RULES.rule_key == 1).mutate(
        antecedent=ibis.literal([["A"], ["B"]], "array<array<string>>"), consequent=ibis.literal("C")
    )

    def offered(*rows):
        made = next_best_offers(bought(*rows), rules, CLOCKS, as_of=AS_OF, popular_days=None)
        return [(row["item"], row["bought_on"], row["reason"][:30]) for row in made.to_pyarrow().to_pylist()]

    made = [("C", date(2025, 6, 28), "bought A, then B 2 days ago; 4")]
    assert offered((1, 12, "A"), (1, 7, "B"), (1, 4, "A"), (1, 2, "B")) == made
    assert offered((1, 12, "A"), (1, 2, "B")) == made
    assert offered((1, 13, "A"), (1, 2, "B")) == []
    assert offered((1, 2, "B"), (1, 1, "A")) == []
    assert offered((1, 12, "A"), (1, 2, "B"), (1, 1, "C")) == []
