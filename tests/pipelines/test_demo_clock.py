# ruff: noqa: DTZ001 - the demo company lives by the clock on the wall
"""The demo company's calendar, clock and keyed randomness: hand-worked days, then any instant."""

from datetime import UTC, date, datetime, timedelta
from math import gcd
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipelines.demo.people import customer_number
from pipelines.demo.tables import ordered, pick, spread, stack, take
from pipelines.demo.world import World, ahead_of_utc, awake, season

BERLIN = ZoneInfo("Europe/Berlin")
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 12, 31))


def seconds(moment: datetime) -> np.ndarray:
    return np.array([int(moment.replace(tzinfo=UTC).timestamp())])


def test_the_hour_that_comes_twice_is_left_out_and_what_came_first_still_does():
    morning = [datetime(2025, 10, 26, 1, 59), datetime(2025, 10, 26, 2, 10), datetime(2025, 10, 26, 3, 10)]
    moved = np.concatenate([awake(seconds(moment)) for moment in morning])
    assert moved.tolist() == [
        seconds(datetime(2025, 10, 26, 1, 59))[0],
        seconds(datetime(2025, 10, 26, 3, 5))[0],
        seconds(datetime(2025, 10, 26, 3, 35))[0],
    ]


def test_the_clock_changes_at_three_in_the_morning():
    spring = [datetime(2025, 3, 30, 1, 59), datetime(2025, 3, 30, 3, 0), datetime(2025, 10, 26, 3, 0)]
    assert [int(ahead_of_utc(seconds(moment))[0]) for moment in spring] == [3600, 7200, 3600]


@given(instants, instants)
def test_moved_instants_keep_their_order_and_have_one_meaning(a, b):
    first, second = awake(seconds(a)), awake(seconds(b))
    assert not 2 * 3600 <= int(first[0]) % 86_400 < 3 * 3600
    assert (a <= b) == (first[0] <= second[0]) or abs((a - b).total_seconds()) <= 2
    local = datetime.fromtimestamp(int(first[0]), UTC).replace(tzinfo=None)
    offset = local.replace(tzinfo=BERLIN).utcoffset()
    assert offset == timedelta(seconds=int(ahead_of_utc(first)[0]))


def test_a_mean_day_has_the_weight_of_one():
    world = World(customers=1, seed=1, start=date(2025, 1, 1))
    weights = season(world, np.arange(365))
    assert abs(weights.mean() - 1) < 0.05
    assert weights[np.arange(334, 365)].mean() > 1.3 * weights[np.arange(181, 212)].mean()


def test_randomness_depends_on_block_chunk_and_purpose_alone():
    draws = [
        World(1, 4, date(2025, 1, 1)).rng(block, chunk, stream).random()
        for block, chunk, stream in [(0, 0, "a"), (0, 0, "a"), (1, 0, "a"), (0, 1, "a"), (0, 0, "b")]
    ]
    assert draws[0] == draws[1]
    assert len(set(draws)) == 4


def test_customer_numbers_are_one_to_one_and_never_the_number_of_nobody():
    # Multiplying by a number without a factor in common with the modulus permutes the residues.
    assert gcd(7_368_787, 100_000_000) == 1
    nobody = -1_234_567 * pow(7_368_787, -1, 100_000_000) % 100_000_000
    assert int(customer_number(np.array([nobody // 2]), nobody % 2)[0]) == 0
    assert nobody > 2 * 10_000_000  # twice the people of a million customers


@given(st.lists(st.integers(0, 5), max_size=20))
def test_members_of_groups_are_counted_from_zero(counts):
    group, position = spread(np.array(counts, dtype=np.int64))
    assert list(zip(group.tolist(), position.tolist(), strict=True)) == [
        (number, place) for number, count in enumerate(counts) for place in range(count)
    ]


def test_tables_are_taken_stacked_and_ordered_by_row():
    table = {"a": np.array([2, 1, 2]), "b": np.array([1, 5, 0])}
    both = ordered(stack([table, take(table, np.array([1]))]), "a", "b")
    assert both["a"].tolist() == [1, 1, 2, 2]
    assert both["b"].tolist() == [5, 5, 0, 1]


def test_draws_follow_their_weights():
    drawn = pick(np.random.default_rng(1), [1, 0, 3], 40_000)
    assert (drawn == 1).sum() == 0
    assert abs((drawn == 2).mean() - 0.75) < 4 * np.sqrt(0.75 * 0.25 / 40_000)
