"""The pyramid and concentration by hand, then what must hold for any customers."""

from datetime import date, timedelta

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.concentration import concentration, lorenz_curve
from mining.value_pyramid import ACTIONS, pyramid_levels, value_pyramid

AS_OF = date(2025, 12, 31)
MARGINS = {"customer_key": "int64", "net_margin": "decimal(18, 4)", "cost_to_serve_amount": "decimal(18, 4)"}
RHYTHMS = {
    "customer_key": "int64", "silence_days": "int64", "first_order_on": "date", "last_order_on": "date",
    "order_count": "int64",
}  # fmt: skip


def in_table(rows, schema):
    return ibis.memtable([dict(zip(schema, row, strict=True)) for row in rows], schema=schema)


def pyramid(*customers, **options):
    """(net margin, silence in days, days since the first order, orders) per customer."""
    margins = in_table([(n, row[0], 1) for n, row in enumerate(customers)], MARGINS)
    rows = [
        (n, silence, AS_OF - timedelta(days=since), AS_OF - timedelta(days=silence), count)
        for n, (_margin, silence, since, count) in enumerate(customers)
    ]
    return value_pyramid(margins, in_table(rows, RHYTHMS), **options)


def levels_of(*customers, **options):
    return pyramid(*customers, **options).order_by("customer_key").execute()["pyramid_level"].tolist()


OLD = (10, 800, 9)


def test_each_level():
    # Shares before each of 100: 0, 70 top; 90 next; 97 small.
    customers = [(70, *OLD), (20, *OLD), (7, *OLD), (3, *OLD), (-5, *OLD), (-5, 366, 800, 9), (0, 366, 800, 9)]
    assert levels_of(*customers) == [
        "top", "top", "could join the top", "small", "cost money", "dormant", "dormant"
    ]  # fmt: skip


def test_silence_makes_nobody_dormant_who_brings_the_most():
    assert levels_of((80, 200, 800, 9), (20, 200, 800, 9), dormant_days=120) == ["top", "dormant"]


def test_a_new_customer_on_the_way_to_the_top():
    # Lowest of the top 100: 30 in 100 days is 109.5 a year, 30 in 120 days 91; one order is no pace.
    customers = [(1000, *OLD), (1000, *OLD), (100, *OLD), (30, 5, 100, 2), (30, 5, 120, 2), (30, 5, 100, 1)]
    assert levels_of(*customers, cut_percent=94)[3:] == ["could join the top", "small", "small"]


def test_a_first_week_is_not_taken_for_a_year():
    rows = pyramid((100, *OLD), (5, 0, 7, 2)).order_by("customer_key").execute()
    assert rows["yearly_pace_margin"].tolist() == pytest.approx([100, 5 * 365 / 90])


def test_levels_add_up_and_empty_ones_are_there():
    rows = pyramid_levels(pyramid((70, *OLD), (20, *OLD), (-10, *OLD))).order_by("place").to_pyarrow().to_pylist()
    assert [row["pyramid_level"] for row in rows] == list(ACTIONS)
    assert rows[0]["pyramid_action"] == "look after"
    assert [row["customer_count"] for row in rows] == [2, 0, 0, 0, 1]
    assert [float(row["net_margin"]) for row in rows] == [90, 0, 0, 0, -10]
    assert [row["margin_share"] for row in rows] == pytest.approx([90 / 80, 0, 0, 0, -10 / 80])


def test_bounds_out_of_range_are_refused():
    with pytest.raises(ValueError, match="1 to 94, got 365, 95"):
        pyramid((1, *OLD), cut_percent=95)


def held(*values, by=None):
    groups = by or ["x"] * len(values)
    rows = list(zip(range(len(values)), groups, map(float, values), strict=True))
    return in_table(rows, {"customer_key": "int64", "region": "string", "net_margin": "float64"})


def measured(*values, **options):
    return concentration(held(*values), **options).to_pyarrow().to_pylist()[0]


def test_gini_by_hand():
    # 1 2 3 4: sum of (2 i - n - 1) x = -3 - 2 + 3 + 12 = 10, over 4 x 10.
    assert measured(1, 2, 3, 4)["gini"] == pytest.approx(0.25)
    assert measured(5, 5, 5)["gini"] == pytest.approx(0)
    # One of five has all but nothing: nearly 1 - 1 / 5.
    assert measured(1e-9, 1e-9, 1e-9, 1e-9, 1)["gini"] == pytest.approx(0.8)


@pytest.mark.parametrize("value", [1, 280.7, 0.1])
def test_lines_run_between_holders_of_the_same_value(value):
    """Nine alike: two are a fifth rounded up, four a half rounded down, eight hold 80 %, and of ten eight too."""
    nine, ten = measured(*[value] * 9), measured(*[value] * 10)
    assert (nine["top_fifth_share"], nine["bottom_half_share"]) == pytest.approx((2 / 9, 4 / 9))
    assert (nine["head_count"], nine["tail_count"], nine["gini"]) == (8, 1, pytest.approx(0))
    assert (ten["top_fifth_share"], ten["bottom_half_share"]) == pytest.approx((2 / 10, 5 / 10))
    assert (ten["head_count"], ten["tail_count"], ten["tail_share"]) == (8, 2, pytest.approx(0.2))


def test_top_fifth_head_and_tail_by_hand():
    row = measured(50, 20, 10, 5, 5, 4, 3, 1, 1, 1, -7, 0)
    # Two of ten hold 70; three hold 80: the line is reached, the fourth belongs to the tail.
    assert (row["holder_count"], row["top_fifth_share"], row["head_count"], row["tail_count"]) == (10, 0.7, 3, 7)
    assert (row["tail_share"], row["bottom_half_share"]) == pytest.approx((0.2, 0.1))
    assert (row["not_positive_count"], row["not_positive_total"]) == (2, -7)
    # A fifth of six is more than one: two count.
    assert measured(5, 4, 1, 1, 1, 1)["top_fifth_share"] == pytest.approx(9 / 13)


def test_too_few_and_none_are_said_aloud():
    assert (measured(1, 2)["concentration_status"], measured(1, 2)["gini_low"]) == ("too few", None)
    row = measured(-1, 0)
    assert (row["concentration_status"], row["holder_count"], row["gini"], row["tail_count"]) == ("none", 0, None, 0)


def test_the_interval_is_the_influences_spread():
    # Values 1 to 40: G = (n - 1) / (3 n) for 1..n, that is 39 / 120.
    row = measured(*range(1, 41))
    assert row["gini"] == pytest.approx(39 / 120)
    n, total = 40, 820
    values = list(range(1, 41))
    z = [-(row["gini"] + 1) * x + (2 * i - 1) / n * x - 2 / n * sum(values[:i]) for i, x in enumerate(values, start=1)]
    mean = sum(z) / n
    error = (sum((each - mean) ** 2 for each in z) / n / n) ** 0.5 / (total / n)
    assert (row["gini_low"], row["gini_high"]) == pytest.approx(
        (row["gini"] - 1.959964 * error, row["gini"] + 1.959964 * error)
    )


def test_groups_do_not_mix_and_no_group_is_unknown():
    table = held(1, 1, 1, 3, by=["a", "a", None, None])
    rows = {row["group_name"]: row["gini"] for row in concentration(table, by="region").to_pyarrow().to_pylist()}
    assert rows == pytest.approx({"a": 0, "unknown": 0.25})


def test_lorenz_by_hand():
    rows = lorenz_curve(held(1, 2, 3, 4, -5), points=4).order_by("point").to_pyarrow().to_pylist()
    assert [row["holder_share"] for row in rows] == [0, 0.25, 0.5, 0.75, 1]
    assert [row["value_share"] for row in rows] == pytest.approx([0, 0.1, 0.3, 0.6, 1])
    few = lorenz_curve(held(1, 3), points=4).order_by("point").execute()["value_share"].tolist()
    # The first of two is half of the holders: counted in at the second step of four.
    assert few == pytest.approx([0, 0, 0.25, 0.25, 1])


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(1, 1000), min_size=1, max_size=25))
def test_gini_is_half_the_mean_difference_over_the_mean(values):
    row = measured(*values)
    differences = sum(abs(a - b) for a in values for b in values)
    assert row["gini"] == pytest.approx(differences / (2 * len(values) * sum(values)), abs=1e-9)
    assert 0 <= row["tail_share"] <= 0.2 + 1e-9
    assert row["head_count"] + row["tail_count"] == len(values)
