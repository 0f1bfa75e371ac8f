"""What a published warehouse holds, so that two can be held against each other table by table."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np

from workspace import generations
from workspace.folders import Workspace

COLUMNS = """
select table_schema || '.' || table_name, list(column_name order by ordinal_position),
       list(column_name order by ordinal_position) filter (data_type in ('DOUBLE', 'FLOAT'))
from information_schema.columns
where list_contains(?, table_schema) group by all order by all
"""
SEEN = ("identity", "star", "mining", "models", "serving")
Content = dict[str, tuple]


def published_content(workspace: Workspace) -> Content:
    """What readers see."""
    return content(generations.current(workspace).file, SEEN)


def content(file: Path, schemas: Sequence[str]) -> Content:
    """Of every table of some schemas: rows and an order-free hash of all but statistics, and the statistics."""
    found = {}
    with duckdb.connect(str(file), read_only=True) as connection:
        for table, columns, floats in connection.execute(COLUMNS, [list(schemas)]).fetchall():
            exact = [f'"{column}"' for column in columns if column not in (floats or [])]
            counted = connection.execute(
                f"select count(*), coalesce(sum(hash(row({', '.join(exact)}))), 0) from {table}"
            ).fetchone()
            statistics = connection.execute(
                f"select columns(c -> c in ?)::double from {table} order by {', '.join(exact)}", [floats]
            ).fetchnumpy() if floats else {}  # fmt: skip
            found[table] = (counted, {name: np.ma.filled(values, np.nan) for name, values in statistics.items()})
    return found


def assert_same(ours: Content, theirs: Content) -> None:
    """The same tables with the same rows; statistics to nine digits.

    Sums of fractions depend on the order in which the engine adds them, in the last of their sixteen digits.
    """
    assert {table: counted for table, (counted, _) in ours.items()} == {
        table: counted for table, (counted, _) in theirs.items()
    }
    for table, (_, statistics) in ours.items():
        for name, values in statistics.items():
            np.testing.assert_allclose(values, theirs[table][1][name], 1e-9, 1e-9, err_msg=f"{table}.{name}")
