"""Parquet files into tables: their own types kept, files of one schema together."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines.ingest.mapping import FILE_ROW, RefusedError
from pipelines.ingest.reading import Job, Reader, Rows
from pipelines.ingest.sql import file_list, identifier

Schema = tuple[tuple[str, str], ...]


def schema_of(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[Schema, int]:
    """Columns with their DuckDB types in order of name, and the number of rows that the file's own footer states.

    Raises
    ------
    RefusedError
        When the file is no complete Parquet file.
    """
    read = f"read_parquet({file_list([path])})"
    try:
        columns = connection.execute(f"describe select * from {read}").fetchall()
        row = connection.execute(f"select num_rows from parquet_file_metadata({file_list([path])})").fetchone()
    except duckdb.Error as error:
        raise RefusedError(
            f"The file is not a complete Parquet file: {str(error).splitlines()[0]}. Deliver it again."
        ) from None
    # In order of name, files that only order their columns differently go together.
    return tuple(sorted((name, kind) for name, kind, *_ in columns)), int(row[0]) if row else 0


def read(
    reader: Reader, job: Job, types: dict[str, str], files: Sequence[tuple[int, Path, int]]
) -> tuple[list[Rows], dict[int, str]]:
    """Every row of some Parquet files with the same schema, and the files that could not be read, with the reason.

    `files`: delivery, path, rows by the footer. One damaged file does not spoil the others: they are read by halves.
    """
    if not files:
        return [], {}
    try:
        return [read_together(reader, job, types, files)], {}
    except duckdb.Error as error:
        if len(files) == 1:
            reason = f"The file cannot be read: {str(error).splitlines()[0]}. Deliver it again."
            return [], {files[0][0]: reason}
    half = len(files) // 2
    rows, refused = read(reader, job, types, files[:half])
    more_rows, more_refused = read(reader, job, types, files[half:])
    return rows + more_rows, refused | more_refused


def read_together(reader: Reader, job: Job, types: dict[str, str], files: Sequence[tuple[int, Path, int]]) -> Rows:
    """Every row of some files in one table."""
    relation, names = reader.name("parquet"), reader.name("names")
    columns = "".join(f", f.{identifier(name)}" for name in job.used())
    reader.connection.execute(f"create temp table {names} (path varchar, delivery_id bigint)")
    reader.connection.executemany(
        f"insert into {names} values (?, ?)", [(str(path), delivery) for delivery, path, _ in files]
    )
    reader.connection.execute(
        f"create temp table {relation} as select n.delivery_id as _delivery_id, f.file_row_number + 1 as {FILE_ROW},"
        f" null::bigint as _line, null::varchar as _broken, null::varchar as _text{columns}"
        f" from read_parquet({file_list([path for _, path, _ in files])}, filename = '_file', file_row_number = true) f"
        f" join {names} n on n.path = f._file"
    )
    return Rows(relation, job, types, False, {delivery: rows for delivery, _, rows in files})
