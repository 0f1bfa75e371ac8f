"""The page of customers: found by any of their names, each with an address and every touchpoint."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app_data import customers, lists
from dashboards.app_data.list_query import ListFilter
from dashboards.app_data.reader import Published
from dashboards.app_format import number, plain, short
from dashboards.app_viewer import CONTACT_DETAILS, Viewer
from tests.dashboards.reading import metrics, words
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
