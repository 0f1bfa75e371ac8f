"""Two groups by hand, against a count of all pairs, and what must hold whichever way round they are."""

from statistics import mean, pstdev, stdev

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.comparison_effects import delta_interval
from mining.comparisons import compare_groups, group_members, group_movements, group_overlap
from mining.intervals import newcombe, normal_quantile

WIDE = {"customer_key": "int64", "spend": "float64", "region": "string", "is_web": "boolean"}


def keys(*numbers):
    return ibis.memtable([{"customer_key": n} for n in numbers], schema={"customer_key": "int64"})


def wide(*rows):
    return ibis.memtable([dict(zip(WIDE, row, strict=True)) for row in rows], schema=WIDE)


def compared(a, b, attributes, **options):
    return compare_groups(keys(*a), keys(*b), attributes, **options).to_pyarrow().to_pylist()


def test_shares_by_hand():
    # 40 of A and 40 of B; 30 and 10 in the north.
    rows = [(n, 1.0, "north" if n < 30 or 40 <= n < 50 else "south", None) for n in range(80)]
    found = compared(range(40), range(40, 80), wide(*rows), columns=["region"])
    assert [(row["level"], row["value_a"], row["value_b"]) for row in found] == [
        ("north", 0.75, 0.25),
        ("south", 0.25, 0.75),
    ]
    assert (found[0]["effect"], found[0]["effect_low"], found[0]["effect_high"]) == pytest.approx(
        newcombe(30, 40, 10, 40)
    )
    # z = 0.5 / sqrt(0.25 / 20) = 4.472: p 7.7e-6, the same for both levels.
    assert found[0]["corrected_p"] == pytest.approx(7.74e-6, rel=0.01)
    assert {row["comparison_status"] for row in found} == {"different"}


def test_numbers_by_hand():
    # A has 1..40, B 21..60: pairs won and lost counted below.
    rows = [(n, float(n + 1 if n < 40 else n - 19), None, None) for n in range(80)]
    [row] = compared(range(40), range(40, 80), wide(*rows), columns=["spend"])
    a, b = range(1, 41), range(21, 61)
    signs = [[(x > y) - (x < y) for y in b] for x in a]
    delta = sum(map(sum, signs)) / 1600
    assert (row["value_a"], row["value_b"], row["effect"]) == (20.5, 40.5, pytest.approx(delta))
    spread = ((stdev(a) ** 2 + stdev(b) ** 2) / 2) ** 0.5
    assert row["standardized_difference"] == pytest.approx((mean(a) - mean(b)) / spread)
    rows_d = [sum(line) / 40 for line in signs]
    columns_d = [sum(line[j] for line in signs) / 40 for j in range(40)]
    cells = sum((sign - delta) ** 2 for line in signs for sign in line)
    variance = 1600 * 40 * (pstdev(rows_d) ** 2 + pstdev(columns_d) ** 2) - cells
    variance /= 1600 * 39 * 39
    assert (row["effect_low"], row["effect_high"]) == pytest.approx(delta_interval(delta, variance, 40))
    assert row["effect_low"] < delta < row["effect_high"] < 0


def test_when_every_pair_falls_the_same_way():
    z = normal_quantile()
    assert delta_interval(1.0, 0.0, 40) == pytest.approx(((40 - z * z) / (40 + z * z), 1))
    assert delta_interval(-1.0, 0.0, 40) == pytest.approx((-1, -(40 - z * z) / (40 + z * z)))
    # In the middle it is the normal interval with its variance: half = z s sqrt(1 + z2 s2) / (1 + z2 s2).
    assert delta_interval(0.0, 0.01, 40)[1] == pytest.approx(z * 0.1 / (1 + z * z * 0.01) ** 0.5)


def test_the_largest_effect_comes_first_and_few_say_so():
    rows = [(n, float(n % 7), "north" if n < 15 else "south", n < 5) for n in range(30)]
    found = compared(range(15), range(15, 30), wide(*rows))
    assert [abs(row["effect"]) for row in found] == sorted((abs(row["effect"]) for row in found), reverse=True)
    assert found[0]["attribute"] == "region"
    assert {row["comparison_status"] for row in found} == {"too few"}
    assert {row["corrected_p"] for row in found} == {None}


def test_equal_groups_differ_in_nothing():
    rows = [(n, 5.0, "north", True) for n in range(80)]
    found = compared(range(40), range(40, 80), wide(*rows))
    assert {(row["effect"], row["corrected_p"], row["comparison_status"]) for row in found} == {
        (0, 1, "no difference seen")
    }


def test_not_having_a_category_is_a_level_and_a_number_is_compared_among_those_who_have_it():
    rows = [(n, None if n < 20 else 1.0, None if n < 20 else "north", None) for n in range(80)]
    found = compared(range(40), range(40, 80), wide(*rows))
    assert {(row["attribute"], row["level"]) for row in found} == {
        ("spend", None), ("region", "unknown"), ("region", "north"), ("is_web", "unknown")
    }  # fmt: skip
    assert next(row["size_a"] for row in found if row["attribute"] == "spend") == 20


def test_rare_levels_are_put_together():
    rows = [(n, 1.0, f"town {n % 40}", None) for n in range(80)]
    found = compared(range(40), range(40, 80), wide(*rows), columns=["region"], max_levels=3)
    assert sorted(row["level"] for row in found) == ["all others", "town 0", "town 1", "town 10"]


def test_who_is_in_both_tells_nothing_apart_and_a_part_is_held_against_the_rest():
    rows = wide(*[(n, float(n), None, None) for n in range(100)])
    [overlapping] = compared(range(60), range(40, 100), rows, columns=["spend"])
    assert (overlapping["size_a"], overlapping["size_b"], overlapping["effect"]) == (40, 40, -1)
    [inside] = compared(range(40), range(100), rows, columns=["spend"])
    assert (inside["size_a"], inside["size_b"]) == (40, 60)
    assert compared(range(40), range(40), rows) == []


def test_overlap_by_hand():
    members = group_members(keys(1, 2, 2, 3), keys(3, 4)).order_by("customer_key").execute()
    assert members["membership"].tolist() == ["only a", "only a", "both", "only b"]
    [row] = group_overlap(keys(1, 2, 3), keys(3, 4)).to_pyarrow().to_pylist()
    assert (row["count_a"], row["count_b"], row["both_count"], row["overlap_share"]) == (3, 2, 1, 0.25)
    assert group_overlap(keys(), keys()).to_pyarrow().to_pylist()[0]["overlap_share"] is None


def test_movements_of_a_group():
    schema = {"customer_key": "int64", "tier": "string"}
    before = ibis.memtable([{"customer_key": n, "tier": "A" if n < 3 else "B"} for n in range(5)], schema=schema)
    after = ibis.memtable([{"customer_key": n, "tier": "A" if n < 2 else "C"} for n in range(4)], schema=schema)
    table = group_movements(before, after, keys(0, 1, 2, 4, 9), state="tier").order_by("value_from", "value_to")
    rows = table.to_pyarrow().to_pylist()
    assert [(row["value_from"], row["value_to"], row["customer_count"]) for row in rows] == [
        ("A", "A", 2), ("A", "C", 1), ("B", "none", 1), ("none", "none", 1)
    ]  # fmt: skip
    assert rows[1]["from_share"] == pytest.approx(1 / 3)


VALUES = st.lists(st.integers(0, 6), min_size=30, max_size=34)


@settings(deadline=None, max_examples=6)
@given(VALUES, VALUES)
def test_delta_is_the_count_of_all_pairs_and_turns_with_the_groups(a, b):
    rows = wide(*[(n, float(value), None, None) for n, value in enumerate([*a, *b])])
    first, second = range(len(a)), range(len(a), len(a) + len(b))
    [there], [back] = (compared(x, y, rows, columns=["spend"]) for x, y in ((first, second), (second, first)))
    pairs = sum((x > y) - (x < y) for x in a for y in b) / len(a) / len(b)
    assert there["effect"] == pytest.approx(pairs)
    assert -1 <= there["effect_low"] <= there["effect"] <= there["effect_high"] <= 1
    assert (back["effect_low"], back["corrected_p"]) == pytest.approx((-there["effect_high"], there["corrected_p"]))
