"""Deliveries: the rows of a range of days, rendered by DuckDB and written as one file per feed and day."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.demo.arrow import numbers
from pipelines.demo.files import FILES, FileKind, as_parquet, encoded, save
from pipelines.demo.flaws import ACCEPTED, DUPLICATE, FLAWS, QUARANTINED, named
from pipelines.demo.tables import Array
from pipelines.demo.world import CHUNK_DAYS, World

RENDER = Path(__file__).parent / "render"
ROWS_AT_ONCE = 1_500_000
MEMORY = "3GB"
META = ("deliver_on", "flaw", "sort_1", "sort_2", "sort_3")
Row = dict[str, Any]
Found = dict[str, list[Row]]


@cache
def script(name: str) -> str:
    """The text of a SQL file."""
    return (RENDER / f"{name}.sql").read_text(encoding="utf-8")


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory that knows the macros of the demo company, and `folder` for what does not fit."""
    config: dict[str, str | bool | int | float | list[str]] = {"threads": 2, "preserve_insertion_order": False}
    connection = duckdb.connect(":memory:", config=config | {"memory_limit": MEMORY, "temp_directory": str(folder)})
    connection.execute(script("macros"))
    return connection


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def deliver(world: World, spill: Path, landing: Path, days: range, report: Callable[[str], None]) -> Found:
    """Write the files of some days.

    Returns
    -------
    `files`: feed, file, rows_delivered, rows_duplicate, rows_quarantined;
    `malformed`: feed, file, row (1-based position of the record), column, kind, expected
    """
    found: Found = {"files": [], "malformed": []}
    connection = connect(spill / "temporary")
    with ThreadPoolExecutor(2) as pool:
        for feed, kind in FILES.items():
            report(f"writing {feed}")
            writer = Writer(kind, world, landing, pool)
            for chunk in range(days.start // CHUNK_DAYS, (days.stop - 1) // CHUNK_DAYS + 1):
                parts = sorted((spill / feed / f"{chunk:04d}").glob("*.parquet"))
                first, last = max(days.start, chunk * CHUNK_DAYS), min(days.stop, (chunk + 1) * CHUNK_DAYS)
                if parts:
                    for rows in rendered(connection, feed, parts, range(first, last)):
                        for file, flaw in writer.write(rows):
                            note(feed, file, flaw, found)
    connection.close()
    return found


def rendered(connection: duckdb.DuckDBPyConnection, feed: str, parts: list[Path], days: range) -> Iterator[pa.Table]:
    """The rows of some days of a feed as they stand in its files, some days at a time."""
    connection.read_parquet([str(part) for part in parts]).create_view("incoming", replace=True)
    connection.execute(f"create or replace temp view rendered as {script(feed)}")
    columns = [row[0] for row in connection.execute("describe rendered").fetchall() if row[0] not in META]
    query, parameters = rendering(feed, FILES[feed], columns)
    stored = sum(pq.read_metadata(part).num_rows for part in parts)
    # A whole chunk where that fits into memory, else fewer days at once.
    edges = np.linspace(days.start, days.stop, min(1 + stored // ROWS_AT_ONCE, len(days)) + 1).astype(int).tolist()
    for first, last in pairwise(edges):
        rows = connection.execute(query, parameters | {"first": first, "last": last}).to_arrow_table()
        yield rows.combine_chunks().replace_schema_metadata({"header": FILES[feed].header(columns)})


def rendering(feed: str, kind: FileKind, columns: list[str]) -> tuple[str, dict[str, Any]]:
    """The query that gives deliver_on, flaw and the text of each line (or the columns, for Parquet) in file order."""
    parameters: dict[str, Any] = {}
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
    days = "deliver_on >= $first and deliver_on < $last"
    # Nothing but expressions over known columns is put together here; every value is a parameter.
    return f"select deliver_on, flaw, {line} from rendered where {days} order by {order}", parameters  # noqa: S608


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
    # Names alone may hold a delimiter; asking every cell would double the time.
    quotes = f"case when contains({text}, ',') then '\"' || {text} || '\"' else {text} end"
    return quotes if value in (quoted("name"), quoted("Name")) else text


@dataclass(frozen=True)
class Writer:
    """Writes rendered rows of one feed as one file per day, two at a time."""

    kind: FileKind
    world: World
    landing: Path
    pool: ThreadPoolExecutor

    def write(self, rows: pa.Table) -> list[tuple[str, Array]]:
        """Write rows that are sorted by day; gives each file (from landing on) and the faults of its rows."""
        day, flaw = numbers(rows["deliver_on"]), numbers(rows["flaw"])
        starts = np.flatnonzero(np.diff(day, prepend=-1)) if len(day) else day
        ends = np.append(starts[1:], len(day)) if len(day) else day
        paths = [self.kind.path(self.landing, self.world.date_of(int(day[start]))) for start in starts]
        for folder in {path.parent for path in paths}:
            folder.mkdir(parents=True, exist_ok=True)
        pieces = [rows.slice(start, end - start) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        list(self.pool.map(self.write_day, paths, pieces))
        faults = np.split(flaw, starts[1:])
        return [(str(path.relative_to(self.landing)), fault) for path, fault in zip(paths, faults, strict=False)]

    def write_day(self, path: Path, rows: pa.Table) -> None:
        """Write one file."""
        if self.kind.is_table:
            content = as_parquet(rows.drop_columns(["deliver_on", "flaw"]).replace_schema_metadata(None))
        else:
            content = encoded(self.kind, rows.schema.metadata[b"header"].decode(), rows["line"].combine_chunks())
        save(path, content)


def note(feed: str, file: str, flaw: Array, found: Found) -> None:
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
