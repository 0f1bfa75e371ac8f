"""What is the same looks the same: names, streets, e-mails and phones in one form, each case worked by hand."""

import duckdb
import pytest

from pipelines.identity.standard import phone_form, region_of, standardise
from workspace.identity_settings import Identity

COLUMNS = ["name", "kind", "email", "phone", "birth_date", "street", "city", "region", "postcode"]


def standard(**given: str) -> dict[str, str | None]:
    connection = duckdb.connect()
    columns = ", ".join(f"${name}::varchar as {name}" for name in COLUMNS)
    connection.execute(
        f"create temp table described as select 1 as member, {columns}", {name: given.get(name) for name in COLUMNS}
    )
    standardise(connection, Identity(), "+49")
    return connection.execute("select * from standard").df().iloc[0].where(lambda row: row.notna(), None).to_dict()


@pytest.mark.parametrize(
    ("name", "given_name", "surname"),
    [
        ("Dr. Anna-Lena Müller", "annalena", "mueller"),
        ("MÜLLER, Anna", "anna", "mueller"),
        ("Prof. Dr. Karl Weiß", "karl", "weiss"),
        ("von der Leyen, Ursula", "ursula", "von der leyen"),
        ("Ludwig van Beethoven", "ludwig", "van beethoven"),
        ("Seán O'Brien", "sean", "obrien"),
        ("A. Özkan", "a", "oezkan"),
        ("Cher", None, "cher"),
        ("Unknown", None, None),
        ("  ", None, None),
    ],
)
def test_names(name, given_name, surname):
    found = standard(name=name)
    assert (found["given_name"], found["surname"]) == (given_name, surname)


def test_a_company_s_name_is_one_name_without_its_legal_form():
    found = standard(name="Hotel Müller GmbH & Co. KG", kind="company")
    assert (found["given_name"], found["surname"]) == (None, "hotel mueller")


@pytest.mark.parametrize(
    ("street", "name", "number"),
    [
        ("Große Straße 12 a", "grosse st", "12a"),
        ("Hauptstr. 5", "hauptst", "5"),
        ("Hauptstraße 5", "hauptst", "5"),
        ("10 Downing Street", "downing st", "10"),
        ("Am Bach", "am bach", None),
    ],
)
def test_streets_are_told_from_their_numbers(street, name, number):
    found = standard(street=street)
    assert (found["street"], found["street_number"]) == (name, number)


@pytest.mark.parametrize(
    ("email", "form"),
    [
        ("a.b+shop@gmail.com", "ab@gmail.com"),
        ("a.b+shop@outlook.com", "a.b@outlook.com"),
        ("a.b+shop@firm.example", "a.b+shop@firm.example"),
    ],
)
def test_dots_and_plus_signs_go_only_where_the_provider_ignores_them(email, form):
    assert standard(email=email)["email"] == form


@pytest.mark.parametrize(
    ("phone", "form"),
    [
        ("0151 1234567", "+491511234567"),
        ("+49 (0)151/123 45 67", "+491511234567"),
        ("0043 664 1234567", "+436641234567"),
        ("0000000", None),
        ("12", None),
        ("call me", None),
    ],
)
def test_phones_are_numbers_of_the_company_s_country_unless_they_say_otherwise(phone, form):
    assert phone_form(phone, region_of("+49")) == form


def test_postcodes_and_empty_words():
    found = standard(postcode="sw1a 2aa", city="N/A", birth_date="1900-01-01")
    assert (found["postcode"], found["city"], found["birth_date"]) == ("SW1A2AA", None, None)
