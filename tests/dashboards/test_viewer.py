"""Roles at the dashboard: nobody enters without one, and people are hidden from those who may not see them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import app_viewer
from dashboards.app_format import plain
from tests.dashboards.conftest import ACCESS, republish
from workspace import generations
from workspace.folders import Workspace

Open = Callable[..., AppTest]
SETTINGS = f"""{ACCESS}
viewer = ["vera@example.org"]
analyst = ["anna@example.org"]
marketer = ["mark@example.org"]
"""


@pytest.fixture(scope="module")
def guarded(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The demo company's generation behind a login."""
    folder: Path = tmp_path_factory.mktemp("guarded") / "company"
    workspace = republish(demo_workspace, folder, lambda connection: None)
    workspace.settings_file.write_text(workspace.settings_file.read_text() + SETTINGS)
    return Workspace.open(folder)


@pytest.fixture
def come(open_page: Open, guarded: Workspace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens a page as whoever the claims say."""

    def opened(page: str, claims: dict[str, Any], **parameters: str) -> AppTest:
        monkeypatch.setattr(app_viewer, "claims", lambda: claims)
        return open_page(guarded, page, **parameters)

    return opened


def logged_in(name: str) -> dict[str, Any]:
    return {"is_logged_in": True, "email": f"{name}@example.org"}


def written(app: AppTest) -> str:
    texts = [*app.markdown, *app.caption, *app.error, *app.subheader, *app.title]
    return " ".join(str(text.value) for text in texts) + " ".join(table.value.to_csv() for table in app.dataframe)


@pytest.fixture(scope="module")
def names(guarded: Workspace) -> set[str]:
    """The names of everybody whom last night moved."""
    with duckdb.connect(str(generations.current(guarded).file), read_only=True) as connection:
        rows = connection.execute("select distinct name from serving.customer_moves where name is not null").fetchall()
    return {name for (name,) in rows if len(name) > 6}


@pytest.mark.parametrize("page", ["overview", "customers", "lists", "churn", "explore"])
def test_nobody_enters_without_a_login(come: Callable[..., AppTest], page: str) -> None:
    app = come(page, {})
    assert not app.exception
    assert [button.key for button in app.button] == ["log_in"]
    assert not app.dataframe
    assert not app.metric


def test_who_has_no_role_is_told_whom_to_ask(come: Callable[..., AppTest]) -> None:
    app = come("overview", logged_in("stranger"))
    assert f"{plain('stranger@example.org')} has no role" in written(app)
    assert not app.metric


def test_a_viewer_sees_numbers_and_nobody_s_name(come: Callable[..., AppTest], names: set[str]) -> None:
    seen = come("tiers", logged_in("mark"))
    assert any(name in written(seen) for name in names)
    app = come("tiers", logged_in("vera"))
    assert not app.exception
    assert app_viewer.HIDDEN in written(app)
    assert not any(name in written(app) for name in names)


@pytest.mark.parametrize("page", ["customers", "churn", "value"])
def test_pages_of_people_say_who_may_see_them(come: Callable[..., AppTest], names: set[str], page: str) -> None:
    parameters = {"q": "a"} if page == "customers" else {}
    app = come(page, logged_in("anna"), **parameters)
    assert not app.exception
    assert "may not see contact details" in written(app)
    assert not any(name in written(app) for name in names)


def test_rows_about_customers_lose_what_says_who_they_are() -> None:
    row = {"customer_key": 1, "name": "Ann", "email": None, "tier": "A"}
    assert app_viewer.hidden([row]) == [{"customer_key": 1, "name": "hidden", "email": None, "tier": "A"}]
    product = {"product_key": 1, "name": "Beans"}
    assert app_viewer.hidden(([product], 3)) == ([product], 3)
    table = app_viewer.hidden(pd.DataFrame([row]))
    assert table.loc[0, "name"] == "hidden"
    assert app_viewer.hidden(pd.DataFrame([product])).loc[0, "name"] == "Beans"
