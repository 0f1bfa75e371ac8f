"""What a segment means: on customers that can be counted by hand, and against an interpreter that goes one by one."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest

from tests.workspace.segments import generated
from workspace.errors import RegularsError
from workspace.segments.acts import ACTS
from workspace.segments.checking import definition_of
from workspace.segments.fields import fields_of
from workspace.segments.language import Act, Attribute, Group, Span
from workspace.segments.query import Moment, condition

AS_OF = date(2025, 6, 30)
MOMENT = Moment(AS_OF, "Europe/Berlin")
COLUMNS = [("customer_key", "BIGINT"), ("tier", "VARCHAR"), ("region", "VARCHAR"), ("net_margin_12m", "DECIMAL(18,4)"),
           ("last_order_on", "DATE"), ("next_order_on", "DATE"), ("consent_email", "BOOLEAN")]  # fmt: skip
FIELDS = fields_of(COLUMNS)
PEOPLE: list[tuple[Any, ...]] = [
    (1, "A", "North", 900, date(2025, 6, 20), date(2025, 7, 3), True),
    (2, "A", "South", 100, date(2025, 6, 30), None, True),
    (3, "B", None, 20.5, date(2025, 4, 1), date(2025, 8, 1), False),
    (4, None, "North", None, None, None, None),
    (5, "D", "O'Hara; drop", -12.25, date(2024, 1, 1), None, True),
]
# customer, day, order, product, net amount, when it was cancelled; product 1 is Coffee, 2 a Grinder.
SALES = [
    (1, date(2025, 6, 1), 11, 1, 10, None), (1, date(2025, 6, 1), 11, 2, 30, None),
    (1, date(2025, 6, 20), 12, 1, 15, None),
    (2, date(2025, 6, 30), 21, 1, 5, None), (2, date(2025, 7, 1), 22, 2, 50, None),
    (3, date(2025, 4, 1), 31, 1, 8, date(2025, 5, 1)), (3, date(2025, 3, 1), 32, 2, 8, date(2025, 7, 2)),
    (5, date(2024, 1, 1), 51, 1, 99, None), (None, date(2025, 6, 1), 61, 1, 7, None),
]  # fmt: skip
CALLS = [(who, datetime.fromisoformat(f"{day} 09:00")) for who, day in (
    (1, "2025-06-10"), (3, "2025-03-05"), (4, "2025-06-30"), (5, "2025-07-01"), (None, "2025-06-01"))]  # fmt: skip


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema serving; create schema star")
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
        connection.execute(f"create table serving.customer_360 ({columns})")
        connection.executemany("insert into serving.customer_360 values (?, ?, ?, ?, ?, ?, ?)", PEOPLE)
        connection.execute(
            "create table sales (customer_key bigint, ordered_on date, order_key bigint, product_key bigint,"
            " net_amount decimal(18, 4), cancelled_on date)"
        )
        connection.executemany("insert into sales values (?, ?, ?, ?, ?, ?)", SALES)
        connection.execute(
            """
            create table star.fct_order_lines as
            select *, ordered_on + interval 12 hours as ordered_at, 'web' as channel, 1 as quantity,
                cancelled_on is null as is_counted, false as is_return from sales;
            create table star.fct_orders as
            select customer_key, ordered_on, ordered_at, order_key, channel, sum(net_amount) as net_amount,
                sum(quantity) as item_quantity, any_value(cancelled_on) as cancelled_on,
                any_value(cancelled_on) is not null as is_cancelled, any_value(cancelled_on) is null as is_sale
            from star.fct_order_lines group by all;
            create table star.dim_product as
            select * from (values (1, 'Coffee', true), (2, 'Grinder', true), (1, 'Old', false))
                as products(product_key, category, is_current);
            create table star.fct_calls
                (customer_key bigint, started_at timestamp, started_on date, direction varchar, reason varchar)
            """
        )
        connection.executemany(
            "insert into star.fct_calls select $1, $2, $2::date, 'inbound', 'billing'", [list(call) for call in CALLS]
        )
        yield connection


def members(database: duckdb.DuckDBPyConnection, definition: Any) -> list[int]:
    text, parameters = condition(definition_of(definition), FIELDS, MOMENT)
    query = f"select customer_key from serving.customer_360 as c where {text} order by 1"
    return [row[0] for row in database.execute(query, parameters).fetchall()]


COFFEE = [{"trait": "category", "one_of": ["Coffee"]}]
GRINDER = [{"trait": "category", "one_of": ["Grinder"]}]


@pytest.mark.parametrize(
    ("item", "keys"),
    [
        ({"field": "tier", "one_of": ["A", "D"]}, [1, 2, 5]),
        ({"field": "tier", "none_of": ["A"]}, [3, 4, 5]),
        ({"field": "tier", "is_known": False}, [4]),
        ({"field": "region", "starts_with": "Nor"}, [1, 4]),
        ({"field": "region", "one_of": ["O'Hara; drop"]}, [5]),
        ({"field": "net_margin_12m", "at_least": -12.25, "at_most": 20.5}, [3, 5]),
        ({"field": "consent_email", "is_true": False}, [3, 4]),
        ({"field": "last_order_on", "when": {"within_days": 1}}, [2]),
        ({"field": "last_order_on", "when": {"within_days": 11}}, [1, 2]),
        ({"field": "last_order_on", "when": {"not_within_days": 90}}, [3, 5]),
        ({"field": "next_order_on", "when": {"next_days": 3}}, [1]),
        ({"field": "last_order_on", "when": {"since": "2025-04-01", "until": "2025-06-20"}}, [1, 3]),
        # Order 31 was cancelled by then, order 32 only after the date; order 22 lies ahead.
        ({"act": "buy"}, [1, 2, 3, 5]),
        ({"act": "buy", "where": COFFEE}, [1, 2, 5]),
        ({"act": "buy", "where": GRINDER}, [1, 3]),
        ({"act": "buy", "did": False, "where": GRINDER}, [2, 4, 5]),
        ({"act": "buy", "times_at_least": 2}, [1]),
        ({"act": "buy", "where": COFFEE, "times_at_most": 1}, [2, 5]),
        ({"act": "buy", "amount_at_least": 55}, [1, 5]),
        ({"act": "buy", "where": COFFEE, "amount_at_least": 25}, [1, 5]),
        ({"act": "buy", "when": {"within_days": 365}}, [1, 2, 3]),
        ({"act": "call", "when": {"within_days": 30}}, [1, 4]),
        # Customer 1 bought on the 20th after the call of the 10th; customer 3 called after the order of 1 March.
        ({"act": "buy", "relation": {"order": "after", "act": "call"}}, [1]),
        ({"act": "buy", "relation": {"order": "after", "act": "call", "within_days": 9}}, []),
        ({"act": "buy", "relation": {"order": "after", "act": "call", "within_days": 10}}, [1]),
        ({"act": "buy", "relation": {"order": "before", "act": "call", "within_days": 4}}, [3]),
        ({"act": "buy", "did": False, "relation": {"order": "before", "act": "call"}}, [2, 4, 5]),
        ({"none": [{"field": "tier", "one_of": ["A"]}, {"act": "call"}]}, [5]),
    ],
)  # fmt: skip
def test_each_condition_on_customers_counted_by_hand(database, item, keys):
    assert members(database, {"all": [item]}) == keys
    assert members(database, {"none": [item]}) == [key for key in range(1, 6) if key not in keys]


def test_groups_within_groups(database):
    either = {"any": [{"field": "tier", "one_of": ["A"]}, {"field": "region", "one_of": ["North"]}]}
    assert members(database, either) == [1, 2, 4]
    assert members(database, {"all": [either, {"act": "call"}]}) == [1, 4]
    assert members(database, {}) == [1, 2, 3, 4, 5]


def test_values_are_parameters_and_never_part_of_the_query():
    values = ("'); drop table x; --", "=1+1", "$s0", "x" * 10_000)
    text, parameters = condition(Group(of=(Attribute(field="tier", one_of=values),)), FIELDS, MOMENT)
    assert not [value for value in values[:2] if value in text]
    assert len(text) < 200
    assert set(values) <= set(parameters.values())


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({"field": "shoe_size", "one_of": ["44"]}, "no field 'shoe_size'"),
        ({"field": "net_margin_12m", "one_of": ["1"]}, "is a number and cannot be asked by one_of"),
        ({"act": "sing"}, "no act 'sing'"),
        ({"act": "call", "amount_at_least": 5}, "'call' has no amount"),
        ({"act": "call", "where": COFFEE}, "cannot be asked by category"),
        ({"act": "offer", "when": {"within_days": 5}}, "'offer' has no time"),
        ({"act": "buy", "when": {"next_days": 5}}, "cannot lie ahead"),
        ({"act": "buy", "relation": {"order": "after", "act": "offer"}}, "cannot be what comes before"),
    ],
)
def test_what_the_tables_cannot_answer_is_refused_with_what_they_can(item, problem):
    with pytest.raises(RegularsError, match=problem):
        condition(definition_of({"all": [item]}), FIELDS, MOMENT)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"every": []}, "every"),
        ({"all": [{"field": "tier"}]}, "exactly one kind"),
        ({"all": [{"field": "tier", "one_of": ["A"], "is_known": True}]}, "exactly one kind"),
        ({"all": [{"all": []}]}, "needs a condition"),
        ({"all": [{"field": "r", "at_least": 2, "at_most": 1}]}, "cannot both hold"),
        ({"all": [{"act": "buy", "when": {"within_days": 5, "since": "2025-01-01"}}]}, "either the last days"),
        ({"all": [{"act": "buy", "shoe": 1}]}, "shoe"),
        ([1, 2], "segment"),
    ],
)
def test_what_is_no_definition_is_refused_with_the_place(value, problem):
    with pytest.raises(RegularsError, match=problem):
        definition_of(value)


def test_any_of_one_and_all_of_one_are_the_same_definition():
    one = {"field": "tier", "one_of": ["A"]}
    assert definition_of({"any": [one]}) == definition_of({"all": [one]})
    assert definition_of({"none": []}) == definition_of({})


class Interpreter:
    """The same language, one customer and one row at a time."""

    def holds(self, person: dict[str, Any], item: Any) -> bool:
        if isinstance(item, Group):
            found = [self.holds(person, part) for part in item.of]
            return {"all": all(found), "any": any(found), "none": not any(found)}[item.match]
        return self.is_so(person[item.field], item) if isinstance(item, Attribute) else self.did(person, item)

    def is_so(self, value: Any, item: Attribute) -> bool:
        if item.none_of or item.is_true is not None or item.is_known is not None:
            wanted = {"none_of": value not in item.none_of, "is_true": (value is True) == item.is_true}
            return wanted.get(item.kinds[0], (value is not None) == item.is_known)
        if value is None:
            return False
        if item.one_of or item.starts_with:
            return value in item.one_of or (bool(item.starts_with) and value.startswith(item.starts_with))
        return self.within(value, item.when) if item.when else self.between(value, item.at_least, item.at_most)

    def between(self, value: Any, low: Any, high: Any) -> bool:
        return (low is None or value >= low) and (high is None or value <= high)

    def within(self, day: date, span: Span) -> bool:
        ago = (AS_OF - day).days
        if span.next_days:
            return 0 < -ago <= span.next_days
        if span.since or span.until:
            return self.between(day, span.since, span.until)
        return ago >= (span.not_within_days or 0) and (span.within_days is None or 0 <= ago < span.within_days)

    def rows(
        self, person: dict[str, Any], act: str, where: Any, when: Span | None
    ) -> list[tuple[datetime, int, float]]:
        """Instant, what counts as once, amount."""
        key, traits = person["customer_key"], {trait.trait: trait.one_of for trait in where}
        if act == "call":
            found = [(at, place, 0.0, "") for place, (who, at) in enumerate(CALLS) if who == key]
        else:
            found = [
                (
                    datetime.combine(day, datetime.min.time()) + timedelta(hours=12),
                    order,
                    net,
                    {1: "Coffee", 2: "Grinder"}[product],
                )
                for who, day, order, product, net, cancelled in SALES
                if who == key and (cancelled is None or cancelled > AS_OF)
            ]
        return [
            (at, unit, net)
            for at, unit, net, category in found
            if at.date() <= AS_OF
            and ("category" not in traits or category in traits["category"])
            and ("channel" not in traits or "web" in traits["channel"])
            and ("reason" not in traits or "billing" in traits["reason"])
            and (when is None or self.within(at.date(), when))
        ]

    def did(self, person: dict[str, Any], item: Act) -> bool:
        rows = self.rows(person, item.act, item.where, item.when)
        if item.relation:
            other = item.relation
            others = self.rows(person, other.act, other.where, other.when)
            turn = 1 if other.order == "after" else -1
            rows = [
                row
                for row in rows
                if any(
                    (row[0] - at) * turn > timedelta(0)
                    and (other.within_days is None or (row[0].date() - at.date()).days * turn <= other.within_days)
                    for at, _, _ in others
                )
            ]
        times = len({row[1] for row in rows})
        enough = times > 0 and self.between(times, item.times_at_least, item.times_at_most)
        return (
            enough and self.between(sum(row[2] for row in rows), item.amount_at_least, item.amount_at_most)
        ) == item.did


def test_random_segments_hold_whom_an_interpreter_finds_one_by_one(database, monkeypatch):
    monkeypatch.setattr(generated, "FIELDS", FIELDS)
    monkeypatch.setattr(generated, "VALUES", ("A", "B", "North", "Coffee", "Grinder", "web", "billing"))
    monkeypatch.setattr(generated, "ACTS", {name: ACTS[name] for name in ("buy", "call")})
    monkeypatch.setattr(generated.Generator, "where", where_of)
    generator, names, empty = generated.Generator(seed=11), [name for name, _ in COLUMNS], 0
    people = [dict(zip(names, person, strict=True)) for person in PEOPLE]
    for _ in range(300):
        definition = generator.definition()
        expected = [person["customer_key"] for person in people if Interpreter().holds(person, definition)]
        assert members(database, definition) == expected, definition
        empty += not expected
    assert empty < 200, "most definitions must find somebody, or nothing is tested"


def where_of(generator: Any, name: str) -> Any:
    trait = generator.random.choice({"buy": ("category", "channel", None), "call": ("reason", None)}[name])
    return (generated.Trait(trait=trait, one_of=generator.values()),) if trait else ()
