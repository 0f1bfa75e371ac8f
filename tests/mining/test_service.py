"""Satisfaction, the closed loop, calls and costs by hand; later rows change nothing."""

from datetime import date, datetime, timedelta

import ibis
import pytest

from mining.intervals import mean_interval, wilson
from mining.service import contact_costs, moving_saves, satisfaction_gaps
from mining.service_calls import calls_by_hour
from mining.service_cases import cases_as_of, closed_loop, overdue_cases

AS_OF = date(2025, 12, 31)
MIDNIGHT = datetime.fromisoformat("2026-01-01 00:00")


def table_of(rows, schema):
    return ibis.memtable([dict(zip(schema, row, strict=True)) for row in rows], schema=schema)


def rows_of(table, *order):
    return table.order_by(*order).to_pyarrow().to_pylist()


SURVEYS = {
    "survey_key": "int64", "customer_key": "int64", "topic": "string", "answered_on": "date", "expected": "int64",
    "perceived": "int64",
}  # fmt: skip


def answers(*rows):
    return table_of([(n, *row) for n, row in enumerate(rows)], SURVEYS)


def test_one_voice_per_customer():
    # Ten customers with gap -1, one of them asked twice with -1 and +3: its voice is +1.
    rows = [(n, "price", AS_OF, 5, 4) for n in range(10)] + [(0, "price", AS_OF, 4, 7)]
    rows += [
        (5, "price", AS_OF + timedelta(days=1), 1, 7),
        (5, "price", date(2024, 12, 31), 1, 7),
        (6, "price", AS_OF, None, 7),
    ]
    [row] = rows_of(satisfaction_gaps(answers(*rows), as_of=AS_OF), "topic")
    assert (row["customer_count"], row["gap_mean"], row["expected_mean"]) == pytest.approx((10, -0.8, 4.95))
    # Nine lie 0.2 from the mean and one 1.8: 0.36 + 3.24 = 3.6, over 9.
    assert (row["gap_low"], row["gap_high"]) == pytest.approx(mean_interval(-0.8, 0.4**0.5, 10)[1:])
    assert row["disappointed_share"] == pytest.approx(0.9)
    assert row["satisfaction_status"] == "below expectation"


def test_segments_and_too_few():
    rows = [(n, "price", AS_OF, 5, 5) for n in range(10)] + [(None, "price", AS_OF, 5, 1)]
    attributes = table_of(
        [(n, "north" if n < 9 else "south") for n in range(10)], {"customer_key": "int64", "region": "string"}
    )
    found = rows_of(satisfaction_gaps(answers(*rows), attributes, as_of=AS_OF, by="region"), "segment")
    assert [(row["segment"], row["customer_count"], row["satisfaction_status"]) for row in found] == [
        ("north", 9, "too few"), ("south", 1, "too few"), ("unknown", 1, "too few")
    ]  # fmt: skip
    assert found[0]["gap_p"] is None
    with pytest.raises(ValueError, match="attributes"):
        satisfaction_gaps(answers(*rows), as_of=AS_OF, by="region")


CASES = {
    "case_key": "int64", "case_id": "string", "customer_key": "int64", "agent_key": "int64", "channel": "string",
    "category": "string", "severity": "string", "opened_at": "timestamp", "opened_on": "date",
    "assigned_at": "timestamp", "resolved_at": "timestamp", "followed_up_at": "timestamp", "satisfaction": "int64",
}  # fmt: skip


def case(key, opened, assigned=None, resolved=None, followed=None, customer=None, category="complaint"):
    """Hours before the end of the day that counts."""
    instants = [
        None if hours is None else MIDNIGHT - timedelta(hours=hours) for hours in (opened, assigned, resolved, followed)
    ]
    return (key, str(key), customer, 1, "phone", category, "high", instants[0], instants[0].date(), *instants[1:], 4)


def loop(*cases, **options):
    known = cases_as_of(table_of(cases, CASES), as_of=AS_OF)
    return {row["step"]: row for row in rows_of(closed_loop(known, as_of=AS_OF, **options), "step")}


def test_open_cases_count_with_the_time_they_have_been_open():
    # Resolved after 10 and 30 hours; open for 20 and 100. At 10: 3 of 4 left; at 30: of the two still waiting
    # one is done: 3 / 8. Half is passed at 30.
    rows = loop(case(1, 200, 190, 190), case(2, 200, 190, 170), case(3, 20), case(4, 100))
    resolved = rows["resolved"]
    assert (resolved["case_count"], resolved["done_count"], resolved["open_count"]) == (4, 2, 2)
    assert (resolved["median_hours"], resolved["ninetieth_hours"]) == (30, None)
    assert (resolved["late_count"], resolved["loop_status"]) == (1, "too few")
    assert (rows["assigned"]["median_hours"], rows["assigned"]["late_share"]) == (10, None)
    assert rows["assigned"]["late_low"] is None


def test_all_done_ends_at_the_last():
    rows = loop(*[case(n, 500, 490, 500 - hours, 500 - 2 * hours) for n, hours in enumerate(range(10, 110, 10))])
    assert (rows["resolved"]["median_hours"], rows["resolved"]["ninetieth_hours"]) == (50, 90)
    # Followed up as long after the resolution as that took.
    assert (rows["followed up"]["median_hours"], rows["followed up"]["case_count"]) == (50, 10)
    assert (rows["resolved"]["late_count"], rows["resolved"]["loop_status"]) == (3, "measured")


def test_a_new_case_soon_after_the_resolution_is_the_old_one_back():
    back = [case(1, 900, 890, 880, customer=7), case(2, 700, 690, 680, customer=7), case(3, 690, 690, 685, customer=8)]
    other = [case(4, 895, 890, 870, customer=7, category="question")]
    resolved = loop(*back, *other, reopen_days=14)["resolved"]
    # 2 came 180 hours after 1 was resolved; nothing came after the others.
    assert (resolved["judged_count"], resolved["reopened_count"]) == (4, 1)
    assert (resolved["reopened_share"], resolved["reopened_low"]) == pytest.approx(wilson(1, 4)[:2])
    assert loop(*back, *other, reopen_days=7)["resolved"]["reopened_count"] == 0


def test_the_overdue_and_what_they_wait_for():
    cases = [case(1, 73), case(2, 73, 50), case(3, 72), case(4, 200, 190, 100), case(5, 200, 190, -5)]
    rows = rows_of(overdue_cases(cases_as_of(table_of(cases, CASES), as_of=AS_OF)), "case_key")
    # The fifth will be resolved tomorrow: today it is open.
    assert [(row["case_key"], row["waits_for"]) for row in rows] == [
        (1, "an agent"),
        (2, "a resolution"),
        (5, "a resolution"),
    ]


def test_later_steps_and_later_cases_are_not_known_yet():
    cases = [case(1, 50, 40, -3, -4), case(2, -5)]
    [row] = rows_of(cases_as_of(table_of(cases, CASES), as_of=AS_OF), "case_key")
    assert (row["resolved_at"], row["followed_up_at"], row["satisfaction"], row["age_hours"]) == (None, None, None, 50)


CALLS = {
    "started_at": "timestamp", "started_on": "date", "direction": "string", "agent_key": "int64",
    "queue_seconds": "int64", "talk_seconds": "int64", "outcome": "string", "is_abandoned": "boolean",
    "cost_amount": "decimal(18, 4)",
}  # fmt: skip


def call(at, wait, talk=None, agent=None, direction="inbound"):
    moment = datetime.fromisoformat(at)
    return (
        moment,
        moment.date(),
        direction,
        agent,
        wait,
        talk,
        "abandoned" if talk is None else "answered",
        talk is None,
        "1.5",
    )


def test_load_by_hand():
    day = "2025-12-01 0"  # nine o'clock in Berlin is eight in UTC
    rows = [
        call(day + "8:00", 10, 600, 1),
        call(day + "8:10", 30, 1200, 2),
        call(day + "8:20", 200),
        call(day + "9:05", 0, 60, 1),
    ]
    rows += [
        call("2025-12-02 08:30", 20, 600, 1),
        call(day + "8:00", 0, 60, 9, "outbound"),
        call("2026-01-01 08:00", 5, 5, 5),
    ]
    nine, ten = rows_of(calls_by_hour(table_of(rows, CALLS), as_of=AS_OF, time_zone="Europe/Berlin"), "hour")
    assert (nine["hour"], ten["hour"], nine["day_count"], nine["calls_per_hour"]) == (9, 10, 2, 2)
    assert (nine["answered_count"], nine["abandoned_count"], nine["abandoned_share"]) == (3, 1, 0.25)
    assert (nine["mean_wait_seconds"], nine["prompt_share"], nine["mean_talk_seconds"]) == (65, 0.5, 800)
    # Two agents on one day and one on the other; 2 calls an hour of 800 seconds.
    assert (nine["agents_on_duty"], nine["offered_load"]) == pytest.approx((1.5, 1600 / 3600))
    assert nine["occupancy"] == pytest.approx(1600 / 3600 / 1.5)
    assert nine["load_status"] == "too few"
    weekdays = rows_of(calls_by_hour(table_of(rows, CALLS), as_of=AS_OF, by_weekday=True), "weekday", "hour")
    assert [(row["weekday"], row["hour"], row["day_count"]) for row in weekdays] == [(1, 8, 1), (1, 9, 1), (2, 8, 1)]


def test_costs_and_what_moving_saves():
    calls = table_of([call("2025-12-01 08:00", 1, 1, 1)] * 50 + [call("2024-12-31 08:00", 1, 1, 1)], CALLS)
    cases = table_of(
        [(AS_OF, "web", "0.5")] * 2, {"opened_on": "date", "channel": "string", "cost_amount": "decimal(18, 4)"}
    )
    sent = {"contacted_on": "date", "channel": "string", "arm": "string", "cost_amount": "decimal(18, 4)"}
    contacts = table_of([(AS_OF, "sms", "treatment", "0.08"), (AS_OF, "sms", "control", "0")], sent)
    costs = contact_costs(calls, cases, contacts, as_of=AS_OF)
    found = {(row["kind"], row["channel"]): row for row in rows_of(costs, "kind", "channel")}
    assert {key: (row["contact_count"], row["mean_cost"]) for key, row in found.items()} == {
        ("call", "inbound"): (50, 1.5), ("case", "web"): (2, 0.5), ("campaign", "sms"): (1, 0.08)
    }  # fmt: skip
    assert found["campaign", "sms"]["mean_cost_low"] is None
    [row] = (
        moving_saves(costs, from_channel=("call", "inbound"), to_channel=("case", "web"), repeat_percent=50)
        .to_pyarrow()
        .to_pylist()
    )
    # Ten calls move; each saves half of 1.50 and costs 0.50.
    assert (row["moved_count"], row["saving_amount"], row["saving_low"]) == pytest.approx((10, 2.5, 2.5))
    [none] = moving_saves(costs, from_channel=("call", "inbound"), to_channel=("case", "fax")).to_pyarrow().to_pylist()
    assert (none["moving_status"], none["saving_amount"]) == ("no contacts", None)
    with pytest.raises(ValueError, match="got 120, 0"):
        moving_saves(costs, from_channel=("a", "b"), to_channel=("c", "d"), moved_percent=120)
