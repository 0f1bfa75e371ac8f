"""About how many customers belong to a segment, from a sample in memory, while the true number is being counted.

The sample holds everything that segments ask of one in so many customers, under the names of the published tables.
"""

from dataclasses import dataclass

import duckdb
import streamlit as st

from dashboards.app_data import members
from dashboards.app_data.reader import Where, cached, connection, record
from mining.intervals import sampled_share_margin
from workspace.segments.by_customer import asked_columns as asked_of_acts
from workspace.segments.by_customer import rows_of
from workspace.segments.fields import TABLE, Fields
from workspace.segments.language import Group
from workspace.segments.query import Moment, condition

# From so many touchpoints on, a count may take longer than somebody who edits waits for.
MANY_TOUCHES = 5_000_000
SAMPLED = 20_000  # customers
DIMENSIONS = ("star.dim_product", "star.dim_campaign")


@dataclass(frozen=True)
class Estimate:
    """How many customers belong, from a sample: the true number lies within `margin` of it 95 times in 100."""

    customers: int
    margin: int

    def rounded(self) -> int:
        """The number without the digits that the sample cannot know."""
        return round(self.customers, -max(len(str(self.margin)) - 1, 0))


@cached
def touches(file: str) -> int:
    """How many touchpoints a generation has, about."""
    query = (
        "select coalesce(sum(estimated_size), 0)::bigint as touches from duckdb_tables()"
        " where schema_name = 'star' and table_name = 'fct_touchpoints'"
    )
    return int(record(file, query)["touches"])


def estimate(where: Where, fields: Fields, definition: Group) -> Estimate | None:
    """About how many belong, where counting them takes long; `None` where it does not, or where it is known."""
    if touches(where.file) < MANY_TOUCHES or members.is_known(where, fields, definition):
        return None
    drawn = sample(where.file)
    text, parameters = condition(definition, fields, Moment(where.as_of, where.time_zone))
    with drawn.connection.cursor() as cursor:
        query = f"select count(*) from {TABLE} as c where {text}"  # noqa: S608
        counted = int(cursor.execute(query, parameters).fetchall()[0][0])
    return extrapolated(counted, drawn.customers, drawn.total)


def extrapolated(counted: int, sampled: int, total: int) -> Estimate:
    """An estimate from how many of a sample belong."""
    margin = sampled_share_margin(counted, sampled, total)
    return Estimate(round(counted / max(sampled, 1) * total), round(margin * total))


@dataclass(frozen=True)
class Sample:
    """A database in memory with all that segments ask of `customers` of the `total`."""

    connection: duckdb.DuckDBPyConnection
    customers: int
    total: int


@st.cache_resource(max_entries=2, on_release=lambda drawn: drawn.connection.close(), show_spinner=False)
def sample(file: str) -> Sample:
    """The sample of a generation, drawn once.

    Keys of customers are hashes, so that those with the smallest are a sample of all.
    """
    drawn = duckdb.connect()
    drawn.execute("create schema star; create schema serving; set timezone = 'UTC'")
    total = int(record(file, f"select count(*) as total from {TABLE}")["total"])  # noqa: S608
    below = record(
        file,
        f"select quantile_disc(customer_key, $share) as key_below from {TABLE}",  # noqa: S608
        {"share": min(SAMPLED / max(total, 1), 1.0)},
    )["key_below"]
    with connection(file).cursor() as cursor:
        for table, columns in asked_columns().items():
            query = f"select {columns} from {table} as f where f.customer_key <= $below{rows_of(table)}"  # noqa: S608
            take(drawn, table, cursor.execute(query, {"below": below}))
        for table in DIMENSIONS:
            take(drawn, table, cursor.execute(f"select * from {table}"))  # noqa: S608
    found = drawn.execute(f"select count(*) from {TABLE}").fetchall()  # noqa: S608
    drawn.execute("set enable_external_access = false; set lock_configuration = true")
    return Sample(drawn, int(found[0][0]), total)


def take(drawn: duckdb.DuckDBPyConnection, table: str, answer: duckdb.DuckDBPyConnection) -> None:
    """Put what was asked for into the sample under the table's own name."""
    drawn.register("taken", answer.to_arrow_table())
    drawn.execute(f"create table {table} as select * from taken")  # noqa: S608
    drawn.unregister("taken")


def asked_columns() -> dict[str, str]:
    """The tables that segments ask, with their columns as SQL: of acts only what the catalogue names."""
    columns = {table: ", ".join(f"f.{name}" for name in sorted(names)) for table, names in asked_of_acts().items()}
    return {TABLE: "*"} | columns
