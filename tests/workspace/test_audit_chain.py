"""The audit log: chained as published SHA-256 says, append-only, and whatever is done to it behind our back is seen."""

import hashlib
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from workspace import audit_chain, state
from workspace.folders import Workspace


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "regulars.toml").write_text("")
    made = Workspace.open(tmp_path)
    for number in range(5):
        state.audit(made, "ana", "table taken", table=f"t{number}", rows=number)
    return made


def broken(workspace):
    return audit_chain.broken_at(state.audit_lines(workspace), audit_chain.read_head(workspace.state))


def behind_our_back(workspace, *statements):
    connection = sqlite3.connect(workspace.state / "state.sqlite")
    with connection:
        connection.execute("drop trigger if exists audit_is_never_changed")
        connection.execute("drop trigger if exists audit_is_never_deleted")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_log_that_nobody_touched_is_whole(workspace):
    lines = state.audit_lines(workspace)
    assert [json.loads(line["detail"])["table"] for line in lines] == ["t0", "t1", "t2", "t3", "t4"]
    assert broken(workspace) == ""


def test_the_chain_is_the_hash_of_the_line_and_the_one_before(workspace):
    first, second = state.audit_lines(workspace)[:2]
    body = json.dumps(["0" * 64, 1, first["at"], "ana", "table taken", first["detail"]], separators=(",", ":"))
    assert first["chain"] == hashlib.sha256(body.encode()).hexdigest()
    body = json.dumps([first["chain"], 2, second["at"], "ana", "table taken", second["detail"]], separators=(",", ":"))
    assert second["chain"] == hashlib.sha256(body.encode()).hexdigest()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("update audit set who = 'bob' where audit_id = 3", "Line 3 is not what was written"),
        ("update audit set detail = '{}' where audit_id = 5", "Line 5 is not what was written"),
        ("update audit set at = '2020-01-01' where audit_id = 1", "Line 1 is not what was written"),
        ("delete from audit where audit_id = 2", "Line 2 is missing"),
        ("delete from audit where audit_id = 5", "ends at line 4, and line 5 was written last"),
        ("delete from audit", "ends at line 0, and line 5"),
        ("insert into audit select 6, at, who, action, detail, chain from audit where audit_id = 5", "Line 6 is not"),
    ],
)
def test_what_is_done_behind_our_back_is_seen(workspace, statement, problem):
    behind_our_back(workspace, statement)
    assert problem in broken(workspace)


def test_the_application_cannot_change_or_delete_a_line(workspace):
    for statement in ("update audit set who = 'bob'", "delete from audit"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"), state.connect(workspace) as connection:
            connection.execute(statement)
    assert broken(workspace) == ""


def test_writers_at_the_same_time_make_one_chain(workspace):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: state.audit(workspace, f"w{number}", "view"), range(24)))
    assert len(state.audit_lines(workspace)) == 29
    assert broken(workspace) == ""


def test_a_log_from_before_the_chain_is_taken_into_it(tmp_path):
    (tmp_path / "regulars.toml").write_text("")
    old = Workspace.open(tmp_path)
    old.state.mkdir()
    connection = sqlite3.connect(old.state / "state.sqlite")
    with connection:
        connection.execute(
            "create table audit (audit_id integer primary key, at text not null, who text not null,"
            " action text not null, detail text not null)"
        )
        connection.executemany("insert into audit values (?, 'then', 'ana', 'list made', '{}')", [(1,), (2,)])
    connection.close()
    state.audit(old, "ana", "view")
    assert len(state.audit_lines(old)) == 3
    assert broken(old) == ""


def test_the_command_says_whole_or_where_it_broke(workspace):
    runner = CliRunner()
    command = ["-w", str(workspace.root), "audit", "verify", "--json"]
    said = json.loads(runner.invoke(app, command).stdout)
    assert (said["is_whole"], said["lines"], len(said["head"])) == (True, 5, 64)
    assert runner.invoke(app, [*command, "--head", said["head"]]).exit_code == 0
    assert runner.invoke(app, [*command, "--head", "f" * 64]).exit_code == 1
    behind_our_back(workspace, "update audit set who = 'bob' where audit_id = 3")
    result = runner.invoke(app, command)
    assert result.exit_code == 1
    assert "Line 3" in json.loads(result.stdout)["problem"]
