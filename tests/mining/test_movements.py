"""Movements by hand: who moved, what changed, and the words a person reads."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from operator import itemgetter

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mining.abc_tiers import abc_tiers
from mining.movements import Comparison, compared, rfm_moves, tier_moves
from mining.rfm import rfm

MONEY = ("revenue_amount", "cost_of_goods_amount", "cost_to_serve_amount")


def tiered(booked_on="2025-01-01", **customers):
    """Tiers of customers given as c1=(revenue, goods, service), all of whom ordered last on one day."""
    rows = [
        {"customer_key": int(name[1:]), **dict(zip(MONEY, amounts, strict=True))} for name, amounts in customers.items()
    ]
    schema = {"customer_key": "int64"} | dict.fromkeys(MONEY, "decimal(18, 4)")
    table = ibis.memtable(rows, schema={"customer_key": "int64"} | dict.fromkeys(MONEY, "string")).cast(schema)
    net = table.revenue_amount - table.cost_of_goods_amount - table.cost_to_serve_amount
    last = ibis.literal(date.fromisoformat(booked_on))
    table = table.mutate(net_margin=net.cast("decimal(18, 4)"), last_booked_on=last)
    return table.join(
        abc_tiers(table.select("customer_key", "net_margin")).select("customer_key", "tier"), "customer_key"
    )


@pytest.fixture
def moves(rows_of):
    return lambda before, after: {row["customer_key"]: row for row in rows_of(tier_moves(before, after))}


# Net margins 700, 200, 80, 20 of 1000: shares before each 0, 70, 90, 98 make A, A, B, C.
BEFORE = {"c1": ("1000", "300", "0"), "c2": ("400", "200", "0"), "c3": ("100", "20", "0"), "c4": ("25", "5", "0")}


def test_a_fall_names_what_changed_most_and_tells_all(moves):
    # Customer 2: revenue 400 to 100, goods 200 to 50, service 0 to 35: net 15. Order 1, 3, 4, 2 of 815 in all:
    # shares before each 0, 85.9, 95.7, 98.2 make A, B, C, C.
    after = tiered("2025-01-02", **BEFORE | {"c2": ("100", "50", "35")})
    row = moves(tiered(**BEFORE), after)[2]
    assert (row["value_from"], row["value_to"], row["direction"]) == ("A", "C", "down")
    assert row["changed"] == "revenue"
    assert (row["net_margin"], row["net_margin_change"]) == (15, Decimal("-185"))
    assert row["reason"] == (
        "net margin fell by 185.00 to 15.00: "
        "revenue fell by 300.00, cost of goods fell by 150.00, cost to serve rose by 35.00"
    )


def test_revenue_that_falls_without_an_order_or_return_has_left_the_window(moves):
    row = moves(tiered(**BEFORE), tiered(**BEFORE | {"c2": ("100", "50", "0")}))[2]
    assert row["reason"] == (
        "net margin fell by 150.00 to 50.00: "
        "revenue fell by 300.00, cost of goods fell by 150.00 (older orders left the window)"
    )


def test_what_did_not_change_is_not_named(moves):
    row = moves(tiered(**BEFORE), tiered(**BEFORE | {"c4": ("25", "5", "20.5")}))[4]
    assert (row["value_from"], row["value_to"], row["changed"]) == ("C", "D", "cost to serve")
    assert row["reason"] == "net margin fell by 20.50 to -0.50: cost to serve rose by 20.50"


def test_the_cut_off_moves_when_others_do(moves):
    # Customer 1 rises from 700 to 1700: of 2000, shares before each are 0, 85, 95, 99: A, B, C, C.
    after = tiered(**BEFORE | {"c1": ("2000", "300", "0")})
    rows = moves(tiered(**BEFORE), after)
    assert set(rows) == {2, 3}
    assert (rows[2]["value_from"], rows[2]["value_to"], rows[2]["changed"]) == ("A", "B", "cut-off")
    assert rows[2]["net_margin_change"] == 0
    assert rows[2]["reason"] == (
        "the cut-off of A moved from 200.00 to 1700.00 because others changed; own margin unchanged at 200.00"
    )
    assert rows[3]["reason"] == (
        "the cut-off of B moved from 80.00 to 200.00 because others changed; own margin unchanged at 80.00"
    )


def test_a_rise_that_was_not_enough_is_the_cut_offs_doing(moves):
    after = tiered(**BEFORE | {"c1": ("2000", "300", "0"), "c2": ("410", "200", "0")})
    row = moves(tiered(**BEFORE), after)[2]
    assert (row["changed"], row["direction"], row["net_margin_change"]) == ("cut-off", "down", 10)
    assert row["reason"].endswith("because others changed; own margin rose by 10.00 to 210.00")


def test_a_tier_left_empty_has_no_amount_to_name(moves):
    # One customer of 900 and one of 100: A and B (90 percent before). Then 700 and 100: 87.5 percent before: B still.
    # With the first at 1900 the second begins at exactly 95 percent: C, and nobody is B.
    before = tiered(c1=("900", "0", "0"), c2=("100", "0", "0"))
    row = moves(before, tiered(c1=("1900", "0", "0"), c2=("100", "0", "0")))[2]
    assert (row["value_from"], row["value_to"]) == ("B", "C")
    assert row["reason"] == "the cut-off of B moved because others changed; own margin unchanged at 100.00"


def test_less_than_a_cent_is_said_to_be_so(moves):
    row = moves(tiered(c1=("5", "5", "0")), tiered(c1=("5", "5", "0.004")))[1]
    assert row["reason"].endswith("cost to serve rose by less than 0.01")


def test_new_and_gone_buyers(moves):
    without = {name: amounts for name, amounts in BEFORE.items() if name != "c4"}
    row = moves(tiered(**without), tiered(**BEFORE))[4]
    assert (row["value_from"], row["value_to"], row["direction"], row["changed"]) == (None, "C", "new", "first order")
    assert row["reason"] == "first order: revenue 25.00, cost of goods 5.00, cost to serve 0.00"
    assert row["net_margin_change"] == 20
    row = moves(tiered(**BEFORE), tiered(**without))[4]
    assert (row["value_from"], row["value_to"], row["direction"], row["changed"]) == ("C", None, "gone", "correction")
    assert (row["net_margin"], row["net_margin_change"]) == (0, -20)


def test_who_stays_is_not_listed(moves):
    assert moves(tiered(**BEFORE), tiered(**BEFORE)) == {}


def test_rfm_moves_name_the_scores_and_what_was_done(orders, rows_of):
    # 1 buys in January only, 2 again in March. Worse by recency before: 1 has 0, 2 has 1 of 2.
    facts = orders((1, "2025-01-20", "50"), (2, "2025-01-10", "40"), (2, "2025-03-05", "30.5"))
    before, after = (rfm(facts, as_of=date(2025, month, 28)) for month in (2, 3))
    rows = {row["customer_key"]: row for row in rows_of(rfm_moves(before, after))}
    # Before: 1 has R 3, F 1, M 3, FM 2: Needs attention; 2 has R 1, F 1, M 1, FM 1: Dormant.
    # After: 1 has R 1, F 1, M 1, FM 1: Dormant; 2 has R 3, F 3, M 3, FM 3: Needs attention.
    assert (rows[1]["value_from"], rows[1]["value_to"], rows[1]["direction"]) == ("Needs attention", "Dormant", "down")
    assert rows[1]["changed"] == "recency, monetary"
    assert rows[1]["reason"] == (
        "recency 3 to 1 (no order for 67 days); monetary 3 to 1 (50.00 spent as before, others changed)"
    )
    assert (rows[2]["direction"], rows[2]["changed"]) == ("up", "recency, frequency, monetary")
    assert rows[2]["reason"] == (
        "recency 1 to 3 (ordered on 2025-03-05); frequency 1 to 3 (2 orders, 1 before); "
        "monetary 1 to 3 (70.50 spent, 40.00 before)"
    )


def test_a_first_order_is_new(orders, rows_of):
    facts = orders((1, "2025-01-20", "50"), (2, "2025-03-05", "30.5"))
    before, after = (rfm(facts, as_of=date(2025, month, 28)) for month in (2, 3))
    row = {row["customer_key"]: row for row in rows_of(rfm_moves(before, after))}[2]
    assert (row["value_from"], row["value_to"], row["direction"]) == (None, "Needs attention", "new")
    assert (row["changed"], row["reason"]) == ("first order", "first order on 2025-03-05, 30.50 spent")
    assert row["net_margin_change"] is None


def test_many_comparisons_are_answered_as_if_each_were_asked_alone(orders, rows_of):
    facts = orders((1, "2025-01-20", "50"), (2, "2025-01-10", "40"), (2, "2025-03-05", "30.5"), (3, "2025-03-31", "8"))
    dates = [date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 30), date(2025, 3, 31)]
    pairs = [
        Comparison(dates[1], dates[0], "month"),
        Comparison(dates[3], dates[1], "month"),
        Comparison(dates[3], dates[2], "night"),
    ]
    found = rfm(facts, as_of=dates)
    together = rows_of(rfm_moves(*compared(found, pairs), within=Comparison._fields))
    alone = [
        {**pair._asdict(), **row}
        for pair in pairs
        for row in rows_of(rfm_moves(rfm(facts, as_of=pair.previous_as_of), rfm(facts, as_of=pair.as_of)))
    ]
    key = itemgetter("as_of", "period", "customer_key")
    assert sorted(together, key=key) == sorted(alone, key=key)
    assert {row["period"] for row in alone} == {"month", "night"}


def test_tiers_of_many_comparisons_know_their_own_cut_offs(rows_of, moves):
    risen = tiered(**BEFORE | {"c1": ("2000", "300", "0")})
    days = [date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31)]
    states = [tiered(**BEFORE), risen, tiered(**BEFORE)]
    history = ibis.union(*(state.mutate(as_of=ibis.literal(day)) for state, day in zip(states, days, strict=True)))
    pairs = [Comparison(days[1], days[0], "month"), Comparison(days[2], days[1], "month")]
    found = rows_of(tier_moves(*compared(history, pairs), within=Comparison._fields))
    for pair, (before, after) in zip(pairs, pairwise(states), strict=True):
        alone = moves(before, after)
        ours = {row["customer_key"]: row for row in found if row["as_of"] == pair.as_of}
        assert ours == {key: {**pair._asdict(), **row} for key, row in alone.items()}
        assert len(alone) == 2


AMOUNTS = st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 9))
CUSTOMERS = st.dictionaries(st.sampled_from(["c1", "c2", "c3", "c4", "c5"]), AMOUNTS, min_size=1)


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CUSTOMERS, CUSTOMERS)
def test_every_move_is_listed_once_and_explained(moves, rows_of, before, after):
    before, after = (tiered(**{name: tuple(map(str, row)) for name, row in side.items()}) for side in (before, after))
    tiers = [{row["customer_key"]: row["tier"] for row in rows_of(side)} for side in (before, after)]
    keys = set(tiers[0]) | set(tiers[1])
    expected = {key for key in keys if tiers[0].get(key) != tiers[1].get(key)}
    rows = moves(before, after)
    assert set(rows) == expected
    assert all(row["changed"] and row["reason"] for row in rows.values())


ORDER_ROWS = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 60), st.integers(1, 20)), min_size=1, max_size=20)


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ORDER_ROWS, st.integers(0, 59))
def test_every_change_of_group_is_listed_once_and_explained(orders, rows_of, order_rows, day):
    start = date(2025, 1, 1)
    facts = orders(*[(key, (start + timedelta(days=when)).isoformat(), str(net)) for key, when, net in order_rows])
    before, after = (rfm(facts, as_of=start + timedelta(days=when)) for when in (day, day + 1))
    groups = [{row["customer_key"]: row["rfm_group"] for row in rows_of(side)} for side in (before, after)]
    rows = {row["customer_key"]: row for row in rows_of(rfm_moves(before, after))}
    assert set(rows) == {key for key in groups[1] if groups[0].get(key) != groups[1][key]}
    assert all(row["changed"] and row["reason"] for row in rows.values())
