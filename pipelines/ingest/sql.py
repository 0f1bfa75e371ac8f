"""The connection that ingest works on, and the two helpers that put names and texts into SQL safely."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from workspace.folders import Workspace

DEFAULT_THREADS = 2


def identifier(name: str) -> str:
    """A name as SQL: always quoted, so that no header of a file can be read as anything but a name."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL, for the places that take no parameter: views and generated conditions."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Sequence[str]) -> str:
    """Texts as a comma-separated SQL list, without brackets."""
    return ", ".join(literal(text) for text in texts)


def file_list(files: Sequence[Path]) -> str:
    """Paths as a SQL list value."""
    return f"[{literals([str(file) for file in files])}]"


def connect(workspace: Workspace, scratch: Path, deliveries: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """A connection in memory that spills to `scratch` and may touch no file but these deliveries and our own folders.

    So a mapping's expression, whatever it calls, finds no other file of the machine, and no network.
    """
    nightly = workspace.settings.nightly
    connection = duckdb.connect(":memory:", config={"threads": nightly.threads or DEFAULT_THREADS})
    connection.execute("set temp_directory = $folder", {"folder": str(scratch)})
    if nightly.memory_gigabytes is not None:
        connection.execute("set memory_limit = $limit", {"limit": f"{nightly.memory_gigabytes}GB"})
    # DuckDB follows links before it compares.
    folders = [f"{folder.resolve()}/" for folder in (scratch, workspace.raw, workspace.quarantine)]
    connection.execute("set allowed_directories = $folders", {"folders": folders})
    connection.execute("set allowed_paths = $paths", {"paths": [str(path.resolve()) for path in deliveries]})
    connection.execute("set enable_external_access = false")
    return connection


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple]) -> None:
    """Insert rows column by column: a thousand times faster than one by one."""
    if not rows:
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    chosen = ", ".join(f"unnest(${number})" for number in range(1, len(columns) + 1))
    connection.execute(f"insert into {table} select {chosen}", columns)
