"""Nights that move people between keys: too many wait for a word, and what people said of pairs outlives everything."""

import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from pipelines.assets.generation import publish
from pipelines.cli import app
from pipelines.nightly import dagster_instance, nightly_job, run_nightly
from tests.conftest import new_workspace
from tests.contents import assert_same, content
from workspace import generations, identity_state, state
from workspace.folders import Workspace

HEADS = {
    "customers": "customer_id,name,email,phone,updated_at",
    "orders": "order_id,customer_id,ordered_at,status,updated_at",
    "order_lines": "order_id,line_number,product_id,quantity,unit_price",
}
SETTINGS = "[identity.linking]\nis_on = false\n" + "".join(
    f'[sources.{feed}]\nfiles = "{feed}/*.csv"\n[sources.{feed}.feeds."sales.{feed}"]\n' for feed in HEADS
)
# What is mined and served of it is another room's matter, and takes most of a night.
STEPS = ["raw", "staging", "identity", "star"]
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
PEOPLE, RICH = 50, ("C1", "C3", "C5", "C7")
FIRST, SECOND, THIRD, FOURTH = (date(2024, 2, day) for day in (1, 2, 3, 4))


def deliver(workspace: Workspace, feed: str, name: str, rows: list[str]) -> None:
    folder = workspace.landing / feed
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join([HEADS[feed], *rows]) + "\n")


def night(workspace: Workspace, as_of: date) -> generations.Generation:
    """A nightly that publishes; what is mined and served is left out."""
    job = nightly_job(workspace).get_subset(op_selection=STEPS)
    with dagster_instance(workspace) as instance:
        job.execute_in_process(partition_key=as_of.isoformat(), instance=instance, run_config=QUIET)
    return publish(workspace, as_of)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Fifty customers of one order each, four of them rich, and four records of whom people will say something."""
    workspace = new_workspace(tmp_path_factory.mktemp("people") / "w", SETTINGS)
    everybody = [f"C{number}" for number in range(PEOPLE)]
    asked = ["P1,Ida Kern,one@x.org,,2024-01-01", "P2,Ida Kern,one@x.org,,2024-01-01"]
    asked += ["P3,Ute Lang,three@x.org,,2024-01-01", "P4,U. Vogel,four@x.org,,2024-01-01"]
    known = [f"{who},Person {who},{who}@x.org,,2024-01-01" for who in everybody]
    deliver(workspace, "customers", "1.csv", known + asked)
    deliver(workspace, "orders", "1.csv", [f"O{who},{who},2024-01-05,completed,2024-01-05" for who in everybody])
    deliver(workspace, "order_lines", "1.csv", [f"O{who},1,P,1,{1000 if who in RICH else 1}" for who in everybody])
    night(workspace, FIRST)
    return workspace


@pytest.fixture
def workspace(opened: Workspace, tmp_path: Path) -> Workspace:
    copy = tmp_path / "w"
    shutil.copytree(opened.root, copy, symlinks=True)
    return Workspace.open(copy)


def published_keys(workspace: Workspace) -> dict[str, int]:
    """The key of each customer number, as readers see it."""
    with duckdb.connect(str(generations.current(workspace).file), read_only=True) as connection:
        query = "select identifier, customer_key from identity.identifier_owners where kind = 'customer_id'"
        return dict(connection.execute(query).fetchall())


def published_events(workspace: Workspace) -> list[tuple]:
    with duckdb.connect(str(generations.current(workspace).file), read_only=True) as connection:
        query = "select as_of, event, identifiers from identity.key_events order by all"
        return connection.execute(query).fetchall()


def merge(workspace: Workspace, numbers: list[int], day: date) -> None:
    """These customers give the e-mail and name of the one before them from now on."""
    rows = [f"C{number},Person C{number - 1},C{number - 1}@x.org,,{day}" for number in numbers]
    deliver(workspace, "customers", f"{day}.csv", rows)


@pytest.mark.parametrize(
    ("rules", "moved", "said"),
    [
        # Many who spend little: too many customers, and next to no money.
        ("max_moved_share = 0.3", range(9, PEOPLE, 2), "21 customers (39.6%) with 0.5% of all revenue"),
        # The few who spend nearly everything.
        ("max_moved_share = 0.3\nmin_moved_customers = 4", range(1, 9, 2), "4 customers (7.5%) with 98.9% of all"),
    ],
    ids=["customers", "money"],
)
def test_a_night_that_moves_too_much_waits_until_it_is_let_through_by_name(workspace, rules, moved, said):
    settings = workspace.settings_file.read_text()
    workspace.settings_file.write_text(f"{settings}\n[identity]\n{rules}\n")
    workspace = Workspace.open(workspace.root)
    before, keys = generations.current(workspace), published_keys(workspace)
    merge(workspace, list(moved), SECOND)

    for _ in range(2):  # asking again lets nothing through
        refused = run_nightly(workspace, SECOND)
        assert (refused.generation, refused.failed_step) == (None, "identity")
        assert said in str(refused.problem)
        assert "Nothing is published" in str(refused.problem)
        assert (generations.current(workspace), published_keys(workspace)) == (before, keys)
        [waiting] = identity_state.moves(workspace)
        assert {identifier for _, identifier, *_ in waiting["records"]} == {f"C{number}" for number in moved}
        assert f"regulars identity allow {waiting['name']}" in str(refused.problem)
    run = CliRunner().invoke
    command = ["--workspace", str(workspace.root), "identity"]
    assert waiting["name"] in run(app, [*command, "moves"], env={"COLUMNS": "200"}).output
    assert run(app, [*command, "allow", "moves-of-others"]).exit_code != 0
    assert run(app, [*command, "allow", waiting["name"], "--who", "Ada"]).exit_code == 0
    [line] = [line for line in state.audit_lines(workspace) if line["action"] == "identity moves allowed"]
    assert (line["who"], json.loads(line["detail"])["name"]) == ("Ada", waiting["name"])

    assert night(workspace, SECOND).number == before.number + 1
    after = published_keys(workspace)
    assert {who for who in keys if after[who] != keys[who]} == {f"C{number}" for number in moved}
    assert all(after[f"C{number}"] == keys[f"C{number - 1}"] for number in moved)
    assert len(published_events(workspace)) == len(moved)


def test_a_list_of_moves_goes_once_nothing_moves_any_longer(workspace):
    moved = range(1, PEOPLE, 2)
    merge(workspace, list(moved), SECOND)
    assert run_nightly(workspace, SECOND).failed_step == "identity"
    assert len(identity_state.moves(workspace)) == 1
    for number in moved:
        one, other = ("customer_id", f"C{number}"), ("customer_id", f"C{number - 1}")
        identity_state.decide(workspace, one, other, is_same=False, who="Ada")
    keys = published_keys(workspace)
    night(workspace, THIRD)
    assert published_keys(workspace) == keys
    assert identity_state.moves(workspace) == []


def test_what_was_said_of_pairs_is_obeyed_over_later_nights_new_deliveries_and_a_rebuild(workspace):
    keys = published_keys(workspace)
    assert keys["P1"] == keys["P2"]
    assert keys["P3"] != keys["P4"]

    def record(number: str) -> tuple[str, str]:
        return ("customer_id", number)

    identity_state.decide(workspace, record("P1"), record("P2"), is_same=False, who="Ada")
    identity_state.decide(workspace, record("P4"), record("P3"), is_same=True, who="Ada")
    night(workspace, SECOND)
    said = published_keys(workspace)
    # Who was one keeps the key in one of the two; the other has a key of their own from now on.
    assert (said["P1"], said["P3"], said["P4"]) == (keys["P1"], keys["P3"], keys["P3"])
    assert said["P2"] not in keys.values()
    events = published_events(workspace)
    assert events == [(SECOND, "merge", "customer_id P4"), (SECOND, "split", "customer_id P2")]

    # All there is says the contrary now: one name, e-mail and phone of those apart, also of a third record;
    # nothing in common of those together.
    rows = [f"{who},Ida Kern,one@x.org,+4922812345,{THIRD}" for who in ("P1", "P2", "P5")]
    rows += [f"P3,Ute Lang,ute@y.org,+4922811111,{THIRD}", f"P4,Max Haas,max@z.org,+4973122222,{THIRD}"]
    deliver(workspace, "customers", "contrary.csv", rows)
    night(workspace, THIRD)
    third = published_keys(workspace)
    assert {who: third[who] for who in said} == said
    assert third["P5"] in (said["P1"], said["P2"])
    assert published_events(workspace) == events

    held = content(generations.current(workspace).file, ("identity", "star"))
    shutil.rmtree(workspace.warehouse_file.parent)
    night(workspace, THIRD)
    assert published_keys(workspace) == third
    assert_same(content(generations.current(workspace).file, ("identity", "star")), held)
    deliver(workspace, "customers", "more.csv", [f"P6,Ida Kern,one@x.org,+4922812345,{FOURTH}"])
    night(workspace, FOURTH)
    fourth = published_keys(workspace)
    assert {who: fourth[who] for who in third} == third
    assert published_events(workspace) == events
