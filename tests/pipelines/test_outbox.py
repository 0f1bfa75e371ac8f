"""Scheduled lists as a step of the night and as a command: what does not arrive warns, and the exit code says so."""

from datetime import date

import dagster as dg
import pytest
from typer.testing import CliRunner

from pipelines import cli, cli_outbox
from pipelines.assets.outbox import outbox_asset
from pipelines.partitions import as_of_partitions
from pipelines.resources import WorkspaceResource
from tests.workspace.outbox.conftest import Receiver, night, receiver, schedule, workspace  # noqa: F401
from workspace.folders import Workspace
from workspace.outbox import records
from workspace.outbox.delivering import UndeliveredError


def step(place: Workspace, day: date) -> dg.AssetCheckEvaluation:
    """Run the night's last step alone; returns its check. It never fails, or this raises."""
    asset = outbox_asset(as_of_partitions(place))
    run = dg.materialize(
        [asset],
        partition_key=day.isoformat(),
        resources={"workspace": WorkspaceResource(root=str(place.root))},
    )
    [check] = run.get_asset_check_evaluations()
    return check


def test_a_list_that_does_not_arrive_warns_and_the_night_stands(
    workspace: Workspace,  # noqa: F811
    receiver: Receiver,  # noqa: F811
) -> None:
    night(workspace, 1, {1: "A"})
    schedule(workspace, "plain")
    key = schedule(workspace)
    receiver.answers = [404]
    check = step(workspace, date(2025, 6, 1))
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "404" in str(check.metadata[key].value)
    assert check.metadata.keys() == {key}
    with pytest.raises(UndeliveredError, match="1 of 2 scheduled lists did not arrive") as caught:
        cli_outbox.refuse_failed(cli_outbox.of_night(workspace))
    assert caught.value.exit_code == 5
    assert step(workspace, date(2025, 6, 1)).passed
    cli_outbox.refuse_failed(cli_outbox.of_night(workspace))


def test_a_backfill_of_an_earlier_day_delivers_nothing(workspace: Workspace, receiver: Receiver) -> None:  # noqa: F811
    night(workspace, 2, {1: "A"})
    schedule(workspace)
    assert step(workspace, date(2025, 6, 1)).passed
    assert not receiver.got
    assert not records.outcomes(workspace)


def test_the_command_lists_and_delivers(workspace: Workspace, receiver: Receiver) -> None:  # noqa: F811
    night(workspace, 1, {1: "A", 2: "A"})
    schedule(workspace)

    def regulars(*words: str) -> str:
        found = CliRunner().invoke(cli.app, ["-w", str(workspace.root), *words])
        assert found.exception is None, found.output
        return found.stdout

    assert '"last": "not yet run"' in regulars("outbox", "list", "--json")
    assert '"status": "delivered"' in regulars("outbox", "run", "--json")
    listed = regulars("outbox", "list", "--json")
    assert '"customers": 2' in listed
    assert '"as_of": "2025-06-01"' in listed
    receiver.answers = [404]
    night(workspace, 2, {1: "A"})
    refused = CliRunner().invoke(cli.app, ["-w", str(workspace.root), "outbox", "run", "page-1"])
    assert isinstance(refused.exception, UndeliveredError)
    assert "'regulars outbox run' tries again" in str(refused.exception)
