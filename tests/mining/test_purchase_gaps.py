"""Gaps, rhythms, classes and limits by hand; then what must hold for any purchases."""

from datetime import date, timedelta
from math import exp, log

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mining.next_orders import date_coverage, next_orders
from mining.purchase_gaps import (
    CLASSES,
    EVERYBODY,
    ONCE,
    gap_levels,
    lapse_limits,
    purchase_gaps,
    purchase_rhythms,
)

AS_OF = date(2025, 12, 31)


def on(days_ago):
    return (AS_OF - timedelta(days=days_ago)).isoformat()


@pytest.fixture
def rhythm(orders, rows_of):
    def compute(*rows, as_of=AS_OF, horizon_days=365):
        gaps = purchase_gaps(orders(*rows), as_of=as_of)
        return {
            row["customer_key"]: row for row in rows_of(purchase_rhythms(gaps, as_of=as_of, horizon_days=horizon_days))
        }

    return compute


def test_two_orders_on_a_day_are_one_purchase(orders):
    table = orders(
        (1, "2025-01-01", "5"), (1, "2025-01-01", "6"), (1, "2025-01-11", "5"), (1, "2025-01-31", "5"),
        (1, "2025-01-20", "-5", "0", "return"), (1, "2025-01-21", "5", "0", "cancelled"), (None, "2025-01-22", "5"),
    )  # fmt: skip
    rows = purchase_gaps(table, as_of=AS_OF).order_by("ordered_on").to_pyarrow().to_pylist()
    assert [(row["order_count"], row["gap_days"], row["gap_number"]) for row in rows] == [
        (2, None, 0),
        (1, 10, 1),
        (1, 20, 2),
    ]


def test_the_rhythm_of_one_customer(rhythm):
    row = rhythm((1, on(100), "5"), (1, on(90), "5"), (1, on(90), "5"), (1, on(70), "5"))[1]
    assert (row["first_order_on"].isoformat(), row["last_order_on"].isoformat()) == (on(100), on(70))
    assert (row["silence_days"], row["order_count"], row["gap_count"], row["run_days"]) == (70, 4, 2, 30)
    assert row["log_gap_mean"] == pytest.approx((log(10) + log(20)) / 2)
    # Two values lie half their distance from the mean: variance d² / 2.
    assert row["log_gap_variance"] == pytest.approx(log(2) ** 2 / 2)


def test_a_run_begins_after_the_last_break(rhythm):
    row = rhythm((1, on(900), "5"), (1, on(534), "5"), (1, on(200), "5"))[1]
    assert (row["run_started_on"].isoformat(), row["run_days"]) == (on(534), 334)
    # 366 days of silence are longer than 366 - 1, and not longer than 366.
    assert rhythm((1, on(900), "5"), (1, on(534), "5"), horizon_days=366)[1]["run_days"] == 366


def test_one_gap_has_no_spread_and_one_purchase_no_gap(rhythm):
    rows = rhythm((1, on(100), "5"), (1, on(90), "5"), (2, on(10), "5"))
    assert rows[1]["log_gap_variance"] is None
    assert (rows[2]["log_gap_mean"], rows[2]["gap_count"], rows[2]["gap_class"]) == (None, 0, ONCE)


def test_the_typical_gap_is_drawn_to_the_company_s_as_far_as_gaps_are_few(rhythm):
    # Customer 1: gaps 10 and 40; customer 2: 20 and 80; in units of log 2 around log 20: means 0 and 1, each value
    # one off. W = (2 + 2) / (4 - 2) = 2; between: 2 x 0.25 x 2 / 1 = 1 < W, so B = 0 and both are taken alike.
    alike = rhythm(
        (1, on(50), "5"), (1, on(40), "5"), (1, on(0), "5"), (2, on(100), "5"), (2, on(80), "5"), (2, on(0), "5")
    )
    assert alike[1]["typical_gap_days"] == pytest.approx(20 * 2**0.5)
    assert alike[2]["typical_gap_days"] == pytest.approx(alike[1]["typical_gap_days"])
    # Gaps 2, 4 and 32, 64: values 1, 2, 5, 6 in units of log 2. W = 0.5; between sum of squares 2 x 2 x 4 = 16,
    # n0 = (4 - 8 / 4) / 1 = 2, B = (16 - 0.5) / 2 = 7.75. Weight of the own mean 15.5 / 16 of the way from 3.5.
    apart = rhythm(
        (1, on(6), "5"), (1, on(4), "5"), (1, on(0), "5"), (2, on(96), "5"), (2, on(64), "5"), (2, on(0), "5")
    )
    assert apart[1]["typical_gap_days"] == pytest.approx(2 ** (3.5 - 2 * 15.5 / 16))
    assert apart[2]["typical_gap_days"] == pytest.approx(2 ** (3.5 + 2 * 15.5 / 16))
    assert apart[1]["typical_gap_error"] == pytest.approx(log(2) * (7.75 * 0.5 / 16) ** 0.5)
    assert (apart[1]["gap_class"], apart[2]["gap_class"]) == ("every 7 days or sooner", "every 56 days or sooner")


def test_a_lone_customer_or_none_does_not_break_it(rhythm, orders):
    assert rhythm((1, on(20), "5"), (1, on(10), "5"))[1]["typical_gap_days"] == pytest.approx(10)
    assert rhythm((1, on(20), "5"))[1]["typical_gap_days"] == pytest.approx(exp(0))
    assert rhythm((1, "2026-05-05", "5")) == {}


def level_table(**counts):
    rows = [{"gap_class": name, "gap_days": days, "seen_count": n} for name, gaps in counts.items() for days, n in gaps]
    return ibis.memtable(rows, schema={"gap_class": "string", "gap_days": "int64", "seen_count": "int64"})


def limits_of(levels, **options):
    rows = lapse_limits(levels, **options).to_pyarrow().to_pylist()
    return {row["gap_class"]: (row["lapse_after_days"], row["lapse_basis"], row["basis_gap_count"]) for row in rows}


def test_nine_in_ten_gaps_in_whole_numbers():
    levels = level_table(
        **{ONCE: [(5, 17), (9, 1), (30, 2)], CLASSES[1]: [(5, 10), (9, 7), (30, 3)], EVERYBODY: [(3, 40)]}
    )
    limits = limits_of(levels, min_gaps=20)
    # 18 of 20 gaps are 9 days or shorter: exactly nine in ten. With 17 of 20 the tenth part reaches 30.
    assert limits[ONCE] == (9, "own class", 20)
    assert limits[CLASSES[1]] == (30, "own class", 20)
    assert limits[CLASSES[2]] == (3, EVERYBODY, 40)
    assert len(limits) == len(CLASSES)


def test_too_few_gaps_are_said_aloud():
    limits = limits_of(level_table(**{ONCE: [(5, 29)], EVERYBODY: [(5, 29)]}))
    assert set(limits.values()) == {(None, "too few gaps", 0)}
    with pytest.raises(ValueError, match="min_gaps=0"):
        limits_of(level_table(**{ONCE: [(5, 29)]}), min_gaps=0)


def test_customers_like_one_who_bought_once_are_all_at_their_first_gap(orders):
    gaps = purchase_gaps(orders((1, on(60), "5"), (1, on(50), "5"), (1, on(20), "5"), (2, on(9), "5")), as_of=AS_OF)
    levels = gap_levels(gaps, purchase_rhythms(gaps, as_of=AS_OF)).to_pyarrow().to_pylist()
    assert [(row["gap_days"], row["seen_count"]) for row in levels if row["gap_class"] == ONCE] == [(10, 1)]
    assert sorted(row["gap_days"] for row in levels if row["gap_class"] == EVERYBODY) == [10, 30]


def due(silence, levels, **options):
    rhythms = ibis.memtable(
        [
            {
                "customer_key": 1,
                "gap_class": ONCE,
                "silence_days": silence,
                "last_order_on": AS_OF - timedelta(days=silence),
            }
        ],
        schema={"customer_key": "int64", "gap_class": "string", "silence_days": "int64", "last_order_on": "date"},
    )
    [row] = next_orders(rhythms, levels, as_of=AS_OF, **options).to_pyarrow().to_pylist()
    return row


def test_the_next_order_is_expected_after_gaps_that_are_still_possible():
    levels = level_table(**{ONCE: [(10, 4), (20, 4), (30, 1), (100, 1)]})
    # 10 gaps: the tenth is 10 days, the middle 20, nine in ten 30.
    row = due(5, levels, min_gaps=2)
    assert [(row[name] - AS_OF).days + 5 for name in ("next_order_low_on", "next_order_on", "next_order_high_on")] == [
        10,
        20,
        30,
    ]
    assert (row["next_order_status"], row["is_overdue"]) == ("expected", False)
    # Silent for 20 days only 30 and 100 are left: the middle of two is the first.
    row = due(20, levels, min_gaps=2)
    assert [(row[name] - AS_OF).days + 20 for name in ("next_order_low_on", "next_order_on", "next_order_high_on")] == [
        30,
        30,
        100,
    ]
    assert row["is_overdue"] is False
    assert due(25, levels, min_gaps=2)["is_overdue"] is True


def test_no_date_where_gaps_are_too_few_or_the_customer_lost():
    levels = level_table(**{ONCE: [(10, 29)]})
    assert (due(5, levels)["next_order_status"], due(5, levels)["next_order_on"]) == ("too few gaps", None)
    assert due(5, levels)["is_overdue"] is None
    assert due(400, levels, min_gaps=1)["next_order_status"] == "lost"


def test_the_range_holds_eight_in_ten_of_those_who_come_back(orders):
    # 300 customers, gaps 1 to 30 days by turns: on each following day as many come back as the gaps say.
    past = [(n, on(200 + 30 * k), "5") for n in range(300) for k in range(2)]
    back = [(n, on(200 - 1 - n % 30), "5") for n in range(300)]
    earlier = [(n + 1000, on(500), "5") for n in range(300)] + [
        (n + 1000, on(500 - 1 - n % 30), "5") for n in range(300)
    ]
    as_of = AS_OF - timedelta(days=200)
    once = [row for row in past if row[1] == on(200)]
    gaps = purchase_gaps(orders(*once, *earlier), as_of=as_of)
    rhythms = purchase_rhythms(gaps, as_of=as_of)
    predicted = next_orders(rhythms, gap_levels(gaps, rhythms), as_of=as_of)
    later = purchase_gaps(orders(*once, *earlier, *back), as_of=AS_OF)
    [row] = (
        date_coverage(predicted.filter(predicted.customer_key < 1000), later, as_of=as_of, until=AS_OF)
        .to_pyarrow()
        .to_pylist()
    )
    # Gaps 3 to 27 of 30 lie within: 25 x 10.
    assert (row["returned_count"], row["before_count"], row["within_count"], row["after_count"]) == (300, 20, 250, 30)


PURCHASES = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 500)), min_size=1, max_size=30)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PURCHASES, st.integers(0, 500), st.integers(30, 400))
def test_what_happens_later_changes_nothing(orders, purchases, day, horizon):
    start = date(2024, 1, 1)
    as_of = start + timedelta(days=day)
    rows = [(key, (start + timedelta(days=when)).isoformat(), "5") for key, when in purchases]

    def everything(known):
        gaps = purchase_gaps(orders(*known), as_of=as_of)
        rhythms = purchase_rhythms(gaps, as_of=as_of, horizon_days=horizon)
        levels = gap_levels(gaps, rhythms)
        tables = (rhythms, lapse_limits(levels, min_gaps=2), next_orders(rhythms, levels, as_of=as_of, min_gaps=1))
        # Sums of fractions differ in the last digit with the order of the rows, which later rows change.
        return [sorted(map(rounded, table.to_pyarrow().to_pylist()), key=str) for table in tables]

    before = [row for row in rows if row[1] <= as_of.isoformat()] or [(1, "2030-01-01", "5")]
    for ours, theirs in zip(everything(rows), everything(before), strict=True):
        assert ours == theirs


def rounded(row):
    return {name: pytest.approx(value, rel=1e-9) if isinstance(value, float) else value for name, value in row.items()}
