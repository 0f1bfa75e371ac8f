"""Lists that are campaigns: shown is frozen is exported, the arms apart, and contacts are known when they come back."""

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app_data import campaigns, lists, reader
from dashboards.app_data.campaigns import Request
from dashboards.app_data.list_funnel import Plan, funnel
from dashboards.app_data.reader import Published, Where
from dashboards.app_format import number, plain
from dashboards.app_viewer import CONTACT_DETAILS, LISTS, Viewer
from tests.dashboards.conftest import MALICIOUS, republish
from workspace import generations, state
from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.segments import files
from workspace.segments.checking import definition_of

MIA = Viewer("mia", frozenset({LISTS, CONTACT_DETAILS}))
ANA = Viewer("ana", frozenset({LISTS}))
BUYERS = definition_of({"all": [{"field": "tier", "one_of": ["A", "B", "C"]}]})
PLAN = Plan(BUYERS, "SPRING-1", channel="email", control_percent=25.0)
COLUMNS = ("customer_number", "name", "tier")


@pytest.fixture(scope="module")
def workspace(company: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return republish(company, tmp_path_factory.mktemp("campaign") / "workspace", lambda connection: None)


@pytest.fixture(scope="module")
def data(workspace: Workspace) -> Published:
    return reader.published(workspace)


@pytest.fixture(scope="module")
def made(workspace: Workspace, data: Published) -> dict[str, Any]:
    number = campaigns.make(workspace, data, MIA, Request("Spring", PLAN, COLUMNS, "spring offer"))
    return next(row for row in state.lists(workspace) if row["list_id"] == number)


def where_of(data: Published) -> Where:
    return Where(data.file, data.as_of, data.time_zone)


def frozen(workspace: Workspace, row: dict[str, Any], name: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.read_parquet(str((workspace.exports / row["file"]).parent / name)).fetchall()


def test_rows_shown_are_rows_frozen_are_rows_exported_and_the_arms_are_apart(
    workspace: Workspace, data: Published, made: dict[str, Any]
) -> None:
    counts = funnel(where_of(data), MIA, PLAN)
    written, held = frozen(workspace, made, "members.parquet"), frozen(workspace, made, campaigns.HELD)
    assert counts["final"] == len(written) == made["customer_count"] > 0
    assert counts["control"] == len(held) > 0
    assert len(frozen(workspace, made, campaigns.FUNNEL)) == sum(counts.values())
    assert not {row[0] for row in written} & {row[0] for row in held}
    with lists.taken(workspace, MIA, made, "csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = list(csv.reader(file))
    assert len(rows) == counts["final"]
    assert header[1:5] == ["Campaign id", "Contact id", "Arm", "Customer number"]
    assert {row[1] for row in rows} == {"SPRING-1"}
    assert {row[3] for row in rows} == {"treatment"}
    assert len({row[2] for row in rows}) == len(rows)


def test_the_purpose_and_the_plan_are_on_record(workspace: Workspace, made: dict[str, Any]) -> None:
    assert Plan.from_dict(made["definition"]["plan"]) == PLAN
    line = next(line for line in reversed(state.audit_lines(workspace)) if line["action"] == "list made")
    assert '"purpose": "spring offer"' in line["detail"]
    assert '"campaign_id": "SPRING-1"' in line["detail"]


@pytest.mark.parametrize(
    ("request_", "viewer", "problem"),
    [
        (Request("", PLAN, COLUMNS, "x"), MIA, "a name and a purpose"),
        (Request("x", PLAN, COLUMNS, " "), MIA, "a name and a purpose"),
        (Request("x", PLAN, COLUMNS, "x"), ANA, "may not see contact details"),
        (Request("x", PLAN, ("tier",), "x"), Viewer("guest", frozenset()), "may not see lists"),
        (Request("x", PLAN, ("tier",), "x"), ANA, "'SPRING-1' has the list 'Spring' already"),
        (Request("x", Plan(definition_of({"all": [{"field": "tier", "one_of": ["Z"]}]}), "S-2"), ("tier",), "x"),
         ANA, "Nobody is left"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_leaves_nothing_behind(
    workspace: Workspace, data: Published, made: dict[str, Any], request_: Request, viewer: Viewer, problem: str
) -> None:
    before = sorted((workspace.exports / "lists").iterdir())
    with pytest.raises(RegularsError, match=problem):
        campaigns.make(workspace, data, viewer, request_)
    assert sorted((workspace.exports / "lists").iterdir()) == before


def test_contacts_and_answers_are_known_when_they_come_back(
    workspace: Workspace, data: Published, made: dict[str, Any]
) -> None:
    written, held = frozen(workspace, made, "members.parquet"), frozen(workspace, made, campaigns.HELD)
    before = campaigns.came_back(workspace, where_of(data), made)
    assert list(before["arm"]) == ["treatment", "control"]
    assert list(before["listed_count"]) == [len(written), len(held)]
    assert before["contacted_count"].sum() == before["bought_count"].sum() == 0
    shown = generations.current(workspace).file

    def next_night(target: Path) -> None:
        target.write_bytes(shown.read_bytes())
        with duckdb.connect(str(target)) as connection:
            connection.execute(
                "insert into star.dim_campaign by name (select -1 as campaign_key, 'SPRING-1' as campaign_id)"
            )
            # Three contacts of the list come back, one answered; one that was never on the list is not counted.
            rows = [(written[0][2], True), (written[1][2], False), (held[0][2], False), ("SPRING-1-0", True)]
            for number, (contact_id, is_clicked) in enumerate(rows):
                connection.execute(
                    "insert into star.fct_campaign_contacts by name (select -1 as campaign_key, ? as contact_key,"
                    " ? as contact_id, ?::boolean as is_clicked, false as is_replied, false as is_redeemed,"
                    " false as is_purchased)",
                    [-number - 1, contact_id, is_clicked],
                )
            connection.execute(
                "insert into star.fct_orders by name (select -1 as order_key, ? as customer_key, true as is_sale,"
                " (?::date + 1)::date as ordered_on)",
                [held[0][0], data.as_of],
            )

    generations.publish(workspace, generations.next_name(workspace, data.as_of), next_night, keep=5)
    later = reader.published(workspace)
    after = campaigns.came_back(workspace, Where(later.file, later.as_of + timedelta(days=1), later.time_zone), made)
    assert list(after["contacted_count"]) == [2, 1]
    assert list(after["answered_count"]) == [1, 0]
    assert list(after["bought_count"]) == [0, 1]


def test_the_page_leads_from_a_segment_to_a_list_with_its_funnel(
    open_page: Callable[..., AppTest], workspace: Workspace, data: Published
) -> None:
    app = open_page(workspace, "lists", s=files.to_address(BUYERS))
    assert not app.exception
    assert not app.error
    app.number_input(key="plan_control").set_value(25.0).run()
    app.text_input(key="plan_campaign").set_value("AUTUMN").run()
    now = reader.published(workspace)
    counts = funnel(where_of(now), MIA, replace(PLAN, campaign_id="AUTUMN"))
    assert app.metric[0].value == number(counts["final"])
    [steps] = [table.value for table in app.dataframe if "left" in table.value]
    assert list(steps["customer_count"]) == list(counts.values())
    assert any("Too small to conclude" in warning.value for warning in app.warning), "some hundred people show little"
    app.text_input(key="campaign_name").set_value("=1+1 <b>Autumn</b>").run()
    app.button(key="make_campaign").click().run()
    assert "a name and a purpose" in app.error[0].value
    app.text_input(key="purpose").set_value("autumn offer").run()
    app.button(key="make_campaign").click().run()
    row = state.lists(workspace)[0]
    assert (row["name"], row["customer_count"]) == ("=1+1 <b>Autumn</b>", counts["final"])
    assert any(plain("=1+1 <b>Autumn</b>") in success.value for success in app.success)
    assert not app.exception


def test_a_list_without_a_control_group_says_that_it_will_show_nothing(
    open_page: Callable[..., AppTest], workspace: Workspace
) -> None:
    app = open_page(workspace, "lists", s=files.to_address(BUYERS))
    app.number_input(key="plan_control").set_value(0.0).run()
    assert any("Nobody is held out" in warning.value for warning in app.warning)


@pytest.mark.parametrize("text", [MALICIOUS[0], MALICIOUS[6], MALICIOUS[9]])
def test_malicious_campaign_numbers_and_purposes_are_text(
    open_page: Callable[..., AppTest], workspace: Workspace, text: str
) -> None:
    app = open_page(workspace, "lists", s=files.to_address(BUYERS))
    for key, length in (("plan_campaign", 100), ("purpose", 300), ("campaign_name", 120)):
        app.text_input(key=key).set_value(text[:length]).run()
    app.button(key="make_campaign").click().run()
    assert not app.exception
    assert not app.error
    row = state.lists(workspace)[0]
    assert row["definition"]["plan"]["campaign_id"] == text[:100]
    assert frozen(workspace, row, "members.parquet")[0][1] == text[:100]
