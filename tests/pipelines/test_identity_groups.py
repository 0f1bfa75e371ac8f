"""Households and companies: who belongs together without being one."""

import pytest

from tests.pipelines.test_identity_people import key_of, record, solve
from workspace.identity_settings import Identity

BONN, ULM = "53111", "89073"


def grouped(connection, column):
    """Customer numbers by the group that they are in; numbers in none are left out."""
    found = connection.execute(
        f"select {column}, identifier from identity.customer_groups join identity.identifier_owners"
        f" using (customer_key) where kind = 'customer_id' and {column} is not null"
    ).fetchall()
    keys = {key for key, _ in found}
    return {frozenset(number for own, number in found if own == key) for key in keys}


def family(*rows, **rules):
    return solve({"customers": list(rows)}, rules=Identity(**rules))[0]


def test_two_names_on_one_phone_in_one_place_are_a_household_and_stay_two_customers():
    connection = family(
        record("C1", "a@x.org", "+491", "Anna Berg", postcode=BONN),
        record("C2", "p@y.org", "+491", "Peter Kowalski", postcode=BONN),
        record("C3", "q@z.org", "+492", "Paul Berg", postcode=BONN),  # another phone
    )
    assert grouped(connection, "household_key") == {frozenset({"C1", "C2"})}
    assert key_of(connection, "C1") != key_of(connection, "C2")
    # The key of a household is the smallest of its customers' keys.
    keys = connection.execute("select distinct household_key from identity.customer_groups").fetchall()
    assert keys == [(min(key_of(connection, "C1"), key_of(connection, "C2")),)]


@pytest.mark.parametrize("postcode", [ULM, None])
def test_one_phone_in_two_places_is_no_household(postcode):
    connection = family(
        record("C1", None, "+491", "Anna Berg", postcode=BONN),
        record("C2", None, "+491", "Peter Berg", postcode=postcode),
    )
    assert grouped(connection, "household_key") == set()


def test_one_surname_in_one_place_is_a_household_only_where_that_is_set():
    rows = [record("C1", name="Anna Berg", postcode=BONN), record("C2", name="Peter Berg", postcode=BONN)]
    assert grouped(family(*rows), "household_key") == set()
    assert grouped(family(*rows, household_by_surname=True), "household_key") == {frozenset({"C1", "C2"})}


def test_more_than_a_household_holds_is_none_also_by_a_chain():
    names = ["Anna", "Bert", "Cleo", "Dirk"]
    # Each shares a phone with the next: no phone has three, together they are four.
    rows = [record(f"C{i}", None, f"+49{i}", f"{name} Kowalski", postcode=BONN) for i, name in enumerate(names)]
    rows += [record(f"C{i}", None, f"+49{i - 1}", f"{names[i]} Kowalski", postcode=BONN) for i in range(1, 4)]
    assert grouped(family(*rows, max_household=3), "household_key") == set()
    assert grouped(family(*rows, max_household=4), "household_key") == {frozenset({"C0", "C1", "C2", "C3"})}


def test_one_domain_is_a_company_unless_it_is_open_to_everybody_or_too_many_have_it():
    rows = [
        record("C1", "anna@firma.de", name="Anna Berg"),
        record("C2", "peter@firma.de", name="Peter Kowalski"),
        record("C3", "info@firma.de", name="Firma"),
        record("C4", "d@gmx.de", name="Dirk Vogel"),
        record("C5", "e@gmx.de", name="Emil Lang"),
        record("C6", "f@alone.de", name="Frieda Haas"),
    ]
    # info@ is nobody's own address, but who gives it belongs to the company.
    assert grouped(family(*rows), "company_key") == {frozenset({"C1", "C2", "C3"})}
    assert grouped(family(*rows[:2], *rows[3:]), "company_key") == {frozenset({"C1", "C2"})}
    assert grouped(family(*rows[:2], *rows[3:], public_domains=["firma.de"]), "company_key") == {
        frozenset({"C4", "C5"})
    }
    third = record("C7", "g@firma.de", name="Greta Moser")
    assert grouped(family(*rows[:2], third, max_company=2), "company_key") == set()


def test_an_address_that_many_give_for_want_of_their_own_makes_no_company():
    names = ["Anna Berg", "Bert Vogel", "Cleo Lang", "Dirk Haas"]
    rows = [record(f"C{i}", "no@till.de", name=name) for i, name in enumerate(names)]
    assert grouped(family(*rows, max_household=4), "company_key") == {frozenset({"C0", "C1", "C2", "C3"})}
    assert grouped(family(*rows, max_household=3), "company_key") == set()
    # Two who have addresses of their own there are one all the same.
    staff = [record("C8", "emil@till.de", name="Emil Kern"), record("C9", "frieda@till.de", name="Frieda Wolf")]
    assert grouped(family(*rows, *staff, max_household=3), "company_key") == {frozenset({"C8", "C9"})}
