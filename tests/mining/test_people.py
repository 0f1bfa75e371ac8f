"""Who is known when, versions of a customer, ages on birthdays, and where days end by the company's clock."""

from datetime import date, datetime

import ibis
import pytest

from mining.instants import days_after, end_of_day, known_instant, local_hour
from mining.people import age_years, customers_as_of, known_people

at = datetime.fromisoformat
FAR = datetime.fromisoformat("9999-01-01")
LONG_AGO = datetime.fromisoformat("1900-01-01")
SCHEMA = {
    "customer_version_key": "int64", "customer_key": "int64", "valid_from": "timestamp", "valid_to": "timestamp",
    "is_current": "boolean", "birth_date": "date", "city": "string", "signed_up_at": "timestamp",
}  # fmt: skip


def customer(key, valid_from, valid_to, city, *, born=None, signed_up=None):
    return dict(zip(SCHEMA, (key, key, valid_from, valid_to, valid_to == FAR, born, city, signed_up), strict=True))


def test_a_day_ends_at_midnight_of_the_company_s_clock():
    assert end_of_day(date(2025, 1, 31)) == at("2025-02-01")
    assert end_of_day(date(2025, 1, 31), "Europe/Berlin") == at("2025-01-31 23:00")
    assert end_of_day(date(2025, 7, 31), "Europe/Berlin") == at("2025-07-31 22:00")


def test_what_lies_ahead_is_not_known():
    table = ibis.memtable([{"at": at("2025-01-31 22:59")}, {"at": at("2025-01-31 23:00")}])
    known = table.select(it=known_instant(table.at, date(2025, 1, 31), "Europe/Berlin")).execute()["it"]
    assert known.notna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("instant", "hour"),
    # Clocks went forward on 30 March 2025 and back on 26 October 2025, both at 01:00 UTC.
    [("2025-03-30 00:59", 1), ("2025-03-30 01:00", 3), ("2025-10-26 00:59", 2), ("2025-10-26 01:00", 2),
     ("2025-12-31 23:30", 0), ("2025-07-01 09:59", 11)],
)  # fmt: skip
def test_hours_are_the_company_s(instant, hour):
    table = ibis.memtable([{"at": datetime.fromisoformat(instant)}])
    expression = local_hour(table.at, date(2025, 1, 1), date(2025, 12, 31), "Europe/Berlin")
    assert table.select(hour=expression).execute()["hour"].tolist() == [hour]


def test_hours_of_a_clock_that_never_changes():
    table = ibis.memtable([{"at": at("2025-05-05 20:30")}])
    expression = local_hour(table.at, date(2025, 1, 1), date(2025, 12, 31), "Asia/Kolkata")
    assert table.select(hour=expression).execute()["hour"].tolist() == [2]


def test_days_after_a_date_are_a_date():
    table = ibis.memtable([{"day": date(2025, 2, 27), "days": 3}], schema={"day": "date", "days": "int64"})
    after = table.select(it=days_after(table.day, table.days)).to_pyarrow()
    assert after["it"].to_pylist() == [date(2025, 3, 2)]


@pytest.mark.parametrize(("as_of", "age"), [("2025-05-04", 34), ("2025-05-05", 35), ("2025-05-06", 35)])
def test_a_year_older_on_the_birthday(as_of, age):
    table = ibis.memtable([{"born": date(1990, 5, 5)}])
    years = table.select(age=age_years(table.born, date.fromisoformat(as_of))).execute()["age"]
    assert years.tolist() == [age]


def test_the_version_that_held_at_the_end_of_the_day():
    moved = at("2025-03-01 12:00")
    table = ibis.memtable(
        [
            customer(1, LONG_AGO, moved, "Bonn", born=date(1990, 5, 5)),
            customer(1, moved, FAR, "Kiel", born=date(1990, 5, 5)),
        ],
        schema=SCHEMA,
    )
    before = customers_as_of(table, as_of=date(2025, 2, 28)).to_pyarrow().to_pylist()
    after = customers_as_of(table, as_of=date(2025, 3, 1)).to_pyarrow().to_pylist()
    assert [row["city"] for row in before] == ["Bonn"]
    assert [(row["city"], row["age_years"]) for row in after] == [("Kiel", 34)]


def test_people_are_known_from_sign_up_or_first_touch():
    people = ibis.memtable(
        [
            customer(1, LONG_AGO, FAR, "a", signed_up=at("2025-03-05 10:00")),
            customer(2, LONG_AGO, FAR, "a", signed_up=at("2025-06-05 10:00")),
            customer(3, LONG_AGO, FAR, "a", signed_up=at("2025-06-05 10:00")),
            customer(4, LONG_AGO, FAR, "a"),
            customer(5, LONG_AGO, FAR, "a"),
        ],
        schema=SCHEMA,
    )
    touches = ibis.memtable(
        [{"customer_key": 3, "touched_on": date(2025, 3, 5)}, {"customer_key": 5, "touched_on": date(2025, 6, 1)}],
        schema={"customer_key": "int64", "touched_on": "date"},
    )
    known = known_people(people, touches, as_of=date(2025, 3, 5)).execute()["customer_key"]
    # 2 signs up later, 5 comes later; of 4 nobody wrote down when.
    assert sorted(known) == [1, 3, 4]
