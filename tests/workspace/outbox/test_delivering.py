"""Scheduled lists against a real receiver: signed, tried again, each once, whatever stops in between."""

import base64
import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest

from tests.workspace.outbox.conftest import SECRET, Receiver, night, run, schedule
from workspace import audit_chain, state
from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.outbox import delivering, records
from workspace.outbox.schedules import end, schedules
from workspace.outbox.sending import Parcel, file_name, signature
from workspace.segments import saved

FOUR = {1: "A", 2: "A", 3: "B", 4: "A"}


def rows(text: str) -> list[str]:
    """The lines below the heading, without the mark of the encoding."""
    return text.removeprefix("\ufeff").splitlines()[1:]


def statuses(workspace: Workspace) -> list[str]:
    return [one.status for one in run(workspace)]


def test_a_delivery_is_posted_whole_and_signed(workspace: Workspace, receiver: Receiver) -> None:
    night(workspace, 1, FOUR)
    schedule(workspace, columns=("tier", "name", "email"))
    [outcome] = run(workspace)
    assert (outcome.status, outcome.customer_count, outcome.as_of) == ("delivered", 3, date(2025, 6, 1))
    [(headers, body)] = receiver.got
    assert rows(body.decode()) == [
        "4,A,Customer 4,c4@example.org",
        "2,A,Customer 2,c2@example.org",
        "1,A,Customer 1,c1@example.org",
    ]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["idempotency-key"] == headers["webhook-id"]
    assert headers["content-type"] == "text/csv"


def test_the_signature_is_the_one_that_standard_webhooks_publishes(tmp_path: Path) -> None:
    # The example of the libraries' own tests: standard-webhooks, libraries/python/tests/test_webhooks.py.
    (tmp_path / "body").write_bytes(b'{"test": 2432232314}')
    secret, key = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    found = signature(secret, key, 1614265330, tmp_path / "body")
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_same_night_again_sends_nothing_and_new_content_does(workspace: Workspace, receiver: Receiver) -> None:
    night(workspace, 1, FOUR)
    schedule(workspace)
    assert statuses(workspace) == ["delivered"]
    night(workspace, 1, FOUR)  # the same day published anew, with the same customers
    assert statuses(workspace) == ["delivered"]
    assert len(receiver.got) == 1
    night(workspace, 1, FOUR | {3: "A"})
    night(workspace, 1, FOUR | {3: "A"})
    assert statuses(workspace) == ["delivered"]
    night(workspace, 1, FOUR)  # and back: the receiver must hear of it
    assert statuses(workspace) == ["delivered"]
    assert [len(rows(body.decode())) for _, body in receiver.got] == [3, 4, 3]
    assert len(set(receiver.keys)) == 3


def test_another_night_is_another_delivery_though_nothing_changed(workspace: Workspace, receiver: Receiver) -> None:
    schedule(workspace)
    for day in (1, 2):
        night(workspace, day, FOUR)
        assert statuses(workspace) == ["delivered"]
    assert len(set(receiver.keys)) == 2


def test_of_changes_only_who_joined_and_who_left(workspace: Workspace, receiver: Receiver) -> None:
    schedule(workspace, what="changes", columns=("tier", "email"))
    night(workspace, 1, FOUR)
    assert statuses(workspace) == ["delivered"]
    assert rows(receiver.taken[receiver.keys[0]]) == [
        "1,joined,A,c1@example.org",
        "2,joined,A,c2@example.org",
        "4,joined,A,c4@example.org",
    ]
    night(workspace, 2, FOUR)
    assert statuses(workspace) == ["unchanged"]
    # 1 left for another tier, 2 is gone altogether, 3 joined; of who left no contact details.
    night(workspace, 3, {1: "B", 3: "A", 4: "A"})
    assert statuses(workspace) == ["delivered"]
    assert len(receiver.got) == 2
    assert rows(receiver.taken[receiver.keys[1]]) == ["3,joined,A,c3@example.org", "1,left,B,", "2,left,,"]


def test_a_receiver_that_fails_and_then_takes_it_gets_one_key(workspace: Workspace, receiver: Receiver) -> None:
    night(workspace, 1, FOUR)
    schedule(workspace)
    receiver.answers = [500, 503]
    pauses: list[float] = []
    assert [one.status for one in run(workspace, pauses)] == ["delivered"]
    assert pauses == [2, 4]
    assert len(receiver.got) == 3
    assert len(receiver.taken) == 1


def test_a_pause_that_the_receiver_asks_for_is_kept_within_reason(workspace: Workspace, receiver: Receiver) -> None:
    night(workspace, 1, FOUR)
    schedule(workspace)
    receiver.answers, receiver.headers = [429, 429], {"retry-after": "9999"}
    pauses: list[float] = []
    run(workspace, pauses)
    assert pauses == [60, 60]


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "Compare the secret in CRM_SECRET"), (404, "Compare the address"), (302, "Redirects are not followed")],
)
def test_a_refusal_is_not_tried_again_and_says_what_to_do(
    workspace: Workspace, receiver: Receiver, status: int, words: str
) -> None:
    night(workspace, 1, FOUR)
    schedule(workspace)
    receiver.answers, receiver.headers = [status], {"location": "http://127.0.0.1:1/elsewhere"}
    [outcome] = run(workspace)
    assert outcome.status == "failed"
    assert f"crm answers {status}" in outcome.problem
    assert "<b>said</b> the receiver" in outcome.problem
    assert words in outcome.problem
    assert len(receiver.got) == 1
    assert SECRET not in outcome.problem


def test_what_failed_is_delivered_by_the_next_run(workspace: Workspace, receiver: Receiver) -> None:
    night(workspace, 1, FOUR)
    schedule(workspace)
    receiver.answers = [500, 500, 500]
    [outcome] = run(workspace)
    assert (outcome.status, len(receiver.got)) == ("failed", 3)
    assert "at each of 3 attempts" in outcome.problem
    assert statuses(workspace) == ["delivered"]
    assert len(set(receiver.keys)) == 1  # the receiver may have taken it though it answered 500
    assert records.outcomes(workspace)[outcome.schedule].problem == ""


def test_nobody_listening_and_a_slow_receiver_are_failures_with_words(
    workspace: Workspace, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(workspace, 1, FOUR)
    schedule(workspace)
    with socket.socket() as silent:  # accepts, and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        crm = workspace.settings.outbox.destinations["crm"]
        slow = crm.model_copy(
            update={"url": f"http://127.0.0.1:{silent.getsockname()[1]}/", "timeout_seconds": 0.05, "attempts": 2}
        )
        monkeypatch.setattr(delivering, "destination_of", lambda workspace, name: slow)
        [outcome] = run(workspace)
        assert "could not be reached: timed out, at each of 2 attempts" in outcome.problem
    [outcome] = run(workspace)
    assert "could not be reached" in outcome.problem
    assert not receiver.got


@pytest.mark.parametrize(("secret", "words"), [("", "is not set"), ("short", "shorter than 16")])
def test_without_a_secret_nothing_leaves(
    workspace: Workspace, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, secret: str, words: str
) -> None:
    night(workspace, 1, FOUR)
    schedule(workspace)
    monkeypatch.setenv("CRM_SECRET", secret)
    [outcome] = run(workspace)
    assert outcome.status == "failed"
    assert words in outcome.problem
    assert not receiver.got


KILLED = textwrap.dedent(
    """
    import sys
    from tests.workspace.outbox.conftest import run
    from workspace.folders import Workspace
    print("ready", flush=True)
    sys.stdin.readline()
    run(Workspace.open(sys.argv[1]))
    """
)


@pytest.mark.parametrize("what", ["whole", "changes"])
def test_killed_between_post_and_record_it_comes_again_under_the_same_key(
    workspace: Workspace, receiver: Receiver, what: str
) -> None:
    night(workspace, 1, FOUR)
    schedule(workspace, what=what)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(workspace.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    receiver.answers = [lambda: os.kill(process.pid, signal.SIGKILL)]
    process.communicate("go\n", timeout=120)
    assert process.returncode == -signal.SIGKILL
    assert len(receiver.got) == 1
    assert records.waiting(workspace, "page-1")
    night(workspace, 2, FOUR | {3: "A", 4: "B"})
    assert statuses(workspace) == ["delivered"]
    told = [rows(text) for text in reversed(receiver.taken.values())]
    if what == "whole":  # the new list stands for the old one, which did arrive once
        assert [set(one) for one in told] == [{"1,A", "2,A", "4,A"}, {"1,A", "2,A", "3,A"}]
    else:  # the old changes first, under their key: the new ones build on them
        assert receiver.keys[1] == receiver.keys[0]
        assert receiver.got[1][1] == receiver.got[0][1]
        assert told == [["1,joined,A", "2,joined,A", "4,joined,A"], ["3,joined,A", "4,left,B"]]


def test_a_folder_gets_one_file_for_each_delivery_and_never_half_of_one(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(workspace, 1, FOUR)
    schedule(workspace, "plain")
    monkeypatch.setattr(records, "arrived", lambda *parts: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        run(workspace)  # stopped after the file stood there
    monkeypatch.undo()
    assert statuses(workspace) == ["delivered"]
    [file] = (workspace.root / "handed-over").iterdir()
    assert file.name.startswith("best_2025-06-01_whole_")
    assert len(rows(file.read_text())) == 3
    assert not list((workspace.exports / "outbox").rglob("*.csv"))  # only the members stay with us


def test_a_disk_that_is_not_mounted_is_not_written_beside(workspace: Workspace, tmp_path: Path) -> None:
    settings = workspace.settings_file
    settings.write_text(settings.read_text() + f'[outbox.destinations.disk]\nfolder = "{tmp_path}/mnt"\n')
    workspace = Workspace.open(workspace.root)
    night(workspace, 1, FOUR)
    schedule(workspace, "disk")
    [outcome] = run(workspace)
    assert f"The folder {tmp_path}/mnt is not there." in outcome.problem
    (tmp_path / "mnt").mkdir()
    assert statuses(workspace) == ["delivered"]
    assert len(list((tmp_path / "mnt").iterdir())) == 1


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_no_cell_of_a_delivered_file_runs(workspace: Workspace, receiver: Receiver, tmp_path: Path, form: str) -> None:
    formula = "=cmd|'/c calc'!A1"
    night(workspace, 1, {1: "A"}, {1: formula})
    schedule(workspace, columns=("name",), form=form)
    assert statuses(workspace) == ["delivered"]
    file = tmp_path / f"got.{form}"
    file.write_bytes(receiver.got[0][1])
    if form == "csv":
        assert f"'{formula}" in file.read_text()
    elif form == "xlsx":
        cell = openpyxl.load_workbook(file).active["B2"]
        assert (cell.value, cell.data_type) == (formula, "s")
    else:
        assert duckdb.read_parquet(str(file)).fetchall() == [(1, formula)]
    assert statuses(workspace) == ["delivered"]  # a workbook carries its hour, and yet it is the same delivery
    assert len(receiver.got) == 1


def test_contact_details_go_only_where_the_settings_let_them(workspace: Workspace, receiver: Receiver) -> None:
    night(workspace, 1, FOUR)
    with pytest.raises(RegularsError, match="Contact details \\(email\\) may not go to 'plain'"):
        schedule(workspace, "plain", columns=("email",))
    schedule(workspace, columns=("email",))
    settings = workspace.settings_file
    settings.write_text(settings.read_text().replace("contact_details = true", "contact_details = false"))
    [outcome] = run(Workspace.open(workspace.root))
    assert "may not go to 'crm'" in outcome.problem
    assert not receiver.got


def test_who_may_no_longer_see_contact_details_delivers_none(workspace: Workspace, receiver: Receiver) -> None:
    night(workspace, 1, FOUR)
    schedule(workspace, columns=("email",))
    schedule(workspace)
    login = '[access]\nmetadata_url = "https://x.org/"\nclient_id = "r"\n[access.roles]\n{role} = ["Ann@x.org"]\n'
    before = workspace.settings_file.read_text()
    workspace.settings_file.write_text(before + login.format(role="analyst"))
    with_details, without = run(Workspace.open(workspace.root))
    assert "ann, who scheduled it, may not see contact details any more." in with_details.problem
    assert without.status == "delivered"
    workspace.settings_file.write_text(before + login.format(role="marketer"))
    assert statuses(Workspace.open(workspace.root)) == ["delivered", "delivered"]
    assert len(receiver.got) == 2


def test_one_that_fails_stops_none_of_the_others(workspace: Workspace, receiver: Receiver) -> None:
    night(workspace, 1, FOUR)
    first = schedule(workspace)
    schedule(workspace, "plain")
    receiver.answers = [404]
    assert statuses(workspace) == ["failed", "delivered"]
    saved.retire(workspace, 1, "ann")
    assert statuses(workspace) == ["failed", "failed"]
    assert "is not saved (any more)" in records.outcomes(workspace)[first].problem
    end(workspace, first, "ann")
    assert [one.key for one in schedules(workspace)] == ["page-2"]


def test_every_delivery_is_in_the_log_before_it_leaves_and_after(workspace: Workspace, receiver: Receiver) -> None:
    night(workspace, 1, FOUR)
    key = schedule(workspace, columns=("email",))
    receiver.answers = [404]
    run(workspace)
    run(workspace)
    lines = state.audit_lines(workspace)
    assert [line["action"] for line in lines] == [
        "list scheduled", "list about to leave", "list not delivered", "list about to leave", "list delivered"
    ]  # fmt: skip
    last = json.loads(lines[-1]["detail"])
    assert (last["schedule"], last["contact_details"], last["purpose"]) == (key, ["email"], "to greet them")
    assert (last["customer_count"], last["delivery"], lines[-1]["who"]) == (3, receiver.keys[0], "ann")
    assert audit_chain.broken_at(lines, audit_chain.read_head(workspace.state)) == ""


def test_the_settings_schedule_lists_by_the_segments_name(workspace: Workspace, receiver: Receiver) -> None:
    settings = workspace.settings_file
    listed = '[outbox.lists.greeted]\nsegment = "best"\nto = "crm"\npurpose = "greet"\ncolumns = ["email"]\n'
    settings.write_text(settings.read_text() + listed)
    workspace = Workspace.open(workspace.root)
    night(workspace, 1, FOUR)
    assert [(one.schedule, one.status) for one in run(workspace)] == [("settings-greeted", "delivered")]
    assert rows(receiver.taken[receiver.keys[0]]) == ["4,c4@example.org", "2,c2@example.org", "1,c1@example.org"]
    with pytest.raises(RegularsError, match="not scheduled on the page"):
        end(workspace, "settings-greeted", "ann")


def test_a_name_that_tries_to_be_a_path_is_none() -> None:
    parcel = Parcel(
        Path("x"), "page-1.2025-06-01.whole.0123456789abcdef", "../../etc/=cmd|\n<b>", date(2025, 6, 1), "csv"
    )
    assert file_name(parcel) == "etc-cmd-b_2025-06-01_whole_01234567.csv"


def test_only_one_schedule_when_one_is_named(workspace: Workspace, receiver: Receiver) -> None:
    night(workspace, 1, FOUR)
    schedule(workspace)
    schedule(workspace, "plain")
    assert [one.schedule for one in run(workspace, only="page-2")] == ["page-2"]
    assert not receiver.got
    with pytest.raises(RegularsError, match="Nothing is scheduled as 'page-9'"):
        run(workspace, only="page-9")
