"""Every stage by hand, its edges, and that everybody has exactly one; moves between stages."""

from datetime import date, timedelta

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mining.churn_horizons import chosen_horizon, churn_horizons
from mining.loyalty_stages import STAGES, loyalty_stages, stage_moves
from mining.purchase_gaps import CLASSES, gap_levels, lapse_limits, purchase_gaps, purchase_rhythms

AS_OF = date(2025, 12, 31)


def on(days_ago):
    return (AS_OF - timedelta(days=days_ago)).isoformat()


def people(*keys):
    return ibis.memtable([{"customer_key": key} for key in keys], schema={"customer_key": "int64"})


def limit_of(days):
    rows = [{"gap_class": name, "lapse_after_days": days, "lapse_basis": "own class"} for name in CLASSES]
    return ibis.memtable(rows, schema={"gap_class": "string", "lapse_after_days": "int64", "lapse_basis": "string"})


def index_of(**values):
    rows = [{"customer_key": int(key[1:]), "loyalty_index": float(value)} for key, value in values.items()]
    return ibis.memtable(rows, schema={"customer_key": "int64", "loyalty_index": "float64"})


@pytest.fixture
def staged(orders, rows_of):
    def compute(*rows, known=(), limit=100, index=None, **bounds):
        rhythms = purchase_rhythms(purchase_gaps(orders(*rows), as_of=AS_OF), as_of=AS_OF)
        index = index_of() if index is None else index
        table = loyalty_stages(people(*known), rhythms, limit_of(limit), index, as_of=AS_OF, **bounds)
        return rows_of(table)

    def stages(*rows, **options):
        return {row["customer_key"]: row["loyalty_stage"] for row in compute(*rows, **options)}

    stages.rows = compute
    return stages


def test_who_is_known_and_has_not_bought_is_potential(staged):
    assert staged((1, on(5), "5"), (3, on(5), "-5", "0", "return"), known=(1, 2, 3)) == {
        1: "new", 2: "potential", 3: "potential"
    }  # fmt: skip


def test_a_buyer_whom_nobody_listed_still_has_a_stage(staged):
    assert staged((1, on(5), "5")) == {1: "new"}


def test_new_for_ninety_days_and_fewer_than_three_orders(staged):
    assert staged((1, on(90), "5"), (1, on(5), "5"), (2, on(91), "5"), (2, on(5), "5")) == {1: "new", 2: "regular"}
    assert staged((1, on(80), "5"), (1, on(50), "5"), (1, on(5), "5")) == {1: "regular"}


def test_one_order_long_ago_but_not_unusually_long_is_regular_and_says_so(staged):
    [row] = staged.rows((1, on(95), "5"))
    assert (row["loyalty_stage"], row["stage_reason"]) == (
        "regular",
        f"1 order on {on(95)}, not silent for unusually long",
    )


def test_lapsed_is_longer_than_the_limit_and_lost_beyond_the_horizon(staged):
    rows = [(1, on(100), "5"), (2, on(101), "5"), (3, on(365), "5"), (4, on(366), "5")]
    assert staged(*rows) == {1: "regular", 2: "lapsed", 3: "lapsed", 4: "lost"}
    assert staged((1, on(100), "5"), limit=30, horizon_days=90) == {1: "lost"}


def test_a_new_customer_can_already_have_lapsed(staged):
    assert staged((1, on(80), "5"), limit=60) == {1: "lapsed"}


def test_without_a_limit_nobody_lapses(staged):
    assert staged((1, on(300), "5"), limit=None) == {1: "regular"}


def test_established_is_a_year_of_buying_without_a_break(staged):
    rows = [(1, on(370), "5"), (1, on(100), "5"), (1, on(5), "5"), (2, on(369), "5"), (2, on(5), "5")]
    assert staged(*rows) == {1: "established", 2: "regular" if 369 - 5 < 365 else "established"}
    # Away for 400 days and back: the run begins anew.
    assert staged((1, on(900), "5"), (1, on(800), "5"), (1, on(400), "5"), (1, on(395), "5"), (1, on(5), "5")) == {
        1: "regular"
    }


def test_loyal_are_the_top_of_the_established_and_ties_share(staged):
    rows = [(n, on(400 - 100 * k), "5") for n in range(1, 5) for k in range(5)]
    ranked = index_of(c1=90, c2=80, c3=70, c4=60)
    assert staged(*rows, index=ranked) == {1: "loyal", 2: "established", 3: "established", 4: "established"}
    assert staged(*rows, index=ranked, loyal_percent=50)[2] == "loyal"
    tied = index_of(c1=80, c2=80, c3=70, c4=60)
    assert [staged(*rows, index=tied)[n] for n in (1, 2, 3)] == ["loyal", "loyal", "established"]


def test_a_high_index_alone_makes_nobody_loyal(staged):
    assert staged((1, on(5), "5"), index=index_of(c1=99)) == {1: "new"}


def test_impossible_bounds_are_refused(staged):
    with pytest.raises(ValueError, match="loyal_percent at most 100"):
        staged((1, on(5), "5"), loyal_percent=101)


def test_moves_between_stages_say_what_did_it(staged, rows_of):
    schema = {"customer_key": "int64", "loyalty_stage": "string", "stage_reason": "string", "order_count": "int64"}

    def table(*rows):
        return ibis.memtable([dict(zip(schema, row, strict=True)) for row in rows], schema=schema)

    before = table(
        (1, "new", "", 2),
        (2, "regular", "", 5),
        (3, "established", "", 5),
        (4, "potential", "", None),
        (5, "lost", "", 1),
        (7, "regular", "", 4),
    )
    after = table(
        (1, "regular", "time", 2),
        (2, "lapsed", "long", 5),
        (3, "loyal", "top", 5),
        (4, "new", "first", 1),
        (5, "lost", "", 1),
        (6, "new", "first", 1),
    )
    moves = {row["customer_key"]: row for row in rows_of(stage_moves(before, after))}
    assert {key: (row["direction"], row["changed"]) for key, row in moves.items()} == {
        1: ("up", "time"), 2: ("down", "silence"), 3: ("up", "index"), 4: ("up", "order"),
        6: ("new", "order"), 7: ("gone", "correction"),
    }  # fmt: skip
    assert (moves[4]["value_from"], moves[4]["value_to"], moves[4]["reason"]) == ("potential", "new", "first")
    # Nobody of that key on one of the dates is told by a null, as in moves between tiers.
    assert [(moves[key]["value_from"], moves[key]["value_to"]) for key in (6, 7)] == [(None, "new"), ("regular", None)]


def test_horizons_by_hand(orders):
    # As of a year before: silent for 10, 40, 70, 100 days; the first and third came back.
    rows = [(n, on(365 + silent), "5") for n, silent in ((1, 10), (2, 40), (3, 70), (4, 100))]
    rows += [(1, on(200), "5"), (3, on(100), "5"), (5, on(20), "5")]
    gaps = purchase_gaps(orders(*rows), as_of=AS_OF)
    horizons = churn_horizons(gaps, as_of=AS_OF, candidates=(30, 60, 90, 120))
    found = [tuple(row.values())[1:6] for row in horizons.order_by("horizon_days").to_pyarrow().to_pylist()]
    # (buyers, called, false alarms, gone, missed)
    assert found == [(4, 3, 1, 2, 0), (4, 2, 1, 2, 1), (4, 1, 0, 2, 1), (4, 0, 0, 2, 2)]
    # 1 of 3 against 0 of 2 at 30 days; 1 of 2 against 1 of 2 at 60: balanced.
    assert chosen_horizon(horizons, min_customers=1) == (60, "chosen from the data")
    assert chosen_horizon(horizons)[0] == 365


ROWS = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 900), st.sampled_from(["sale", "sale", "return"])), max_size=25
)


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.integers(0, 900))
def test_everybody_has_exactly_one_stage_and_what_happens_later_changes_nothing(orders, rows_of, rows, day):
    start = date(2023, 1, 1)
    as_of = start + timedelta(days=day)
    rows = [(key, (start + timedelta(days=when)).isoformat(), "5", "0", kind) for key, when, kind in rows]

    def stages(known):
        gaps = purchase_gaps(orders(*known, (99, "2030-01-01", "5")), as_of=as_of)
        rhythms = purchase_rhythms(gaps, as_of=as_of)
        limits = lapse_limits(gap_levels(gaps, rhythms), min_gaps=3)
        index = rhythms.select("customer_key", loyalty_index=rhythms.order_count.cast("float64"))
        return rows_of(loyalty_stages(people(*range(1, 9)), rhythms, limits, index, as_of=as_of))

    everything = stages(rows)
    assert everything == stages([row for row in rows if row[1] <= as_of.isoformat()])
    assert [row["customer_key"] for row in everything] == list(range(1, 9))
    assert {row["loyalty_stage"] for row in everything} <= set(STAGES)
