"""RFM by hand: the values, the integer formula, the whole grid; then what must hold for any orders."""

from datetime import date, timedelta
from decimal import Decimal

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mining.rfm import group_name, rfm

AS_OF = date(2025, 12, 31)
# The design's table, word by word: FM 1 to 5 from left to right.
GRID = """
5 | New | Promising | Active | Loyal | Champions
4 | Promising | Promising | Active | Loyal | Champions
3 | Needs attention | Needs attention | Needs attention | Loyal | Loyal
2 | Almost lost | Almost lost | At risk | At risk | At risk
1 | Dormant | Dormant | Previously loyal | Previously loyal | Previously loyal
"""


@pytest.fixture
def scores(orders, rows_of):
    def compute(*rows, as_of=AS_OF, **window):
        return {row["customer_key"]: row for row in rows_of(rfm(orders(*rows), as_of=as_of, **window))}

    return compute


def test_values_of_one_customer(scores):
    row = scores(
        (1, "2025-12-01", "50.10"),
        (1, "2025-12-21", "30"),
        (1, "2025-12-22", "-10.05", "0", "return"),
        (1, "2025-12-23", "99", "0", "cancelled"),
        (1, "2025-12-24", "0", "0", "without lines"),
        (None, "2025-12-25", "70"),
    )[1]
    assert (row["first_order_on"], row["last_order_on"]) == (date(2025, 12, 1), date(2025, 12, 21))
    assert (row["recency_days"], row["frequency"], row["monetary_amount"]) == (10, 2, Decimal("70.05"))
    # Alone, nobody is worse: 1 + 0. FM is the mean of 1 and 1.
    assert (row["r_score"], row["f_score"], row["m_score"], row["fm_score"]) == (1, 1, 1, 1)
    assert row["rfm_group"] == "Dormant"


def test_who_only_returned_is_no_buyer(scores):
    assert scores((1, "2025-12-22", "-10", "0", "return"), (2, "2025-12-22", "10", "0", "cancelled")) == {}


def test_scores_are_one_plus_five_times_the_share_of_those_worse(scores):
    # Ten customers, each one day and ten money better than the one before: worse are 0 to 9 of 10.
    rows = scores(*[(n, f"2025-12-{n + 10}", str(10 * n)) for n in range(1, 11)])
    assert [rows[n]["r_score"] for n in range(1, 11)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert [rows[n]["m_score"] for n in range(1, 11)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert {row["f_score"] for row in rows.values()} == {1}


def test_ties_share_the_lower_score(scores):
    # Money 10, 20, 20, 20, 30: worse are 0, 1, 1, 1, 4 of 5.
    rows = scores(*[(n, "2025-12-01", money) for n, money in enumerate(["10", "20", "20", "20", "30"], start=1)])
    assert [rows[n]["m_score"] for n in range(1, 6)] == [1, 2, 2, 2, 5]


def test_three_customers_are_scored_in_whole_numbers(scores):
    # worse 0, 1, 2 of 3: 1 + 0, 1 + 5 / 3, 1 + 10 / 3, rounded down.
    rows = scores(*[(n, f"2025-12-0{n}", "1") for n in range(1, 4)])
    assert [rows[n]["r_score"] for n in range(1, 4)] == [1, 2, 4]


def test_fm_is_the_mean_halves_up(scores):
    # Frequency 1, 2: scores 1, 3 (1 + 5 / 2). Money 9, 4: scores 3, 1. FM 2 and 2.
    rows = scores((1, "2025-12-01", "9"), (2, "2025-12-01", "2"), (2, "2025-12-02", "2"))
    assert [(rows[n]["f_score"], rows[n]["m_score"], rows[n]["fm_score"]) for n in (1, 2)] == [(1, 3, 2), (3, 1, 2)]
    # Frequency 1, 1: score 1. Money 1, 2: scores 1, 3; with a third between them 1, 2, 4: means 1, 1.5, 2.5.
    rows = scores(*[(n, "2025-12-01", str(n)) for n in range(1, 4)])
    assert [rows[n]["fm_score"] for n in range(1, 4)] == [1, 2, 3]


def test_the_worked_example_of_the_guide(scores):
    # docs/concepts/rfm.md: Anna, Bo, Cem, Dora, Emil as of 31 December.
    last = {1: ("2025-12-29", 9, 900), 2: ("2025-12-21", 1, 30), 3: ("2025-12-01", 4, 250)}
    last |= {4: ("2025-09-01", 4, 120), 5: ("2025-03-03", 1, 45)}
    rows = scores(
        *[(key, day, str(spent - count + 1)) for key, (day, count, spent) in last.items()],
        *[(key, "2025-01-01", "1") for key, (_, count, _) in last.items() for _ in range(count - 1)],
    )
    found = [tuple(rows[key][name] for name in ("r_score", "f_score", "m_score", "fm_score")) for key in last]
    assert found == [(5, 5, 5, 5), (4, 1, 1, 1), (3, 3, 4, 4), (2, 3, 3, 3), (1, 1, 2, 2)]
    assert [rows[key]["rfm_group"] for key in last] == ["Champions", "Promising", "Loyal", "At risk", "Dormant"]
    assert [rows[key]["recency_days"] for key in last] == [2, 10, 30, 121, 303]


def test_a_window_counts_recent_orders_and_forgets_no_buyer(scores):
    rows = scores((1, "2024-05-05", "70"), (2, "2025-12-01", "5"), (2, "2025-12-02", "6"), window_days=30)
    # (1 December, 31 December]: the order of 1 December is outside.
    assert [(rows[n]["frequency"], rows[n]["monetary_amount"]) for n in (1, 2)] == [(0, 0), (1, 6)]
    assert (rows[1]["recency_days"], rows[1]["last_order_on"]) == (605, date(2024, 5, 5))


def test_many_dates_are_answered_as_if_each_were_asked_alone(orders, rows_of):
    facts = orders(
        (1, "2025-01-20", "50"),
        (2, "2025-01-10", "40"),
        (3, "2025-02-20", "7"),
        (2, "2025-03-05", "30.5"),
        (3, "2025-03-06", "9", "0", "cancelled", "2025-03-30"),
    )
    dates = [date(2025, 1, 31), date(2025, 3, 28), date(2025, 3, 31)]
    for window_days in (None, 40):
        together = rows_of(rfm(facts, as_of=dates, window_days=window_days))
        alone = [row for day in dates for row in rows_of(rfm(facts, as_of=day, window_days=window_days))]
        assert sorted(together, key=lambda row: row["as_of"]) == alone
        assert len(alone) == 8


def test_an_order_counts_until_it_is_cancelled(scores):
    rows = [(1, "2025-12-01", "9"), (1, "2025-12-10", "4", "0", "cancelled", "2025-12-20")]
    row = scores(*rows, as_of=date(2025, 12, 19))[1]
    assert (row["last_order_on"], row["frequency"], row["monetary_amount"]) == (date(2025, 12, 10), 2, 13)
    row = scores(*rows, as_of=date(2025, 12, 20))[1]
    assert (row["last_order_on"], row["frequency"], row["monetary_amount"]) == (date(2025, 12, 1), 1, 9)


def test_a_window_without_days_is_refused(scores):
    with pytest.raises(ValueError, match="got 0"):
        scores((1, "2025-12-01", "1"), window_days=0)


def test_the_grid_is_the_design_s_in_all_25_cells():
    cells = [
        (int(line.split("|")[0]), fm, name.strip())
        for line in GRID.strip().splitlines()
        for fm, name in enumerate(line.split("|")[1:], start=1)
    ]
    assert len(cells) == 25
    table = ibis.memtable([{"r": r, "fm": fm, "name": name} for r, fm, name in cells])
    wrong = table.mutate(ours=group_name(table.r, table.fm)).execute().query("ours != name")
    assert wrong.empty, wrong


ORDER_ROWS = st.lists(
    st.tuples(st.integers(1, 8), st.integers(0, 60), st.integers(-5, 20), st.sampled_from(["sale", "sale", "return"])),
    min_size=1,
    max_size=25,
)


def dated(rows):
    start = date(2025, 11, 1)
    return [(key, (start + timedelta(days=day)).isoformat(), str(net), "0", kind) for key, day, net, kind in rows]


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ORDER_ROWS)
def test_every_score_is_the_formula_counted_one_by_one(scores, order_rows):
    rows = list(scores(*dated(order_rows)).values())
    for value, score, sign in (
        ("recency_days", "r_score", -1),
        ("frequency", "f_score", 1),
        ("monetary_amount", "m_score", 1),
    ):
        for row in rows:
            worse = sum(sign * other[value] < sign * row[value] for other in rows)
            assert row[score] == min(5, 1 + 5 * worse // len(rows))
    assert all(row["fm_score"] == (row["f_score"] + row["m_score"] + 1) // 2 for row in rows)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ORDER_ROWS, st.integers(0, 60), st.sampled_from([None, 7, 30]))
def test_what_happens_later_changes_nothing(scores, order_rows, day, window_days):
    as_of = date(2025, 11, 1) + timedelta(days=day)
    known = [row for row in dated(order_rows) if row[1] <= as_of.isoformat()]
    assert scores(*dated(order_rows), as_of=as_of, window_days=window_days) == scores(
        *known, as_of=as_of, window_days=window_days
    )
