"""Steps and windows by hand, then a path that is known to lead away."""

from datetime import datetime

import ibis
import pandas as pd
import pytest

from mining.paths import first_purchase_windows, large_purchase_windows, leaving_windows, paths_before
from mining.purchase_days import day_of
from mining.touch_steps import touch_steps


def touches(*rows):
    frame = pd.DataFrame(
        [(who, day_of(day), kind, direction) for who, day, kind, direction in rows],
        columns=["customer_key", "touched_on", "kind", "direction"],
    )
    schema = {"customer_key": "int64", "touched_on": "date", "kind": "string", "direction": "string"}
    return ibis.memtable(frame, schema=schema)


def orders(*rows):
    frame = pd.DataFrame(
        [(who, day_of(day), True, amount) for who, day, amount in rows],
        columns=["customer_key", "ordered_on", "is_sale", "net_amount"],
    )
    schema = {"customer_key": "int64", "ordered_on": "date", "is_sale": "boolean", "net_amount": "float64"}
    return ibis.memtable(frame, schema=schema)


def windows_of(table):
    rows = table.order_by("customer_key").to_pyarrow().to_pylist()
    return [(row["customer_key"], row["ends_at"], row["is_outcome"]) for row in rows]


def steps_of(table):
    return sorted((row["customer_key"], row["time"], row["item"]) for row in table.to_pyarrow().to_pylist())


def test_steps_are_touchpoints_and_what_they_do_not_say():
    cases = ibis.memtable(
        pd.DataFrame(
            {
                "customer_key": [1, 1, 2],
                "opened_on": [day_of(10), day_of(20), day_of(96)],
                "resolved_at": [datetime.fromisoformat("1970-01-13"), datetime.fromisoformat("1970-02-01"), None],
            }
        ),
        schema={"customer_key": "int64", "opened_on": "date", "resolved_at": "timestamp"},
    )
    sessions = ibis.memtable({"customer_key": [1, 1], "started_on": [day_of(3), day_of(4)], "search_count": [2, 0]})
    lines = ibis.memtable(
        {"customer_key": [1], "ordered_on": [day_of(6)], "discount_amount": [1.5], "is_counted": [True]}
    )
    table = touches(
        (1, 3, "visit", "in"),
        (1, 30, "call", "in"),
        (1, 50, "contact", "out"),
        (None, 5, "visit", "in"),
        (1, 101, "call", "in"),
    )
    found = touch_steps(table, as_of=day_of(100), cases=cases, sessions=sessions, lines=lines, silence_days=60)
    assert steps_of(found) == [
        (1, 3, "search"),
        (1, 3, "visit"),
        (1, 6, "discount"),
        (1, 25, "complaint open too long"),  # opened on day 20, five days later not resolved; the other was in three
        (1, 30, "call"),
        (1, 50, "contact"),
        (1, 90, "silence"),  # being written to is no word of theirs; on day 63 they had called
    ]


def test_who_left_and_who_stayed():
    # looks at days 100, 70, 40, 10 with a horizon of 50
    table = orders((1, 35, 1), (2, 35, 1), (2, 88, 1), (2, 120, 1), (3, 140, 1))
    found = windows_of(leaving_windows(table, as_of=day_of(150), horizon_days=50))
    assert found[0] == (1, 40, True)
    assert found[1] == (2, 70, False) or found[1] in [(2, day, False) for day in (40, 70, 100)]
    assert len(found) == 2


def test_before_the_first_purchase():
    steps = touch_steps(
        touches((1, 5, "visit", "in"), (1, 20, "order", "in"), (2, 7, "visit", "in"), (3, 95, "visit", "in"),
                (4, 30, "order", "in")), as_of=day_of(100), silence_days=500,
    )  # fmt: skip
    table = orders((1, 20, 1), (4, 30, 1))
    found = windows_of(first_purchase_windows(table, steps, as_of=day_of(100), horizon_days=50))
    # 3 may still buy, and nothing is known of 4 before they did
    assert found == [(1, 19, True), (2, 7, False)]


def test_before_a_large_purchase():
    table = orders((1, 5, 10), (1, 20, 100), (1, 30, 200), (2, 7, 10), *[(3, 50 + n, 10) for n in range(7)])
    found = windows_of(large_purchase_windows(table, as_of=day_of(100), share=0.75))
    assert found[0] == (1, 19, True)
    assert found[1] == (2, 6, False)
    assert found[2][::2] == (3, False)


def test_shares_lift_and_test_of_a_path():
    # call then silence: 3 of 4 who left, 1 of 4 who stayed; Fisher: (4C3 x 4C1 + 4C4 x 4C0) / 8C4 = 17/70
    walked = [(who, time, item) for who in (1, 2, 3, 5) for time, item in ((10, "call"), (20, "silence"))]
    steps = ibis.memtable(pd.DataFrame([*walked, (4, 12, "call")], columns=["customer_key", "time", "item"]))
    ends = {"customer_key": list(range(1, 9)), "ends_at": [30] * 8, "is_outcome": [True] * 4 + [False] * 4}
    rows = paths_before(steps, ibis.memtable(ends), window_days=25, min_support=0.1).to_pyarrow().to_pylist()
    path = next(row for row in rows if row["steps"] == ["call", "silence"])
    assert (path["outcome_count"], path["control_count"]) == (3, 1)
    assert (path["outcome_share"], path["control_share"], path["lift"]) == (0.75, 0.25, 3)
    assert path["p_value"] == pytest.approx(17 / 70)
    assert not path["is_telling"]
    too_old = paths_before(steps, ibis.memtable(ends), window_days=15, min_support=0.1).to_pyarrow().to_pylist()
    assert [row["steps"] for row in too_old] == [["silence"]]


def test_a_path_tells_when_it_comes_more_often_before_the_outcome_beyond_luck():
    # all 30 who left called, 3 of 30 who stayed did; all who stayed wrote, and none who left
    rows = [(who, 5, "call") for who in (*range(30), 30, 31, 32)] + [(who, 6, "letter") for who in range(30, 60)]
    steps = ibis.memtable(pd.DataFrame(rows, columns=["customer_key", "time", "item"]))
    ends = {"customer_key": list(range(60)), "ends_at": [10] * 60, "is_outcome": [who < 30 for who in range(60)]}
    rows = paths_before(steps, ibis.memtable(ends), false_discovery_rate=0.01).to_pyarrow().to_pylist()
    assert {tuple(row["steps"]): row["is_telling"] for row in rows} == {
        ("call",): True,
        ("letter",): False,
        ("call", "letter"): False,
    }


def test_no_outcome_no_paths():
    steps = ibis.memtable({"customer_key": [1], "time": [1], "item": ["call"]})
    ends = ibis.memtable({"customer_key": [1], "ends_at": [5], "is_outcome": [False]})
    assert paths_before(steps, ends).count().execute() == 0


def test_later_rows_change_nothing():
    early = touches((1, 3, "visit", "in"), (2, 9, "visit", "in"))
    late = touches((1, 101, "call", "in"), (2, 130, "visit", "in"))
    one, other = (touch_steps(table, as_of=day_of(100)) for table in (early, early.union(late)))
    assert steps_of(one) == steps_of(other)
    sold, more = orders((1, 5, 9), (2, 35, 90)), orders((1, 101, 900), (3, 105, 1))
    for build in (leaving_windows, large_purchase_windows):
        one, other = (build(table, as_of=day_of(100)) for table in (sold, sold.union(more)))
        assert windows_of(one) == windows_of(other)
