"""Features as of a date: worked by hand, one by one, and the same whatever happens later; labels look only ahead."""

from datetime import date, datetime, timedelta

import ibis
import numpy as np
import pytest
from ibis.config import Config

from mining.features import customer_features, later_outcomes, old_enough

AS_OF = date(2025, 12, 31)
MONEY = "decimal(18, 4)"
SCHEMAS = {
    "orders": {
        "customer_key": "int64",
        "ordered_at": "timestamp",
        "ordered_on": "date",
        "channel": "string",
        "gross_amount": MONEY,
        "discount_amount": MONEY,
        "returned_amount": MONEY,
        "net_amount": MONEY,
        "margin_amount": MONEY,
        "item_quantity": "decimal(18, 3)",
        "is_sale": "boolean",
        "is_cancelled": "boolean",
        "cancelled_at": "timestamp",
    },
    "sessions": {"customer_key": "int64", "started_on": "date", "has_cart": "boolean", "has_purchase": "boolean"},
    "calls": {
        "customer_key": "int64",
        "started_at": "timestamp",
        "started_on": "date",
        "direction": "string",
        "queue_seconds": "int64",
        "is_abandoned": "boolean",
        "is_resolved": "boolean",
        "satisfaction": "int64",
    },
    "cases": {
        "case_key": "int64",
        "case_id": "string",
        "customer_key": "int64",
        "agent_key": "int64",
        "channel": "string",
        "category": "string",
        "severity": "string",
        "opened_at": "timestamp",
        "opened_on": "date",
        "assigned_at": "timestamp",
        "resolved_at": "timestamp",
        "followed_up_at": "timestamp",
        "satisfaction": "int64",
    },
    "contacts": {"customer_key": "int64", "contacted_on": "date", "arm": "string", "first_response_at": "timestamp"},
    "consents": {"customer_key": "int64", "changed_on": "date", "status": "string"},
}


def at(day: date | None, hour: int = 10) -> datetime | None:
    return None if day is None else datetime.fromisoformat(f"{day} {hour:02d}:00")


def order(customer, day, gross=10, *, discount=0, kind="sale", cancelled=None, margin=None, channel="web"):
    net = gross - discount
    return {
        "customer_key": customer,
        "ordered_at": at(day),
        "ordered_on": day,
        "channel": channel,
        "gross_amount": str(gross),
        "discount_amount": str(discount),
        "returned_amount": str(-net) if kind == "return" else "0",
        "net_amount": str(net),
        "margin_amount": str(net if margin is None else margin),
        "item_quantity": "0" if kind == "return" else "1",
        "is_sale": kind == "sale" and cancelled is None,
        "is_cancelled": cancelled is not None,
        "cancelled_at": at(cancelled),
    }


def session(customer, day, cart=False, purchase=False):
    return {"customer_key": customer, "started_on": day, "has_cart": cart, "has_purchase": purchase}


def call(customer, day, *, queue=10, abandoned=False, resolved=True, satisfaction=None, direction="inbound"):
    return {
        "customer_key": customer,
        "started_at": at(day),
        "started_on": day,
        "direction": direction,
        "queue_seconds": queue,
        "is_abandoned": abandoned,
        "is_resolved": resolved,
        "satisfaction": satisfaction,
    }


def case(customer, day, resolved=None, followed_up=None, satisfaction=None, category="complaint"):
    return {
        "customer_key": customer,
        "category": category,
        "opened_at": at(day),
        "opened_on": day,
        "resolved_at": at(resolved),
        "followed_up_at": at(followed_up),
        "satisfaction": satisfaction,
    }


def contact(customer, day, arm="treatment", answered=None):
    return {"customer_key": customer, "contacted_on": day, "arm": arm, "first_response_at": at(answered)}


def consent(customer, day, status="withdrawn"):
    return {"customer_key": customer, "changed_on": day, "status": status}


def tables(**facts):
    made = {}
    for name, schema in SCHEMAS.items():
        rows = [{column: row.get(column) for column in schema} for row in facts.get(name, [])]
        loose = {column: "string" if kind.startswith("decimal") else kind for column, kind in schema.items()}
        made[name] = ibis.memtable(rows, schema=loose).cast(schema)
    return made


def found(as_of=AS_OF, **facts):
    rows = customer_features(**tables(**facts), as_of=as_of).to_pyarrow().to_pylist()
    return {row["customer_key"]: row for row in rows}


def days_ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def test_orders_worked_by_hand():
    row = found(
        orders=[
            order(1, days_ago(400), 100),
            order(1, days_ago(200), 50, discount=10, margin=15),
            order(1, days_ago(100), 40),
            order(1, days_ago(40), 60, discount=15, channel="store"),
            order(1, days_ago(40), 10, channel="store"),
            order(1, days_ago(30), -20, kind="return"),
            order(1, days_ago(10), 99, cancelled=days_ago(5)),
            order(None, days_ago(1)),
        ]
    )[1]
    assert (row["recency_days"], row["tenure_days"], row["order_count"]) == (40, 400, 5)
    assert (row["orders_90d"], row["orders_previous_90d"], row["orders_365d"]) == (2, 1, 4)
    assert row["order_change_90d"] == 1
    # Net: 100 + 40 + 40 + 45 + 10 - 20 = 215 over five sales; without the first, 115 in a year.
    assert (row["mean_order_amount"], row["revenue_365d_amount"]) == (43, 115)
    # Four days of orders, 360 days from first to last: three gaps of 120.
    assert (row["usual_gap_days"], row["gap_factor"]) == (120, pytest.approx(40 / 120))
    assert (row["repeat_count"], row["last_order_age_days"], row["age_days"]) == (3, 360, 400)
    # Of 160 gross in a year 25 were given as discount and 20 came back.
    assert (row["discount_share_365d"], row["return_share_365d"]) == (25 / 160, 20 / 160)
    # Margin: 100 + 15 + 40 + 45 + 10 - 20 = 190, over four days.
    assert (row["margin_amount"], row["margin_365d_amount"], row["mean_margin_amount"]) == (190, 90, 47.5)
    assert row["last_channel"] == "store"
    assert row["as_of"] == AS_OF


def test_who_ordered_once_is_as_silent_as_everybodys_median_gap_says():
    rows = found(
        orders=[
            order(1, days_ago(60)),
            order(1, days_ago(40)),
            order(2, days_ago(90)),
            order(2, days_ago(50)),
            order(3, days_ago(60)),
        ]
    )
    assert rows[3]["usual_gap_days"] is None
    assert rows[3]["gap_factor"] == 60 / 30  # the median of 20 and 40
    assert (rows[3]["days_since_visit"], rows[3]["slowest_case_90d_hours"], rows[3]["last_satisfaction"]) == (None,) * 3
    assert (rows[3]["visits_90d"], rows[3]["calls_90d"], rows[3]["has_unsubscribed"]) == (0, 0, 0)
    assert rows[3]["discount_share_365d"] == 0


def test_web_service_and_campaigns_worked_by_hand():
    row = found(
        orders=[order(1, days_ago(100))],
        sessions=[
            session(1, days_ago(95), True),
            session(1, days_ago(89), True),
            session(1, days_ago(30), True, True),
            session(1, days_ago(29)),
            session(None, days_ago(1)),
        ],
        calls=[
            call(1, days_ago(90), satisfaction=5),
            call(1, days_ago(80), queue=301, resolved=False, satisfaction=4),
            call(1, days_ago(70), queue=300, abandoned=True, resolved=None),
            call(1, days_ago(60), direction="outbound", resolved=False),
        ],
        cases=[
            case(1, days_ago(120), days_ago(20), days_ago(10), 2),
            case(1, days_ago(50), days_ago(48), days_ago(40), 3, category="question"),
            case(1, days_ago(1)),
        ],
        contacts=[
            contact(1, days_ago(380), answered=days_ago(366)),
            contact(1, days_ago(100), answered=days_ago(99)),
            contact(1, days_ago(30)),
            contact(1, days_ago(20), arm="control"),
        ],
        consents=[consent(1, days_ago(300)), consent(1, days_ago(10), "granted")],
    )[1]
    assert (row["visits_30d"], row["visits_90d"], row["abandoned_carts_90d"], row["days_since_visit"]) == (1, 3, 1, 29)
    assert (row["calls_90d"], row["unresolved_calls_90d"], row["long_waits_90d"]) == (3, 2, 2)
    assert (row["complaints_90d"], row["days_since_complaint"], row["open_case_count"]) == (1, 1, 1)
    # Opened at ten yesterday and still open at midnight: 38 hours; the other took 48.
    assert row["slowest_case_90d_hours"] == 48
    assert row["last_satisfaction"] == 2  # asked ten days ago, the latest
    assert (row["contacts_90d"], row["responses_365d"], row["has_unsubscribed"]) == (1, 1, 1)


def test_of_two_at_one_instant_the_same_counts_whatever_the_order_of_rows():
    day = days_ago(3)
    # The store at ten, the web at ten: of names the later in the alphabet; of ratings the worse.
    orders = [order(1, day, channel="web"), order(1, day, channel="store"), order(1, day, channel="phone")]
    calls = [call(1, day, satisfaction=4), call(1, day, satisfaction=2)]
    cases = [case(1, day, day, day, 5), case(1, day, day, day, 3)]
    for facts in ((orders, calls, cases), (orders[::-1], calls[::-1], cases[::-1])):
        row = found(orders=facts[0], calls=facts[1], cases=facts[2])[1]
        assert (row["last_channel"], row["last_satisfaction"]) == ("web", 2)


def test_a_case_that_is_solved_tomorrow_is_open_today():
    row = found(orders=[order(1, days_ago(9))], cases=[case(1, AS_OF, AS_OF + timedelta(days=1))])[1]
    assert (row["open_case_count"], row["slowest_case_90d_hours"]) == (1, 14)


def test_who_has_not_bought_has_no_features():
    assert found(orders=[order(1, days_ago(1), cancelled=AS_OF)], sessions=[session(1, AS_OF)]) == {}


def test_the_young_are_left_out():
    rows = customer_features(
        **tables(orders=[order(1, days_ago(29)), order(2, days_ago(30)), order(3, days_ago(31))]), as_of=AS_OF
    )
    assert sorted(old_enough(rows).to_pyarrow()["customer_key"].to_pylist()) == [2, 3]


def labels(*rows, as_of=AS_OF, horizon_days=60):
    table = later_outcomes(tables(orders=rows)["orders"], as_of=as_of, horizon_days=horizon_days)
    return {row["customer_key"]: row for row in table.to_pyarrow().to_pylist()}


def test_labels_worked_by_hand():
    def ahead(days: int) -> date:
        return AS_OF + timedelta(days=days)

    rows = labels(
        order(1, days_ago(5)),
        order(1, ahead(1), 30, margin=12),
        order(1, ahead(60), 20, margin=8),
        order(1, ahead(61), 500),
        order(1, ahead(50), -4, kind="return"),
        order(2, days_ago(5)),
        order(2, ahead(10), 70, cancelled=ahead(12)),
        order(3, days_ago(0)),
        order(3, ahead(10), 70, cancelled=ahead(61)),  # stood when the window closed
        order(4, ahead(1)),  # not a customer yet
    )
    assert sorted(rows) == [1, 2, 3]
    names = ("has_left", "later_order_count", "later_net_amount", "later_margin_amount")
    assert tuple(rows[1][name] for name in names) == (False, 2, 46, 16)
    assert tuple(rows[2][name] for name in names) == (True, 0, 0, 0)
    assert tuple(rows[3][name] for name in names) == (False, 1, 70, 70)


def test_a_window_of_no_days_is_refused():
    with pytest.raises(ValueError, match="got 0"):
        labels(order(1, AS_OF), horizon_days=0)


DAYS, CUT, CUSTOMERS = 240, 150, 40


def facts_of(seed: int, until: date | None):
    """Made-up facts of 40 customers; with `until` only what had been delivered by the end of that day."""
    rng, start = np.random.default_rng(seed), date(2025, 1, 1)
    facts = {name: [] for name in SCHEMAS}
    for kind in rng.choice(list(SCHEMAS), 600, p=[0.5, 0.1, 0.1, 0.1, 0.1, 0.1]):
        customer, flag = int(rng.integers(CUSTOMERS)), bool(rng.random() < 0.3)
        day = start + timedelta(days=int(rng.integers(DAYS)))
        after = day + timedelta(days=int(rng.integers(60)))
        if until is not None and day > until:
            continue
        later = None if until is not None and after > until else after
        facts[kind].append(
            {
                "orders": lambda c=customer, d=day, f=flag, a=later: order(c, d, cancelled=a if f else None),
                "sessions": lambda c=customer, d=day, f=flag: session(c, d, f),
                "calls": lambda c=customer, d=day, f=flag: call(c, d, abandoned=f, satisfaction=3),
                "cases": lambda c=customer, d=day, a=later: case(c, d, a, a, 4 if a else None),
                "contacts": lambda c=customer, d=day, a=later: contact(c, d, answered=a),
                "consents": lambda c=customer, d=day: consent(c, d),
            }[kind]()
        )
    return facts


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_happens_later_changes_no_feature(seed):
    as_of = date(2025, 1, 1) + timedelta(days=CUT)
    whole = found(as_of, **facts_of(seed, None))
    assert whole == found(as_of, **facts_of(seed, as_of))
    assert len(whole) > CUSTOMERS / 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_happens_after_the_window_changes_no_label(seed):
    as_of, until = date(2025, 1, 1) + timedelta(days=CUT - 30), date(2025, 1, 1) + timedelta(days=CUT)
    whole, cut = facts_of(seed, None)["orders"], facts_of(seed, until)["orders"]
    assert labels(*whole, as_of=as_of, horizon_days=30) == labels(*cut, as_of=as_of, horizon_days=30)


class SparkOptions(Config):
    treat_nan_as_null: bool = False


def test_features_and_labels_compile_for_spark(monkeypatch):
    # Set by ibis once Spark is there; how it treats nan does not matter here.
    monkeypatch.setattr(ibis.options, "pyspark", SparkOptions())
    made = tables(orders=[order(1, AS_OF)])
    for expression in (
        customer_features(**made, as_of=AS_OF),
        later_outcomes(made["orders"], as_of=AS_OF, horizon_days=30),
    ):
        assert "SELECT" in ibis.to_sql(expression, dialect="pyspark")
