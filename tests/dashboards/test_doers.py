"""Who did something, from the acts by customer: which act came first, to the microsecond, and what is asked where."""

import random

import numpy as np
import pytest

from benchmarks.live_questions import QUESTIONS
from dashboards.app_data import doers, members, segments
from dashboards.app_data.doers import Arrays
from dashboards.app_data.reader import Published, Where, record
from dashboards.app_viewer import Viewer
from workspace.segments.checking import definition_of
from workspace.segments.language import Act, Relation

ANALYST = Viewer("ana", frozenset())


@pytest.fixture(scope="module")
def where(published: Published) -> Where:
    return Where(published.file, published.as_of, published.time_zone)


def nobody(customers: int) -> doers.Bits:
    """The bits of nobody."""
    return np.packbits(np.zeros(customers, dtype=bool))


def test_every_act_that_has_a_time_is_asked_by_customer(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    members.shelf().kept.clear()
    asked: list[Act] = []
    monkeypatch.setattr(doers, "doers", lambda where, item, customers: asked.append(item) or nobody(customers))
    bought, offered = definition_of({"all": [{"act": "buy"}]}), definition_of({"all": [{"act": "offer"}]})
    segments.keys(where, ANALYST, bought)
    segments.keys(where, ANALYST, offered)
    members.shelf().kept.clear()
    assert asked == [*bought.of]


def test_a_generation_of_an_earlier_release_finds_the_same(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    definitions = [definition_of(asked) for asked in QUESTIONS.values()]
    members.shelf().kept.clear()
    found = [segments.keys(where, ANALYST, one).tolist() for one in definitions]
    members.shelf().kept.clear()
    monkeypatch.setattr(doers, "are_kept", lambda file: False)
    assert [segments.keys(where, ANALYST, one).tolist() for one in definitions] == found


def test_acts_by_customer_are_all_that_the_star_has_of_customers(where: Where) -> None:
    for table in ("fct_orders", "fct_order_lines", "fct_web_sessions", "fct_cases", "fct_campaign_contacts"):
        found = record(
            where.file,
            f"""
            select (select count(*) from acts.{table}) as kept,
                (select count(*) from star.{table} semi join serving.customer_360 using (customer_key)) as known
            """,
        )
        assert found["kept"] == found["known"] > 0, table


def acts(rows: list[tuple[int, int, int]]) -> Arrays:
    """Acts of (customer, second, microsecond), a day being ten seconds."""
    place, second, micro = (np.array([row[n] for row in rows], dtype=np.int64) for n in range(3))
    return doers.in_moments({"place": place, "second": second, "micro": micro, "day": second // 10})


@pytest.mark.parametrize("order", ["after", "before"])
@pytest.mark.parametrize("within_days", [1, 2])
@pytest.mark.parametrize("micros", [1, 3])
def test_before_and_after_are_those_of_each_pair(order: str, within_days: int | None, micros: int) -> None:
    generator = random.Random(f"{order} {within_days} {micros}")
    relation = Relation(order=order, act="buy", within_days=within_days)
    found = 0
    for _ in range(60):
        mine, theirs = (
            [
                (generator.randrange(4), generator.randrange(-20, 40), generator.randrange(micros))
                for _ in range(generator.randrange(12))
            ]
            for _ in range(2)
        )
        sides = [acts(mine), acts(theirs)]
        if micros == 1:
            sides = [{name: column for name, column in side.items() if name != "micro"} for side in sides]
        got = doers.related(*sides, relation).tolist()
        sign = 1 if order == "after" else -1
        expected = [
            any(
                other[0] == one[0]
                and sign * (one[1] * 10 + one[2] - other[1] * 10 - other[2]) > 0
                and sign * (one[1] // 10 - other[1] // 10) <= within_days
                for other in theirs
            )
            for one in mine
        ]
        assert got == expected, (mine, theirs)
        found += sum(got)
    assert found > 50


def test_amounts_are_summed_exactly_and_unknown_ones_do_not_count() -> None:
    acts = {
        "place": np.array([2, 0, 2, 1, 3]),
        "amount": np.array([2**62, 5, -(2**62) + 7, 0, 9]),
        "is_known": np.array([True, True, True, False, True]),
    }
    item = Act(act="buy", amount_at_most="0.0007")
    assert doers.in_sum(acts, 4, item).tolist() == [True, False, True, False]
    item = Act(act="buy", amount_at_least="0.0007")
    assert doers.in_sum(acts, 4, item).tolist() == [False, False, True, True]


def test_rows_of_one_order_count_once() -> None:
    place, unit = np.array([0, 1, 1, 1, 1]), np.array([9, 5, 8, 5, 5])
    # In the order of their rows customer 1 has 5, 5, 5, 8, and customer 0 has 9.
    acts = {"place": place, "row": np.array([4, 0, 3, 2, 1]), "unit": unit}
    assert doers.times(acts, 3).tolist() == [1, 2, 0]


def test_a_moment_holds_any_year() -> None:
    seconds = np.array(["0001-01-01", "1970-01-01", "9999-12-31T23:59:59"], dtype="datetime64[s]").astype(np.int64)
    moment = doers.in_moments({"place": np.full(3, 16_000_000, dtype=np.uint32), "second": seconds})["moment"]
    assert (moment >> doers.SHIFT).tolist() == [16_000_000] * 3
    assert (np.diff(moment) > 0).all()
    assert (moment & (2**doers.SHIFT - 1) > 0).all()
