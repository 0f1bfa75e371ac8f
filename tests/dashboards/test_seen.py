"""Who sees personal data is in the log: on every page, with what for, of whom, and not once more at every click."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import app_viewer
from dashboards.app_viewer import Viewer
from workspace import generations, state
from workspace.folders import Workspace

Open = Callable[..., AppTest]
# Those that show people without being asked for one.
PAGES = ["overview", "churn", "value", "prospects", "loyalty", "cross_sell", "service"]


@pytest.fixture
def workspace(copy_of: Callable[[Workspace, Path], Workspace], company: Workspace, tmp_path: Path) -> Workspace:
    return copy_of(company, tmp_path / "workspace")


def seen(workspace: Workspace) -> list[dict[str, Any]]:
    lines = [line for line in state.audit_lines(workspace) if line["action"] == "personal data seen"]
    return [json.loads(line["detail"]) | {"who": line["who"]} for line in lines]


def people(workspace: Workspace, count: int) -> list[dict[str, Any]]:
    with duckdb.connect(str(generations.current(workspace).file), read_only=True) as connection:
        found = connection.execute(
            "select customer_key::varchar, name, email from serving.customer_360 where email is not null"
            " order by customer_key limit ?",
            [count],
        ).fetchall()
    return [dict(zip(("customer_key", "name", "email"), row, strict=True)) for row in found]


def test_a_person_opened_is_a_line_with_whom_and_what_for(open_page: Open, workspace: Workspace) -> None:
    first, second = people(workspace, 2)
    app = open_page(workspace, "customers", customer=first["customer_key"])
    assert not app.exception
    lines = [line for line in seen(workspace) if line["customer_key"] == first["customer_key"]]
    assert {line["page"] for line in lines} == {"Customers"}
    assert lines[0]["purpose"]
    assert lines[0]["who"] == workspace.settings.dashboard.user
    assert {"name", "email"} <= {column for line in lines for column in line["columns"]}
    known = len(seen(workspace))
    app.run()
    assert len(seen(workspace)) == known  # drawn anew: the same view
    app.query_params["customer"] = second["customer_key"]
    app.run()
    assert any(line["customer_key"] == second["customer_key"] for line in seen(workspace))


def test_the_same_view_after_a_while_is_another_line(
    open_page: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    [one] = people(workspace, 1)
    app = open_page(workspace, "customers", customer=one["customer_key"])
    known = len(seen(workspace))
    clock = app_viewer.time.monotonic
    monkeypatch.setattr(app_viewer.time, "monotonic", lambda: clock() + app_viewer.SEEN_AGAIN)
    app.run()
    assert len(seen(workspace)) > known


@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_a_name_that_the_log_does_not_know_of(open_page: Open, workspace: Workspace, page: str) -> None:
    with duckdb.connect(str(generations.current(workspace).file), read_only=True) as connection:
        query = "select distinct name from serving.customer_360 where name like '% %'"
        names = {name for (name,) in connection.execute(query).fetchall()}
    app = open_page(workspace, page)
    assert not app.exception
    text = " ".join(str(block) for block in app.main) + " ".join(str(frame.value.to_dict()) for frame in app.dataframe)
    shown = {name for name in names if name in re.sub(r"\\(.)", r"\1", text)}
    assert bool(shown) <= bool(seen(workspace)), f"{page} shows {sorted(shown)[:3]}"


def test_who_may_not_see_people_is_no_line(
    open_page: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_viewer, "current_viewer", lambda workspace: Viewer("vic", frozenset()))
    open_page(workspace, "overview")
    assert not seen(workspace)
