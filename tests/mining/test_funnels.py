"""The sales and web funnels and prospects by hand; later rows change nothing."""

from datetime import date, datetime, timedelta

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mining.funnels import open_opportunities, opportunities_as_of, sales_forecast, sales_funnel, win_rates
from mining.intervals import wilson
from mining.prospects import prospect_interests, searched_terms, sought_categories
from mining.web_funnel import orders_after_visits, web_funnel

AS_OF = date(2025, 12, 31)
NOON = datetime.fromisoformat("2025-12-31 12:00")
OPPORTUNITIES = {
    "opportunity_key": "int64", "customer_key": "int64", "amount": "decimal(18, 2)", "opened_at": "timestamp",
    "qualified_at": "timestamp", "proposed_at": "timestamp", "negotiated_at": "timestamp", "closed_at": "timestamp",
    "outcome": "string", "expected_close_on": "date", "owner_id": "string", "lead_source": "string",
}  # fmt: skip


def table_of(rows, schema):
    return ibis.memtable([dict(zip(schema, row, strict=True)) for row in rows], schema=schema)


def ago(days):
    return None if days is None else NOON - timedelta(days=days)


def opportunity(key, amount, stages, closed=None, outcome=None, due=None):
    """Days ago of the stages from lead to negotiation."""
    instants = [ago(days) for days in [*stages, *[None] * (4 - len(stages))]]
    return (key, key, amount, *instants, ago(closed), outcome, due, "me", "web")


def opened(*rows, as_of=AS_OF):
    return opportunities_as_of(table_of(rows, OPPORTUNITIES), as_of=as_of)


def rows_of(table, *order):
    return table.order_by(*order).to_pyarrow().to_pylist()


PIPELINE = [
    opportunity(1, 100, [40, 30, 20, 10], closed=5, outcome="won"),
    opportunity(2, 100, [40, 36], closed=30, outcome="lost"),
    opportunity(3, 100, [40, None, 20], closed=5, outcome="lost"),
    opportunity(4, 50, [12]),
    opportunity(5, 70, [12, 2]),
]


def test_what_came_later_is_undone():
    then = AS_OF - timedelta(days=15)
    rows = {row["opportunity_key"]: row for row in rows_of(opened(*PIPELINE, as_of=then), "opportunity_key")}
    assert set(rows) == {1, 2, 3}
    assert (rows[1]["furthest_stage"], rows[1]["is_closed"], rows[1]["outcome"]) == (3, False, None)
    assert (rows[2]["furthest_stage"], rows[2]["is_closed"], rows[2]["outcome"]) == (2, True, "lost")


def test_the_funnel_by_hand():
    rows = rows_of(sales_funnel(opened(*PIPELINE), as_of=AS_OF), "place")
    found = [(row["reached_count"], row["gone_on_count"], row["lost_count"], row["present_count"]) for row in rows]
    # The skipped stage of 3 counts as reached; 1 is won from negotiation.
    assert found == [(5, 4, 0, 1), (4, 2, 1, 1), (2, 1, 1, 0), (1, 1, 0, 0)]
    assert (rows[1]["conversion_share"], rows[1]["conversion_low"]) == pytest.approx(wilson(2, 3)[:2])
    # As leads: 10, 4, 20 (3 skipped on to the proposal) and 10 days.
    assert rows[0]["median_days"] == pytest.approx(10)
    # Opened twelve and a half days before the day was over; nothing open in the third.
    assert rows[0]["median_age_days"] == pytest.approx(12.5)
    assert (rows[2]["median_age_days"], rows[2]["funnel_status"]) == (None, "too few")


def test_win_rates_by_stage_or_of_all_or_none():
    won = [opportunity(n, 100, [40, 30, 20, 10], closed=5, outcome="won") for n in range(6)]
    lost = [opportunity(n + 20, 100, [40], closed=5, outcome="lost") for n in range(6)]
    rates = rows_of(win_rates(opened(*won, *lost), as_of=AS_OF), "place")
    assert [(row["win_basis"], row["closed_count"], row["won_count"]) for row in rates] == [
        ("own stage", 12, 6), *[("all stages", 12, 6)] * 3
    ]  # fmt: skip
    assert [row["win_basis"] for row in rows_of(win_rates(opened(*won), as_of=AS_OF), "place")] == ["too few"] * 4
    assert rows_of(win_rates(opened(*won), as_of=AS_OF), "place")[0]["win_low"] is None
    long_ago = win_rates(opened(*won, *lost), as_of=date(2028, 12, 31))
    assert rows_of(long_ago, "place")[0]["win_basis"] == "too few"


def test_the_forecast_is_amounts_times_chances():
    won = [opportunity(n, 100, [40, 30, 20, 10], closed=5, outcome="won") for n in range(5)]
    lost = [opportunity(n + 20, 100, [40], closed=5, outcome="lost") for n in range(15)]
    still = [
        opportunity(50, 1000, [9], due=date(2026, 2, 3)),
        opportunity(51, 400, [9], due=date(2025, 12, 1)),
        opportunity(52, None, [9]),
    ]
    known = opened(*won, *lost, *still)
    forecast = sales_forecast(open_opportunities(known, win_rates(known, as_of=AS_OF)), as_of=AS_OF)
    rows = {row["close_month"]: row for row in rows_of(forecast, "close_month")}
    assert {name: row["expected_amount"] for name, row in rows.items()} == pytest.approx(
        {"2026-02": 250, "overdue": 100, "no date": 0, "all": 350}
    )
    assert (rows["all"]["open_count"], rows["all"]["unrated_count"]) == (3, 1)
    # Chance 5 of 20. Own luck (1000^2 + 400^2) x 3 / 16; learnt 1400^2 x 6 / 22 x 16 / 22 / 22.
    error = (1_160_000 * 3 / 16 + 1_960_000 * 6 * 16 / 22**3) ** 0.5
    assert rows["all"]["expected_high"] == pytest.approx(350 + 1.959964 * error)
    assert rows["all"]["expected_low"] == 0


SESSIONS = {
    "session_key": "int64", "customer_key": "int64", "started_on": "date", "product_view_count": "int64",
    "has_cart": "boolean", "has_purchase": "boolean", "device": "string",
}  # fmt: skip
EVENTS = {
    "session_key": "int64", "visitor_id": "string", "customer_key": "int64", "occurred_on": "date",
    "occurred_at": "timestamp", "event_type": "string", "product_key": "int64", "search_term": "string",
}  # fmt: skip


def event(session, kind, days=1, customer=None, product=None, term=None, visitor=None, minute=0):
    at = ago(days) + timedelta(minutes=minute)
    return (session, visitor or f"v{session}", customer, at.date(), at, kind, product, term)


def test_the_web_funnel_by_hand():
    day = AS_OF - timedelta(days=1)
    sessions = [
        (1, None, day, 0, False, False, "mobile"), (2, None, day, 2, False, False, "mobile"),
        (3, None, day, 0, True, False, None), (4, None, day, 0, False, False, None),
        (5, None, day, 0, False, True, None), (6, None, AS_OF + timedelta(days=1), 9, True, True, None),
    ]  # fmt: skip
    table, events = table_of(sessions, SESSIONS), table_of([event(4, "checkout"), event(4, "checkout")], EVENTS)
    rows = rows_of(web_funnel(table, events, as_of=AS_OF), "place")
    assert [row["session_count"] for row in rows] == [5, 4, 3, 2, 1]
    assert (rows[4]["of_visits_share"], rows[4]["of_step_share"], rows[0]["of_step_share"]) == (0.2, 0.5, None)
    assert rows[0]["funnel_status"] == "too few"
    by_device = web_funnel(table, events, as_of=AS_OF, by="device")
    assert [row["session_count"] for row in rows_of(by_device, "group_name", "place")] == [2, 1, 0, 0, 0, 3, 3, 3, 2, 1]


SALES = {
    "customer_key": "int64", "ordered_on": "date", "channel": "string", "item_quantity": "int64",
    "is_sale": "boolean", "is_cancelled": "boolean", "cancelled_at": "timestamp",
}  # fmt: skip


def sales(*rows):
    return table_of([(*row, 1, True, False, None) for row in rows], SALES)


def test_orders_after_visits_by_hand():
    def day(n):
        return AS_OF - timedelta(days=n)

    visits = [
        (n, key, day(days), 0, False, False, None)
        for n, (key, days) in enumerate([(1, 20), (1, 20), (2, 20), (3, 20), (4, 5)])
    ]
    orders = sales((1, day(13), "store"), (2, day(12), "web"), (3, day(20), "web"), (3, day(19), "store"))
    rows = rows_of(orders_after_visits(table_of(visits, SESSIONS), orders, as_of=AS_OF), "channel")
    # 2 came a day too late; the time of 4 is not over.
    assert [(row["channel"], row["visit_day_count"]) for row in rows] == [("no order", 1), ("store", 1), ("web", 1)]
    assert rows[0]["visit_day_share"] == pytest.approx(1 / 3)


PRODUCTS = {"product_key": "int64", "category": "string"}


def test_prospects_and_what_they_looked_for():
    people = table_of([(1,), (2,), (3,)], {"customer_key": "int64"})
    events = table_of(
        [
            event(1, "product_view", 9, 1, 10), event(1, "product_view", 9, 1, 11), event(2, "product_view", 8, 1, 20),
            event(2, "search", 8, 1, term=" Tea "), event(2, "search", 9, 1, term="mug"), event(2, "add_to_cart", 8, 1),
            event(3, "product_view", 9, 3, 10), event(4, "product_view", -1, 2, 10),
        ],
        EVENTS,
    )  # fmt: skip
    orders = sales((3, AS_OF, "web"), (2, AS_OF + timedelta(days=1), "web"))
    products = table_of([(10, "beans"), (11, "beans"), (20, "tea")], PRODUCTS)
    rows = rows_of(prospect_interests(people, orders, events, products, as_of=AS_OF), "customer_key")
    assert [row["customer_key"] for row in rows] == [1, 2]
    assert (rows[0]["visit_count"], rows[0]["view_count"], rows[0]["search_count"]) == (2, 3, 2)
    assert (rows[0]["main_category"], rows[0]["last_search"], rows[0]["has_cart"]) == ("beans", "tea", True)
    assert (rows[1]["visit_count"], rows[1]["main_category"], rows[1]["last_seen_on"]) == (0, None, None)
    sought = rows_of(sought_categories(events, products, orders, as_of=AS_OF), "category")
    # Both who looked at beans had bought nothing then; one has since.
    assert [(row["category"], row["looker_count"], row["buyer_count"]) for row in sought] == [
        ("beans", 2, 1),
        ("tea", 1, 0),
    ]


def test_terms_and_whether_they_led_anywhere():
    rows = [event(n, "search", term="Mug", visitor=f"v{n}") for n in range(4)]
    rows += [event(0, "product_view", minute=1), event(1, "product_view", minute=-1), event(9, "search", term="rare")]
    [row] = rows_of(searched_terms(table_of(rows, EVENTS), as_of=AS_OF, min_visitors=2), "search_term")
    assert (row["search_term"], row["visitor_count"]) == ("mug", 4)
    assert (row["search_session_count"], row["found_session_count"]) == (4, 1)


STAGES = st.tuples(*[st.one_of(st.none(), st.integers(0, 100))] * 4)


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(STAGES, st.one_of(st.none(), st.integers(0, 100))), min_size=1, max_size=8), st.integers(0, 99)
)
def test_what_happens_later_changes_nothing(drawn, days):
    as_of = AS_OF - timedelta(days=days)

    def known(day):
        return day if day is not None and day >= days else None

    everything, then = [], []
    for key, (stages, closed) in enumerate(drawn):
        began = max([100, *(day for day in stages if day is not None)])
        later = [began, *stages[:3]]
        everything.append(opportunity(key, 10, later, closed=closed, outcome=None if closed is None else "won"))
        shut = known(closed)
        then.append(
            opportunity(key, 10, [known(day) for day in later], closed=shut, outcome=None if shut is None else "won")
        )
    tables = [opened(*rows, as_of=as_of) for rows in (everything, then)]
    assert rows_of(tables[0], "opportunity_key") == rows_of(tables[1], "opportunity_key")
    funnels = [rows_of(sales_funnel(table, as_of=as_of), "place") for table in tables]
    assert funnels[0] == funnels[1]
    for row in funnels[0]:
        assert row["reached_count"] == row["gone_on_count"] + row["lost_count"] + row["present_count"]
