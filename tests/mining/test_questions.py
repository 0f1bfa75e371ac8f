"""Each question by hand or on customers whose answer is known; too little data and missing feeds are said aloud."""

from datetime import date, datetime, timedelta

import ibis
import pytest

from mining.intervals import Sample, newcombe, welch, wilson
from mining.questions.age_worth import young_customers_worth
from mining.questions.buys_not import buys_a_not_b
from mining.questions.campaign_interest import campaign_interest
from mining.questions.catalogue import QUESTIONS
from mining.questions.new_customers import new_customers_worth
from mining.questions.person_or_machine import person_or_machine
from mining.questions.price_cuts import price_cut_response
from mining.questions.strategy_effect import strategy_effect
from mining.questions.value_by_place import value_by_place
from mining.questions.web_growth import web_growth
from mining.questions.what_matters import what_matters_most

AS_OF = date(2025, 12, 31)
NOON = datetime.fromisoformat("2025-12-31 12:00")
ORDERS = {
    "customer_key": "int64", "ordered_on": "date", "channel": "string", "net_amount": "decimal(18, 4)",
    "margin_amount": "decimal(18, 4)", "item_quantity": "int64", "is_sale": "boolean",
    "is_cancelled": "boolean", "cancelled_at": "timestamp",
}  # fmt: skip


def table_of(rows, schema):
    return ibis.memtable([dict(zip(schema, row, strict=True)) for row in rows], schema=schema)


def ago(days):
    return AS_OF - timedelta(days=days)


def order(customer, days, amount=10, channel="store"):
    return (customer, ago(days), channel, amount, amount, 1, True, False, None)


def orders_of(*rows):
    return table_of(rows, ORDERS)


def rows_of(table):
    return table.to_pyarrow().to_pylist()


def keys_of(answer):
    return sorted(answer.customers.to_pyarrow()["customer_key"].to_pylist())


def signed(*rows):
    schema = {"customer_key": "int64", "signed_up_at": "timestamp"}
    return table_of([(key, None if days is None else NOON - timedelta(days=days)) for key, days in rows], schema)


def cohorts(*more):
    """Forty existing customers of 10 and 12 in six months, forty new ones of 20 and 22; a first order long before."""
    rows = [order(900, 1000)]
    for n in range(40):
        rows += [order(n, 500, 10), order(n, 450, 2 * (n % 2)), order(n, 319, 99)]
        rows += [order(100 + n, 300, 20), order(100 + n, 121, 2 * (n % 2)), order(100 + n, 120, 99)]
    return orders_of(*rows, *more)


def test_new_and_existing_customers_at_the_same_age():
    # 319 and 120 days ago are ages of 181 and 180 days: beyond the six months of 30 days.
    answer = new_customers_worth(cohorts(order(100, -1, 1000)), signed((900, 1001)), as_of=AS_OF, new_days=200)
    spread = (40 / 39) ** 0.5
    assert answer.number == pytest.approx(welch(Sample(21, spread, 40), Sample(11, spread, 40))[0])
    assert keys_of(answer) == list(range(100, 140))
    chart = {(row["label"], row["month"]): row["value"] for row in rows_of(answer.chart)}
    assert (chart["new", 1], chart["new", 6], chart["existing", 1]) == pytest.approx((20, 21, 10))


def test_whose_first_orders_are_not_on_record_is_left_out():
    everybody = signed(*[(n, 1001) for n in range(20)])
    answer = new_customers_worth(cohorts(), everybody, as_of=AS_OF, new_days=200)
    assert answer.status == "too little data"
    assert "40 new and 20 existing" in answer.sentence
    assert (answer.number, answer.chart) == (None, None)


SURVEYS = {"customer_key": "int64", "topic": "string", "answered_on": "date", "expected": "int64", "perceived": "int64"}


def test_what_is_expected_most():
    rows = [
        (n, topic, ago(5), expected + n % 2, 4) for n in range(40) for topic, expected in (("price", 4), ("quality", 6))
    ]
    rows += [(n, "range", ago(5), 7, 7) for n in range(5)] + [(n, "price", ago(-1), 7, 7) for n in range(40)]
    important = table_of([(n,) for n in range(36)], {"customer_key": "int64"})
    answer = what_matters_most(table_of(rows, SURVEYS), important, as_of=AS_OF)
    # Of 36 half expect 6 and half 7 of quality; what they get is 4.
    assert (answer.number.estimate, [row["label"] for row in rows_of(answer.chart)]) == (6.5, ["quality", "price"])
    assert [row["gap"] for row in rows_of(answer.chart)] == [-2.5, -0.5]
    assert "cannot be told apart" not in answer.sentence
    assert keys_of(answer) == list(range(36))
    nobody = what_matters_most(table_of([], SURVEYS), important, as_of=AS_OF)
    assert (nobody.status, nobody.missing_feeds) == ("missing feed", ("marketing.surveys",))


MARGINS = {"customer_key": "int64", "net_margin": "decimal(18, 4)"}


def test_the_young_against_the_others():
    margins = table_of([(n, 10 + n % 2 if n < 40 else 20 + n % 2) for n in range(90)], MARGINS)
    people = {"customer_key": "int64", "age_years": "int64"}
    answer = young_customers_worth(margins, table_of([(n, 34 if n < 40 else 35) for n in range(80)], people))
    spread = (40 * 0.25 / 39) ** 0.5
    assert answer.number == pytest.approx(welch(Sample(10.5, spread, 40), Sample(20.5, spread, 40))[0])
    assert answer.sentence.endswith("less.")
    unknown = young_customers_worth(margins, table_of([(n, None) for n in range(80)], people))
    assert (unknown.status, unknown.missing_feeds) == ("missing feed", ("sales.customers",))
    few = young_customers_worth(margins, table_of([(n, 20) for n in range(80)], people))
    assert (few.status, "80 buyers under 35 and 0 others" in few.sentence) == ("too little data", True)


def turned_to_the_web(extra):
    """Forty who turn to the web and forty who do not; the former then spend `extra` more, moved from the store."""
    rows = [order(999, 900)]
    for n in range(80):
        rows += [order(n, 400, 10), order(n, 300, 50, "web" if n < 40 else "store")]
        rows += [order(n, 200, 10 + extra + n % 2, "web") if n < 40 else order(n, 200, 10 + n % 2)]
    return orders_of(*rows)


def test_growth_and_moving_are_told_apart():
    answer = web_growth(turned_to_the_web(5), as_of=AS_OF)
    bars = {row["label"]: row["value"] for row in rows_of(answer.chart)}
    # In all 5 more than their match; outside the web they lose the 10.5 that the match goes on to spend.
    assert bars == pytest.approx({"all channels": 5, "outside the web": -10.5})
    assert "business grows" in answer.sentence
    assert keys_of(answer) == list(range(40))
    assert "no growth can be seen" in web_growth(turned_to_the_web(0), as_of=AS_OF).sentence
    early = web_growth(turned_to_the_web(5), as_of=ago(150))
    assert early.status == "too little data"


LINES = {
    "customer_key": "int64", "product_key": "int64", "ordered_on": "date", "channel": "string",
    "discount_amount": "decimal(18, 4)", "is_counted": "boolean", "is_return": "boolean",
}  # fmt: skip
PRODUCTS = table_of([(1, "beans"), (2, "tea"), (3, "mugs")], {"product_key": "int64", "category": "string"})


def line(customer, product, days=5, discount=0, counted=True, back=False):
    return (customer, product, ago(days), "web", discount, counted, back)


def test_who_buys_one_and_not_the_other():
    rows = [line(1, 1), line(1, 2), line(2, 1), line(2, 2, counted=False), line(3, 1), line(3, 2, back=True)]
    rows += [line(4, 2), line(5, 1, days=400), line(None, 1), line(2, 2, days=-1)]
    answer = buys_a_not_b(table_of(rows, LINES), PRODUCTS, as_of=AS_OF, bought="beans", not_bought="tea")
    assert (answer.number, keys_of(answer)) == (wilson(2, 3), [2, 3])
    assert [row["size"] for row in rows_of(answer.chart)] == [1, 2, 1]
    nobody = buys_a_not_b(table_of(rows, LINES), PRODUCTS, as_of=AS_OF, bought="mugs", not_bought="tea")
    assert nobody.status == "too little data"


CONTACTS = {
    "contact_key": "int64", "campaign_key": "int64", "customer_key": "int64", "contacted_on": "date", "arm": "string",
    "cost_amount": "decimal(18, 4)", "first_response_at": "timestamp", "is_clicked": "boolean",
    "is_replied": "boolean", "is_redeemed": "boolean", "is_purchased": "boolean",
}  # fmt: skip


def contact(customer, arm="treatment", clicked=False, campaign=7, days=60, cost=1):
    at = NOON - timedelta(days=days) if clicked else None
    return (customer, campaign, customer, ago(days), arm, cost, at, clicked, False, False, False)


def test_who_answers_a_campaign_most():
    rows = [contact(n, clicked=n % 40 < (20 if n < 40 else 4)) for n in range(80)] + [
        contact(90, clicked=True, campaign=8)
    ]
    rows += [contact(91, arm="control", clicked=True), contact(92, days=-1, clicked=True)]
    attributes = table_of(
        [(n, "north" if n < 40 else "south") for n in range(80)], {"customer_key": "int64", "region": "string"}
    )
    answer = campaign_interest(table_of(rows, CONTACTS), attributes, as_of=AS_OF, campaign_key=7, columns=["region"])
    assert answer.number == pytest.approx(wilson(20, 40))
    assert [(row["label"], row["size"]) for row in rows_of(answer.chart)] == [
        ("region: north", 40),
        ("region: south", 40),
    ]
    assert (rows_of(answer.chart)[0]["difference"], keys_of(answer)) == (pytest.approx(0.4), list(range(40)))
    few = campaign_interest(table_of(rows, CONTACTS), attributes, as_of=AS_OF, campaign_key=8, columns=["region"])
    assert few.status == "too little data"


def test_value_by_region():
    margins = table_of([(n, (30 if n < 40 else 10) + n % 2) for n in range(120)], MARGINS)
    schema = {"customer_key": "int64", "region": "string", "gender": "string"}
    people = table_of(
        [(n, "north" if n < 40 else "south" if n < 115 else None, "ff"[n % 2]) for n in range(120)], schema
    )
    answer = value_by_place(margins, people, columns=["region", "gender"])
    # Those without a region are no others; a gender that all have has none to hold it against.
    assert [row["label"] for row in rows_of(answer.chart)] == ["region: north", "region: south"]
    assert answer.number.estimate == pytest.approx(30.5 - (10 + 37 / 75), abs=1e-9)
    assert keys_of(answer) == list(range(40))


def test_ages_and_price_cuts():
    # In each month as many lines of young and old; of the young's two in three are cut, of the old's one in three.
    rows = [line(n, 1, days=5, discount=int(k < 2)) for n in range(40) for k in range(3)]
    rows += [line(100 + n, 1, days=5, discount=int(k < 1)) for n in range(40) for k in range(3)]
    # In another category nothing is cut: nobody could have taken it up.
    rows += [line(n, 2, days=5) for n in range(40)]
    schema = {"customer_key": "int64", "age_years": "int64"}
    people = table_of([(n, 20) for n in range(40)] + [(100 + n, 70) for n in range(40)], schema)
    answer = price_cut_response(table_of(rows, LINES), PRODUCTS, people, as_of=AS_OF)
    assert [(row["label"], row["value"]) for row in rows_of(answer.chart)] == [
        ("under 25", pytest.approx(4 / 3)), ("65 and over", pytest.approx(2 / 3))
    ]  # fmt: skip
    # Every customer of an age did the same: no spread at all.
    assert (answer.number.low, answer.number.high) == pytest.approx((4 / 3, 4 / 3))


CALLS = {"customer_key": "int64", "started_on": "date", "direction": "string"}
CASES = {"customer_key": "int64", "opened_on": "date", "channel": "string"}


def test_who_prefers_a_person():
    # Ten in a store each; ten on the web each; five and five.
    rows = [
        order(n, 5 + k, channel="store" if n < 20 or (n >= 40 and k < 5) else "web")
        for n in range(60)
        for k in range(10)
    ]
    rows += [order(200, 5 + k) for k in range(3)]
    calls = table_of([(200, ago(5), "inbound"), (200, ago(5), "outbound"), (200, ago(-1), "inbound")], CALLS)
    people = table_of(
        [(n, "old" if n < 20 else "young") for n in range(60)], {"customer_key": "int64", "age_band": "string"}
    )
    answer = person_or_machine(orders_of(*rows), calls, table_of([], CASES), people, as_of=AS_OF)
    assert (answer.number, keys_of(answer)) == (wilson(20, 60), list(range(20)))
    cases = table_of([(200, ago(5), "store")], CASES)
    with_case = person_or_machine(orders_of(*rows), calls, cases, people, as_of=AS_OF)
    # Three orders, a call and a case in a store make five contacts: all five with a person, low end above one half.
    assert keys_of(with_case) == [*range(20), 200]


def test_did_the_strategy_work():
    rows = [contact(n) for n in range(50)] + [contact(50 + n, arm="control", cost=0) for n in range(40)]
    rows += [contact(200, days=10), contact(300)]
    orders = [order(n, 60 - n % 2, 10) for n in range(25)] + [order(50 + n, 60, 10) for n in range(10)]
    orders += [order(30, 30, 99), order(31, 61, 99)]
    members = table_of([(n,) for n in range(210)], {"customer_key": "int64"})
    answer = strategy_effect(table_of(rows, CONTACTS), orders_of(*orders), members, as_of=AS_OF)
    # Half of 50 bought for 10, cost 1; a quarter of 40 for 10 without cost. Day 30 is over, the day before too early.
    sent, kept = Sample(4, (50 * 25 / 49) ** 0.5, 50), Sample(2.5, (40 * 18.75 / 39) ** 0.5, 40)
    assert answer.number == pytest.approx(welch(sent, kept)[0])
    assert f"{100 * newcombe(25, 50, 10, 40).estimate:.1f} %" in answer.sentence
    assert keys_of(answer) == list(range(50))
    alone = strategy_effect(table_of(rows[:50], CONTACTS), orders_of(*orders), members, as_of=AS_OF)
    assert (alone.status, alone.missing_feeds) == ("missing feed", ("marketing.contacts",))
    assert "control group" in alone.sentence


def test_ten_questions_each_with_its_own_function():
    assert len({question.key for question in QUESTIONS}) == len({question.ask for question in QUESTIONS}) == 10


def test_every_answer_has_a_query_that_can_be_read():
    answer = buys_a_not_b(table_of([line(1, 1)], LINES), PRODUCTS, as_of=AS_OF, bought="beans", not_bought="tea")
    assert "SELECT" in ibis.to_sql(answer.query)
    assert answer.definition
    assert answer.method
