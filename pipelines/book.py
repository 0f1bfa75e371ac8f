"""What the warehouse records of its own making, in schema `meta`: stages built from which inputs, and checks."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from duckdb import DuckDBPyConnection

SCHEMA = """
create schema if not exists meta;
create table if not exists meta.built (
    stage varchar primary key, fingerprint varchar, as_of date, built_at timestamp
);
create table if not exists meta.checks (
    check_name varchar, stage varchar, status varchar, failing_rows bigint, detail varchar, checked_at timestamp
);
"""


@dataclass(frozen=True)
class Check:
    """One check: `passed`, `warned` (published all the same) or `failed` (not published)."""

    name: str
    status: str
    failing_rows: int = 0
    detail: str = ""


def fingerprint(*parts: Any) -> str:
    """A hash that changes when any part does; parts are whatever JSON can write."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def is_built(connection: DuckDBPyConnection, stage: str, inputs: str) -> bool:
    """Whether `stage` was last finished from exactly these inputs, so that it need not be built again."""
    connection.execute(SCHEMA)
    row = connection.execute("select fingerprint from meta.built where stage = ?", [stage]).fetchone()
    return row is not None and row[0] == inputs


def begin(connection: DuckDBPyConnection, stage: str) -> None:
    """Forget that `stage` was ever finished: from here on it is half made."""
    connection.execute(SCHEMA)
    connection.execute("delete from meta.built where stage = ?", [stage])


def finish(connection: DuckDBPyConnection, stage: str, inputs: str, as_of: date | None = None) -> None:
    """Record that `stage` is finished from these inputs, and for which day where it depends on one."""
    connection.execute(
        "insert or replace into meta.built values (?, ?, ?, now() at time zone 'UTC')", [stage, inputs, as_of]
    )


def served_as_of(connection: DuckDBPyConnection) -> date | None:
    """The day the serving tables were last finished for; `None` while they are not finished."""
    connection.execute(SCHEMA)
    row = connection.execute("select as_of from meta.built where stage = 'serving'").fetchone()
    return row[0] if row else None


def record(connection: DuckDBPyConnection, stage: str, checks: Iterable[Check]) -> None:
    """Replace the checks recorded for `stage`."""
    rows = [[check.name, stage, check.status, check.failing_rows, check.detail] for check in checks]
    connection.execute(SCHEMA)
    connection.execute("delete from meta.checks where stage = ?", [stage])
    if rows:
        connection.executemany("insert into meta.checks values (?, ?, ?, ?, ?, now() at time zone 'UTC')", rows)
