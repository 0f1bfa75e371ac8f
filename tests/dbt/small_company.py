"""A company of a few dozen rows in which everything that can touch something else does so, from a seed."""

import random
import re
from datetime import datetime, timedelta
from typing import Any

import duckdb

from pipelines.contracts import contracts

Rows = dict[str, list[dict[str, Any]]]
BEGIN = datetime.fromisoformat("2024-01-30 20:00:00")
NUMBERS = [f"C{number}" for number in range(1, 9)]
EMAILS = [f"p{number}@example.com" for number in range(1, 6)] + ["info@firma.example"]
PHONES = ["0171 1234567", "0171 7654321"]
PRODUCTS = [f"P{number}" for number in range(1, 5)]
VISITORS = ["V1", "V2", "V3"]
OFFSET = 1000
"""Between the row numbers of one company and those of the next."""
NAMES = {
    "_id$|^subject$|^postcode$": "{0} || '-' || company",
    "^email$": "replace({0}, '@', '@of' || company || '.')",
    "^phone$": "replace({0}, ' ', ' ' || (company + 10))",
}
"""How each company writes an identifier as its own, by the columns that hold some."""


def rows(seed: int) -> Rows:
    """Rows by feed. No two contradict each other but by their version, so that their order of arrival is nothing."""
    chance = random.Random(seed)

    def at(days: float = 90) -> datetime:
        return BEGIN + timedelta(minutes=round(chance.random() * days * 1440))

    def some(values: list[Any]) -> Any:
        return chance.choice([*values, None])

    customers = [
        {"customer_id": number, "name": f"N{number}", "email": some(EMAILS), "phone": some(PHONES),
         "city": some(["Bonn", "Ulm"]), "postcode": some(["53111", "89073"]), "kind": "person", "updated_at": at()}
        for number in NUMBERS[:-1] for _ in range(chance.randint(1, 3))
    ]  # fmt: skip
    prospects = [
        {"prospect_id": number, "email": some(EMAILS), "age_band": some(["25-34"]), "updated_at": at()}
        for number in ("Q1", "Q2") for _ in range(2)
    ]  # fmt: skip
    orders = [
        {"order_id": f"O{number}", "customer_id": customer, "ordered_at": ordered_at, "channel": channel,
         "campaign_id": campaign, "status": chance.choice(["placed", "cancelled", "completed"]),
         "updated_at": ordered_at + timedelta(hours=hours)}
        for number in range(12)
        for customer, ordered_at, channel, campaign in [(some(NUMBERS), at(), some(["web"]), some(["M1", "M2"]))]
        for hours in range(chance.randint(1, 3))
    ]  # fmt: skip
    lines = [
        {"order_id": f"O{chance.randint(0, 13)}", "line_number": number, "product_id": some(PRODUCTS),
         "quantity": chance.choice([1, 2, -1]), "unit_price": chance.choice(["9.99", "99999999999"] + ["5"] * 8),
         "unit_cost": some(["2"])}
        for number in range(25)
    ]  # fmt: skip
    events = [
        {"event_id": f"E{number}", "visitor_id": chance.choice(VISITORS), "occurred_at": at(0.2),
         "event_type": "page_view", "customer_id": chance.choice([None] * 6 + NUMBERS),
         "email": chance.choice([None] * 6 + EMAILS), "product_id": some(PRODUCTS), "page": f"/{number}"}
        for number in range(24)
    ]  # fmt: skip
    return {
        "sales.customers": customers,
        "external.prospects": prospects,
        "sales.orders": orders,
        "sales.order_lines": lines,
        "web.events": events,
        "external.demographics": [
            {"subject_kind": "customer_id", "subject": "C1", "age_band": "35-44"},
            {"subject_kind": "postcode", "subject": "53111", "income_band": "high"},
        ],
        "sales.products": [
            {"product_id": product, "unit_cost": some(["3", "4"]), "list_price": "9", "updated_at": at()}
            for product in PRODUCTS[:-1] for _ in range(3)
        ],
        "sales.opportunities": [
            {"opportunity_id": f"D{number % 3}", "changed_at": at(), "customer_id": some(NUMBERS), "stage": stage,
             "amount": some([100, 200])}
            for number, stage in enumerate(["lead", "proposal", "closed"] * 2)
        ],
        "call_center.agents": [{"agent_id": "A1", "cost_per_hour": "50"}],
        "call_center.calls": [
            {"call_id": f"L{number}", "started_at": at(), "direction": "inbound", "phone": some(PHONES),
             "customer_id": some(NUMBERS), "agent_id": some(["A1", "A2"]), "talk_seconds": 60}
            for number in range(6)
        ],
        "call_center.cases": [
            {"case_id": f"S{number % 3}", "email": some(EMAILS), "phone": some(PHONES),
             "agent_id": some(["A1"]), "channel": some(["email"]), "opened_at": at(), "updated_at": at()}
            for number in range(5)
        ],
        "marketing.campaigns": [{"campaign_id": "M1", "name": "Spring", "channel": "email"}],
        "marketing.contacts": [
            {"contact_id": f"K{number}", "campaign_id": some(["M1", "M2"]),
             "customer_id": chance.choice([*NUMBERS, "Q1"]), "contacted_at": at(), "channel": "email",
             "arm": chance.choice(["treatment", "control"])}
            for number in range(8)
        ],
        "marketing.responses": [
            {"response_id": f"R{number}", "contact_id": f"K{chance.randint(0, 9)}", "responded_at": at(),
             "kind": chance.choice(["open", "purchase"]), "order_id": some([f"O{chance.randint(0, 13)}"])}
            for number in range(8)
        ],
        "marketing.consents": [
            {"customer_id": customer, "channel": "email", "changed_at": BEGIN + timedelta(days=day), "status": status}
            for day, customer, status in [
                (1, "C1", "granted"), (1, "C2", "withdrawn"), (2, "C3", "granted"), (3, "Q1", "granted"),
                (4, "C9", "granted"),
            ]
        ],
        "marketing.surveys": [
            {"survey_id": "Y1", "customer_id": customer, "answered_at": at(), "topic": "price", "expected": 5,
             "perceived": chance.randint(1, 7)}
            for customer in ("C1", "Q2")
        ],
    }  # fmt: skip


def multiply(connection: duckdb.DuckDBPyConnection, companies: int) -> None:
    """So many companies in the place of the one in schema raw, alike but for every identifier: no two share any."""
    for contract in contracts().values():
        own = [
            f"{new.format(column.name)} as {column.name}"
            for column in contract.columns
            for pattern, new in NAMES.items()
            if re.search(pattern, column.name)
        ]
        replaced = ", ".join([*own, f"_row + company * {OFFSET} as _row"])
        connection.execute(
            f"create or replace table raw.{contract.table} as select * exclude (company) replace ({replaced})"
            f" from raw.{contract.table}, range({companies}) as companies (company)"
        )
