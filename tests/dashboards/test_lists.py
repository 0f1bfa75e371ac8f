"""Lists as a whole: what is shown is what is frozen is what is exported, who did it is on record, tries are refused."""

import csv
import json
from typing import Any

import duckdb
import openpyxl
import pytest

from dashboards.app_data import lists, reader
from dashboards.app_data.list_query import ListFilter
from dashboards.app_data.lists import Request
from dashboards.app_data.reader import Published
from dashboards.app_viewer import CONTACT_DETAILS, LISTS, Viewer
from workspace import state
from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.list_columns import USUAL

ANALYST = Viewer("ana", frozenset({LISTS}))
MARKETER = Viewer("mia", frozenset({LISTS, CONTACT_DETAILS}))
GUEST = Viewer("guest", frozenset())
BUYERS = ListFilter(tiers=("A", "B"))
DETAILS = ("name", "email", *USUAL)


def stored(workspace: Workspace, list_id: int) -> dict[str, Any]:
    return next(row for row in state.lists(workspace) if row["list_id"] == list_id)


def audit(workspace: Workspace) -> list[tuple[str, str, dict[str, Any]]]:
    with state.connect(workspace) as connection:
        rows = connection.execute("select who, action, detail from audit order by audit_id").fetchall()
    return [(row["who"], row["action"], json.loads(row["detail"])) for row in rows]


def test_rows_shown_are_rows_frozen_are_rows_exported(company: Workspace, published: Published) -> None:
    for chosen in (ListFilter(), BUYERS, ListFilter(consents=("email",), recency_to=90)):
        shown = lists.count(published.file, chosen)
        row = stored(company, lists.make(company, published, MARKETER, Request("A list", chosen, DETAILS)))
        assert row["customer_count"] == shown > 0
        parquet = lists.taken(company, MARKETER, row, "parquet")
        with duckdb.connect() as connection:
            frozen = connection.read_parquet(str(parquet)).fetchall()
        with lists.taken(company, MARKETER, row, "csv").open(encoding="utf-8-sig", newline="") as file:
            assert len(list(csv.reader(file))) - 1 == shown
        sheet = openpyxl.load_workbook(lists.taken(company, MARKETER, row, "xlsx"), read_only=True).active
        assert sheet is not None
        assert sum(1 for _ in sheet.iter_rows()) - 1 == shown
        assert len({member[0] for member in frozen}) == len(frozen) == shown
        preview = lists.preview(published.file, MARKETER, chosen, DETAILS, 10)
        assert [tuple(first.values()) for first in preview] == frozen[:10]


def test_a_list_says_who_when_on_what_and_by_which_filter(company: Workspace, published: Published) -> None:
    row = stored(company, lists.make(company, published, ANALYST, Request("  Spring \n offer ", BUYERS, USUAL)))
    assert (row["name"], row["created_by"], row["generation"]) == ("Spring offer", "ana", published.name)
    assert row["as_of"] == published.as_of.isoformat()
    assert ListFilter.from_dict(row["definition"]["filter"]) == BUYERS
    assert row["definition"]["columns"] == list(USUAL)


def test_making_and_taking_are_written_to_the_audit_log(company: Workspace, published: Published) -> None:
    row = stored(company, lists.make(company, published, MARKETER, Request("Logged", BUYERS, DETAILS)))
    lists.taken(company, MARKETER, row, "csv")
    (_, made, made_detail), (who, taken, taken_detail) = audit(company)[-2:]
    assert (who, made, taken) == ("mia", "list made", "list downloaded")
    assert made_detail["contact_details"] == taken_detail["contact_details"] == ["name", "email"]
    assert made_detail["customer_count"] == row["customer_count"]
    assert taken_detail["kind"] == "csv"


def test_contact_details_are_refused_where_they_are_read(company: Workspace, published: Published) -> None:
    with pytest.raises(RegularsError, match="may not see contact details"):
        lists.preview(published.file, ANALYST, BUYERS, DETAILS, 10)
    with pytest.raises(RegularsError, match="may not see contact details"):
        lists.make(company, published, ANALYST, Request("Names", BUYERS, DETAILS))
    row = stored(company, lists.make(company, published, MARKETER, Request("Names", BUYERS, DETAILS)))
    with pytest.raises(RegularsError, match="may not see contact details"):
        lists.taken(company, ANALYST, row, "csv")
    with pytest.raises(RegularsError, match="may not see lists"):
        lists.make(company, published, GUEST, Request("Any", BUYERS, USUAL))


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (Request("  ", BUYERS, USUAL), "needs a name"),
        (Request("Nobody", ListFilter(regions=("Atlantis",)), USUAL), "Nobody belongs"),
        (Request("Shoes", BUYERS, ("shoe_size",)), "no column"),
    ],
)
def test_a_list_that_cannot_be_leaves_nothing_behind(
    company: Workspace, published: Published, request_: Request, problem: str
) -> None:
    folder = company.exports / "lists"
    before = sorted(folder.iterdir()) if folder.exists() else []
    kept = len(state.lists(company))
    with pytest.raises(RegularsError, match=problem):
        lists.make(company, published, MARKETER, request_)
    assert (sorted(folder.iterdir()) if folder.exists() else []) == before
    assert len(state.lists(company)) == kept


def test_a_file_that_does_not_hold_the_customers_shown_is_refused(
    company: Workspace, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "count", lambda file, chosen: 1_000_000)
    kept, folder = len(state.lists(company)), company.exports / "lists"
    folder.mkdir(exist_ok=True)
    before = sorted(folder.iterdir())
    with pytest.raises(RegularsError, match="and not the 1000000 shown"):
        lists.make(company, published, MARKETER, Request("Wrong", BUYERS, USUAL))
    assert len(state.lists(company)) == kept
    assert sorted(folder.iterdir()) == before


def test_members_that_are_gone_are_told_as_such(company: Workspace, published: Published) -> None:
    row = stored(company, lists.make(company, published, MARKETER, Request("Gone", BUYERS, USUAL)))
    (company.exports / row["file"]).unlink()
    with pytest.raises(RegularsError, match="are gone"):
        lists.taken(company, MARKETER, row, "csv")


def test_a_malicious_name_is_a_harmless_cell(malicious: Workspace) -> None:
    data = reader.published(malicious)
    row = stored(malicious, lists.make(malicious, data, MARKETER, Request("=1+1", ListFilter(), ("name",))))
    with lists.taken(malicious, MARKETER, row, "csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [line[1] for line in csv.reader(file)]
    assert "'=cmd|'/c calc'!A1" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    sheet = openpyxl.load_workbook(lists.taken(malicious, MARKETER, row, "xlsx")).active
    assert sheet is not None
    assert not [cell for line in sheet.iter_rows() for cell in line if cell.data_type == "f"]
