"""Parquet files into tables: their own types kept, files of one schema together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.ingest.mapping import FILE_ROW
from pipelines.ingest.reading import Job, Reader, Rows
from pipelines.ingest.sql import file_list, identifier, insert

BROKEN = "_regulars_broken"
"A column that our own reads of databases have: what is wrong with the whole record, if anything."


@dataclass(frozen=True)
class ParquetFile:
    """A file as it lies ready; `records` is what its own footer states."""

    delivery_id: int
    path: Path
    records: int = 0
    layout: str = ""
    "Names and physical types of its columns: files of the same layout have the same schema."


def open_files(
    connection: duckdb.DuckDBPyConnection, files: Sequence[ParquetFile]
) -> tuple[list[ParquetFile], dict[int, str]]:
    """The files with what their footers say, and those that are no Parquet files, with the reason.

    One query for all; where that fails, by halves, so that one damaged file does not spoil the others.
    """
    if not files:
        return [], {}
    paths = file_list([file.path for file in files])
    try:
        layouts = connection.execute(
            "select file_name, string_agg(concat_ws(' ', name, type, type_length, num_children, converted_type, scale,"
            f" precision, logical_type), ', ' order by row) from (select *, row_number() over () as row"
            f" from parquet_schema({paths})) group by 1"
        ).fetchall()
        counts = connection.execute(f"select file_name, num_rows from parquet_file_metadata({paths})").fetchall()
    except duckdb.Error as error:
        if len(files) == 1:
            return [], {
                files[0].delivery_id: f"The file is not a complete Parquet file: {said(error)} Deliver it again."
            }
        half = len(files) // 2
        opened, refused = open_files(connection, files[:half])
        more_opened, more_refused = open_files(connection, files[half:])
        return opened + more_opened, refused | more_refused
    layout_of, count_of = dict(layouts), dict(counts)
    return [
        ParquetFile(file.delivery_id, file.path, int(count_of[str(file.path)]), layout_of[str(file.path)])
        for file in files
    ], {}


def schema_of(connection: duckdb.DuckDBPyConnection, file: ParquetFile) -> dict[str, str]:
    """The columns of a file with their DuckDB types."""
    rows = connection.execute(f"describe select * from read_parquet({file_list([file.path])})").fetchall()
    return {row[0]: row[1] for row in rows}


def read(
    reader: Reader, job: Job, types: dict[str, str], files: Sequence[ParquetFile]
) -> tuple[list[Rows], dict[int, str]]:
    """Every row of some Parquet files with the same schema, and the files that could not be read, with the reason."""
    if not files:
        return [], {}
    try:
        return [read_together(reader, job, types, files)], {}
    except duckdb.Error as error:
        if len(files) == 1:
            return [], {files[0].delivery_id: f"The file cannot be read: {said(error)} Deliver it again."}
    half = len(files) // 2
    rows, refused = read(reader, job, types, files[:half])
    more_rows, more_refused = read(reader, job, types, files[half:])
    return rows + more_rows, refused | more_refused


def read_together(reader: Reader, job: Job, types: dict[str, str], files: Sequence[ParquetFile]) -> Rows:
    """Every row of some files in one relation: a table, or a view of a read of our own, which nobody changes."""
    relation, places = reader.name("parquet"), reader.name("places")
    is_ours = job.source.database is not None
    columns = "".join(f", f.{identifier(name)}" for name in job.used())
    broken = f"f.{BROKEN}" if is_ours else "null::varchar"
    query = (
        f"f.file_row_number + 1 as {FILE_ROW}, null::bigint as _line, {broken} as _broken, null::varchar as _text"
        f"{columns} from (select *, file_index from"
        f" read_parquet({file_list([file.path for file in files])}, file_row_number = true)) f"
    )
    if is_ours and len(files) == 1:
        number = int(files[0].delivery_id)
        reader.connection.execute(f"create temp view {relation} as select {number}::bigint as _delivery_id, {query}")
    else:
        reader.connection.execute(f"create temp table {places} (place bigint, delivery_id bigint)")
        insert(reader.connection, places, [(place, file.delivery_id) for place, file in enumerate(files)])
        reader.connection.execute(
            f"create temp table {relation} as select p.delivery_id as _delivery_id, {query}"
            f" join {places} p on p.place = f.file_index"
        )
    return Rows(relation, job, types, False, {file.delivery_id: file.records for file in files})


def said(error: duckdb.Error) -> str:
    """What DuckDB says, in one line."""
    return f"{str(error).splitlines()[0].rstrip('.')}."
