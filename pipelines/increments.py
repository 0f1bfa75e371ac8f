"""What a night has to take up: batches that the warehouse does not hold yet, or everything anew and why."""

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from pipelines import book, dbt
from pipelines.contracts import contracts
from pipelines.ingest import ledger
from pipelines.ingest.ledger import StoredFile
from pipelines.ingest.registering import view_sql
from pipelines.sql import identifier
from workspace.folders import Workspace

PRIVATE = ("raw_new", "changes", "touched", "absorbed")
"""Schemas of the private warehouse that serve the next night and nobody else."""

SCHEMA = """
create schema if not exists raw_new;
create schema if not exists changes;
create schema if not exists touched;
create schema if not exists absorbed;
create table if not exists absorbed.batches (feed varchar, batch varchar, primary key (feed, batch));
create table if not exists absorbed.stages (
    stage varchar primary key, definition varchar, inputs varchar, before varchar
);
"""
OWNERS = "kind, identifier, customer_key"


@dataclass(frozen=True)
class Plan:
    """How a stage is brought up to date."""

    is_increment: bool
    words: str
    """For the log: what is taken up, or why everything is made anew."""
    before: str | None = None
    """The inputs that the stage was made from so far; `None` where it is made anew."""


def plan(connection: DuckDBPyConnection, workspace: Workspace, stage: str) -> Plan:
    """Whether `stage` can take up what is new, and if so everything laid ready for dbt.

    Staging reads the views of schema `raw_new`; the star also reads `changes.identifier_owners`. Called before the
    stage is begun.
    """
    connection.execute(book.SCHEMA + SCHEMA)
    held = connection.execute(
        "select definition, inputs from absorbed.stages join meta.built using (stage)"
        " where stage = ? and inputs = fingerprint",
        [stage],
    ).fetchone()
    if held is None:
        return Plan(False, f"{stage} is made anew: it has not been finished before.")
    if held[0] != definition(workspace):
        return Plan(False, f"{stage} is made anew: the code, a contract, a mapping or a setting has changed.")
    return plan_staging(connection, workspace, held[1]) if stage == "staging" else plan_star(connection, held[1])


def plan_staging(connection: DuckDBPyConnection, workspace: Workspace, before: str) -> Plan:
    """The batches that staging does not hold, as views of schema `raw_new`."""
    files = files_on_record(workspace)
    held = held_batches(connection)
    there = {(file.feed, batch) for file, batches in files for batch in batches}
    if gone := held - there:
        return Plan(False, f"staging is made anew: {len(gone)} batches that it holds are no longer in raw.")
    new = [(file, batches) for file, batches in files if not {(file.feed, batch) for batch in batches} <= held]
    if any((file.feed, batch) in held for file, batches in new for batch in batches):
        return Plan(False, "staging is made anew: a file of raw holds batches that it has and batches that it has not.")
    for contract in contracts().values():
        own = [file for file, _ in new if file.feed == contract.name]
        # S608: a contract's name, quoted; the query is ours.
        connection.execute(
            f"create or replace view raw_new.{identifier(contract.table)} as {view_sql(workspace, contract, own)}"
        )
    rows = sum(file.row_count for file, _ in new)
    return Plan(True, f"staging takes up {rows:,} rows of {len(new)} new files.", before)


def plan_star(connection: DuckDBPyConnection, before: str) -> Plan:
    """What staging exchanged since the star was made, and the identifiers that now belong to somebody else."""
    row = connection.execute("select before from absorbed.stages where stage = 'staging'").fetchone()
    if row is None or row[0] != before:
        return Plan(False, "star is made anew: it does not stand on what staging held before this night.")
    compare_owners(connection)
    count = connection.execute("select count(distinct (kind, identifier)) from changes.identifier_owners").fetchone()
    return Plan(
        True, f"star takes up what staging exchanged, and {(count or (0,))[0]:,} identifiers owned anew.", before
    )


def compare_owners(connection: DuckDBPyConnection) -> None:
    """Write `changes.identifier_owners`: the owners that the star was made with, against those of now."""
    connection.execute(
        f"""
        create or replace table changes.identifier_owners as
        select false as is_new, {OWNERS} from
            (select {OWNERS} from absorbed.identifier_owners except select {OWNERS} from identity.identifier_owners)
        union all
        select true, {OWNERS} from
            (select {OWNERS} from identity.identifier_owners except select {OWNERS} from absorbed.identifier_owners)
        """  # noqa: S608  a constant
    )


def keep_owners(connection: DuckDBPyConnection) -> None:
    """Keep the owners that the star was made with: only identifiers that change hands touch it in the next night."""
    connection.execute(
        f"create or replace table absorbed.identifier_owners as select {OWNERS} from identity.identifier_owners"  # noqa: S608  a constant
    )


def finish(connection: DuckDBPyConnection, workspace: Workspace, stage: str, inputs: str, chosen: Plan) -> None:
    """Record what `stage` now holds; called in the transaction that records it as finished."""
    if stage == "staging":
        connection.execute("delete from absorbed.batches")
        rows = [(file.feed, batch) for file, batches in files_on_record(workspace) for batch in batches]
        if rows:
            connection.executemany("insert into absorbed.batches values (?, ?)", rows)
    else:
        keep_owners(connection)
    connection.execute(
        "insert or replace into absorbed.stages values (?, ?, ?, ?)",
        [stage, definition(workspace), inputs, chosen.before],
    )


def forget(connection: DuckDBPyConnection) -> None:
    """Have everything made anew in the next night."""
    connection.execute(SCHEMA)
    connection.execute("delete from absorbed.stages")
    for stage in ("staging", "star"):
        book.begin(connection, stage)


def is_made_anew(connection: DuckDBPyConnection) -> bool:
    """Whether the star was made wholly when it was last finished."""
    row = connection.execute("select before from absorbed.stages where stage = 'star'").fetchone()
    return row is None or row[0] is None


def held_batches(connection: DuckDBPyConnection) -> set[tuple[str, str]]:
    """(feed, batch) of everything that staging has taken up; nothing where it has not been finished."""
    connection.execute(SCHEMA)
    return set(connection.execute("select feed, batch from absorbed.batches").fetchall())


def files_on_record(workspace: Workspace) -> list[tuple[StoredFile, list[str]]]:
    """Every file of raw with the batches that it holds: one, or many where they were brought together."""
    with ledger.open_ledger(workspace) as book_of_files:
        parts = ledger.parts(book_of_files)
        return [(file, parts(file)) for file in ledger.stored_files(book_of_files, "raw")]


def definition(workspace: Workspace) -> str:
    """A hash over everything but the deliveries that staging and star depend on."""
    sources = {name: source.model_dump(mode="json") for name, source in workspace.settings.sources.items()}
    feeds = [contract.model_dump(mode="json") for contract in contracts().values()]
    return book.fingerprint(dbt.project_fingerprint(), dbt.variables(workspace, None), feeds, sources)
