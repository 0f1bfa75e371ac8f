"""First weeks, weekly sales and contact outcomes, each worked by hand."""

from datetime import date, datetime, timedelta

import ibis
import pytest

from mining.contact_outcomes import ATTRIBUTES, contact_outcomes
from mining.newcomers import first_weeks
from mining.weekly_sales import NEWCOMERS, weekly_sales

AS_OF = date(2025, 6, 30)
ORDERS = {
    "customer_key": "int64", "ordered_at": "timestamp", "ordered_on": "date", "channel": "string",
    "gross_amount": "decimal(18, 4)", "discount_amount": "decimal(18, 4)", "net_amount": "decimal(18, 4)",
    "item_quantity": "decimal(18, 3)", "is_sale": "boolean", "is_cancelled": "boolean", "cancelled_at": "timestamp",
}  # fmt: skip


def table(rows, schema):
    loose = {name: "string" if kind.startswith("decimal") else kind for name, kind in schema.items()}
    return ibis.memtable([{name: row.get(name) for name in schema} for row in rows], schema=loose).cast(schema)


def order(customer, day, gross="10", discount="0", channel="web", quantity="1", **more):
    net = str(float(gross) - float(discount))
    sale = {"is_sale": float(quantity) > 0, "is_cancelled": False}
    return {
        "customer_key": customer, "ordered_at": datetime.fromisoformat(f"{day} 10:00"),
        "ordered_on": date.fromisoformat(day), "channel": channel, "gross_amount": gross, "discount_amount": discount,
        "net_amount": net, "item_quantity": quantity, **sale, **more,
    }  # fmt: skip


def test_first_weeks_worked_by_hand():
    rows = [
        order(1, "2025-05-01", "20", "5", quantity="3"),
        order(1, "2025-05-30", "30", channel="store"),  # the thirtieth day
        order(1, "2025-05-31", "99"),  # one too late
        order(2, "2025-06-01", channel="store"),  # 29 days old: the first weeks are not over
        order(3, "2025-05-31", channel=None),
    ]
    found = {row["customer_key"]: row for row in first_weeks(table(rows, ORDERS), as_of=AS_OF).to_pyarrow().to_pylist()}
    assert sorted(found) == [1, 3]
    one = found[1]
    assert (one["first_on"], one["tenure_days"]) == (date(2025, 5, 1), 60)
    assert (one["first_order_count"], one["first_revenue_amount"], one["first_item_count"]) == (2, 45, 4)
    assert (one["first_discount_share"], one["is_web"], one["is_store"]) == (0.1, 1, 0)
    assert (found[3]["is_web"], found[3]["is_store"]) == (0, 0)


def test_weeks_by_the_standing_at_the_month_end_before():
    rows = [
        order(1, "2025-06-02", "10"),  # a Monday
        order(1, "2025-06-08", "5"),  # the Sunday after
        order(1, "2025-05-30", "7"),  # in the week before, when nothing was known of them yet
        order(2, "2025-06-03", "1"),
        order(None, "2025-06-03", "2"),
        order(1, "2025-06-30", "50"),  # the week is not over
        order(
            2, "2025-06-04", "9", is_cancelled=True, is_sale=False, cancelled_at=datetime.fromisoformat("2025-06-05")
        ),
    ]
    standing = {"as_of": "date", "customer_key": "int64"}
    tiers = table([{"as_of": date(2025, 5, 31), "customer_key": 1, "tier": "A"}], standing | {"tier": "string"})
    groups = table(
        [{"as_of": date(2025, 5, 31), "customer_key": 2, "rfm_group": "New"}], standing | {"rfm_group": "string"}
    )
    found = weekly_sales(table(rows, ORDERS), tiers, groups, as_of=AS_OF).to_pyarrow().to_pylist()
    sums = {(row["week_on"].day, row["split"], row["series"]): (row["order_count"], row["net_amount"]) for row in found}
    assert sums == {
        (26, "total", "total"): (1, 7), (26, "tier", NEWCOMERS): (1, 7), (26, "group", NEWCOMERS): (1, 7),
        (2, "total", "total"): (4, 18), (2, "tier", "A"): (2, 15), (2, "tier", NEWCOMERS): (2, 3),
        (2, "group", "New"): (1, 1), (2, "group", NEWCOMERS): (3, 17),
    }  # fmt: skip


CONTACTS = {
    "contact_key": "int64", "campaign_key": "int64", "customer_key": "int64", "contacted_at": "timestamp",
    "contacted_on": "date", "channel": "string", "arm": "string", "first_response_at": "timestamp",
    "is_clicked": "boolean", "is_replied": "boolean", "is_redeemed": "boolean", "is_purchased": "boolean",
}  # fmt: skip
PEOPLE = {"customer_key": "int64", "valid_from": "timestamp", "valid_to": "timestamp", "birth_date": "date"}
PEOPLE |= dict.fromkeys(ATTRIBUTES, "string")


def contact(key, day, answered=None, **more):
    at = datetime.fromisoformat(f"{day} 12:00")
    kinds = {"is_clicked": False, "is_replied": False, "is_redeemed": False, "is_purchased": answered is not None}
    return {
        "contact_key": key, "customer_key": key, "contacted_at": at, "contacted_on": at.date(), "arm": "treatment",
        "channel": "email", "first_response_at": None if answered is None else at + timedelta(days=answered), **kinds,
        **more,
    }  # fmt: skip


@pytest.fixture
def outcomes():
    long_ago, move, never = (datetime.fromisoformat(day) for day in ("1970-01-01", "2025-03-01", "9999-12-31"))
    people = [
        {"customer_key": key, "valid_from": a, "valid_to": b, "region": region, "birth_date": date(1990, 1, 1)}
        for key in range(1, 8)
        for a, b, region in ((long_ago, move, "North"), (move, never, "South"))
    ]

    def compute(*contacts, orders=()):
        found = contact_outcomes(
            table(contacts, CONTACTS), table(people, PEOPLE), table(orders, ORDERS), as_of=AS_OF, answer_days=60
        )
        return {row["contact_key"]: row for row in found.to_pyarrow().to_pylist()}

    return compute


def test_contacts_with_the_person_as_known_then(outcomes):
    found = outcomes(
        contact(1, "2025-02-01", 59),
        contact(2, "2025-04-01", 60),  # a moment too late
        contact(3, "2025-04-01", 5, is_purchased=False),  # only opened
        contact(4, "2025-04-01", 5, arm="control"),
        contact(5, "2025-05-02", 1),  # 59 days ago: the time to answer is not over
        contact(6, "2025-05-01"),
        orders=[order(1, "2025-03-01"), order(6, "2025-04-30")],
    )
    assert sorted(found) == [1, 2, 3, 6]
    assert [found[key]["is_answered"] for key in (1, 2, 3, 6)] == [True, False, False, False]
    assert [found[key]["region"] for key in (1, 2)] == ["North", "South"]
    assert [found[key]["is_prospect"] for key in (1, 2, 6)] == [True, True, False]
