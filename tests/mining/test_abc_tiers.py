"""Hand-worked cases first, then what must hold for any customers."""

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.abc_tiers import abc_tiers


def tiered(margins: list[int], **cuts) -> pd.DataFrame:
    table = ibis.memtable(
        pd.DataFrame({"customer_key": range(len(margins)), "net_margin": margins}),
        schema={"customer_key": "int64", "net_margin": "decimal(18, 2)"},
    )
    return abc_tiers(table, **cuts).order_by("customer_key").execute()


def tiers(margins: list[int], **cuts) -> list[str]:
    return tiered(margins, **cuts)["tier"].tolist()


def test_the_customer_who_crosses_the_cut_belongs_to_the_higher_tier():
    # 70, 20, 8, 2 of 100: shares before each are 0, 70, 90, 98
    assert tiers([70, 20, 8, 2]) == ["A", "A", "B", "C"]


def test_a_share_exactly_on_the_cut_starts_the_next_tier():
    assert tiers([80, 15, 5]) == ["A", "B", "C"]


def test_a_customer_who_costs_money_is_d_and_moves_nobody_else():
    assert tiers([70, 20, 8, 2, -50]) == ["A", "A", "B", "C", "D"]


def test_a_customer_who_brings_exactly_nothing_is_c():
    assert tiers([70, 20, 8, 2, 0, -1]) == ["A", "A", "B", "C", "C", "D"]


def test_where_nobody_brings_anything_there_is_no_a():
    assert tiers([0, -1]) == ["C", "D"]


def test_equal_margins_share_the_tier_of_the_first_of_them():
    # 50, 25, 25: shares before the pair are 50, so both are A although the second of them begins at 75
    assert tiers([25, 50, 25, 4, 4]) == ["A", "A", "A", "B", "B"]


def test_the_margin_before_the_own_is_told():
    cumulative = tiered([20, 70, 8, 0])["cumulative_margin"]
    assert cumulative[:3].astype(int).tolist() == [70, 0, 90]
    assert cumulative.isna().tolist() == [False, False, False, True]


def test_dates_are_companies_of_their_own():
    rows = [("2025-01-31", 1, 80), ("2025-01-31", 2, 20), ("2025-02-28", 1, 20), ("2025-02-28", 2, 0)]
    table = ibis.memtable(rows, schema={"as_of": "date", "customer_key": "int64", "net_margin": "decimal(18, 2)"})
    found = abc_tiers(table, within=["as_of"]).order_by("as_of", "customer_key").execute()
    assert found["tier"].tolist() == ["A", "B", "A", "C"]
    assert found["cumulative_margin"].fillna(-1).astype(int).tolist() == [0, 80, 0, -1]


def test_cuts_may_be_set():
    assert tiers([50, 30, 20], cut_a=50, cut_b=80) == ["A", "B", "C"]


@pytest.mark.parametrize("cuts", [(95, 80), (80, 80), (0, 95), (80, 101)])
def test_cuts_out_of_order_are_refused(cuts):
    with pytest.raises(ValueError, match=f"cut_a={cuts[0]}, cut_b={cuts[1]}"):
        tiers([1], cut_a=cuts[0], cut_b=cuts[1])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-1_000, 1_000), min_size=1, max_size=30))
def test_equal_margins_share_a_tier_and_a_higher_margin_never_ranks_lower(margins):
    by_margin = sorted(zip(margins, tiers(margins), strict=True), reverse=True)
    assert [tier for _, tier in by_margin] == sorted(tier for _, tier in by_margin)
    assert len({(margin, tier) for margin, tier in by_margin}) == len(set(margins))
