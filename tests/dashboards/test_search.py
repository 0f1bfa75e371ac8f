"""Search: by a part of a name or number, in every kind of thing, and only what the viewer may see."""

from collections.abc import Callable

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app_data import search
from dashboards.app_data.reader import Published
from dashboards.app_viewer import Viewer, current_viewer
from workspace import views
from workspace.access import PERMISSIONS
from workspace.folders import Workspace

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def find(company: Workspace, published: Published) -> Callable[..., list[search.Hit]]:
    return lambda text, viewer=None: search.find(company, published, viewer or current_viewer(company), text)


@pytest.fixture(scope="module")
def anybody(published: Published) -> tuple[int, str, str]:
    """A customer with a name that nobody else has."""
    with duckdb.connect(published.file, read_only=True) as connection:
        row = connection.execute(
            "select any_value(customer_key), name, any_value(email) from serving.customer_360"
            " where name is not null and email is not null group by name having count(*) = 1 order by name"
        ).fetchone()
    assert row is not None
    return row


def test_a_customer_by_a_part_of_the_name_in_any_case(find: Callable[..., list[search.Hit]], anybody) -> None:
    key, name, email = anybody
    for text in (name.upper(), f"  {name[: len(name) - 1]} ", email):
        hits = [hit for hit in find(text) if hit.kind == "customer"]
        assert ("customers", (("customer", str(key)),)) in [(hit.page, hit.address) for hit in hits]


def test_who_may_not_see_people_finds_none(find: Callable[..., list[search.Hit]], anybody) -> None:
    viewer = Viewer("Vera", PERMISSIONS["viewer"])
    assert not [hit for hit in find(anybody[1], viewer) if hit.kind == "customer"]
    assert [hit for hit in find("beans", viewer) if hit.kind == "product"]


def test_a_product_by_its_number_comes_first(find: Callable[..., list[search.Hit]], published: Published) -> None:
    with duckdb.connect(published.file, read_only=True) as connection:
        [(number, name)] = connection.execute(
            "select product_id, name from star.dim_product where is_current order by product_id desc limit 1"
        ).fetchall()
    products = [hit for hit in find(number.lower()) if hit.kind == "product"]
    assert products[0].name == name
    assert products[0].page == "cross_sell"


def test_pages_terms_and_views(find: Callable[..., list[search.Hit]], company: Workspace) -> None:
    views.save(company, "explore", "Loyal in the north", "Ann", {"by": ["Region", "Tier"]})
    hits = find("loyal")
    assert ("page", "Loyalty", "loyalty") in [(hit.kind, hit.name, hit.page) for hit in hits]
    assert "Loyalty stage" in [hit.name for hit in hits if hit.kind == "term"]
    [view] = [hit for hit in hits if hit.kind == "view"]
    assert (view.page, view.address) == ("explore", (("by", "Region"), ("by", "Tier")))
    views.forget(company, "explore", "Loyal in the north")


@pytest.mark.parametrize("text", ["", "a", "'); drop table star.dim_product; --", "%", "_", "x" * 200])
def test_what_nobody_is_called_finds_nothing(find: Callable[..., list[search.Hit]], text: str) -> None:
    assert find(text) == []


def test_the_page_leads_there(open_page: Open, company: Workspace, emptied: Workspace) -> None:
    app = open_page(company, "search", q="tier")
    assert not app.exception
    assert {"Pages", "Terms"} <= {title.value for title in app.subheader}
    app = open_page(emptied, "search", q="xyzzy")
    assert not app.exception
    assert any("Nothing is called so" in text.value for text in app.info)
