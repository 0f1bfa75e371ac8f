"""Durability, firmness and stability by hand, shrinkage, and that later rows change nothing."""

from datetime import date, timedelta

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mining.column_statistics import beta_binomial_prior, two_sided_p, wilson_columns, with_corrected_p
from mining.intervals import benjamini_hochberg, wilson
from mining.intervals import two_sided_p as exact_p
from mining.loyalty import beside, customer_standing, customer_trends
from mining.loyalty_index import firmness_counts, loyalty_index, with_durability, with_stability
from mining.purchase_gaps import RANDOM_VARIANCE, purchase_gaps, purchase_rhythms

AS_OF = date(2025, 12, 31)
ORDERS = {
    "customer_key": "int64", "ordered_on": "date", "channel": "string", "discount_amount": "float64",
    "item_quantity": "int64",
    "is_sale": "boolean",
    "is_cancelled": "boolean",
    "cancelled_at": "timestamp",
}  # fmt: skip
CASES = {"customer_key": "int64", "opened_on": "date", "category": "string"}


def before(days):
    return AS_OF - timedelta(days=days)


def table_of(rows, schema):
    return ibis.memtable([dict(zip(schema, row, strict=True)) for row in rows], schema=schema)


def orders_of(*rows):
    return table_of([(*row, 1, True, False, None) for row in rows], ORDERS)


def one_column(values):
    return ibis.memtable([{"it": value} for value in values], schema={"it": "float64"})


def test_columns_agree_with_the_numbers():
    z = [0.0, 0.5, -1.0, 1.96, 2.5758, 4.0]
    table = one_column(z)
    assert table.select(p=two_sided_p(table.it)).execute()["p"].tolist() == pytest.approx(
        [exact_p(value) for value in z], abs=3e-7
    )
    p = [0.02, 0.5, 0.01, 0.03, 0.03, 0.9]
    table = one_column(p)
    corrected = with_corrected_p(table, "it", "q").execute().sort_values("it")["q"].tolist()
    assert corrected == pytest.approx(sorted(benjamini_hochberg(p)))
    counts = table_of([(0, 20), (81, 263), (5, 5), (0, 0)], {"hit": "int64", "all": "int64"})
    share, low, high = wilson_columns(counts.hit, counts.all)
    rows = counts.mutate(share=share, low=low, high=high).to_pyarrow().to_pylist()
    for row in rows[:3]:
        assert (row["share"], row["low"], row["high"]) == pytest.approx(wilson(row["hit"], row["all"]))
    assert (rows[3]["share"], rows[3]["low"], rows[3]["high"]) == (None, None, None)


def prior_of(*rows):
    table = table_of(rows, {"hit": "int64", "all": "int64"})
    [row] = beta_binomial_prior(table, "hit", "all", names=("yes", "no")).to_pyarrow().to_pylist()
    return row["yes"], row["no"]


def test_the_prior_is_as_strong_as_customers_are_alike():
    # Shares 0.3 and 0.7 of 10 each: S = 9 / 10 + 49 / 10 - 20 / 4 = 0.8, over 0.25: 3.2, less 1: 2.2;
    # pairs = 20 - 200 / 20 - 1 = 9; strength 9 / 2.2 - 1.
    assert prior_of((3, 10), (7, 10)) == pytest.approx((0.5 * (9 / 2.2 - 1),) * 2)
    assert prior_of((3, 10), (3, 10)) == pytest.approx((300, 700))
    assert prior_of((0, 10), (10, 10)) == pytest.approx((0.25, 0.25))
    assert prior_of((0, 0)) == (1, 1)
    assert prior_of((0, 10), (0, 10)) == (0, 2)


def test_half_the_durability_after_a_year_and_none_after_a_break():
    schema = {"run_days": "int64", "silence_days": "int64"}
    table = with_durability(table_of([(365, 5), (0, 5), (1095, 365), (1095, 366)], schema), 365)
    assert table.execute()["durability"].tolist() == pytest.approx([0.5, 0, 0.75, 0])


def test_clockwork_is_stable_random_is_half_and_few_gaps_say_little():
    schema = {"gap_count": "int64", "log_gap_variance": "float64", "within_variance": "float64"}
    rows = [(1, None, RANDOM_VARIANCE), (5, 0.0, RANDOM_VARIANCE), (5, 3 * RANDOM_VARIANCE, RANDOM_VARIANCE)]
    result = with_stability(table_of(rows, schema)).execute()
    # Four own degrees of freedom and four of the company's: half way, variances 1, 0.5 and 2 of random.
    assert result["stability"].tolist() == pytest.approx([1 / 2, 1 / 1.5, 1 / 3])
    # slope^2 x 2 v^2 / degrees = stability^4 x 2 (v / R)^2 / degrees.
    assert result["stability_variance"].tolist() == pytest.approx([2 / 16 / 4, 2 * 0.25 / 1.5**4 / 8, 2 * 4 / 81 / 8])


def test_discounts_are_held_against_what_was_on_offer():
    rows = [
        (1, before(5), "web", 1.0),
        (1, before(6), "store", 0.0),
        (2, before(5), "web", 0.0),
        (None, before(5), "web", 9.0),
    ]
    cases = table_of(
        [(1, before(4), "complaint"), (1, before(4), "question"), (1, date(2026, 1, 1), "complaint")], CASES
    )
    counts = firmness_counts(orders_of(*rows), cases, as_of=AS_OF).order_by("customer_key").to_pyarrow().to_pylist()
    # On the web in December one of two known orders was on discount, in the store none.
    assert [tuple(row.values()) for row in counts] == [(1, 1, 0.5, 2, 1, 1), (2, 1, 0.5, 1, 0, 0)]


def index_rows(orders, cases=(), **options):
    table = orders_of(*orders)
    gaps = purchase_gaps(table, as_of=AS_OF)
    counts = firmness_counts(table, table_of(cases, CASES), as_of=AS_OF)
    found = loyalty_index(purchase_rhythms(gaps, as_of=AS_OF), counts, **options)
    return {row["customer_key"]: row for row in found.to_pyarrow().to_pylist()}


REGULAR = [(1, before(30 * k), "web", 0.0) for k in range(24)]
HUNTER = [(2, before(30 * k), "web", 5.0) for k in range(24)]
BURSTS = [(3, before(day), "web", 0.0) for day in (0, 1, 2, 3, 200, 201, 202, 500, 501, 690)]


def test_each_part_moves_the_index_the_right_way():
    rows = index_rows(REGULAR + HUNTER + BURSTS, [(2, before(9), "complaint")])
    assert rows[1]["firmness"] > rows[2]["firmness"]
    assert rows[1]["stability"] > rows[3]["stability"]
    assert rows[1]["loyalty_index"] > rows[2]["loyalty_index"]
    assert rows[2]["price_steadiness"] < 1 == rows[1]["price_steadiness"]
    only_durable = index_rows(REGULAR, weights=(1, 0, 0))[1]
    assert only_durable["loyalty_index"] == pytest.approx(100 * 690 / (690 + 365))
    assert only_durable["index_low"] == only_durable["index_high"] == only_durable["loyalty_index"]


def test_few_orders_give_a_wide_range_and_say_so():
    rows = index_rows([*REGULAR, *BURSTS, (4, before(60), "web", 0.0), (4, before(30), "web", 0.0)])
    assert rows[4]["index_basis"] == "few orders"
    assert rows[1]["index_basis"] == "own orders"
    assert rows[4]["index_high"] - rows[4]["index_low"] > rows[1]["index_high"] - rows[1]["index_low"]
    assert all(0 <= row["index_low"] <= row["loyalty_index"] <= row["index_high"] <= 100 for row in rows.values())


def test_weights_that_weigh_nothing_are_refused():
    with pytest.raises(ValueError, match="not all zero"):
        index_rows(REGULAR, weights=(0, 0, 0))


PURCHASES = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 900), st.sampled_from(["web", "store"]), st.sampled_from([0.0, 2.0])),
    min_size=1,
    max_size=25,
)


@settings(deadline=None, max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PURCHASES, st.lists(st.tuples(st.integers(1, 5), st.integers(0, 900)), max_size=6), st.integers(0, 900))
def test_what_happens_later_changes_nothing_in_the_whole_table(purchases, complaints, day):
    start = date(2023, 1, 1)
    as_of = start + timedelta(days=day)
    far = (9, date(2030, 1, 1), "web", 0.0)
    sales = [(key, start + timedelta(days=when), *rest) for key, when, *rest in purchases]
    cases = [(key, start + timedelta(days=when), "complaint") for key, when in complaints]
    people = table_of([(key,) for key in range(1, 8)], {"customer_key": "int64"})

    def whole(is_known):
        known = [row for row in [*sales, far] if is_known(row)] or [far]
        told = table_of([row for row in cases if is_known(row)], CASES)
        standing = customer_standing(orders_of(*known), told, people, as_of=as_of, min_gaps=2)
        table = beside(standing, customer_trends(orders_of(*known), as_of=as_of))
        return sorted(table.to_pyarrow().to_pylist(), key=lambda row: row["customer_key"])

    everything, known = whole(lambda row: True), whole(lambda row: row[1] <= as_of)
    assert [row["customer_key"] for row in everything] == list(range(1, 8))
    for one, other in zip(everything, known, strict=True):
        numbers = {name for name, value in one.items() if isinstance(value, float)}
        assert {name: one[name] for name in one if name not in numbers} == {
            name: other[name] for name in other if name not in numbers
        }
        assert [one[name] for name in numbers] == pytest.approx([other[name] for name in numbers])
