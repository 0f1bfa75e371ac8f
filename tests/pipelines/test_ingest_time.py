"""Days and instants: zones, the missing and the repeated hour, leap days, short years, the future, late rows."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.deliveries import Shop, lines

HEADER = "order_id,ordered_at,updated_at"
SETTINGS = """
[ingest]
future_tolerance_days = {days}
[sources.shop]
files = "shop/*"
{source}
feeds."sales.orders" = {{}}
"""
PEOPLE = """
[sources.shop]
files = "shop/*"
{source}
feeds."sales.customers" = {{}}
"""
BERLIN, NEW_YORK = 'time_zone = "Europe/Berlin"', 'time_zone = "America/New_York"'
GERMAN = BERLIN + "\ntimestamp_format = '%d.%m.%Y %H:%M'"
SHORT = BERLIN + "\ntimestamp_format = '%d.%m.%y %H:%M'"


def ordered(folder, source: str, *instants: str, days: int = 2) -> Shop:
    """A shop to which orders of these instants came, A1, A2, ..."""
    shop = Shop.open(folder, SETTINGS.format(source=source, days=days))
    records = [f"A{place},{at},{at}" for place, at in enumerate(instants, start=1)]
    shop.put("orders.csv", lines(*records, header=HEADER))
    assert shop.load()["orders.csv"].status == "loaded"
    return shop


@pytest.mark.parametrize(
    ("source", "text", "in_utc"),
    [
        # The clock goes from 2:00 to 3:00: an hour is missing. It is read as if the clock had not been put forward.
        (BERLIN, "2024-03-31 01:59", "2024-03-31 00:59:00"),
        (BERLIN, "2024-03-31 02:30", "2024-03-31 01:30:00"),
        (BERLIN, "2024-03-31 03:30", "2024-03-31 01:30:00"),
        (NEW_YORK, "2024-03-10 02:30", "2024-03-10 07:30:00"),
        (GERMAN, "31.03.2024 02:30", "2024-03-31 01:30:00"),
        # The clock goes from 3:00 back to 2:00: an hour comes twice. The second is taken, the one by winter's clock.
        (BERLIN, "2024-10-27 01:30", "2024-10-26 23:30:00"),
        (BERLIN, "2024-10-27 02:30", "2024-10-27 01:30:00"),
        (BERLIN, "2024-10-27 03:00", "2024-10-27 02:00:00"),
        (NEW_YORK, "2024-11-03 01:30", "2024-11-03 06:30:00"),
        (GERMAN, "27.10.2024 02:30", "2024-10-27 01:30:00"),
        # With its offset, either of the two hours is what it says.
        (BERLIN, "2024-10-27T02:30:00+02:00", "2024-10-27 00:30:00"),
        (BERLIN, "2024-10-27T02:30:00+01:00", "2024-10-27 01:30:00"),
        (NEW_YORK, "2024-10-27T00:30:00Z", "2024-10-27 00:30:00"),
        # A day that there is every four years, but not every hundred.
        (BERLIN, "2024-02-29 12:00", "2024-02-29 11:00:00"),
        (BERLIN, "2000-02-29 12:00", "2000-02-29 11:00:00"),
        # Two digits, where the format says so: 69 to 99 are of the last century.
        (SHORT, "01.07.24 10:00", "2024-07-01 08:00:00"),
        (SHORT, "01.07.69 10:00", "1969-07-01 09:00:00"),
        (SHORT, "01.07.99 10:00", "1999-07-01 08:00:00"),
    ],
)
def test_an_instant_is_the_moment_that_the_rule_says(tmp_path, source, text, in_utc):
    shop = ordered(tmp_path, source, text)
    assert shop.query("select ordered_at::varchar from raw.sales_orders") == [(in_utc,)]


@pytest.mark.parametrize(
    ("source", "text", "words"),
    [
        (BERLIN, "2023-02-29 12:00", "ordered_at is not an instant"),
        (BERLIN, "1900-02-29 12:00", "ordered_at is not an instant"),
        (GERMAN, "29.02.2023 12:00", "ordered_at is not an instant"),
        (BERLIN, "24-07-01 10:00", "not between 1800 and 2200: write years with four digits"),
        (GERMAN, "01.07.24 10:00", "not between 1800 and 2200: write years with four digits"),
        (SHORT, "01.07.2024 10:00", "ordered_at is not an instant"),
        (SHORT, "01.07.68 10:00", "lies in the future"),
    ],
)
def test_what_is_no_moment_of_this_age_is_quarantined_and_not_guessed(tmp_path, source, text, words):
    shop = ordered(tmp_path, source, text)
    assert shop.one("select count(*) from raw.sales_orders") == 0
    reasons = shop.query("select reason from meta.quarantine where feed = 'sales.orders'")
    assert words in reasons[0][0]


@pytest.mark.parametrize(("source", "text"), [("", "68-02-29"), ("date_format = '%d.%m.%Y'", "29.02.68")])
def test_a_birthday_of_two_digits_is_quarantined(tmp_path, source, text):
    shop = Shop.open(tmp_path, PEOPLE.format(source=source))
    header = "customer_id,birth_date,updated_at"
    shop.put("people.csv", lines(f"C1,{text},2024-01-01", header=header))
    shop.load()
    assert "birth_date is below 1900-01-01" in shop.quarantine()[0][4]


@pytest.mark.parametrize("text", ["soon", "2023-02-29 12:00", "2023-01-01 25:00", "2016-12-31 23:59:60"])
@pytest.mark.parametrize("is_json", [False, True])
def test_an_instant_that_may_be_empty_is_not_made_so_when_it_cannot_be_read(tmp_path, text, is_json):
    shop = Shop.open(tmp_path, PEOPLE.format(source=""))
    if is_json:
        shop.put("people.jsonl", f'{{"customer_id": "C1", "signed_up_at": "{text}", "updated_at": "2024-01-01"}}\n')
    else:
        shop.put("people.csv", lines(f"C1,{text},2024-01-01", header="customer_id,signed_up_at,updated_at"))
    shop.load()
    assert [(row[2], row[3], row[4]) for row in shop.quarantine()] == [
        ("signed_up_at", text, "signed_up_at is not an instant")
    ]


@pytest.mark.parametrize(("days", "accepted"), [(0, 0), (2, 1), (5, 2), (40, 3)])
def test_an_instant_further_ahead_than_the_tolerance_is_quarantined(tmp_path, days, accepted):
    now = datetime.now(UTC)
    ahead = [f"{now + timedelta(days=days_ahead):%Y-%m-%d %H:%M:%S}+00" for days_ahead in (1, 4, 30)]
    shop = ordered(tmp_path, "", *ahead, days=days)
    assert shop.one("select count(*) from raw.sales_orders") == accepted
    reasons = shop.query("select reason from meta.quarantine where feed = 'sales.orders'")
    assert len(reasons) == 3 - accepted
    assert all("ordered_at lies in the future" in reason for (reason,) in reasons)


def test_a_planned_day_may_lie_ahead(tmp_path):
    shop = Shop.open(tmp_path, PEOPLE.format(source="").replace("sales.customers", "marketing.campaigns"))
    ahead = date.today() + timedelta(days=100)  # noqa: DTZ011
    header = "campaign_id,name,starts_on,ends_on"
    shop.put("plans.csv", lines(f"K1,Spring,{ahead},{ahead}", header=header))
    shop.load()
    assert shop.one("select count(*) from raw.marketing_campaigns") == 1


def test_rows_that_come_late_are_kept_with_their_own_day(tmp_path):
    shop = ordered(tmp_path, BERLIN, "2024-05-02 10:00")
    shop.put("orders_late.csv", lines("L1,2024-04-30 23:30,2024-05-03", header=HEADER))
    shop.load()
    found = shop.query("select order_id, ordered_at::varchar, _delivery_id from raw.sales_orders order by ordered_at")
    assert found == [("L1", "2024-04-30 21:30:00", 2), ("A1", "2024-05-02 08:00:00", 1)]
