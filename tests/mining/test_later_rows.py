"""As of a date the answers of service and of the questions are the same whether or not later rows are there."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest

from mining.questions.buys_not import buys_a_not_b
from mining.questions.campaign_interest import campaign_interest
from mining.questions.new_customers import new_customers_worth
from mining.questions.person_or_machine import person_or_machine
from mining.questions.price_cuts import price_cut_response
from mining.questions.strategy_effect import strategy_effect
from mining.questions.web_growth import web_growth
from mining.questions.what_matters import what_matters_most
from mining.service import contact_costs, satisfaction_gaps
from mining.service_calls import calls_by_hour
from mining.service_cases import cases_as_of, closed_loop

AS_OF = date(2025, 6, 30)
MONEY = "decimal(18, 4)"
SCHEMAS: dict[str, dict[str, str]] = {
    "orders": {
        "customer_key": "int64", "ordered_on": "date", "channel": "string", "net_amount": MONEY, "margin_amount": MONEY,
        "item_quantity": "int64", "is_sale": "boolean", "is_cancelled": "boolean", "cancelled_at": "timestamp",
    },
    "lines": {
        "customer_key": "int64", "product_key": "int64", "ordered_on": "date", "channel": "string",
        "discount_amount": MONEY, "is_counted": "boolean", "is_return": "boolean",
    },
    "surveys": {
        "survey_key": "int64", "customer_key": "int64", "topic": "string", "answered_on": "date", "expected": "int64",
        "perceived": "int64",
    },
    "calls": {
        "customer_key": "int64", "started_at": "timestamp", "started_on": "date", "direction": "string",
        "agent_key": "int64", "queue_seconds": "int64", "talk_seconds": "int64", "outcome": "string",
        "is_abandoned": "boolean", "cost_amount": MONEY,
    },
    "cases": {
        "case_key": "int64", "case_id": "string", "customer_key": "int64", "agent_key": "int64", "channel": "string",
        "category": "string", "severity": "string", "opened_at": "timestamp", "opened_on": "date",
        "assigned_at": "timestamp", "resolved_at": "timestamp", "followed_up_at": "timestamp", "satisfaction": "int64",
        "cost_amount": MONEY,
    },
    "contacts": {
        "contact_key": "int64", "campaign_key": "int64", "customer_key": "int64", "contacted_on": "date",
        "channel": "string", "arm": "string", "cost_amount": MONEY, "first_response_at": "timestamp",
        "is_clicked": "boolean", "is_replied": "boolean", "is_redeemed": "boolean", "is_purchased": "boolean",
    },
}  # fmt: skip
DAYS = {"orders": "ordered_on", "lines": "ordered_on", "surveys": "answered_on", "calls": "started_on"}
DAYS |= {"cases": "opened_on", "contacts": "contacted_on"}


def drawn(seed: int) -> dict[str, list[dict[str, Any]]]:
    """A year before the date and a year after it, of eighty customers."""
    luck = random.Random(seed)

    def rows(name: str, count: int) -> list[dict[str, Any]]:
        return [row(name, number, AS_OF + timedelta(days=luck.randint(-400, 400))) for number in range(count)]

    def row(name: str, number: int, day: date) -> dict[str, Any]:
        at = datetime.combine(day, time(luck.randint(8, 20), luck.randint(0, 59)))

        def after(chance: float, hours: int) -> datetime | None:
            return at + timedelta(hours=luck.randint(1, hours)) if luck.random() < chance else None

        cancelled = after(0.1, 2400)
        amount = str(luck.randint(1, 90))
        facts: dict[str, Any] = dict.fromkeys(("survey_key", "case_key", "contact_key"), number)
        facts |= dict.fromkeys(DAYS.values(), day) | dict.fromkeys(("started_at", "opened_at"), at)
        facts |= {"customer_key": luck.randrange(80), "channel": luck.choice(["web", "store", "phone"])}
        facts |= dict.fromkeys(("net_amount", "margin_amount", "cost_amount"), amount)
        facts |= {"item_quantity": 1, "is_sale": cancelled is None, "is_cancelled": cancelled is not None}
        facts |= {
            "cancelled_at": cancelled,
            "product_key": luck.randrange(4),
            "case_id": str(number),
            "severity": "low",
        }
        facts |= {"discount_amount": luck.choice(["0", "2"]), "is_counted": True, "is_return": luck.random() < 0.1}
        facts |= {"topic": luck.choice(["price", "range"]), "expected": luck.randint(3, 7)}
        facts |= {"perceived": luck.randint(1, 7), "direction": luck.choice(["inbound", "outbound"])}
        facts |= {"agent_key": luck.randrange(3), "queue_seconds": luck.randint(0, 300), "talk_seconds": 60}
        facts |= {"outcome": "answered", "is_abandoned": False, "category": luck.choice(["complaint", "billing"])}
        facts |= {"assigned_at": after(0.9, 48), "resolved_at": after(0.8, 2000), "followed_up_at": None}
        facts |= {"satisfaction": None, "campaign_key": 1, "arm": luck.choice(["treatment", "control"])}
        facts |= {"first_response_at": after(0.5, 2000), "is_clicked": True}
        facts |= dict.fromkeys(("is_replied", "is_redeemed", "is_purchased"), False)
        return {column: facts[column] for column in SCHEMAS[name]}

    counts = {"orders": 900, "lines": 900, "surveys": 500, "calls": 500, "cases": 300, "contacts": 700}
    return {name: rows(name, count) for name, count in counts.items()}


def known(facts: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """What a source would have delivered by the end of the date: no later rows, no later instants."""
    end = datetime.combine(AS_OF + timedelta(days=1), time())

    def then(row: dict[str, Any]) -> dict[str, Any]:
        past = {name: None if isinstance(value, datetime) and value >= end else value for name, value in row.items()}
        if past.get("cancelled_at") is None and "cancelled_at" in row:
            past |= {"is_cancelled": False, "is_sale": True}
        if past.get("first_response_at") is None and "first_response_at" in row:
            past |= {"is_clicked": False}
        return past

    return {name: [then(row) for row in rows if row[DAYS[name]] <= AS_OF] for name, rows in facts.items()}


def tables(facts: dict[str, list[dict[str, Any]]]) -> dict[str, ir.Table]:
    loose = {
        name: {column: "string" if kind == MONEY else kind for column, kind in schema.items()}
        for name, schema in SCHEMAS.items()
    }
    return {name: ibis.memtable(rows, schema=loose[name]).cast(SCHEMAS[name]) for name, rows in facts.items()}


def people() -> ir.Table:
    rows = [
        {"customer_key": key, "age_years": 20 + key % 60, "age_band": ("young", "old")[key % 2], "signed_up_at": None}
        for key in range(80)
    ]
    schema = {"customer_key": "int64", "age_years": "int64", "age_band": "string", "signed_up_at": "timestamp"}
    return ibis.memtable(rows, schema=schema)


PRODUCTS = ibis.memtable([{"product_key": key, "category": ("tea", "cups")[key % 2]} for key in range(4)])
ASKED = {
    "new customers": lambda star: new_customers_worth(star["orders"], people(), as_of=AS_OF, age_months=3),
    "what matters": lambda star: what_matters_most(star["surveys"], people(), as_of=AS_OF),
    "web growth": lambda star: web_growth(star["orders"], as_of=AS_OF, around_days=60),
    "a not b": lambda star: buys_a_not_b(star["lines"], PRODUCTS, as_of=AS_OF, bought="tea", not_bought="cups"),
    "campaign": lambda star: campaign_interest(
        star["contacts"], people(), as_of=AS_OF, campaign_key=1, columns=["age_band"]
    ),
    "price cuts": lambda star: price_cut_response(star["lines"], PRODUCTS, people(), as_of=AS_OF),
    "person": lambda star: person_or_machine(star["orders"], star["calls"], star["cases"], people(), as_of=AS_OF),
    "strategy": lambda star: strategy_effect(star["contacts"], star["orders"], people(), as_of=AS_OF),
}
COUNTED = {
    "satisfaction": lambda star: satisfaction_gaps(star["surveys"], as_of=AS_OF),
    "calls": lambda star: calls_by_hour(star["calls"], as_of=AS_OF),
    "costs": lambda star: contact_costs(star["calls"], star["cases"], star["contacts"], as_of=AS_OF),
    "loop": lambda star: closed_loop(cases_as_of(star["cases"], as_of=AS_OF), as_of=AS_OF, by="category"),
}


@pytest.fixture(scope="module", params=[1, 2])
def both(request: pytest.FixtureRequest) -> tuple[dict[str, ir.Table], dict[str, ir.Table]]:
    facts = drawn(request.param)
    return tables(facts), tables(known(facts))


@pytest.mark.parametrize("name", ASKED)
def test_a_question_is_answered_as_it_was_then(both, name):
    everything, then = (ASKED[name](star) for star in both)
    assert everything.status == then.status
    assert everything.sentence == then.sentence
    assert everything.number == pytest.approx(then.number)
    if then.customers is not None:
        listed = [set(answer.customers.to_pyarrow()["customer_key"].to_pylist()) for answer in (everything, then)]
        assert listed[0] == listed[1]


@pytest.mark.parametrize("name", COUNTED)
def test_service_is_counted_as_it_was_then(both, name):
    found = [COUNTED[name](star).to_pyarrow().to_pylist() for star in both]
    rows = [sorted(str(sorted(rounded(row).items())) for row in table) for table in found]
    assert rows[0] == rows[1]
    assert rows[0]


def rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Floats to nine places: a sum depends on the order in which it is added up."""
    return {name: round(value, 9) if isinstance(value, float) else value for name, value in row.items()}
