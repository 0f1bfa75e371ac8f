"""What a delivery holds: the members frozen once, who joined and left since the last one, the file and its digest."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from workspace import exports, list_columns
from workspace.errors import RegularsError
from workspace.outbox.schedules import Schedule
from workspace.segments.fields import TABLE, Fields, fields_of
from workspace.segments.query import Moment, condition

ROWS, MEMBERS = "rows.parquet", "members.parquet"


@dataclass(frozen=True)
class Content:
    """A frozen delivery: the digest of what it says, the file that leaves, and how many it names."""

    digest: str
    file: Path
    customer_count: int
    joined_count: int | None = None
    left_count: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it says that nothing changed."""
        return self.joined_count == 0 and self.left_count == 0


def fields(connection: duckdb.DuckDBPyConnection) -> Fields:
    """What can be asked of customers in the generation that is open."""
    schema, table = TABLE.split(".")
    return fields_of(
        connection.execute(
            "select column_name, data_type from duckdb_columns() where schema_name = ? and table_name = ?"
            " order by column_index",
            [schema, table],
        ).fetchall()
    )


def freeze(
    connection: duckdb.DuckDBPyConnection, schedule: Schedule, moment: Moment, folder: Path, basis: Path | None
) -> Content:
    """Write the members and the file of a delivery into an empty folder.

    Parameters
    ----------
    connection : a published generation, open for reading
    basis : members of the last delivery that arrived; with it, of 'changes' only who joined and left since

    Raises
    ------
    RegularsError
        If the segment is gone or asks for what this generation does not have.
    """
    if schedule.segment is None:
        raise RegularsError(f"The segment '{schedule.segment_name}' is not saved (any more).", "Save it, or end this.")
    text, parameters = condition(schedule.segment.definition, fields(connection), moment)
    # Only names of the catalogue are put together here and below; every value is a parameter.
    members = f"select c.customer_key from {TABLE} as c where {text} order by 1"  # noqa: S608
    connection.sql(members, params=parameters).write_parquet(str(folder / MEMBERS))
    is_change = schedule.what == "changes"
    values: dict[str, Any] = {"members": str(folder / MEMBERS)}
    query = whole_query(schedule.columns)
    if is_change:
        query = changes_query(schedule.columns, has_basis=basis is not None)
        values |= {"basis": str(basis)} if basis else {}
    connection.sql(query, params=values).write_parquet(str(folder / ROWS))
    total, joined, left = counts(connection, folder, is_change=is_change)
    # A workbook carries the time it was made, so the digest is that of the text.
    digest = digest_of(schedule, exports.export(folder / ROWS, "csv"))
    return Content(digest, exports.export(folder / ROWS, schedule.form), total, joined, left)


def whole_query(columns: tuple[str, ...]) -> str:
    """Everybody with the columns asked for, most net margin first."""
    return f"""
        select c.customer_key{shown(columns)}
        from read_parquet($members) as m inner join {TABLE} as c using (customer_key)
        order by c.net_margin_12m desc nulls last, c.customer_key
    """  # noqa: S608


def changes_query(columns: tuple[str, ...], *, has_basis: bool) -> str:
    """Who joined and who left; of who left the key and the standing, no contact details."""
    then = "select customer_key from read_parquet($basis)" if has_basis else "select null::bigint where false"
    return f"""
        with now_in as (select customer_key from read_parquet($members)), then_in(customer_key) as ({then}),
        changed as (
            select customer_key, 'joined' as change from now_in anti join then_in using (customer_key)
            union all select customer_key, 'left' as change from then_in anti join now_in using (customer_key)
        )
        select changed.customer_key, changed.change{shown(columns, hides_left=True)}
        from changed left join {TABLE} as c on changed.customer_key = c.customer_key
        order by changed.change, changed.customer_key
    """  # noqa: S608


def shown(columns: tuple[str, ...], *, hides_left: bool = False) -> str:
    """The columns as a part of a select."""
    parts = []
    for column in list_columns.known(columns):
        value = column.expression or f"c.{column.name}"
        if hides_left and column.is_personal:
            value = f"case when changed.change = 'joined' then {value} end"
        parts.append(f", {value} as {column.name}")
    return "".join(parts)


def counts(
    connection: duckdb.DuckDBPyConnection, folder: Path, *, is_change: bool
) -> tuple[int, int | None, int | None]:
    """Rows of the file; of changes, how many joined and how many left."""
    kinds = "count(*) filter (where change = 'joined'), count(*) filter (where change = 'left')"
    query = f"select count(*), {kinds if is_change else 'null, null'} from read_parquet(?)"  # noqa: S608
    found: tuple[int, int | None, int | None] = connection.execute(query, [str(folder / ROWS)]).fetchall()[0]
    return found


def digest_of(schedule: Schedule, text: Path) -> str:
    """SHA-256, in hexadecimal, of where it goes, in which form, and every row."""
    digest = hashlib.sha256(json.dumps([schedule.segment_name, schedule.destination, schedule.form]).encode())
    with text.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
