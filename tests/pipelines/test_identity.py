"""Exact identity: hand-worked cases, then that order does not matter and that joining is what union-find gives."""

from collections import defaultdict
from functools import cache

import duckdb
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.identity import resolve
from workspace.identity_settings import Identity
from workspace.settings import Settings

DESCRIBED = ["name", "birth_date", "city", "postcode", "kind", "region", "phone", "updated_at"]
COLUMNS = {
    "stg_sales__customers": ["customer_id", "email_normalised", "phone_normalised", *DESCRIBED],
    "stg_external__prospects": ["prospect_id", "email_normalised", "phone_normalised", *DESCRIBED],
    "stg_sales__orders": ["customer_id", "order_id"],
    "stg_sales__order_lines": ["order_id", "quantity", "unit_price"],
    "stg_sales__opportunities": ["customer_id"],
    "stg_web__events": ["visitor_id", "customer_id", "email_normalised"],
    "stg_call_center__calls": ["customer_id", "phone_normalised"],
    "stg_call_center__cases": ["customer_id", "email_normalised", "phone_normalised"],
    "stg_marketing__contacts": ["customer_id"],
    "stg_marketing__consents": ["customer_id"],
    "stg_marketing__surveys": ["customer_id"],
}
TABLES = {
    "customers": "stg_sales__customers", "prospects": "stg_external__prospects", "orders": "stg_sales__orders",
    "events": "stg_web__events", "calls": "stg_call_center__calls", "cases": "stg_call_center__cases",
    "contacts": "stg_marketing__contacts",
}  # fmt: skip
Row = tuple[str | None, ...]


@cache
def connect() -> duckdb.DuckDBPyConnection:
    """One database for all worlds: connecting is what takes time."""
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("create schema staging")
    return connection


def stage(rows: dict[str, list[Row]]) -> duckdb.DuckDBPyConnection:
    """Staging tables with these rows (columns in the order of COLUMNS), all others empty."""
    connection = connect()
    for table, columns in COLUMNS.items():
        declared = ", ".join(f"{column} varchar" for column in columns)
        connection.execute(f"create or replace table staging.{table} ({declared})")
    for name, given_rows in rows.items():
        table = TABLES[name]
        if given_rows:
            one = f"({', '.join('?' for _ in COLUMNS[table])})"
            values = ", ".join([one] * len(given_rows))
            rows_in_full = [[*row, *[None] * (len(COLUMNS[table]) - len(row))] for row in given_rows]
            connection.execute(
                f"insert into staging.{table} values {values}", [cell for row in rows_in_full for cell in row]
            )
    return connection


def world(rules: Identity | None = None, **rows: list[Row]) -> duckdb.DuckDBPyConnection:
    """Identity of staging tables with these rows."""
    connection = stage(rows)
    resolve(connection, Settings(identity=rules or Identity()))
    return connection


def people(connection: duckdb.DuckDBPyConnection) -> set[frozenset[str]]:
    """The identifiers of each customer."""
    sets = defaultdict(set)
    for identifier, key in connection.execute(
        "select identifier, customer_key from identity.identifier_owners"
    ).fetchall():
        sets[key].add(identifier)
    return {frozenset(identifiers) for identifiers in sets.values()}


def shared(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    return connection.execute("from identity.shared_identifiers order by all").fetchall()


def groups(*identifiers: str) -> set[frozenset[str]]:
    """`"C1 C2 a@x"` for each person."""
    return {frozenset(group.split()) for group in identifiers}


def test_records_join_through_an_email_or_a_phone():
    found = world(
        customers=[("C1", "a@x", None), ("C2", "a@x", "+491"), ("C3", None, "+491"), ("C4", "b@x", None)],
        prospects=[("Q1", "b@x", None), ("Q2", None, None)],
    )
    assert people(found) == groups("C1 C2 C3 a@x +491", "C4 Q1 b@x", "Q2")


def test_every_address_that_a_number_ever_had_is_its_own():
    assert people(world(customers=[("C1", "old@x", None), ("C1", "new@x", None), ("C2", "old@x", None)])) == groups(
        "C1 C2 old@x new@x"
    )


def test_an_address_of_more_numbers_than_the_rule_allows_joins_nobody():
    rules = Identity(max_customers_per_identifier=2)
    found = world(rules, customers=[(f"C{i}", "hall@x", None) for i in range(3)], events=[("V1", None, "hall@x")])
    assert people(found) == groups("C0", "C1", "C2")
    assert shared(found) == [("email", "hall@x", 3, "more than 2 customer numbers")]


def test_junk_addresses_and_numbers_join_nobody_and_are_nobody():
    found = world(
        customers=[("C1", "info@x", None), ("C2", "info@x", None), ("UNKNOWN", "c@x", None)],
        orders=[("0",), ("0000",), ("-1",), ("n/a",), ("00C",)],
        events=[("V1", None, "noreply@y")],
    )
    assert people(found) == groups("C1", "C2", "00C", "c@x")
    assert shared(found) == [("email", "info@x", 2, "junk address"), ("email", "noreply@y", 0, "junk address")]


def test_a_number_seen_in_any_event_is_a_person():
    assert people(world(orders=[("C1",), ("C1",), (None,)], contacts=[("C2",)])) == groups("C1", "C2")


def test_marketing_s_number_is_a_prospect_s_where_only_prospects_know_it():
    found = world(
        customers=[("7", None, None)], prospects=[("7", None, None), ("8", None, None)], contacts=[("7",), ("8",)]
    )
    kinds = found.execute("select kind, identifier, source from identity.customer_identifiers order by all").fetchall()
    assert kinds == [
        ("customer_id", "7", "marketing"), ("customer_id", "7", "sales"), ("prospect_id", "7", "external"),
        ("prospect_id", "8", "external"), ("prospect_id", "8", "marketing"),
    ]  # fmt: skip


def test_a_visitor_attaches_to_the_one_customer_who_logged_in():
    found = world(customers=[("C1", "a@x", None)], events=[("V1", "C1", None), ("V1", None, None), ("V2", None, None)])
    assert people(found) == groups("C1 a@x V1")


def test_a_visitor_of_two_customers_joins_nobody():
    found = world(events=[("V1", "C1", None), ("V1", "C2", None)])
    assert people(found) == groups("C1", "C2")
    assert shared(found) == [("visitor_id", "V1", 2, "seen with several customers")]


def test_a_visitor_of_one_person_under_two_numbers_is_theirs():
    found = world(customers=[("C1", "a@x", None), ("C2", "a@x", None)], events=[("V1", "C1", None), ("V1", "C2", None)])
    assert people(found) == groups("C1 C2 a@x V1")


def test_an_email_that_only_the_web_knows_is_a_person():
    assert people(world(events=[("V1", None, "new@x"), ("V2", None, "new@x")])) == groups("new@x V1 V2")


def test_an_email_given_by_a_visitor_who_is_somebody_is_theirs():
    assert people(world(events=[("V1", "C1", None), ("V1", None, "second@x")])) == groups("C1 V1 second@x")


def test_an_email_in_an_event_never_joins_two_customers():
    found = world(customers=[("C1", "a@x", None), ("C2", None, None)], events=[("V1", "C2", "a@x")])
    assert people(found) == groups("C1 a@x", "C2 V1")


def test_callers_attach_by_a_phone_seen_with_one_customer_and_stay_unknown_otherwise():
    found = world(
        calls=[("C1", "+491"), (None, "+491"), ("C1", "+492"), ("C2", "+492"), (None, "+493")],
        cases=[(None, "a@x", "+494")],
    )
    assert people(found) == groups("C1 +491", "C2", "a@x +494")
    assert shared(found) == [("phone", "+492", 2, "seen with several customers")]


def test_nothing_gives_empty_tables():
    result = world()
    assert people(result) == set()
    assert result.execute("select count(*) from identity.customer_identifiers").fetchone() == (0,)


def test_a_key_does_not_change_when_its_person_becomes_better_known():
    key = "select customer_key from identity.identifier_owners where identifier = 'C1'"
    before = world(orders=[("C1",)]).execute(key).fetchone()
    known = world(customers=[("C1", "a@x", "+491")], orders=[("C1",), ("C9",)], events=[("V1", "C1", None)])
    assert known.execute(key).fetchone() == before


def test_a_chain_as_long_as_a_town_is_one_person():
    # Each number shares an address with the next; names are scrambled so that neighbours are far apart in order.
    length = 3_000
    names = [f"C{(i * 1_237) % length:05}" for i in range(length)]
    links = [(name, f"{i}@x", None) for i, name in enumerate(names)] + [
        (name, f"{i}@x", None) for i, name in enumerate(names[1:])
    ]
    connection = stage({"customers": links})
    result = resolve(connection, Settings(identity=Identity(max_records_per_customer=length)))
    assert (result.customer_count, result.largest_customer) == (1, length)
    assert result.rounds <= 20


class Union:
    """Union-find, for comparison."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def find(self, item: str) -> str:
        self.parent.setdefault(item, item)
        while self.parent[item] != item:
            item = self.parent[item]
        return item

    def join(self, one: str, other: str) -> None:
        self.parent[self.find(one)] = self.find(other)


letters = st.none() | st.sampled_from("abcdefgh")
records = st.lists(st.tuples(st.sampled_from([f"C{i}" for i in range(8)]), letters, letters), max_size=12)
slow = hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@slow
@given(records)
def test_joining_is_what_union_find_gives(given_records):
    rows = [(number, email and f"{email}@x", phone and f"+49{phone}") for number, email, phone in given_records]
    union = Union()
    for number, *addresses in rows:
        union.find(number)
        for address in filter(None, addresses):
            union.join(number, address)
    expected = defaultdict(set)
    for item in union.parent:
        expected[union.find(item)].add(item)
    rules = Identity(max_customers_per_identifier=100)
    assert people(world(rules, customers=rows)) == {frozenset(group) for group in expected.values()}


sightings = st.fixed_dictionaries(
    {
        "customers": records,
        "prospects": st.lists(st.tuples(st.sampled_from(["Q1", "Q2"]), letters, letters), max_size=3),
        "events": st.lists(
            st.tuples(st.sampled_from(["V1", "V2", "V3"]), st.none() | st.sampled_from(["C1", "C9"]), letters),
            max_size=8,
        ),
        "calls": st.lists(st.tuples(st.none() | st.sampled_from(["C1", "C9"]), letters), max_size=5),
    }
)


@slow
@given(sightings, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_key(seen, random):
    shuffled = {table: random.sample(rows, len(rows)) for table, rows in seen.items()}
    query = "from identity.customer_identifiers order by all"
    assert world(**seen).execute(query).fetchall() == world(**shuffled).execute(query).fetchall()


@slow
@given(sightings)
def test_an_identifier_has_one_owner_or_is_shared_never_both(seen):
    found = world(**seen)
    owned = found.execute("select kind, identifier from identity.identifier_owners").fetchall()
    assert len(owned) == len(set(owned))
    assert not set(owned) & {row[:2] for row in shared(found)}
