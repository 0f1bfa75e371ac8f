"""What customers did, a second time: narrow tables in the order of the customers, for counting while somebody edits.

The star keeps what there is to know about an act, as it came. A condition asks little of very many acts: who, when,
and what its traits are. So a generation carries, for each table of acts, only that, with the customer as the small
number that `serving.customer_360` has for the row: in this order it takes few bytes, and it groups without hashing.
Products and campaigns are small numbers too, of the copies of their dimensions that stand beside the acts.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import duckdb

from workspace.segments.acts import ACTS, BOUGHT, KNOWN_LINES, KNOWN_ORDERS, RETURNED, Look, Source
from workspace.segments.fields import TABLE

SCHEMA = "acts"
# Lines look up in their orders who cancelled them later.
ASKED_TOO = {"star.fct_orders": {"order_key"}}
UNITS = 10_000  # amounts are kept as whole ten-thousandths, which is what a decimal of the star has
LINE_UNTIL = "case when f.is_counted then date 'infinity' else o.cancelled_on end"
# Until when a row says that the act was done, for each filter that asks for it: always, up to the day before it was
# cancelled, or never (null). One date can be compared while a table is scanned, and nothing has to be looked up.
UNTIL = {
    KNOWN_ORDERS: (
        "sold_until",
        "case when f.is_sale then date 'infinity' when f.is_cancelled and f.item_quantity > 0 then f.cancelled_on end",
    ),
    BOUGHT: ("bought_until", f"case when f.quantity > 0 then {LINE_UNTIL} end"),
    RETURNED: ("returned_until", f"case when f.is_return then {LINE_UNTIL} end"),
}


def sources() -> list[Source]:
    """Every source of every act."""
    return [source for act in ACTS.values() for source in act.sources]


def asked_of(source: Source) -> set[str]:
    """The columns of its table that a source names."""
    text = " ".join((source.at, source.on, source.filter, source.unit, source.amount))
    return {*re.findall(r"\bf\.(\w+)", text), *(look.column for look in source.traits.values())}


def asked_columns() -> dict[str, set[str]]:
    """The tables of the star that conditions on acts ask, with the columns that the catalogue names."""
    found: dict[str, set[str]] = {}
    for source in sources():
        names = {"customer_key", *asked_of(source), *ASKED_TOO.get(source.table, ())}
        found.setdefault(source.table, set()).update(names)
    return found


def kept_columns() -> dict[str, set[str]]:
    """The tables by customer and the copied dimensions, with every column that is asked of them."""
    found: dict[str, set[str]] = {name_of(table): {key, *names} for table, (_, key, names) in dimensions().items()}
    for source in map(narrow, timed_sources()):
        found.setdefault(source.table, {"place", "second", "micro"}).update(asked_of(source))
    return found


def timed_sources() -> list[Source]:
    """The sources whose acts happened at some time: only those are kept by customer."""
    return [source for source in sources() if source.at]


def dimensions() -> dict[str, tuple[str, str, list[str]]]:
    """The dimensions that traits are looked up in: by table the rows as a query, the key, and the attributes."""
    found: dict[str, tuple[str, str, list[str]]] = {}
    for look in looks().values():
        _, _, names = found.setdefault(table_of(look), (look.dimension, look.key, []))
        names += [name for name in re.findall(r"\w+", look.attribute) if name not in {"coalesce", *names}]
    return found


def looks() -> dict[tuple[str, str, str], Look]:
    """Every look into a dimension, by table, column and attribute."""
    return {
        (source.table, look.column, look.attribute): look
        for source in timed_sources()
        for look in source.traits.values()
        if look.dimension
    }


def table_of(look: Look) -> str:
    """The table of the star that a look's dimension is, or is taken from."""
    return re.findall(r"\bstar\.\w+", look.dimension)[0]


def rows_of(table: str) -> str:
    """The rows that any act of a table asks for, where that needs no date: of web events few are acts."""
    filters = {source.filter for source in sources() if source.table == table}
    if not filters or "true" in filters or any("$" in one for one in filters):
        return ""
    return f" and ({' or '.join(sorted(filters))})"


def narrow(source: Source) -> Source:
    """The same source in the tables by customer; their `place` is the customer, `second` and `micro` the instant."""
    known = f"f.{UNTIL[source.filter][0]} > $as_of" if source.filter in UNTIL else source.filter
    traits = {
        name: replace(look, dimension=name_of(table_of(look))) if look.dimension else look
        for name, look in source.traits.items()
    }
    return replace(source, table=name_of(source.table), at="", filter=known, traits=traits)


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
    for table, (rows, key, names) in dimensions().items():
        # What is alike is next to each other, so that a scan leaves out what lies outside of the numbers asked for.
        kept = ", ".join(names)
        yield (
            f"create or replace temp table {numbers_of(table)} as"  # noqa: S608
            f" select key, (row_number() over (order by {kept}, key) - 1)::uinteger as number"
            f" from (select distinct on (d.{key}) d.{key} as key, {kept} from {rows} as d where d.{key} is not null)"
        )
        yield (
            f"create table {name_of(table)} as select n.number as {key}, {kept}"  # noqa: S608
            f" from {rows} as d inner join {numbers_of(table)} as n on d.{key} = n.key order by n.number"
        )
    for table, source in {source.table: source for source in timed_sources()}.items():
        yield f"create table {name_of(table)} as {query(source)}"
    for name in ("places", *map(numbers_of, dimensions())):
        yield f"drop table {name}"


def numbers_of(table: str) -> str:
    """The table, while acts are written, of a dimension's keys and the small numbers that they become."""
    return f"{table.partition('.')[2]}_numbers"


def query(source: Source) -> str:
    """The rows of one table by customer."""
    amounts = {f"f.{name}" for one in sources() if (name := one.amount.removeprefix("-").removeprefix("f."))}
    said = dict(UNTIL.values())
    numbers = {
        column: numbers_of(table_of(look)) for (table, column, _), look in looks().items() if table == source.table
    }
    joins, order = "inner join places as p on f.customer_key = p.customer_key", "place, second, micro"
    for column, name in numbers.items():
        joins += f" left join {name} on f.{column} = {name}.key"
        said[column] = f"{name}.number"
    if KNOWN_LINES in source.filter:
        joins += " left join (from star.fct_orders where is_cancelled) as o on f.order_key = o.order_key"
        order += ", f.order_key"
    names = kept_columns()[name_of(source.table)] - {"place", "second", "micro"}
    values = {name: said.get(name, f"f.{name}") for name in sorted(names)}
    kept = [
        f"({value} * {UNITS})::bigint as {name}" if value in amounts else f"{value} as {name}"
        for name, value in values.items()
    ]
    return f"""
        select p.place, epoch(date_trunc('second', {source.at}))::bigint as second,
            (epoch_us({source.at}) - epoch_us(date_trunc('second', {source.at})))::integer as micro, {", ".join(kept)}
        from {source.table} as f {joins} where true{rows_of(source.table)} order by {order}
    """  # noqa: S608
