"""Rows that say nothing new, and rows that contradict another of the same file."""

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.contracts import Contract
from pipelines.ingest.judging import Judged
from pipelines.ingest.sql import identifier


def keys(contract: Contract) -> list[str]:
    """The columns that tell one row of a feed from another, its version included."""
    return [*contract.key, *([contract.version] if contract.version and contract.version not in contract.key else [])]


def content(contract: Contract) -> str:
    """SQL of a row's content hash. It is never stored: another version of DuckDB may hash otherwise."""
    return f"hash({', '.join(identifier(column.name) for column in contract.columns)})"


def find_repeats(
    connection: duckdb.DuckDBPyConnection, judged: Judged, earlier: str | None, *, are_all_different: bool = False
) -> str:
    """Make a table of the good rows that are not accepted, and return its name.

    Its columns: `_delivery_id`, `_row`, `_kept` (NULL for a duplicate; for the same key with other values in one
    file, the row that was kept). A row is a duplicate when the row of its key before it, in the order of
    deliveries and of rows, says the same: so a value that changes and changes back is three facts, not two.

    Parameters
    ----------
    earlier : relation of the rows of this feed that count so far; None when there is none
    are_all_different : whether no two good rows of the batch are known to share a key; they are not searched then
    """
    name = f"repeats_{judged.contract.table}"
    columns = ", ".join(identifier(key) for key in keys(judged.contract))
    good = f"(select * from {identifier(judged.relation)} where _problem is null)"
    connection.execute(f"create or replace temp table {name} (_delivery_id bigint, _row bigint, _kept bigint)")
    connection.execute("create or replace temp table suspects (k ubigint)")
    if not are_all_different:
        suspects = pa.table({"k": repeated(connection, f"select hash({columns}) as k from {good}")})
        connection.register("repeated_keys", suspects)
        connection.execute("insert into suspects from repeated_keys")
        connection.unregister("repeated_keys")
    if earlier:
        # Keys first: the other columns are read only of rows whose key comes again.
        connection.execute(
            f"create or replace temp table met_again as select _delivery_id, _row, hash({columns}) as k from {earlier}"
            f" where k in (select hash({columns}) from {good})"
        )
        connection.execute("insert into suspects select distinct k from met_again")
    if connection.execute("select 1 from suspects limit 1").fetchone():
        connection.execute(f"insert into {name} {repeats_sql(judged, good, columns, earlier)}")
    return name


def repeated(connection: duckdb.DuckDBPyConnection, query: str) -> np.ndarray:
    """The hashes that a query gives more than once.

    Sorting them here takes a tenth of the time that grouping millions of different ones takes in SQL.
    """
    hashes = np.sort(connection.execute(query).fetchnumpy()["k"])
    return np.unique(hashes[1:][hashes[1:] == hashes[:-1]])


def repeats_sql(judged: Judged, good: str, columns: str, earlier: str | None) -> str:
    """The query behind `find_repeats`, over the rows whose key is in `suspects`."""
    first = [str(delivery) for delivery, word in judged.on_repeat.items() if word == "first"]
    is_first = f"_delivery_id in ({', '.join(first)})" if first else "false"
    is_first = "true" if len(first) == len(judged.on_repeat) else is_first
    content_hash = content(judged.contract)
    known = (
        f"union all select {columns}, e._delivery_id, e._row, {content_hash}, false from {earlier} e"
        " semi join met_again m on m._delivery_id = e._delivery_id and m._row = e._row"
        if earlier
        else ""
    )
    return f"""
        with every as (
            select {columns}, _delivery_id, _row, {content_hash} as h, true as is_new from {good}
            where hash({columns}) in (select k from suspects) {known}
        ),
        in_file as (
            select *, row_number() over in_order as place, first_value(h) over in_order as kept_h,
                first_value(_row) over in_order as kept_row
            from every window in_order as (partition by {columns}, _delivery_id order by is_new, _row)
        ),
        kept as (
            select _delivery_id, _row, is_new, lag(h) over (partition by {columns} order by _delivery_id) = h as same
            from in_file where place = 1
        )
        select _delivery_id, _row, null from kept where is_new and same
        union all
        select _delivery_id, _row, case when h <> kept_h and not ({is_first}) then kept_row end
        from in_file where place > 1 and is_new"""
