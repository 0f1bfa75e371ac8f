"""One customer, beyond exact identifiers: contradictions, decisions, keys that last, events, nights that wait."""

import duckdb
import pytest

from pipelines.identity import Decision, alike, resolve
from pipelines.identity.moving import Move
from tests.pipelines.test_identity import groups, people, shared, stage
from tests.pipelines.test_linking import crowd
from workspace import identity_state
from workspace.folders import Workspace
from workspace.identity_settings import Identity
from workspace.settings import Settings

BLANK = (None,) * 5


def record(number, email=None, phone=None, name=None, born=None, city=None, postcode=None, kind=None):
    return (number, email, phone, name, born, city, postcode, kind)


def solve(tables, *, rules=None, published=None, decisions=()):
    connection = stage(tables)
    for table in ("linked_records", "linked_pairs", "linking_model"):  # one database serves all tests
        connection.execute(f"drop table if exists identity.{table}")
    result = resolve(connection, Settings(identity=rules or Identity()), published=published, decisions=decisions)
    return connection, result


def publish(connection, path) -> str:
    """What readers see: the identity schema as it stands."""
    with duckdb.connect(str(path)) as target:
        target.execute("create schema identity")
        for table in ("identifier_owners", "key_events"):
            rows = connection.execute(f"select * from identity.{table}").to_arrow_table()
            target.register("rows", rows)
            target.execute(f"create table identity.{table} as select * from rows")
    return str(path)


def key_of(connection, identifier):
    found = connection.execute(
        "select customer_key from identity.identifier_owners where identifier = ?", [identifier]
    ).fetchone()
    return found and found[0]


def events(connection):
    return connection.execute(
        "select event, key_before, key_after, identifiers from identity.key_events order by all"
    ).fetchall()


def test_a_family_on_one_phone_stays_a_family_and_the_phone_is_nobody_s():
    connection, _ = solve(
        {"customers": [record("C1", "a@x", "+491", "Anna Berg"), record("C2", "b@x", "+491", "Peter Berg")]}
    )
    assert people(connection) == groups("C1 a@x", "C2 b@x")
    assert shared(connection) == [("phone", "+491", 2, "given by several customers")]


@pytest.mark.parametrize(
    ("name", "born", "is_one"),
    [
        ("Jürgen Schulz", "1996-01-26", True),  # one name, and one of the days is wrong
        ("Juergen Schulz", "1968-08-10", True),
        ("Jorgen Schulz", "1968-08-02", True),  # a slip in both
        ("Jörg Schulz", None, True),
        ("Jörg Schulz", "1996-01-26", False),  # a son
        ("Schulz GmbH", "1996-01-26", False),
    ],
)
def test_two_dates_of_birth_on_one_phone_are_two_people_unless_the_given_names_are_as_good_as_one(name, born, is_one):
    rows = [record("C1", None, "+491", "Jürgen Schulz", "1968-08-01"), record("C2", None, "+491", name, born)]
    connection, _ = solve({"customers": rows})
    assert people(connection) == (groups("C1 C2 +491") if is_one else groups("C1", "C2"))


def test_a_company_on_its_owner_s_phone_is_a_customer_of_its_own_but_not_on_one_e_mail():
    firm = {"name": "Kanzlei Werner KG", "kind": "company"}
    owner = {"name": "Nicole Werner", "kind": "person"}
    connection, _ = solve({"customers": [record("C1", None, "+491", **firm), record("C2", None, "+491", **owner)]})
    assert people(connection) == groups("C1", "C2")
    connection, _ = solve({"customers": [record("C1", "a@x", None, **firm), record("C2", "a@x", None, **owner)]})
    assert people(connection) == groups("C1 C2 a@x")
    # Whose kind nobody told may be either's.
    owner["kind"] = None
    connection, _ = solve({"customers": [record("C1", None, "+491", **firm), record("C2", None, "+491", **owner)]})
    assert people(connection) == groups("C1 C2 +491")


@pytest.mark.parametrize("other", ["A. Berg", "BERG, Anna", "Ana Berg", "Berg Anna", None])
def test_names_that_may_be_one_person_s_do_not_keep_an_email_from_joining(other):
    connection, _ = solve({"customers": [record("C1", "a@x", None, "Anna Berg"), record("C2", "a@x", None, other)]})
    assert people(connection) == groups("C1 C2 a@x")


@pytest.mark.parametrize(
    ("name", "born", "postcode", "is_one"),
    [
        ("Anna Berg", "1980-05-01", "53111", True),
        ("Ana Bergg", "1980-05-01", "53111", True),
        ("A. Berg", "1980-05-01", "53111", True),
        ("Berg Anna", "1980-05-01", "53111", True),
        ("Peter Berg", "1980-05-01", "53111", False),  # a twin
        ("Anna Kowalski", "1980-05-01", "53111", False),
        ("Anna Berg", "1980-05-02", "53111", False),
        ("Anna Berg", "1980-05-01", "53112", False),
        ("Anna Berg", None, "53111", False),
        ("Anna Berg", "1980-05-01", None, False),
    ],
)
def test_one_date_of_birth_one_postcode_and_one_name_are_one_person(name, born, postcode, is_one):
    rows = [
        record("C1", name="Anna Berg", born="1980-05-01", postcode="53111"),
        record("C2", name=name, born=born, postcode=postcode),
    ]
    connection, _ = solve({"customers": rows})
    assert people(connection) == (groups("C1 C2") if is_one else groups("C1", "C2"))
    connection, _ = solve({"customers": rows}, rules=Identity(joins_by_birth=False))
    assert people(connection) == groups("C1", "C2")


def test_a_day_of_birth_that_is_a_default_joins_nobody():
    rows = [record(f"C{i}", name="Anna Berg", born="1970-01-01", postcode="53111") for i in range(101)]
    connection, _ = solve({"customers": rows})
    assert len(people(connection)) == 101


def test_who_gives_no_name_joins_neither_side_of_a_contradiction():
    connection, _ = solve(
        {"customers": [record("C1", None, "+491", "Anna Berg"), record("C2", None, "+491", "Peter Berg"),
                       record("C3", None, "+491")]}
    )  # fmt: skip
    assert people(connection) == groups("C1", "C2", "C3")


def test_ten_guest_orders_of_one_name_are_one_person_however_many_numbers():
    rows = [record(f"G{i}", "a@x", None, "Anna Berg") for i in range(10)]
    connection, _ = solve({"customers": rows})
    assert people(connection) == groups(" ".join(f"G{i}" for i in range(10)) + " a@x")


def test_more_records_than_a_person_has_are_taken_apart_and_told():
    # A hundred records in a chain, each sharing an address with the next and nothing else.
    rows = [record(f"C{i:03}", f"{i}@x") for i in range(100)] + [
        record(f"C{i:03}", f"{i - 1}@x") for i in range(1, 100)
    ]
    connection, result = solve({"customers": rows})
    assert result.largest_customer <= 30
    told = connection.execute("select kind, record_count from identity.conflicts").fetchall()
    assert told == [("implausible", 100)]


def test_same_and_not_the_same_are_obeyed_whatever_the_data_says():
    rows = {"customers": [record("C1", "a@x"), record("C2", "a@x"), record("C3")]}
    apart = Decision("customer_id", "C1", "customer_id", "C2", is_same=False)
    together = Decision("customer_id", "C3", "customer_id", "C2", is_same=True)
    connection, _ = solve(rows, decisions=[apart, together])
    assert people(connection) == groups("C1", "C2 C3")
    assert connection.execute("select kind, identifiers from identity.conflicts").fetchall() == [
        ("contradiction", "customer_id C1, customer_id C2")
    ]


def test_decisions_that_contradict_each_other_through_a_third_are_told():
    said = [
        Decision("customer_id", "C1", "customer_id", "C2", is_same=True),
        Decision("customer_id", "C2", "customer_id", "C3", is_same=True),
        Decision("customer_id", "C1", "customer_id", "C3", is_same=False),
    ]
    connection, _ = solve({"customers": [record("C1"), record("C2"), record("C3")]}, decisions=said)
    assert key_of(connection, "C1") != key_of(connection, "C3")
    assert connection.execute("select count(*) from identity.conflicts").fetchone() == (1,)


def test_a_prospect_who_becomes_a_customer_keeps_the_key(tmp_path):
    before, _ = solve({"prospects": [record("Q1", "a@x")]})
    key = key_of(before, "Q1")
    published = publish(before, tmp_path / "one.duckdb")
    after, result = solve({"prospects": [record("Q1", "a@x")], "customers": [record("C1", "a@x")]}, published=published)
    assert key_of(after, "C1") == key_of(after, "Q1") == key
    assert result.move is None
    assert events(after) == []


def test_who_was_known_by_an_email_alone_keeps_the_key_as_a_customer(tmp_path):
    before, _ = solve({"events": [("V1", None, "a@x")]})
    key = key_of(before, "a@x")
    published = publish(before, tmp_path / "one.duckdb")
    after, _ = solve({"events": [("V1", None, "a@x")], "customers": [record("C1", "a@x")]}, published=published)
    assert key_of(after, "C1") == key_of(after, "a@x") == key


def test_a_merge_and_the_split_after_it_are_on_record_with_before_and_after(tmp_path):
    two, _ = solve({"customers": [record("C1", "a@x"), record("C2", "b@x")]})
    one_key, other_key = key_of(two, "C1"), key_of(two, "C2")
    first = publish(two, tmp_path / "one.duckdb")
    joined = {"customers": [record("C1", "a@x"), record("C2", "b@x"), record("C2", "a@x")]}
    merged, result = solve(joined, published=first)
    assert key_of(merged, "C2") == one_key
    assert result.move.customers == 1
    assert events(merged) == [("merge", other_key, one_key, "customer_id C2")]
    second = publish(merged, tmp_path / "two.duckdb")
    apart = Decision("customer_id", "C1", "customer_id", "C2", is_same=False)
    split, _ = solve(joined, published=second, decisions=[apart])
    assert (key_of(split, "C1"), key_of(split, "C2")) == (one_key, other_key)
    assert sorted(event for event, *_ in events(split)) == ["merge", "split"]


def known_people(rows, *, start=0):
    """Rows of customers from `crowd`: number, no e-mail, no phone, name, date of birth, town, postcode."""
    return [
        record(f"K{place + start:05}", None, None, f"{row['given_name']} {row['surname']}", row["birth_date"],
               row["city"], row["postcode"])
        for place, row in enumerate(rows)
    ]  # fmt: skip


def test_records_that_are_alike_are_linked_and_a_night_compares_only_what_is_new(monkeypatch):
    records, truth = crowd(400, seed=9)
    rows = known_people(records.to_pylist())
    rules = Identity(linking={"is_on": True, "training_pairs": 100_000})
    connection, whole = solve({"customers": rows}, rules=rules)
    same = [(a, b) for a, b in zip(range(len(truth)), range(1, len(truth)), strict=False) if truth[a] == truth[b]]
    found = sum(key_of(connection, f"K{a:05}") == key_of(connection, f"K{b:05}") for a, b in same)
    assert found >= 0.95 * len(same)
    keys = connection.execute("select * from identity.identifier_owners order by all").fetchall()

    def nobody(*_):
        raise AssertionError("nothing was new, and all the same something was compared")

    with monkeypatch.context() as patch:
        patch.setattr(alike, "compare", nobody)
        assert resolve(connection, Settings(identity=rules)).compared == 0
    assert connection.execute("select * from identity.identifier_owners order by all").fetchall() == keys
    connection.execute(
        "insert into staging.stg_sales__customers by name select 'K99999' as customer_id, name, birth_date,"
        " city, postcode from staging.stg_sales__customers where customer_id = 'K00003'"
    )
    added = resolve(connection, Settings(identity=rules))
    assert 0 < added.compared < whole.compared / 5
    assert key_of(connection, "K99999") == key_of(connection, "K00003")


def test_pairs_in_doubt_come_with_their_reasons_and_go_once_decided():
    records, _ = crowd(400, seed=9)
    rules = Identity(linking={"is_on": True, "training_pairs": 100_000, "review_from": -20, "review_to": 40})
    connection, _ = solve({"customers": known_people(records.to_pylist())}, rules=rules)
    pair = connection.execute("select * from identity.review_pairs order by weight desc limit 1").fetchone()
    assert '"what": "surname"' in pair[-1]
    said = [Decision(*pair[:4], is_same=False)]
    resolve(connection, Settings(identity=rules), decisions=said)
    assert key_of(connection, pair[1]) != key_of(connection, pair[3])
    left = connection.execute("select kind_l, identifier_l, kind_r, identifier_r from identity.review_pairs").fetchall()
    assert pair[:4] not in left


@pytest.mark.parametrize(
    ("customers", "customer_share", "money_share", "is_too_much"),
    [(19, 0.5, 0.5, False), (20, 0.021, 0.0, True), (20, 0.02, 0.05, False), (20, 0.0, 0.051, True)],
)
def test_a_night_waits_where_more_than_the_set_share_would_move(customers, customer_share, money_share, is_too_much):
    assert Move("m", customers, customer_share, money_share, []).is_too_much(Identity()) is is_too_much


def test_what_was_said_is_kept_and_can_be_taken_back(tmp_path):
    (tmp_path / "regulars.toml").write_text("")
    place = Workspace.open(tmp_path).ensure()
    one, other = ("customer_id", "C2"), ("customer_id", "C1")
    identity_state.decide(place, one, other, is_same=True, who="Ada")
    identity_state.decide(place, other, one, is_same=False, who="Bea")
    assert [(said.left, said.right, said.is_same, said.who) for said in identity_state.decisions(place)] == [
        (other, one, False, "Bea")
    ]
    identity_state.take_back(place, one, other, who="Ada")
    assert identity_state.decisions(place) == []


def test_moves_are_let_through_by_name_only(tmp_path):
    (tmp_path / "regulars.toml").write_text("")
    place = Workspace.open(tmp_path).ensure()
    for name in ("moves-1", "moves-2"):
        identity_state.keep_moves(
            place, name, customers=30, customer_share=0.3, money_share=0.2, records=[("customer_id", "C1", 1, 2)]
        )
    assert not identity_state.allow_moves(place, "moves-3", who="Ada")
    assert identity_state.allow_moves(place, "moves-1", who="Ada")
    assert [identity_state.is_allowed(place, name) for name in ("moves-1", "moves-2")] == [True, False]
