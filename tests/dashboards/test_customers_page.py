"""The page of customers: found by any of their names, each with an address and every touchpoint."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import app_customer_groups
from dashboards.app_data import customers, lists, reader
from dashboards.app_data.list_query import ListFilter
from dashboards.app_data.reader import Published
from dashboards.app_format import number, plain, short
from dashboards.app_viewer import CONTACT_DETAILS, Viewer
from tests.dashboards.conftest import republish
from tests.dashboards.reading import metrics, words
from workspace.errors import RegularsError
from workspace.folders import Workspace

Open = Callable[..., AppTest]
ANYBODY = Viewer("test", frozenset({CONTACT_DETAILS}))


def anybody(published: Published) -> dict[str, object]:
    """A customer of tier A with a number, a name, an e-mail and a phone."""
    columns = ("customer_number", "name", "email", "phone")
    found = lists.preview(published.file, ANYBODY, ListFilter(tiers=("A",)), columns, 200)
    return next(row for row in found if all(row.values()))


@pytest.mark.parametrize("by", ["customer_number", "name", "email", "phone"])
def test_a_customer_is_found_by_any_of_their_names(published: Published, by: str) -> None:
    person = anybody(published)
    for text in (str(person[by]), str(person[by]).upper(), f"  {person[by]} "):
        found, _ = customers.find(published.file, ANYBODY, text)
        assert person["customer_key"] in [row["customer_key"] for row in found]


def test_an_exact_match_comes_first(published: Published) -> None:
    person = anybody(published)
    found, _ = customers.find(published.file, ANYBODY, str(person["email"]))
    assert found[0]["customer_key"] == person["customer_key"]


@pytest.mark.parametrize("text", ["", "   ", "%", "' or 1=1 --", "nobody-has-this-name", "\\", "x" * 5000])
def test_a_search_for_nobody_finds_nobody(published: Published, text: str) -> None:
    assert customers.find(published.file, ANYBODY, text) == ([], 0)


def test_nobody_is_found_without_the_permission(published: Published) -> None:
    with pytest.raises(Exception, match="may not see contact details"):
        customers.find(published.file, Viewer("guest", frozenset()), "a")


def test_a_customer_has_an_address_of_their_own(open_page: Open, company: Workspace, published: Published) -> None:
    person = anybody(published)
    app = open_page(company, "customers", customer=str(person["customer_key"]))
    assert not app.exception
    assert app.header[0].value == plain(short(person["name"], 80))
    profile = customers.profile(published.file, ANYBODY, int(str(person["customer_key"])))
    assert metrics(app)["Orders so far"] == plain(number(profile["frequency"]))
    assert "tier A" in words(app)
    app.button[0].click().run()
    assert not app.header
    assert "customer" not in app.query_params


@pytest.mark.parametrize("key", ["1", "-7", "abc", "", "99999999999999999999999", "1; drop table x"])
def test_an_address_of_nobody_is_told_as_such(open_page: Open, company: Workspace, key: str) -> None:
    app = open_page(company, "customers", customer=key)
    assert not app.exception
    assert not app.header


def test_a_prospect_has_a_page_without_scores(open_page: Open, company: Workspace, published: Published) -> None:
    prospects = lists.preview(published.file, ANYBODY, ListFilter(tiers=("none",)), ("name",), 1)
    app = open_page(company, "customers", customer=str(prospects[0]["customer_key"]))
    assert not app.exception
    assert "A prospect has no tier" in words(app)


def test_the_timeline_pages_through_every_touchpoint(published: Published) -> None:
    key = int(str(anybody(published)["customer_key"]))
    kinds = customers.touchpoint_kinds(published.file, key)
    total = sum(kinds.values())
    pages = [customers.timeline(published.file, key, (), 7, offset) for offset in range(0, total, 7)]
    times = [row["touched_at"] for page in pages for row in page]
    assert len(times) == total
    assert times == sorted(times, reverse=True)
    for kind, count in kinds.items():
        assert len(customers.timeline(published.file, key, (kind,), 10_000, 0)) == count


HOME, COLLEAGUES = 3, 20


def group_customers(connection: duckdb.DuckDBPyConnection) -> None:
    """Three customers are a household; the first of them is one of a company of twenty, of other people."""
    found = connection.execute("select customer_key from serving.customer_360 order by name, customer_key").fetchall()
    keys = [key for (key,) in found]
    for column, group in {
        "household_key": keys[:HOME],
        "company_key": [keys[0], *keys[HOME : HOME + COLLEAGUES - 1]],
    }.items():
        connection.execute(
            f"update serving.customer_360 set {column} = ? where list_contains(?, customer_key)", [min(group), group]
        )


@pytest.fixture(scope="module")
def grouped(company: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return republish(company, tmp_path_factory.mktemp("grouped") / "company", group_customers)


def by_name(workspace: Workspace) -> list[tuple[int, str]]:
    with duckdb.connect(reader.published(workspace).file, read_only=True) as connection:
        query = "select customer_key, name from serving.customer_360 order by name, customer_key limit 40"
        return connection.execute(query).fetchall()


def names_linked(app: AppTest, column: str) -> list[str]:
    return [button.label for button in app.button if str(button.key).startswith(f"{column}_")]


def test_who_else_is_at_home_and_at_work_stands_on_the_page_with_ways_to_theirs(
    open_page: Open, grouped: Workspace
) -> None:
    people = by_name(grouped)
    app = open_page(grouped, "customers", customer=str(people[0][0]))
    assert not app.exception
    assert {"Household", "Company"} <= {title.value for title in app.subheader}
    shown = {plain(short(name, 40)) for _, name in people[1:HOME]}
    assert set(names_linked(app, "household_key")) == shown
    assert "2 other customers, not merged" in words(app)
    # Of a large company those worth most come first, and the rest page by page.
    assert len(names_linked(app, "company_key")) == app_customer_groups.SHOWN
    assert "19 other customers, not merged" in words(app)

    # The way to somebody of the household, and from there back.
    second = people[1][0]
    app.button(key=f"household_key_{people[0][0]}_{second}").click().run()
    assert not app.exception
    assert str(second) in app.query_params["customer"]
    assert app.header[0].value == plain(short(people[1][1], 80))
    assert "Company" not in {title.value for title in app.subheader}
    assert f"household_key_{second}_{people[0][0]}" in [button.key for button in app.button]


def test_others_of_a_group_are_everybody_in_it_once_but_oneself(grouped: Workspace) -> None:
    file, people = reader.published(grouped).file, by_name(grouped)
    person = customers.profile(file, ANYBODY, people[0][0])
    pages = [customers.others_of(file, ANYBODY, "company_key", person, limit=8, offset=at) for at in (0, 8, 16)]
    found = [row["customer_key"] for page in pages for row in page]
    assert sorted(found) == sorted(key for key, _ in people[HOME : HOME + COLLEAGUES - 1])
    assert pages[0][0]["others_count"] == COLLEAGUES - 1


def test_who_is_in_no_group_has_no_card_of_one_and_old_generations_know_none(
    open_page: Open, grouped: Workspace, company: Workspace, tmp_path: Path
) -> None:
    alone = by_name(grouped)[HOME + COLLEAGUES][0]

    def forget(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("alter table serving.customer_360 drop household_key")
        connection.execute("alter table serving.customer_360 drop company_key")

    for workspace in (grouped, republish(company, tmp_path / "old", forget)):
        app = open_page(workspace, "customers", customer=str(alone))
        assert not app.exception
        assert not {"Household", "Company"} & {title.value for title in app.subheader}


def test_nobody_sees_who_lives_with_whom_without_the_permission(grouped: Workspace) -> None:
    file = reader.published(grouped).file
    person = customers.profile(file, ANYBODY, by_name(grouped)[0][0])
    with pytest.raises(RegularsError, match="may not see contact details"):
        customers.others_of(file, Viewer("guest", frozenset()), "household_key", person, limit=8)
