"""The page Review: what is decided there is what the night obeys, and moves that wait are let through there."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import app_viewer
from pipelines.assets.identity import decided
from pipelines.identity import Decision
from tests.dashboards.conftest import ACCESS, republish
from tests.dashboards.reading import words
from workspace import identity_state, state
from workspace.folders import Workspace

Open = Callable[..., AppTest]
FIRST, SECOND = ("customer_id", "C000001"), ("prospect_id", "Q000002")
SAID = json.dumps({"name": "Ida Kern", "email": "ida@x.example"})
REASONS = json.dumps([{"what": "surname", "how": "equal", "weight": 7.0}])


def doubt(connection: duckdb.DuckDBPyConnection) -> None:
    """Two pairs in the grey zone, of which the first is joined for now."""
    connection.execute("delete from identity.review_pairs")
    for other, weight, is_joined in ((SECOND, 2.0, True), (("customer_id", "C000003"), 1.0, False)):
        connection.execute(
            "insert into identity.review_pairs values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [*FIRST, *other, weight, is_joined, SAID, SAID, REASONS],
        )


@pytest.fixture
def doubtful(company: Workspace, tmp_path: Path) -> Workspace:
    return republish(company, tmp_path / "doubtful", doubt)


def lines(workspace: Workspace, action: str) -> list[str]:
    return [line["who"] for line in state.audit_lines(workspace) if line["action"] == action]


def test_what_is_said_of_a_pair_is_what_the_night_obeys(open_page: Open, doubtful: Workspace) -> None:
    app = open_page(doubtful, "review")
    assert not app.exception
    assert [metric.value for metric in app.metric] == ["2", "1", "0"]
    app.button(key="other_C000001_Q000002").click().run()
    assert not app.exception
    assert [metric.value for metric in app.metric] == ["1", "0", "1"]  # asked no more
    assert decided(doubtful) == [Decision(*FIRST, *SECOND, is_same=False)]
    app.button(key="same_C000001_C000003").click().run()
    assert Decision(*FIRST, "customer_id", "C000003", is_same=True) in decided(doubtful)
    who = doubtful.settings.dashboard.user
    assert (lines(doubtful, "identity not the same"), lines(doubtful, "identity same")) == ([who], [who])


def test_moves_that_wait_are_shown_and_let_through_by_their_button(open_page: Open, doubtful: Workspace) -> None:
    for name, number in (("moves-1", "C000007"), ("moves-2", "C000008")):
        identity_state.keep_moves(
            doubtful, name, customers=30, customer_share=0.3, money_share=0.2,
            records=[("customer_id", number, 1, 2)],
        )  # fmt: skip
    app = open_page(doubtful, "review")
    assert "30 customers" in words(app)
    assert {"C000007", "C000008"} <= {str(cell) for table in app.dataframe for cell in table.value.to_numpy().flat}
    app.button(key="allow_moves-2").click().run()
    assert not app.exception
    assert [identity_state.is_allowed(doubtful, name) for name in ("moves-1", "moves-2")] == [False, True]
    assert lines(doubtful, "identity moves allowed") == [doubtful.settings.dashboard.user]
    assert "allow_moves-2" not in [button.key for button in app.button]


@pytest.mark.parametrize(("role", "is_shown"), [("viewer", False), ("marketer", True)])
def test_who_may_not_decide_has_no_buttons_and_who_may_not_see_people_no_records(
    open_page: Open, doubtful: Workspace, monkeypatch: pytest.MonkeyPatch, role: str, is_shown: bool
) -> None:
    settings = doubtful.settings_file.read_text()
    doubtful.settings_file.write_text(settings + ACCESS + f'{role} = ["vic@example.org"]\n')
    monkeypatch.setattr(app_viewer, "claims", lambda: {"is_logged_in": True, "email": "vic@example.org"})
    identity_state.keep_moves(
        doubtful, "moves-1", customers=30, customer_share=0.3, money_share=0.2, records=[("customer_id", "C7", 1, 2)]
    )
    app = open_page(doubtful, "review")
    assert not app.exception
    assert "30 customers" in words(app)
    assert not [button.key for button in app.button if str(button.key).startswith(("same_", "other_", "allow_"))]
    assert bool(app.dataframe) is is_shown
    assert any("Ida" in str(pair.value.to_numpy()) for pair in app.table) is is_shown
