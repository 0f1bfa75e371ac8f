"""What people and nights leave behind, in SQLite: nights run, lists stored, the audit log."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from workspace import audit_chain
from workspace.folders import Workspace

SCHEMA = """
create table if not exists nights (
    night_id integer primary key, as_of text not null, started_at text not null, ended_at text,
    status text not null check (status in ('running', 'published', 'failed')),
    generation text, failed_step text, problem text, steps text
);
create table if not exists lists (
    list_id integer primary key, name text not null, created_at text not null, created_by text not null,
    generation text not null, as_of text not null, definition text not null, customer_count integer not null,
    file text not null
);
create table if not exists audit (
    audit_id integer primary key, at text not null, who text not null, action text not null, detail text not null,
    chain text
);
create table if not exists segments (
    segment_id integer primary key, created_at text not null
);
create table if not exists segment_versions (
    segment_id integer not null, version integer not null, saved_at text not null, saved_by text not null,
    name text not null, owner text not null, definition text not null, is_retired integer not null default 0,
    primary key (segment_id, version)
);
create table if not exists schedules (
    schedule_id integer primary key, segment_id integer not null, destination text not null, what text not null,
    form text not null, columns text not null, purpose text not null, saved_at text not null, saved_by text not null,
    allowed_by text not null, is_ended integer not null default 0
);
create table if not exists outbox (
    delivery_id integer primary key, delivery_key text not null unique, digest text not null, schedule text not null,
    as_of text not null, generation text not null, name text not null, form text not null, columns text not null,
    file text not null, customer_count integer not null, joined_count integer, left_count integer,
    prepared_at text not null, attempts integer, delivered_at text
);
create table if not exists outbox_outcomes (
    schedule text primary key, as_of text not null, status text not null, at text not null, problem text not null,
    customer_count integer
);
"""
# Not a lock, since whoever holds the file can take it off: it keeps a slip of ours from rewriting what was logged.
APPEND_ONLY = """
create trigger if not exists audit_is_never_changed before update on audit when old.chain is not null
begin select raise(abort, 'the audit log is append-only'); end;
create trigger if not exists audit_is_never_deleted before delete on audit
begin select raise(abort, 'the audit log is append-only'); end;
"""


@contextmanager
def connect(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    """A short transaction on the state: committed at the end, rolled back on an error."""
    workspace.state.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(workspace.state / "state.sqlite", timeout=30)
    connection.row_factory = sqlite3.Row
    try:
        connection.executescript(SCHEMA)
        chain_older_lines(connection)
        connection.executescript(APPEND_ONLY)
        with connection:
            yield connection
    finally:
        connection.close()


def now() -> str:
    """The instant, UTC, as text that sorts."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Night:
    """One run of the nightly."""

    night_id: int
    as_of: date
    started_at: datetime
    ended_at: datetime | None
    status: str
    generation: str | None
    failed_step: str | None
    problem: str | None
    steps: dict[str, float]


def start_night(workspace: Workspace, as_of: date) -> int:
    """Record that a nightly has begun; returns its id."""
    with connect(workspace) as connection:
        row = connection.execute(
            "insert into nights (as_of, started_at, status) values (?, ?, 'running')", (as_of.isoformat(), now())
        )
        return int(row.lastrowid or 0)


def end_night(
    workspace: Workspace,
    night_id: int,
    *,
    generation: str | None = None,
    failed_step: str | None = None,
    problem: str | None = None,
    steps: dict[str, float] | None = None,
) -> None:
    """Record how a nightly ended: published when it has a generation, else failed. `steps`: seconds by step."""
    status = "published" if generation else "failed"
    with connect(workspace) as connection:
        connection.execute(
            "update nights set ended_at = ?, status = ?, generation = ?, failed_step = ?, problem = ?, steps = ?"
            " where night_id = ?",
            (now(), status, generation, failed_step, problem, json.dumps(steps or {}), night_id),
        )


def nights(workspace: Workspace, limit: int = 30) -> list[Night]:
    """The last nights, youngest first."""
    with connect(workspace) as connection:
        rows = connection.execute("select * from nights order by night_id desc limit ?", (limit,)).fetchall()
    return [
        Night(
            night_id=row["night_id"],
            as_of=date.fromisoformat(row["as_of"]),
            started_at=datetime.fromisoformat(row["started_at"]),
            ended_at=datetime.fromisoformat(row["ended_at"]) if row["ended_at"] else None,
            status=row["status"],
            generation=row["generation"],
            failed_step=row["failed_step"],
            problem=row["problem"],
            steps=json.loads(row["steps"] or "{}"),
        )
        for row in rows
    ]


def store_list(
    workspace: Workspace,
    *,
    name: str,
    created_by: str,
    generation: str,
    as_of: date,
    definition: dict[str, Any],
    customer_count: int,
    file: str,
) -> int:
    """Store a target list: who made it, when, on which generation, by which filter, how many; returns its id."""
    with connect(workspace) as connection:
        row = connection.execute(
            "insert into lists (name, created_at, created_by, generation, as_of, definition, customer_count, file)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            (name, now(), created_by, generation, as_of.isoformat(), json.dumps(definition), customer_count, file),
        )
        return int(row.lastrowid or 0)


def lists(workspace: Workspace, limit: int = 100) -> list[dict[str, Any]]:
    """Stored lists, youngest first, `definition` as a dict."""
    with connect(workspace) as connection:
        rows = connection.execute("select * from lists order by list_id desc limit ?", (limit,)).fetchall()
    return [{**dict(row), "definition": json.loads(row["definition"])} for row in rows]


def chain_older_lines(connection: sqlite3.Connection) -> None:
    """Give the lines of a log from before the chain their place in it, once."""
    if any(column["name"] == "chain" for column in connection.execute("pragma table_info(audit)")):
        return
    with connection:
        connection.execute("alter table audit add column chain text")
        previous = audit_chain.START
        for row in connection.execute("select * from audit order by audit_id").fetchall():
            previous = audit_chain.link(previous, dict(row))
            connection.execute("update audit set chain = ? where audit_id = ?", (previous, row["audit_id"]))


def audit(workspace: Workspace, who: str, action: str, **detail: Any) -> None:
    """Write one line to the audit log, chained to the line before: who did what, with which particulars."""
    with connect(workspace) as connection:
        # Two writers at once must not take the same line for the last.
        connection.execute("begin immediate")
        last = connection.execute("select audit_id, chain from audit order by audit_id desc limit 1").fetchone()
        number = int(last["audit_id"]) + 1 if last else 1
        line = {
            "audit_id": number,
            "at": now(),
            "who": who,
            "action": action,
            "detail": json.dumps(detail, default=str),
        }
        chain = audit_chain.link(last["chain"] if last else audit_chain.START, line)
        connection.execute(
            "insert into audit (audit_id, at, who, action, detail, chain) values (?, ?, ?, ?, ?, ?)",
            (*line.values(), chain),
        )
    note_head(workspace)


def note_head(workspace: Workspace) -> None:
    """Note the last line beside the state, one writer at a time: threads of one server log together."""
    with connect(workspace) as connection:
        connection.execute("begin immediate")
        last = connection.execute("select audit_id, chain from audit order by audit_id desc limit 1").fetchone()
        audit_chain.write_head(workspace.state, int(last["audit_id"]), last["chain"])


def audit_lines(workspace: Workspace) -> list[dict[str, Any]]:
    """The whole audit log, oldest first, `detail` as JSON text."""
    with connect(workspace) as connection:
        return [dict(row) for row in connection.execute("select * from audit order by audit_id")]
