"""States of what mining reads, kept in the warehouse: worked out once for each star, asked for by many tables."""

from collections.abc import Callable, Sequence
from datetime import date

from duckdb import DuckDBPyConnection

from pipelines import book

SCHEMA = """
create table if not exists meta.read_states (
    reads varchar, as_of date, star varchar, state varchar, primary key (reads, as_of)
)
"""
STAR = "select fingerprint, built_at::varchar from meta.built where stage = 'star'"

Find = Callable[[list[date]], dict[date, str]]


def kept_states(
    connection: DuckDBPyConnection, reads: str, dates: Sequence[date], *, find: Find, code: Sequence[str]
) -> dict[date, str]:
    """A state for each date: those that stand, and the others found together and kept.

    A state stands as long as the star has not been built again since and the code is the same. Of a star that is not
    on record as finished nothing is kept.

    Parameters
    ----------
    connection : the private warehouse
    reads : what the states are of
    dates : the dates asked for
    find : gives the states of some dates
    code : the sources of what `find` uses
    """
    built = connection.execute(STAR).fetchone()
    if built is None:
        return find(list(dates)) if dates else {}
    star = book.fingerprint(built, list(code))
    connection.execute(SCHEMA)
    rows = connection.execute("select as_of, state from meta.read_states where reads = ? and star = ?", [reads, star])
    standing = dict(rows.fetchall())
    missing = [day for day in dates if day not in standing]
    if missing:
        found = find(missing)
        # Of a star that is gone nothing is of use any more.
        connection.execute("delete from meta.read_states where reads = ? and star <> ?", [reads, star])
        connection.executemany(
            "insert into meta.read_states values (?, ?, ?, ?)", [[reads, day, star, found[day]] for day in missing]
        )
        standing |= found
    return {day: standing[day] for day in dates}
