"""What a list's filter means, on eight customers that can be counted by hand, and on random filters."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.app_data import list_query
from dashboards.app_data.list_query import ListFilter
from workspace import list_columns
from workspace.errors import RegularsError

NAMES = ("customer_key", "tier", "rfm_group", "region", "country", "main_channel", "kind", "recency_days",
         "net_margin_12m", "consent_email", "consent_sms", "consent_phone", "consent_post")  # fmt: skip
PEOPLE: list[tuple[Any, ...]] = [
    (1, "A", "Champions", "North", "DE", "web", "person", 3, 900.0, True, True, False, False),
    (2, "A", "Loyal", "South", "DE", "store", "person", 40, 500.0, True, False, False, True),
    (3, "B", "Loyal", "South", "AT", "web", "company", 40, 120.5, False, False, True, False),
    (4, "C", "At risk", None, "AT", "phone", "person", 200, 0.0, True, False, False, False),
    (5, "D", "Dormant", "North", None, "web", None, 400, -12.25, False, False, False, False),
    (6, "D", "New", "O'Hara; drop", "DE", "store", "person", 0, -0.01, True, True, True, True),
    (7, None, "Prospects", "North", "DE", None, "person", None, None, True, False, False, False),
    (8, None, "Prospects", None, None, None, None, None, None, False, False, False, False),
]


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema serving; create schema star")
        connection.execute(
            "create table serving.customer_360 (customer_key bigint, tier varchar, rfm_group varchar, region varchar,"
            " country varchar, main_channel varchar, kind varchar, recency_days integer, net_margin_12m decimal(18, 4),"
            " consent_email boolean, consent_sms boolean, consent_phone boolean, consent_post boolean)"
        )
        connection.executemany(f"insert into serving.customer_360 values ({', '.join('?' * len(NAMES))})", PEOPLE)
        connection.execute(
            "create table star.bridge_customer_identity (kind varchar, identifier varchar, customer_key bigint)"
        )
        connection.executemany(
            "insert into star.bridge_customer_identity values (?, ?, ?)",
            [("customer_id", "C10", 1), ("customer_id", "C09", 1), ("email", "AAA", 1), ("customer_id", "C2", 2)],
        )
        yield connection


def members(database: duckdb.DuckDBPyConnection, chosen: ListFilter) -> list[int]:
    query, parameters = list_query.members_query(chosen, [])
    return [row[0] for row in database.execute(query, parameters).fetchall()]


@pytest.mark.parametrize(
    ("chosen", "keys"),
    [
        (ListFilter(), [1, 2, 3, 4, 5, 6, 7, 8]),
        (ListFilter(tiers=("A",)), [1, 2]),
        (ListFilter(tiers=("B", "D")), [3, 5, 6]),
        (ListFilter(tiers=("none",)), [7, 8]),
        (ListFilter(tiers=("C", "none")), [4, 7, 8]),
        (ListFilter(groups=("Loyal", "New")), [2, 3, 6]),
        (ListFilter(regions=("North",), countries=("DE",)), [1, 7]),
        (ListFilter(regions=("O'Hara; drop",)), [6]),
        (ListFilter(channels=("web",), kinds=("company",)), [3]),
        (ListFilter(consents=("email",)), [1, 2, 4, 6, 7]),
        (ListFilter(consents=("email", "sms")), [1, 6]),
        (ListFilter(recency_from=40, recency_to=200), [2, 3, 4]),
        (ListFilter(recency_to=0), [6]),
        (ListFilter(net_margin_from=0), [1, 2, 3, 4]),
        (ListFilter(net_margin_to=-0.01), [5, 6]),
        (ListFilter(tiers=("A",), groups=("Dormant",)), []),
    ],
)
def test_who_belongs(database: duckdb.DuckDBPyConnection, chosen: ListFilter, keys: list[int]) -> None:
    assert sorted(members(database, chosen)) == keys


def test_most_margin_first_and_the_unknown_last(database: duckdb.DuckDBPyConnection) -> None:
    assert members(database, ListFilter()) == [1, 2, 3, 4, 6, 5, 7, 8]


def test_a_customer_with_several_numbers_shows_the_smallest(database: duckdb.DuckDBPyConnection) -> None:
    query, parameters = list_query.members_query(ListFilter(tiers=("A", "B")), ["customer_number"])
    assert database.execute(query, parameters).fetchall() == [(1, "C09"), (2, "C2"), (3, None)]


def choice(place: int) -> st.SearchStrategy[tuple[str, ...]]:
    """Some of the values that occur in a column."""
    values = sorted({row[place] for row in PEOPLE if row[place] is not None})
    return st.lists(st.sampled_from(values), unique=True, max_size=3).map(tuple)


FILTERS = st.builds(
    ListFilter,
    tiers=st.lists(st.sampled_from(["A", "B", "C", "D", "none"]), unique=True).map(tuple),
    groups=choice(2),
    regions=choice(3),
    countries=choice(4),
    channels=choice(5),
    kinds=choice(6),
    consents=st.lists(st.sampled_from(list_query.CONSENT_CHANNELS), unique=True, max_size=2).map(tuple),
    recency_from=st.none() | st.integers(0, 400),
    recency_to=st.none() | st.integers(0, 400),
    net_margin_from=st.none() | st.integers(-20, 900),
    net_margin_to=st.none() | st.integers(-20, 900),
)


def belongs(person: dict[str, Any], chosen: ListFilter) -> bool:
    """The same filter, told again without SQL."""
    within = [
        not chosen.tiers or (person["tier"] or "none") in chosen.tiers,
        not chosen.groups or person["rfm_group"] in chosen.groups,
        not chosen.regions or person["region"] in chosen.regions,
        not chosen.countries or person["country"] in chosen.countries,
        not chosen.channels or person["main_channel"] in chosen.channels,
        not chosen.kinds or person["kind"] in chosen.kinds,
        all(person[f"consent_{channel}"] for channel in chosen.consents),
    ]
    for low, high, value in (
        (chosen.recency_from, chosen.recency_to, person["recency_days"]),
        (chosen.net_margin_from, chosen.net_margin_to, person["net_margin_12m"]),
    ):
        within.append(low is None or (value is not None and value >= low))
        within.append(high is None or (value is not None and value <= high))
    return all(within)


@given(chosen=FILTERS)
def test_count_and_members_are_those_of_the_filter(database: duckdb.DuckDBPyConnection, chosen: ListFilter) -> None:
    expected = [row[0] for row in PEOPLE if belongs(dict(zip(NAMES, row, strict=True)), chosen)]
    assert sorted(members(database, chosen)) == expected
    query, parameters = list_query.count_query(chosen)
    assert database.execute(query, parameters).fetchall() == [(len(expected),)]


@given(chosen=FILTERS)
def test_a_filter_comes_back_from_what_is_stored(chosen: ListFilter) -> None:
    assert ListFilter.from_dict(chosen.as_dict()) == chosen


@given(st.text(), st.sampled_from(["tiers", "groups", "regions", "countries", "channels", "kinds"]))
def test_values_never_become_part_of_the_query(value: str, name: str) -> None:
    chosen = ListFilter(**{name: (value,)})
    other = ListFilter(**{name: ("x",)})
    assert list_query.count_query(chosen)[0] == list_query.count_query(other)[0]


def test_a_condition_that_is_not_known_is_an_error() -> None:
    with pytest.raises(RegularsError, match="shoe_size"):
        ListFilter.from_dict({"tiers": ["A"], "shoe_size": 43})


@pytest.mark.parametrize("columns", [["name; drop table x"], ["c.email"], ["customer_key"]])
def test_a_column_that_is_not_known_is_an_error(columns: list[str]) -> None:
    with pytest.raises(RegularsError, match="no column"):
        list_query.members_query(ListFilter(), columns)


def test_a_consent_that_is_not_known_is_an_error() -> None:
    with pytest.raises(RegularsError, match="pigeon"):
        list_query.condition(ListFilter(consents=("pigeon",)))


def test_contact_details_are_the_personal_columns() -> None:
    assert list_columns.personal(["tier", "email", "city", "phone"]) == ["email", "phone"]
    assert not list_columns.personal(list_columns.USUAL)
