"""The company of company.yml through dbt: what its star must hold, worked out by hand."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

at = datetime.fromisoformat
# Who is who in company.yml, by one identifier each.
PEOPLE = {
    "C1": "Anna", "C3": "Bert", "C4": "Vier", "C5": "Fuenf", "C99": "Stranger", "Q2": "Dora", "new@example.com": "New",
}  # fmt: skip
BEGIN, END = at("1900-01-01"), at("9999-12-31")


@pytest.fixture
def star(company):
    """Rows of a query, keys of people shown as their names."""
    keys = company.execute("select identifier, customer_key from identity.identifier_owners").fetchall()
    names = {key: PEOPLE[identifier] for identifier, key in keys if identifier in PEOPLE}

    def rows(sql: str) -> list[tuple[Any, ...]]:
        return [tuple(names.get(value, value) for value in row) for row in company.execute(sql).fetchall()]

    return rows


def money(*amounts: str | None) -> tuple[Decimal | None, ...]:
    return tuple(None if amount is None else Decimal(amount) for amount in amounts)


def test_numbers_with_one_address_are_one_person_and_shared_addresses_join_nobody(star):
    numbers = star(
        "select identifier, customer_key from identity.identifier_owners where kind = 'customer_id' order by 1"
    )
    assert dict(numbers) == {"C1": "Anna", "C2": "Anna", "C3": "Bert", "C4": "Vier", "C5": "Fuenf", "C99": "Stranger"}
    assert star("from identity.shared_identifiers") == [
        ("email", "info@firma.example", 2, "junk address"),
        ("visitor_id", "V2", 2, "seen with several customers"),
    ]
    sources = star("select source from star.bridge_customer_identity where identifier = 'bert@example.com' order by 1")
    assert sources == [("call_center",), ("external",), ("sales",)]


def test_a_person_has_a_version_for_each_change_of_any_of_their_records(star):
    versions = star(
        "select customer_key, valid_from, valid_to, is_current, name, phone, city, postcode, age_band, income_band"
        " from star.dim_customer where email in ('anna@example.com', 'bert@example.com') order by 1, valid_from"
    )
    february, march, january = at("2024-02-01"), at("2024-03-01 12:00"), at("2024-01-01")
    assert sorted(versions) == [
        ("Anna", BEGIN, february, False, "Anna Muster", "+491711234567", "Berlin", "10115", "25-34", None),
        ("Anna", february, march, False, "A. Muster", "+491711234567", None, None, "25-34", None),
        ("Anna", march, END, True, "Anna Muster", "+491711234567", "Hamburg", "20095", "25-34", "high"),
        ("Bert", BEGIN, january, False, "Berti", None, None, None, "35-44", None),
        ("Bert", january, END, True, "Bert", "+49407654321", None, None, "35-44", None),
    ]


def test_people_of_whom_there_is_no_record_are_customers_too(star):
    people = star("select customer_key, email, name from star.dim_customer where is_current order by 1")
    unrecorded = {person[0]: person[1:] for person in people if person[2] is None}
    assert unrecorded == {"Stranger": (None, None), "New": ("new@example.com", None)}
    assert len(people) == len(PEOPLE)


def test_a_product_keeps_its_history_whatever_the_order_of_arrival(star):
    assert star("select product_id, unit_cost, valid_from, valid_to from star.dim_product order by 1, valid_from") == [
        ("P1", Decimal(4), BEGIN, at("2024-02-15")),
        ("P1", Decimal(5), at("2024-02-15"), END),
        ("P2", None, BEGIN, END),
        ("P3", None, BEGIN, END),
    ]


def test_an_order_late_in_the_evening_belongs_to_the_next_day_in_berlin(star):
    # In winter 23:30 UTC is 00:30. Summer time began on 31 March: 22:30 UTC is 00:30 too.
    days = star("select order_id, ordered_on from star.fct_orders where order_id in ('O1', 'O2') order by 1")
    assert days == [("O1", date(2024, 2, 1)), ("O2", date(2024, 4, 1))]


def test_lines_cost_what_the_product_cost_then_unless_they_say_themselves(star):
    lines = star(
        "select order_id, line_number, gross_amount, discount_amount, net_amount, cost_amount, margin_amount,"
        " is_return, is_counted from star.fct_order_lines order by 1, 2"
    )
    assert lines == [
        ("O1", 1, *money("20", "1", "19", "8", "11"), False, True),
        ("O1", 2, *money("3.33", "0", "3.33", None, "3.33"), False, True),
        ("O2", 1, *money("30", "0", "30", "15", "15"), False, True),
        ("O3", 1, *money("10", "0", "10", "5", "5"), False, False),
        ("O4", 1, *money("-10", "-0.5", "-9.5", "-4", "-5.5"), True, True),
        ("O5", 1, *money("10", "0", "10", "7", "3"), False, True),
        ("O7", 1, *money("10", "0", "10", "16", "-6"), False, True),
        ("O7", 2, *money("-2.5", "0", "-2.5", "-4", "1.5"), True, True),
    ]


def test_lines_that_no_fact_can_hold_are_kept_apart(star):
    assert star("select order_id, reason, quantity, unit_price_amount from star.orphan_order_lines order by 1") == [
        ("O1", "its amount is absurd", 999_999_999, Decimal(99_999)),
        ("O99", "its order was never delivered", 1, Decimal(100)),
    ]


def test_orders_are_sales_returns_cancelled_or_empty(star):
    orders = star(
        "select order_id, customer_key, line_count, item_quantity, returned_quantity, net_amount, returned_amount,"
        " cost_amount, margin_amount, is_sale, is_return, is_cancelled from star.fct_orders order by 1"
    )
    assert orders == [
        ("O1", "Anna", 2, 3, 0, *money("22.33", "0", "8", "14.33"), True, False, False),
        ("O2", "Anna", 1, 3, 0, *money("30", "0", "15", "15"), True, False, False),
        ("O3", "Bert", 1, 1, 0, *money("10", "0", "5", "5"), False, False, True),
        ("O4", "Anna", 1, 0, 1, *money("-9.5", "9.5", "-4", "-5.5"), False, True, False),
        ("O5", None, 1, 1, 0, *money("10", "0", "7", "3"), True, False, False),
        ("O6", "Bert", 0, 0, 0, *money("0", "0", None, "0"), False, False, False),
        ("O7", None, 2, 4, 1, *money("7.5", "2.5", "12", "-4.5"), True, False, False),
    ]


def test_a_cancelled_order_says_when_it_was_first_cancelled(star):
    assert star("select order_id, status, cancelled_at, cancelled_on from star.fct_orders where is_cancelled") == [
        ("O3", "cancelled", at("2024-04-02 22:30"), date(2024, 4, 3)),  # half past midnight in Berlin
    ]


def test_thirty_minutes_of_silence_end_a_visit(star):
    sessions = star(
        "select events.event_id, sessions.customer_key, event_count, duration_seconds, product_view_count,"
        " has_purchase, landing_page, sessions.device, sessions.utm_source from star.fct_web_sessions as sessions"
        " join star.fct_web_events as events on sessions.session_key = events.web_event_key order by 1"
    )
    assert sessions == [
        ("E1", "Anna", 2, 1799, 0, False, "/start", "mobile", "news"),
        ("E3", "Anna", 1, 0, 1, False, "/p3", None, None),
        ("E4", None, 2, 60, 0, True, None, None, None),
        ("E6", None, 1, 0, 0, False, None, None, None),
        ("E7", "New", 1, 0, 0, False, None, None, None),
        ("E8", "New", 1, 0, 0, False, None, None, None),
        ("E9", None, 1, 0, 0, False, None, None, None),
        ("EA", "Bert", 1, 0, 0, False, None, None, None),
        ("EB", None, 1, 0, 0, False, None, None, None),
    ]


def test_each_event_goes_to_the_customer_it_names_and_a_shared_browser_to_nobody(star):
    assert star("select event_id, customer_key from star.fct_web_events order by 1") == [
        ("E1", "Anna"), ("E2", "Anna"), ("E3", "Anna"), ("E4", "Anna"), ("E5", "Bert"), ("E6", None), ("E7", "New"),
        ("E8", "New"), ("E9", None), ("EA", "Bert"), ("EB", None),
    ]  # fmt: skip


def test_callers_are_known_by_their_phone_and_calls_cost_time_and_line(star):
    assert star("select call_id, customer_key, is_abandoned, cost_amount from star.fct_calls order by 1") == [
        ("L1", "Anna", False, Decimal("1.10")),  # 100 s at 36 an hour, 0.10 for the line
        ("L2", None, True, Decimal("0.10")),
        ("L3", "Bert", False, Decimal("3.10")),  # 360 s at the settings' 30 an hour
    ]


def test_cases_count_hours_from_opening_and_cost_an_agent_s_minutes(star):
    cases = star(
        "select case_id, customer_key, hours_to_assign, hours_to_resolve, is_open, satisfaction, cost_amount"
        " from star.fct_cases order by 1"
    )
    assert cases == [
        ("S1", "Bert", 1.5, 24.0, False, 2, Decimal(12)),  # 20 minutes at 36 an hour
        ("S2", None, None, None, True, None, Decimal(10)),  # nobody has it yet: the settings' 30
    ]


def test_contacts_carry_their_cost_and_what_came_of_them(star):
    contacts = star(
        "select contact_id, contacts.customer_key, contacts.cost_amount, response_count, first_response_at, is_opened,"
        " is_purchased, orders.order_id from star.fct_campaign_contacts as contacts"
        " left join star.fct_orders as orders on contacts.response_order_key = orders.order_key order by 1"
    )
    assert contacts == [
        ("K1", "Anna", Decimal("0.02"), 2, at("2024-01-20 09:00"), True, True, "O1"),
        ("K2", "Bert", Decimal(0), 0, None, False, False, None),
        ("K3", "Dora", Decimal("1.2"), 1, at("2024-01-21 09:00"), False, True, None),
        ("K4", "Stranger", Decimal(0), 0, None, False, False, None),
    ]


def test_the_last_word_on_a_channel_is_current_whatever_number_said_it(star):
    current = star("select customer_key, channel, status from star.fct_consents where is_current order by 2")
    assert current == [("Anna", "email", "withdrawn"), ("Anna", "sms", "withdrawn")]


def test_an_opportunity_gathers_its_stages(star):
    assert star(
        "select customer_key, stage, outcome, amount, opened_at, qualified_at, proposed_at, closed_at, owner_id"
        " from star.fct_opportunities"
    ) == [
        ("Vier", "closed", "won", Decimal(200), at("2024-01-01 09:00"), None, at("2024-01-05 09:00"),
         at("2024-01-09 09:00"), "R1")
    ]  # fmt: skip


def test_a_survey_shows_the_gap(star):
    assert star("select customer_key, gap from star.fct_surveys") == [("Anna", -2)]


def test_the_timeline_holds_every_touch_of_a_known_customer_in_order(star):
    touches = star("select touched_at, kind, direction, summary, amount, customer_key from star.fct_touchpoints")
    timeline = [touch[:5] for touch in touches if touch[5] == "Anna"]
    assert [touch[0] for touch in timeline] == sorted(touch[0] for touch in timeline)
    assert sorted(timeline, key=str) == sorted(
        [
            (at("2024-01-10 08:00"), "consent", "in", "Consent to email granted", None),
            (at("2024-01-20 08:00"), "contact", "out", "email: Spring", None),
            (at("2024-01-20 09:00"), "response", "in", "Response: open", None),
            (at("2024-01-31 23:30"), "order", "in", "Order of 3 items", Decimal("22.3300")),
            (at("2024-01-31 23:30"), "response", "in", "Response: purchase", None),
            (at("2024-02-01 08:00"), "consent", "in", "Consent to email withdrawn", None),
            (at("2024-02-01 08:00"), "consent", "in", "Consent to sms granted", None),
            (at("2024-02-01 08:00"), "consent", "in", "Consent to sms withdrawn", None),
            (at("2024-02-01 09:00"), "call", "in", "Call about delivery", None),
            (at("2024-02-01 10:00"), "visit", "in", "Visit of 2 pages", None),
            (at("2024-02-01 10:59:59"), "visit", "in", "Visit of 1 page", None),
            (at("2024-02-10 12:00"), "return", "in", "Return of 1 item", Decimal("-9.5000")),
            (at("2024-02-20 08:00"), "survey", "in", "Survey on delivery: gap -2", None),
            (at("2024-03-31 22:30"), "order", "in", "Order of 3 items", Decimal("30.0000")),
        ],
        key=str,
    )
    assert None not in {touch[5] for touch in touches}


def test_months_add_up_what_a_customer_did_by_the_company_s_clock(star):
    months = star("select * from star.fct_customer_months order by month_on")
    assert [month[1:] for month in months if month[0] == "Anna"] == [
        (date(2024, 1, 1), 0, *money("0", "0", "0.02"), 0, 0, 0, 1),
        (date(2024, 2, 1), 1, *money("12.83", "8.83", "1.10"), 2, 1, 0, 0),
        (date(2024, 4, 1), 1, *money("30", "15", "0"), 0, 0, 0, 0),
    ]


def test_the_calendar_covers_every_fact_in_whole_years(star):
    assert star("select min(date_on), max(date_on) from star.dim_date") == [(date(2024, 1, 1), date(2025, 12, 31))]
    assert star("select year, quarter, month, week_start_on, iso_week, weekday, is_weekend, is_month_end"
                " from star.dim_date where date_on = '2024-03-31'") == [
        (2024, 1, 3, date(2024, 3, 25), 13, 7, True, True)
    ]  # fmt: skip


def test_campaigns_and_channels_are_known_even_when_nobody_described_them(star):
    assert star("select campaign_id, name from star.dim_campaign order by 1") == [("M1", "Spring"), ("M2", None)]
    assert star("select kind, channel, contact_cost_amount from star.dim_channel order by 1, 2") == [
        ("marketing", "email", Decimal("0.02")), ("marketing", "pigeon", Decimal(0)),
        ("marketing", "post", Decimal("0.95")), ("marketing", "sms", Decimal("0.08")), ("sales", "store", None),
        ("sales", "web", None), ("service", "email", None), ("service", "phone", None), ("web", "web", None),
    ]  # fmt: skip
