"""What people said about who is who, and the moves between keys that wait for a word: kept for ever, in SQLite."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from workspace import state
from workspace.folders import Workspace

SCHEMA = """
create table if not exists identity_decisions (
    kind_l text not null, identifier_l text not null, kind_r text not null, identifier_r text not null,
    is_same integer not null, who text not null, at text not null,
    primary key (kind_l, identifier_l, kind_r, identifier_r)
);
create table if not exists identity_moves (
    name text primary key, found_at text not null, customers integer not null, customer_share real not null,
    money_share real not null, records text not null, allowed_by text, allowed_at text
);
"""
Record = tuple[str, str]
"""Kind (customer_id or prospect_id) and identifier of a record."""


@contextmanager
def connect(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    """A short transaction on the state, with the tables of identity in place."""
    with state.connect(workspace) as connection:
        connection.executescript(SCHEMA)
        yield connection


@dataclass(frozen=True)
class Decision:
    """Somebody said that two records are, or are not, the same person."""

    left: Record
    right: Record
    is_same: bool
    who: str
    at: str


def decide(workspace: Workspace, one: Record, other: Record, *, is_same: bool, who: str) -> None:
    """Remember what was said of a pair, in place of what was said before; the audit log keeps both.

    Raises
    ------
    ValueError
        If the two are one record.
    """
    left, right = sorted((one, other))
    if left == right:
        raise ValueError(f"{left} is one record, no pair")
    with connect(workspace) as connection:
        connection.execute(
            "insert or replace into identity_decisions values (?, ?, ?, ?, ?, ?, ?)",
            (*left, *right, int(is_same), who, state.now()),
        )
    state.audit(workspace, who, "identity same" if is_same else "identity not the same", left=left, right=right)


def take_back(workspace: Workspace, one: Record, other: Record, *, who: str) -> None:
    """Forget what was said of a pair."""
    left, right = sorted((one, other))
    with connect(workspace) as connection:
        connection.execute(
            "delete from identity_decisions where kind_l = ? and identifier_l = ? and kind_r = ? and identifier_r = ?",
            (*left, *right),
        )
    state.audit(workspace, who, "identity decision taken back", left=left, right=right)


def decisions(workspace: Workspace) -> list[Decision]:
    """Everything that was said, latest first."""
    with connect(workspace) as connection:
        rows = connection.execute(
            "select * from identity_decisions order by at desc, kind_l, identifier_l, kind_r, identifier_r"
        ).fetchall()
    return [
        Decision(
            (row["kind_l"], row["identifier_l"]), (row["kind_r"], row["identifier_r"]), bool(row["is_same"]),
            row["who"], row["at"],
        )
        for row in rows
    ]  # fmt: skip


def keep_moves(
    workspace: Workspace,
    name: str,
    *,
    customers: int,
    customer_share: float,
    money_share: float,
    records: list[tuple[str, str, int, int]],
) -> None:
    """Keep a list of moves that waits for a word; the same list again changes nothing."""
    with connect(workspace) as connection:
        connection.execute(
            "insert or ignore into identity_moves (name, found_at, customers, customer_share, money_share, records)"
            " values (?, ?, ?, ?, ?, ?)",
            (name, state.now(), customers, customer_share, money_share, json.dumps(records)),
        )


def forget_waiting_moves(workspace: Workspace, *, but: str | None) -> None:
    """Drop the lists that wait and are no longer what a night would move; `but` is the name of the one that is.

    What was let through stays on record.
    """
    with connect(workspace) as connection:
        connection.execute("delete from identity_moves where allowed_by is null and name is distinct from ?", (but,))


def moves(workspace: Workspace) -> list[dict[str, Any]]:
    """Lists of moves, latest first: name, found_at, customers, customer_share, money_share, records, allowed_by."""
    with connect(workspace) as connection:
        rows = connection.execute("select * from identity_moves order by found_at desc, name").fetchall()
    return [{**dict(row), "records": json.loads(row["records"])} for row in rows]


def is_allowed(workspace: Workspace, name: str) -> bool:
    """Whether somebody let these moves through."""
    return any(each["name"] == name and each["allowed_by"] for each in moves(workspace))


def allow_moves(workspace: Workspace, name: str, *, who: str) -> bool:
    """Let a list of moves through, from the next night on; whether there is such a list."""
    with connect(workspace) as connection:
        changed = connection.execute(
            "update identity_moves set allowed_by = ?, allowed_at = ? where name = ?", (who, state.now(), name)
        ).rowcount
    if changed:
        state.audit(workspace, who, "identity moves allowed", name=name)
    return bool(changed)
