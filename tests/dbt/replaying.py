"""What dbt sends to the engine, written down once and sent again without dbt: hundreds of builds in seconds each."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper

WRITING = re.compile(r"\s*(/\*.*?\*/\s*)*(create|insert|delete|alter|drop|update)\b", re.IGNORECASE | re.DOTALL)


@contextmanager
def written_down() -> Iterator[list[str]]:
    """Every statement that dbt executes meanwhile and that writes, in order."""
    statements: list[str] = []
    execute = DuckDBCursorWrapper.execute

    def listen(self: Any, sql: str, *rest: Any, **others: Any) -> Any:
        if WRITING.match(sql):
            statements.append(sql)
        return execute(self, sql, *rest, **others)

    DuckDBCursorWrapper.execute = listen
    try:
        yield statements
    finally:
        DuckDBCursorWrapper.execute = execute


@dataclass(frozen=True)
class Script:
    """The statements of a stage: made anew, and taking up what is new."""

    anew: list[str]
    increment: list[str]


def replay(connection: duckdb.DuckDBPyConnection, statements: list[str]) -> None:
    """Send statements again. dbt's temporary tables go with its cursors; here one connection stays."""
    for sql in statements:
        connection.execute(re.sub(r"create temporary table", "create or replace temporary table", sql))
