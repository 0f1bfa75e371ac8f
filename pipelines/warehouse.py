"""The only place that opens the warehouse file: short connections, one clock, bounded memory."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from workspace.errors import RegularsError
from workspace.folders import Workspace


class BusyError(RegularsError):
    """Another process is writing to this workspace."""

    exit_code = 4


@contextmanager
def connect(workspace: Workspace, file: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writing connection to the private warehouse (or to `file`), closed at the end.

    Instants are read and written as UTC. Extensions are never fetched: what the wheel ships must do.

    Raises
    ------
    BusyError
        If another process holds the file.
    """
    path = file or workspace.warehouse_file
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(path), config=configuration(workspace))
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise BusyError(
                f"{path} is held by another process.",
                "Wait for the running night, or stop it, and try again.",
            ) from None
        raise RegularsError(
            f"{path} cannot be opened: {error}.",
            "If the file is damaged, delete it: the next night rebuilds it from raw.",
        ) from None
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def configuration(workspace: Workspace) -> dict[str, str | bool | int | float | list[str]]:
    """DuckDB's settings for every writing connection of this workspace."""
    nightly = workspace.settings.nightly
    chosen: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": str(workspace.root / "warehouse" / "spill"),
    }
    if nightly.memory_gigabytes is not None:
        chosen["memory_limit"] = f"{nightly.memory_gigabytes}GB"
    if nightly.threads is not None:
        chosen["threads"] = nightly.threads
    return chosen


@contextmanager
def exclusive(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's write lock: one night, ingest, publication or rollback at a time.

    The operating system releases it when the process ends, however it ends, so no lock is ever stale.

    Raises
    ------
    BusyError
        At once, if another process holds it.
    """
    workspace.state.mkdir(parents=True, exist_ok=True)
    with (workspace.state / "writer.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                f"Another night or command is writing to {workspace.root}.",
                "Wait until it ends; 'regulars status' shows it.",
            ) from None
        yield


def row_count(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> int | None:
    """Rows of a table from the catalogue; `None` for a view or where there is none."""
    row = connection.execute(
        "select estimated_size from duckdb_tables() where schema_name = ? and table_name = ?", [schema, table]
    ).fetchone()
    return row[0] if row else None
