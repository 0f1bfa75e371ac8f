"""A generation of any size from a small one: every customer becomes many, each with more of the same history.

The small one was made by a nightly, so its tables, shares and traits are those of a company; only the keys are new.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.bench_nightly import ROOT, timed, workspace
from pipelines.sql import identifier
from workspace import generations
from workspace.folders import Workspace
from workspace.segments import by_customer

AS_OF = date(2025, 12, 31)

# How often a customer's history is repeated, each time 37 days earlier: touchpoints come to about sixty a customer.
REPEATED = {
    "fct_web_sessions": 3, "fct_web_events": 3, "fct_campaign_contacts": 3, "fct_orders": 2, "fct_order_lines": 2,
    "fct_calls": 2, "fct_cases": 2, "fct_surveys": 2, "fct_opportunities": 2, "fct_touchpoints": 3,
}  # fmt: skip
TOUCHES_TWICE = "(kind in ('visit', 'contact') or again < 2)"  # the other kinds are repeated as their facts are
APART_DAYS = 37
# Keys that a customer's own rows carry; those of products, campaigns or agents stay.
OWN_KEYS = ("customer_version_key", "order_key", "case_key", "opportunity_key")
# Of facts, what no page and no segment asks for: it would make up most of the file.
UNREAD = (
    "event_id", "page", "referrer", "order_id", "subject_id", "summary", "contact_id", "call_id", "survey_id",
    "order_line_key", "response_order_key", "session_key", "web_event_key", "call_key", "contact_key", "survey_key",
    "consent_key", "touchpoint_key", "visitor_id",
)  # fmt: skip
LASTING = ("dim_customer", "fct_consents", "fct_customer_months", "bridge_customer_identity")


@contextmanager
def multiplied_company(customers: int, times: int, years: int) -> Iterator[tuple[Workspace, int]]:
    """A demo company's workspace whose published generation has each customer `times` times, and how many that is.

    It is gone when the block ends.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "demo"
        demo = workspace(folder, ROOT / "regulars.toml")
        timed("-w", demo, "demo", "--customers", str(customers), "--years", str(years))
        timed("-w", demo, "nightly", "--as-of", AS_OF.isoformat())
        place = Workspace.open(folder)
        counts: list[int] = []

        def write(file: Path) -> None:
            shutil.copyfile(generations.current(place).file, file)
            file.chmod(0o644)
            counts.append(multiply(file, times)["customers"])

        generations.publish(place, generations.next_name(place, AS_OF), write, keep=1)
        yield place, counts[0]


def multiply(file: Path, times: int) -> dict[str, int]:
    """Copy every customer of a generation `times` times, in place; how many customers and touchpoints there are then.

    A copy's keys keep the order of the first ones and follow those of the copy before: what the nightly wrote by
    customer is by customer again, without sorting, and what it wrote as it came is not.

    Parameters
    ----------
    file : a generation that nobody reads, writable
    """
    with duckdb.connect(str(file), config={"memory_limit": "3GB", "threads": 2}) as connection:
        for schema, table in customer_tables(connection):
            columns = dict(
                connection.execute(
                    "select column_name, data_type from duckdb_columns() where schema_name = ? and table_name = ?",
                    [schema, table],
                ).fetchall()
            )
            name, query = f"{schema}.{identifier(table)}", copy_query(schema, table, columns)
            connection.execute(f'create table {schema}."copy" as from {name} limit 0')
            for one in range(times):
                connection.execute(f'insert into {schema}."copy" by name {query}', {"one": one, "times": times})
            connection.execute(f"drop table {name}")
            connection.execute(f'alter table {schema}."copy" rename to {identifier(table)}')
        by_customer.write(connection)
        row = connection.execute(
            "select (select count(*) from serving.customer_360), (select count(*) from star.fct_touchpoints)"
        ).fetchone()
    return dict(zip(("customers", "touches"), row or (0, 0), strict=True))


def customer_tables(connection: duckdb.DuckDBPyConnection) -> Iterable[tuple[str, str]]:
    """What is kept by customer: facts and dimension of the star, and what mining, models and serving found."""
    found: list[tuple[str, str]] = connection.execute(
        "select schema_name, table_name from duckdb_columns() join duckdb_tables() using (schema_name, table_name)"
        " where column_name = 'customer_key' and (schema_name in ('serving', 'mining', 'models')"
        " or (schema_name = 'star' and list_contains(?, table_name))) order by all",
        [[*REPEATED, *LASTING]],
    ).fetchall()
    return found


def copy_query(schema: str, table: str, columns: dict[str, str]) -> str:
    """The query of one copy of a table: new keys, earlier days for repeats, texts that no page reads left out."""
    again = REPEATED.get(table, 1) if schema == "star" else 1
    # 9223372036854775807 is the largest key.
    changed = ["(customer_key // $times + 9223372036854775807 // $times * $one)::bigint as customer_key"]
    if schema == "star":
        changed += [f"(hash({name}, $one, again) >> 1)::bigint as {name}" for name in OWN_KEYS if name in columns]
        changed += [f"null::{columns[name]} as {name}" for name in UNREAD if name in columns]
    if again > 1:
        changed += [
            f"({name} - to_days(again::integer * {APART_DAYS}))::{kind.lower()} as {name}"
            for name, kind in columns.items()
            if kind in ("DATE", "TIMESTAMP")
        ]
    where = f"where {TOUCHES_TWICE}" if table == "fct_touchpoints" else ""
    # Names come from the catalogue; which copy it is, is a value.
    return f"""
        select * exclude (again) replace ({", ".join(changed)})
        from {schema}.{identifier(table)}, range({again}) as repeats(again)
        {where}
    """
