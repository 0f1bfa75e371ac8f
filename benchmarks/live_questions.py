"""Segments as marketers ask for them of the demo company, simple and hard: what their live count is measured on."""

from typing import Any

Definition = dict[str, Any]
YEAR, QUARTER, MONTH = {"within_days": 365}, {"within_days": 90}, {"within_days": 30}
BEANS = [{"trait": "category", "one_of": ["Beans", "Ground coffee"]}]
GRINDERS = [{"trait": "category", "one_of": ["Grinders"]}]
TIER_A = {"field": "tier", "one_of": ["A"]}
E_MAIL = {"field": "consent_email", "is_true": True}


def did(act: str, **asked: Any) -> Definition:
    """A condition on behaviour."""
    return {"act": act, **asked}


def did_not(act: str, **asked: Any) -> Definition:
    """That somebody did not."""
    return {"act": act, "did": False, **asked}


def trait(name: str, *values: str) -> list[Definition]:
    """What an act was about."""
    return [{"trait": name, "one_of": list(values)}]


def every(*parts: Definition) -> Definition:
    """All of these hold."""
    return {"all": list(parts)}


QUESTIONS: dict[str, Definition] = {
    "everybody": every(),
    "tier A": every(TIER_A),
    "best in the north who agree to e-mail": every(
        {"field": "tier", "one_of": ["A", "B"]}, {"field": "region", "one_of": ["Nord", "Nordost"]}, E_MAIL
    ),
    "margin over 100, silent for 60 days": every(
        {"field": "net_margin_12m", "at_least": 100}, {"field": "recency_days", "at_least": 60}
    ),
    "high risk, not in three regions": every(
        {"field": "churn_band", "one_of": ["high"]}, {"field": "region", "none_of": ["West", "Mitte", "Schweiz"]}
    ),
    "order expected within a month": every({"field": "next_order_on", "when": {"next_days": 30}}),
    "city begins with B": every({"field": "city", "starts_with": "B"}),
    "loyal or new, but not overdue": {
        "all": [
            {"field": "loyalty_stage", "one_of": ["loyal", "new", "established"]},
            {"none": [{"field": "is_overdue", "is_true": True}, {"field": "open_case_count", "at_least": 1}]},
        ]
    },
    "bought in a year": every(did("buy", when=YEAR)),
    "bought ever": every(did("buy")),
    "did not buy in a quarter": every(did_not("buy", when=QUARTER)),
    "bought twice in a year": every(did("buy", times_at_least=2, when=YEAR)),
    "bought three to ten times ever": every(did("buy", times_at_least=3, times_at_most=10)),
    "bought for 500 in a year": every(did("buy", amount_at_least=500, when=YEAR)),
    "bought in the shop": every(did("buy", where=trait("channel", "store"), when=YEAR)),
    "bought coffee in a year": every(did("buy", where=BEANS, when=YEAR)),
    "bought coffee ever": every(did("buy", where=BEANS)),
    "bought coffee but no grinder": every(did("buy", where=BEANS), did_not("buy", where=GRINDERS)),
    "bought coffee three times": every(did("buy", where=BEANS, times_at_least=3, when=YEAR)),
    "bought coffee for 100": every(did("buy", where=BEANS, amount_at_least=100, when=YEAR)),
    "bought of two brands": every(did("buy", where=trait("brand", "Aurum", "Perla"), when=QUARTER)),
    "loyal in the north, no call, e-mail, coffee, no grinder": every(
        {"field": "loyalty_stage", "one_of": ["loyal"]}, {"field": "region", "one_of": ["Nord"]}, E_MAIL,
        did_not("call", when=YEAR), did("buy", where=BEANS), did_not("buy", where=GRINDERS),
    ),
    "sent something back": every(did("return", when=YEAR)),
    "visited in a month": every(did("visit", when=MONTH)),
    "visited ten times ever": every(did("visit", times_at_least=10)),
    "visited but did not buy": every(did("visit", when=MONTH), did_not("buy", when=MONTH)),
    "visited by newsletter": every(did("visit", where=trait("source", "newsletter"))),
    "looked at grinders in a month": every(did("look", where=GRINDERS, when=MONTH)),
    "looked at grinders ever": every(did("look", where=GRINDERS)),
    "looked at grinders three times, bought none": every(
        did("look", where=GRINDERS, times_at_least=3, when=YEAR), did_not("buy", where=GRINDERS)
    ),
    "filled a cart in a quarter": every(did("cart", when=QUARTER)),
    "searched for beans": every(did("search", where=trait("term", "beans"), when=YEAR)),
    "called twice in a year": every(did("call", times_at_least=2, when=YEAR)),
    "called about delivery or complained": {
        "any": [did("call", where=trait("reason", "delivery"), when=QUARTER), did("complain", when=QUARTER)]
    },
    "got mail, opened none": every(did("receive", when=QUARTER), did_not("open", when=QUARTER)),
    "clicked twice ever": every(did("click", times_at_least=2)),
    "answered within a year": every(did("answer", when=YEAR)),
    "said something in a survey": every(did("survey", where=trait("topic", "price"))),
    "bought within 30 days after a call": every(
        did("buy", relation={"order": "after", "act": "call", "within_days": 30})
    ),
    "bought after a visit within a week": every(
        did("buy", when=YEAR, relation={"order": "after", "act": "visit", "within_days": 7})
    ),
    "bought twice after a complaint": every(
        did("buy", times_at_least=2, relation={"order": "after", "act": "complain"})
    ),
    "looked at grinders before buying": every(
        did("look", where=GRINDERS, relation={"order": "before", "act": "buy", "within_days": 30})
    ),
    "opened before buying coffee": every(
        did("open", relation={"order": "before", "act": "buy", "where": BEANS, "within_days": 14})
    ),
    "five ways at once": {
        "any": [
            every(TIER_A, did_not("buy", when=QUARTER)),
            every(did("visit", times_at_least=3, when=MONTH), did_not("buy", when=MONTH)),
            {"none": [did("call", when=YEAR), did("receive", when=YEAR), {"field": "tier", "one_of": ["C", "D"]}]},
        ]
    },
}  # fmt: skip
