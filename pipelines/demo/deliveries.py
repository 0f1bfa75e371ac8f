"""Deliveries: the rows of a range of days, rendered by DuckDB and written as one file per feed and day."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.demo.files import FILES, FileKind, as_parquet, encoded, save
from pipelines.demo.flaws import ACCEPTED, DUPLICATE, FLAWS, QUARANTINED, named
from pipelines.demo.world import CHUNK_DAYS, World

RENDER = Path(__file__).parent / "render"
ROWS_AT_ONCE = 1_500_000
META = ("deliver_on", "flaw", "sort_1", "sort_2", "sort_3")
Row = dict[str, Any]


@cache
def script(name: str) -> str:
    """The text of a SQL file."""
    return (RENDER / f"{name}.sql").read_text(encoding="utf-8")


def connect() -> duckdb.DuckDBPyConnection:
    """A database in memory that knows the macros of the demo company."""
    connection = duckdb.connect(":memory:", config={"threads": 2, "preserve_insertion_order": False})
    connection.execute(script("macros"))
    return connection


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def deliver(
    world: World, spill: Path, landing: Path, days: range, report: Callable[[str], None]
) -> dict[str, list[Row]]:
    """Write the files of some days.

    Returns
    -------
    `files`: feed, file, day, rows_delivered, rows_duplicate, rows_quarantined;
    `malformed`: feed, file, row (1-based position of the record), column, kind, expected
    """
    found: dict[str, list[Row]] = {"files": [], "malformed": []}
    connection = connect()
    with ThreadPoolExecutor(2) as pool:
        for feed in FILES:
            report(f"writing {feed}")
            for chunk in range(days.start // CHUNK_DAYS, (days.stop - 1) // CHUNK_DAYS + 1):
                parts = sorted((spill / feed / f"{chunk:04d}").glob("*.parquet"))
                if parts:
                    first, last = max(days.start, chunk * CHUNK_DAYS), min(days.stop, (chunk + 1) * CHUNK_DAYS)
                    connection.read_parquet([str(part) for part in parts]).create_view("stored", replace=True)
                    for window in windows(connection, range(first, last)):
                        deliver_window(world, connection, feed, landing, window, pool, found)
    connection.close()
    return found


def windows(connection: duckdb.DuckDBPyConnection, days: range) -> list[range]:
    """The days cut into pieces that fit into memory."""
    counted = connection.execute(
        "select count(*) from stored where deliver_on >= $1 and deliver_on < $2", [days.start, days.stop]
    ).fetchone()
    pieces = 1 + (counted[0] if counted else 0) // ROWS_AT_ONCE
    edges = np.linspace(days.start, days.stop, min(pieces, len(days)) + 1).astype(int).tolist()
    return [range(a, b) for a, b in zip(edges, edges[1:], strict=False) if b > a]


def deliver_window(world: World, connection: duckdb.DuckDBPyConnection, feed: str, landing: Path, days: range,
                   pool: ThreadPoolExecutor, found: dict[str, list[Row]]) -> None:  # fmt: skip
    """Render and write some days of one feed, and note what was written."""
    kind = FILES[feed]
    connection.execute(
        "create or replace temp table incoming as select * from stored where deliver_on >= $1 and deliver_on < $2",
        [days.start, days.stop],
    )
    connection.execute(f"create or replace temp view rendered as {script(feed)}")
    columns = [row[0] for row in connection.execute("describe rendered").fetchall() if row[0] not in META]
    query, parameters = rendering(feed, kind, columns)
    rows = connection.execute(query, parameters).to_arrow_table().combine_chunks()
    if not rows.num_rows:
        return
    day_of = rows["deliver_on"].to_numpy()
    starts = np.flatnonzero(np.diff(day_of, prepend=-1))
    header = "" if kind.is_json else kind.delimiter.join(columns) + "\n"
    ends = np.append(starts[1:], len(day_of))
    files = [
        write_day(kind, landing, world.date_of(int(day_of[start])), header, rows.slice(start, end - start), pool)
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
    for future in files:
        file, flaw = future.result()
        note(feed, str(file.relative_to(landing)), flaw, found)


def rendering(feed: str, kind: FileKind, columns: list[str]) -> tuple[str, dict[str, str]]:
    """The query that gives deliver_on, flaw and the text of each line (or the columns, for Parquet) in file order."""
    parameters: dict[str, str] = {}
    cells = []
    for column in columns:
        cell = plain_cell(kind, column)
        cases = ""
        for code, flaw in enumerate(FLAWS.get(feed, []), start=1):
            if flaw.column == column:
                replaced = "null" if flaw.text is None else f"$f{code}"
                if flaw.text is not None:
                    parameters[f"f{code}"] = flaw.text
                cases += f" when {code} then {wrapped(kind, replaced)}"
        cells.append(f"case flaw{cases} else {cell} end" if cases else cell)
    if kind.is_table:
        line = ", ".join(f"{cell} as {quoted(name)}" for cell, name in zip(cells, columns, strict=True))
    elif kind.is_json:
        pairs = " || ', ' || ".join(f"'\"{name}\": ' || {cell}" for cell, name in zip(cells, columns, strict=True))
        line = f"'{{' || {pairs} || '}}' || chr(10) as line"
    else:
        parameters["delimiter"] = kind.delimiter
        line = f"concat_ws($delimiter, {', '.join(cells)}) || chr(10) as line"
    order = "deliver_on, sort_1, sort_2, sort_3, flaw"
    return f"select deliver_on, flaw, {line} from rendered order by {order}", parameters


def plain_cell(kind: FileKind, column: str) -> str:
    """The expression for a cell without a fault."""
    return quoted(column) if kind.is_table else wrapped(kind, quoted(column))


def wrapped(kind: FileKind, value: str) -> str:
    """A value as a CSV or JSON file writes it; Parquet takes it as it is."""
    if kind.is_table:
        return value
    if kind.is_json:
        return f"coalesce(cast(to_json({value}) as varchar), 'null')"
    text = f"coalesce(cast({value} as varchar), '')"
    return f"case when contains({text}, ',') or contains({text}, ';') then '\"' || {text} || '\"' else {text} end"


def write_day(kind: FileKind, landing: Path, day: date, header: str, rows: pa.Table, pool: ThreadPoolExecutor) -> Any:
    """Write the file of one day in the pool; gives its path and the faults of its rows."""
    path = kind.path(landing, day)
    path.parent.mkdir(parents=True, exist_ok=True)
    flaw = rows["flaw"].to_numpy()

    def write() -> tuple[Path, Any]:
        if kind.is_table:
            save(path, as_parquet(rows.drop_columns(["deliver_on", "flaw"])))
        else:
            save(path, encoded(kind, header, rows["line"].combine_chunks()))
        return path, flaw

    return pool.submit(write)


def note(feed: str, file: str, flaw: Any, found: dict[str, list[Row]]) -> None:
    """Add one file, and each of its rows with a fault, to what is known of the deliveries."""
    faulty = np.flatnonzero(flaw)
    expected = {ACCEPTED: 0, DUPLICATE: 0, QUARANTINED: 0}
    for row in faulty.tolist():
        kind, column, outcome = named(feed, int(flaw[row]))
        expected[outcome] += 1
        found["malformed"].append(
            {"feed": feed, "file": file, "row": row + 1, "column": column, "kind": kind, "expected": outcome}
        )
    found["files"].append({
        "feed": feed, "file": file, "rows_delivered": len(flaw), "rows_duplicate": expected[DUPLICATE],
        "rows_quarantined": expected[QUARANTINED],
    })  # fmt: skip
