"""Scheduled lists on the pages: scheduled by a form, delivered by a click, and what failed is said."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import app_viewer
from dashboards.app_data import outbox, reader
from dashboards.app_data.outbox import Order
from dashboards.app_viewer import LISTS, Viewer
from tests.dashboards.conftest import MALICIOUS
from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.outbox.schedules import schedules
from workspace.segments import saved
from workspace.segments.checking import definition_of

Open = Callable[..., AppTest]
BEST = definition_of({"all": [{"field": "tier", "one_of": ["A"]}]})
SETTINGS = """
[outbox.destinations.mailing]
folder = "mailing"
contact_details = true
[outbox.destinations.partner]
url = "http://127.0.0.1:9/"
secret_variable = "NOT_SET_ANYWHERE"
"""


@pytest.fixture
def workspace(copy_of: Callable[[Workspace, Path], Workspace], company: Workspace, tmp_path: Path) -> Workspace:
    made = copy_of(company, tmp_path / "workspace")
    made.settings_file.write_text(made.settings_file.read_text() + SETTINGS)
    made = Workspace.open(made.root)
    saved.save(made, name="Best", definition=BEST, who="ann")
    return made


def nightly(open_page: Open, workspace: Workspace) -> AppTest:
    return open_page(workspace, "segments", segment="1", view="Every night")


def test_a_segment_is_scheduled_by_the_form_and_delivered_by_a_click(open_page: Open, workspace: Workspace) -> None:
    app = nightly(open_page, workspace)
    app.selectbox(key="nightly_what").set_value("changes").run()
    app.multiselect(key="nightly_columns_True").set_value(["tier", "email"]).run()
    app.button(key="nightly_save").click().run()
    assert "needs a purpose" in app.error[0].value
    app.text_input(key="nightly_purpose").set_value("to greet them").run()
    app.button(key="nightly_save").click().run()
    [one] = schedules(workspace)
    assert (one.segment_name, one.destination, one.what) == ("Best", "mailing", "changes")
    assert one.columns == ("tier", "email")
    assert (one.purpose, one.who) == ("to greet them", workspace.settings.dashboard.user)
    app.button(key="deliver_page-1").click().run()
    assert not app.exception
    [file] = (workspace.root / "mailing").iterdir()
    members = reader.record(
        reader.published(workspace).file, "select count(*) as n from serving.customer_360 where tier = 'A'"
    )["n"]
    assert len(file.read_text(encoding="utf-8-sig").splitlines()) == members + 1
    assert any(f"{members} customers" in text.value for text in app.success)
    app.button(key="stop_page-1").click().run()
    assert not schedules(workspace)


def test_what_did_not_arrive_is_said_on_the_page_and_this_morning(open_page: Open, workspace: Workspace) -> None:
    order = Order(1, "partner", "whole", "csv", ("tier",), "to try")
    key = outbox.save(workspace, Viewer("ann", frozenset({LISTS})), order)
    assert "did not arrive" not in overview(open_page, workspace)
    app = nightly(open_page, workspace)
    app.button(key=f"deliver_{key}").click().run()
    assert any("NOT\\_SET\\_ANYWHERE is not set" in text.value for text in app.error)
    assert any("Not delivered last night" in text.value for text in open_page(workspace, "segments").warning)
    assert "1 scheduled list did not arrive last night" in overview(open_page, workspace)


def overview(open_page: Open, workspace: Workspace) -> str:
    app = open_page(workspace, "overview")
    assert not app.exception
    return " ".join(link.proto.label for link in app.get("page_link"))


def test_contact_details_are_offered_only_to_who_may_and_where_they_may_go(
    open_page: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = nightly(open_page, workspace)
    assert "E-mail" in app.multiselect(key="nightly_columns_True").options
    app.selectbox(key="nightly_to").set_value("partner").run()
    assert "E-mail" not in app.multiselect(key="nightly_columns_False").options
    analyst = Viewer("ana", frozenset({LISTS}))
    monkeypatch.setattr(app_viewer, "current_viewer", lambda workspace: analyst)
    with pytest.raises(RegularsError, match="ana may not see contact details"):
        outbox.save(workspace, analyst, Order(1, "mailing", "whole", "csv", ("email",), "to try"))
    with pytest.raises(RegularsError, match="may not see lists"):
        outbox.end(workspace, Viewer("vic", frozenset()), "page-1")


def test_malicious_names_and_purposes_are_text(open_page: Open, workspace: Workspace) -> None:
    for place, text in enumerate(MALICIOUS):
        made = saved.save(workspace, name=f"{text[:90]} {place}", definition=BEST, who=text[:100])
        order = Order(made.segment_id, "partner", "whole", "csv", ("tier",), text)
        outbox.save(workspace, Viewer(text[:100], frozenset({LISTS})), order)
    app = nightly(open_page, workspace)
    assert not app.exception
    shown = " ".join(one.value for one in [*app.markdown, *app.caption])
    assert not re.search(r"(?<!\\)<script", shown)
    assert not re.search(r"(?<!\\)!\[x", shown)
