"""What customers did, a second time: narrow tables in the order of the customers, for counting while somebody edits.

The star keeps what there is to know about an act, as it came. A condition asks little of very many acts: who, when,
and what its traits are. So a generation carries, for each table of acts, only that, with the customer as the small
number that `serving.customer_360` has for the row: in this order it takes few bytes, and it groups without hashing.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import duckdb

from workspace.segments.acts import ACTS, KNOWN_LINES, Source
from workspace.segments.fields import TABLE

SCHEMA = "acts"
# Lines look up in their orders who cancelled them later.
ASKED_TOO = {"star.fct_orders": {"order_key"}}
UNITS = 10_000  # amounts are kept as whole ten-thousandths, which is what a decimal of the star has


def sources() -> list[Source]:
    """Every source of every act."""
    return [source for act in ACTS.values() for source in act.sources]


def asked_columns() -> dict[str, set[str]]:
    """The tables that conditions on acts ask, with the columns that the catalogue names."""
    found: dict[str, set[str]] = {}
    for source in sources():
        text = " ".join((source.at, source.on, source.filter, source.unit, source.amount))
        traits = {look.column for look in source.traits.values()}
        names = {"customer_key", *re.findall(r"\bf\.(\w+)", text), *traits, *ASKED_TOO.get(source.table, ())}
        found.setdefault(source.table, set()).update(names)
    return found


def rows_of(table: str) -> str:
    """The rows that any act of a table asks for, where that needs no date: of web events few are acts."""
    filters = {source.filter for source in sources() if source.table == table}
    if not filters or "true" in filters or any("$" in one for one in filters):
        return ""
    return f" and ({' or '.join(sorted(filters))})"


def narrow(source: Source) -> Source:
    """The same source in the tables by customer; their `place` is the customer, `second` and `micro` the instant.

    When an order was cancelled stands on its lines: it is not looked up.
    """
    known = source.filter.replace(KNOWN_LINES, "(f.is_counted or f.cancelled_on > $as_of)")
    return replace(source, table=name_of(source.table), filter=known)


def name_of(table: str) -> str:
    """The table by customer of a table of the star."""
    return f"{SCHEMA}.{table.partition('.')[2]}"


def write(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the tables into a generation; those of a night before go, and where no customers are served none come."""
    connection.execute(f"drop schema if exists {SCHEMA} cascade")
    schema, table = TABLE.split(".")
    served = "select 1 from duckdb_tables() where schema_name = $schema and table_name = $table"
    if connection.execute(served, {"schema": schema, "table": table}).fetchone():
        for statement in statements():
            connection.execute(statement)


def statements() -> Iterator[str]:
    """The statements that write the tables into a generation. Every name is of the catalogue of acts.

    Acts of nobody, or of somebody who is no row of `serving.customer_360`, are left out: no segment has them.
    """
    yield f"create or replace temp table places as select customer_key, rowid::uinteger as place from {TABLE}"  # noqa: S608
    yield f"create schema {SCHEMA}"
    timed = {source.table: source for source in sources() if source.at}
    for table, names in asked_columns().items():
        if table in timed:
            yield f"create table {name_of(table)} as {query(timed[table], names)}"
    yield "drop table places"


def query(source: Source, names: set[str]) -> str:
    """The rows of one table."""
    amounts = {name.removeprefix("f.") for one in sources() if (name := one.amount.lstrip("-"))}
    away = {"customer_key", source.at.removeprefix("f."), *ASKED_TOO.get(source.table, ())}
    kept = [
        f"(f.{name} * {UNITS})::bigint as {name}" if name in amounts else f"f.{name}" for name in sorted(names - away)
    ]
    joins, order = "inner join places as p on f.customer_key = p.customer_key", "place, second, micro"
    if KNOWN_LINES in source.filter:
        kept += ["case when o.is_cancelled then o.cancelled_on end as cancelled_on"]
        joins += " left join star.fct_orders as o on f.order_key = o.order_key"
        order += ", f.order_key"
    return f"""
        select p.place, epoch(date_trunc('second', {source.at}))::bigint as second,
            (epoch_us({source.at}) - epoch_us(date_trunc('second', {source.at})))::integer as micro, {", ".join(kept)}
        from {source.table} as f {joins} where true{rows_of(source.table)} order by {order}
    """  # noqa: S608
