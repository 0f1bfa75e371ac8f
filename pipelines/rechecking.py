"""Each night one table is made anew beside itself and held against what increments have made of it."""

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from pipelines import book, dbt, increments, warehouse
from pipelines.sql import identifier
from workspace.errors import RegularsError
from workspace.folders import Workspace

SCHEMA = """
create table if not exists absorbed.rechecks (
    table_name varchar primary key, checked_at timestamp, row_count bigint, content_hash hugeint
);
"""
ASIDE = "made_aside"


@dataclass(frozen=True)
class Content:
    """What a table holds, whatever the order of its rows."""

    row_count: int
    content_hash: int


def content(connection: DuckDBPyConnection, table: str) -> Content:
    """Rows of a table, and the sum of a hash over each of them."""
    # S608: a quoted name. Summed as hugeint: no overflow below 2^63 rows.
    row = connection.execute(
        f"select count(*), coalesce(sum(hash(held)::hugeint), 0) from {table} as held"  # noqa: S608
    ).fetchone()
    assert row is not None
    return Content(*row)


def recheck(workspace: Workspace) -> str:
    """Make the table anew that was not looked at for longest, and exchange it if it holds the same.

    Nothing is done in a night that made everything anew. Returns what was found, in words.

    What is made anew is stored in order and without holes, so that in the end every table is as on its first day.

    Raises
    ------
    RegularsError
        When it does not hold the same. Everything is then made anew in the next night; this one is not published.
    """
    models = dbt.models(workspace, "staging", "star")
    with warehouse.connect(workspace) as connection:
        connection.execute(increments.SCHEMA + SCHEMA)
        if increments.is_made_anew(connection):
            return "Everything was made anew: no table is made anew beside itself."
        rechecked = dict(connection.execute("select table_name, checked_at from absorbed.rechecks").fetchall())
    # Never looked at first; then by age, so that each has its turn.
    name = min(models, key=lambda model: (model in rechecked, rechecked.get(model), model))
    query = dbt.compiled(workspace, name)
    with warehouse.connect(workspace) as connection:
        made, held = make_aside(connection, models[name], name, query)
        if made != held:
            increments.forget(connection)
            raise RegularsError(
                f"{models[name]}.{name} holds {held.row_count:,} rows that are not those ({made.row_count:,}) which"
                " raw gives when it is made anew.",
                "Nothing is published; run the night again: it makes everything anew. Please report it, it is a fault"
                " of Regulars.",
            )
        connection.execute(
            "insert or replace into absorbed.rechecks values (?, now() at time zone 'UTC', ?, ?)",
            [name, made.row_count, made.content_hash],
        )
        words = f"{made.row_count:,} rows, the same when made anew as when taken up by batch"
        book.record(connection, "recheck", [book.Check(f"made anew {name}", "passed", detail=words)])
    return f"{models[name]}.{name}: {words}."


def make_aside(connection: DuckDBPyConnection, schema: str, name: str, query: str) -> tuple[Content, Content]:
    """The table made anew and the one that stands; where they hold the same, the new one takes the other's place."""
    standing, aside = (f"{schema}.{identifier(table)}" for table in (name, f"{ASIDE}_{name}"))
    columns = ", ".join(identifier(row[0]) for row in connection.execute(f"describe {standing}").fetchall())
    connection.execute(f"drop table if exists {aside}")
    # S608: our own query, as dbt compiled it.
    connection.execute(f"create table {aside} as select {columns} from ({query})")  # noqa: S608
    made, held = content(connection, aside), content(connection, standing)
    connection.begin()
    if made == held:
        connection.execute(f"drop table {standing}")
        connection.execute(f"alter table {aside} rename to {identifier(name)}")
    else:
        connection.execute(f"drop table {aside}")
    connection.commit()
    return made, held
