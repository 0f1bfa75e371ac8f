"""Text files into tables: typed and together where all is well, as text where a cast fails, record by record last."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.ingest import careful, large_files, workbooks
from pipelines.ingest.casting import LARGEST_WHOLE, read_type
from pipelines.ingest.looking import Dialect
from pipelines.ingest.mapping import FILE_ROW, FeedPlan
from pipelines.ingest.sql import identifier
from workspace.source_settings import Source

MEGABYTE = 1_000_000
LONGEST_LINE = 2 * MEGABYTE
ARROW_ROWS = 50_000


@dataclass(frozen=True)
class Part:
    """One file as it lies ready for DuckDB: the whole of `path`, or bytes `start` to `end` of a bundle."""

    delivery_id: int
    original: Path
    path: Path
    records: int
    is_plain: bool
    is_bundled: bool = False
    start: int = 0
    end: int = 0
    has_lines: bool = True
    "Whether each record is one line, so that its position tells the line."


@dataclass(frozen=True)
class Job:
    """What the files of one header share: their source, how they fill its feeds, how they are written."""

    name: str
    source: Source
    plans: tuple[FeedPlan, ...]
    dialect: Dialect

    def used(self) -> list[str]:
        """File columns that some feed needs, in the file's order."""
        wanted = {column.file_column for plan in self.plans for column in plan.columns}
        wanted |= {name for plan in self.plans for name in plan.used_in_expressions}
        return [name for name in self.dialect.header if name in wanted]

    def unused(self) -> list[str]:
        """File columns that no feed needs."""
        used = set(self.used())
        return [name for name in self.dialect.header if name not in used]


@dataclass(frozen=True)
class Rows:
    """A relation that holds the records of some files.

    Its columns: `_delivery_id`, `file_row`, `_line`, `_broken` (what is wrong with the whole record), the file's.
    `records` is what each file was found to hold, counted without the reader that filled the relation.
    """

    relation: str
    job: Job
    types: Mapping[str, str]
    nulls_are_read: bool
    records: Mapping[int, int]


@dataclass
class Reader:
    """Reads the files of one batch; hands out names for its tables."""

    connection: duckdb.DuckDBPyConnection
    scratch: Path
    max_field_megabytes: int
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def name(self, prefix: str) -> str:
        """A name no other table of this batch has."""
        return f"{prefix}_{next(self.numbers)}"

    def read(self, job: Job, parts: Sequence[Part]) -> Iterator[Rows]:
        """Every record of some text files, in as many relations as there are ways to read them."""
        slow = [part for part in parts if not part.is_plain]
        for group in together(part for part in parts if part.is_plain):
            types = column_types(job)
            rows, failed, bad_columns = self.attempt(job, group, types)
            yield from rows
            if failed and bad_columns:
                # Only what failed is read again, and only the columns that failed become text.
                again = self.bundle_again(failed) if failed[0].is_bundled else failed
                rows, failed, _ = self.attempt(job, again, types | dict.fromkeys(bad_columns, "VARCHAR"))
                yield from rows
            slow += failed
        if slow:
            yield self.read_slowly(job, slow)

    def attempt(
        self, job: Job, parts: Sequence[Part], types: dict[str, str]
    ) -> tuple[list[Rows], list[Part], list[str]]:
        """Read parts of one path with these types: rows of those that came whole, parts that did not, bad columns."""
        table, rejects = self.name("read"), self.name("rejects")
        try:
            sql, parameters = self.reading_sql(job, parts[0], types, rejects)
            self.connection.execute(f"create temp table {table} as {sql}", parameters)
        except duckdb.Error:
            return [], list(parts), []
        whole, first_rows, bad_columns = self.whole_parts(table, parts, unfit(job, types))
        if not job.dialect.is_json:
            bad_columns += self.bad_columns(rejects)
        if not parts[0].is_bundled and bad_columns:
            # What was rejected may have swallowed the lines after it, whatever the counts say.
            whole = []
        came_whole = {part.delivery_id for part in whole}
        failed = [part for part in parts if part.delivery_id not in came_whole]
        bad_columns = [name for name in bad_columns if name in types]
        if not whole:
            self.connection.execute(f"drop table {table}")
            return [], failed, bad_columns
        relation = self.number_rows(table, job.used(), whole, first_rows)
        records = {part.delivery_id: part.records for part in whole}
        return [Rows(relation, job, types, not job.dialect.is_json, records)], failed, bad_columns

    def reading_sql(self, job: Job, part: Part, types: dict[str, str], rejects: str) -> tuple[str, dict[str, Any]]:
        """The query that reads one path, with its parameters."""
        used = job.used()
        names = [*(["_delivery_id"] if part.is_bundled else []), *used]
        chosen = ", ".join(identifier(name) for name in names) or "1 as nothing"
        key = {"_delivery_id": "BIGINT"} if part.is_bundled else {}
        if job.dialect.is_json:
            columns = key | {name: types[name] for name in used}
            options = "columns = $columns, format = 'newline_delimited', ignore_errors = true"
            return f"select {chosen} from read_json($path, {options})", {"path": str(part.path), "columns": columns}
        options = (
            "columns = $columns, header = $header, delim = $delimiter, nullstr = $nulls, decimal_separator = $decimal,"
            " max_line_size = $longest, auto_detect = false, quote = '\"', escape = '\"', store_rejects = true,"
            f" rejects_table = '{rejects}', rejects_scan = '{rejects}_scan'"
        )
        parameters = {
            "path": str(part.path),
            "columns": key | {name: types[name] for name in job.dialect.header},
            "header": not part.is_bundled,
            "delimiter": job.dialect.delimiter,
            "nulls": job.source.null_values,
            "decimal": job.source.decimal_separator,
            "longest": min(LONGEST_LINE, self.max_field_megabytes * MEGABYTE),
        }
        return f"select {chosen} from read_csv($path, {options})", parameters

    def whole_parts(
        self, table: str, parts: Sequence[Part], unfit_values: dict[str, str]
    ) -> tuple[list[Part], dict[int, int], list[str]]:
        """The parts that came whole and as they are, the rowid each begins at, and the columns that hold unfit values.

        Whole: exactly as many rows were read as the file holds. As it is: no value was read as something that it
        will not do for, so that what is quarantined can be shown as it was written.
        """
        key = "_delivery_id" if parts[0].is_bundled else str(parts[0].delivery_id)
        tests = "".join(f", count_if({test})" for test in unfit_values.values())
        found = self.connection.execute(
            f"select {key}, min(rowid), max(rowid), count(*){tests} from {table} group by 1"
        ).fetchall()
        bad = [any(row[4 + place] for row in found) for place in range(len(unfit_values))]
        # Rows of one file lie together, so its first rowid tells every row's position.
        sound = [row for row in found if row[0] is not None and row[2] - row[1] + 1 == row[3] and not any(row[4:])]
        first, count_of = {row[0]: row[1] for row in sound}, {row[0]: row[3] for row in sound}
        ids = {row[0] for row in found}
        counted = [recounted(part, count_of.get(part.delivery_id, 0)) for part in parts]
        whole = [
            part
            for part in counted
            if part.records == count_of.get(part.delivery_id, 0) and (part.records or part.delivery_id not in ids)
        ]
        return whole, first, [name for name, is_bad in zip(unfit_values, bad, strict=True) if is_bad]

    def number_rows(self, table: str, used: list[str], whole: Sequence[Part], first_rows: dict[int, int]) -> str:
        """A view over a table that adds delivery, position and line to each row, of whole parts only."""
        relation, starts = self.name("rows"), self.name("starts")
        columns = ", ".join(f"t.{identifier(name)}" for name in used)
        self.connection.execute(f"create temp table {starts} (delivery_id bigint, first_row bigint)")
        ids = [part.delivery_id for part in whole if part.delivery_id in first_rows]
        firsts = [first_rows[delivery_id] for delivery_id in ids]
        self.connection.execute(
            f"insert into {starts} select unnest($ids), unnest($rows)", {"ids": ids, "rows": firsts}
        )
        joined = f"{table} t join {starts} s on s.delivery_id = t._delivery_id"
        if not whole[0].is_bundled:
            joined = f"{table} t cross join (select {whole[0].delivery_id}::bigint as delivery_id, 0 as first_row) s"
        line = "t.rowid - s.first_row + 2" if whole[0].has_lines else "null::bigint"
        self.connection.execute(
            f"create temp view {relation} as select s.delivery_id as _delivery_id,"
            f" t.rowid - s.first_row + 1 as {FILE_ROW}, {line} as _line,"
            f" null::varchar as _broken, null::varchar as _text{', ' if columns else ''}{columns} from {joined}"
        )
        return relation

    def bad_columns(self, rejects: str) -> list[str]:
        """Columns in which some value did not fit its type; and "" where a record was set aside for another reason."""
        rows = self.connection.execute(
            f"select distinct case when error_type = 'CAST' then column_name else '' end from {rejects} order by 1"
        ).fetchall()
        return [row[0] for row in rows]

    def bundle_again(self, parts: Sequence[Part]) -> list[Part]:
        """The same parts of a bundle in a new one."""
        path = self.scratch / self.name("bundle")
        result = []
        with parts[0].path.open("rb") as old, path.open("wb") as new:
            for part in parts:
                old.seek(part.start)
                start = new.tell()
                new.write(old.read(part.end - part.start))
                result.append(replace(part, path=path, start=start, end=new.tell()))
        return result

    def read_slowly(self, job: Job, parts: Sequence[Part]) -> Rows:
        """Files record by record, everything as text, broken records kept with what is wrong with them."""
        table, used = self.name("slow"), job.used()
        columns = ", ".join(f"{identifier(name)} varchar" for name in used)
        self.connection.execute(
            f"create temp table {table} (_delivery_id bigint, {FILE_ROW} bigint, _line bigint, _broken varchar,"
            f" _text varchar{', ' if columns else ''}{columns})"
        )
        counts = {part.delivery_id: self.append(job, part, table, used) for part in parts}
        return Rows(table, job, dict.fromkeys(used, "VARCHAR"), False, counts)

    def append(self, job: Job, part: Part, table: str, used: list[str]) -> int:
        """Add the records of one file to a table; returns how many there were."""
        longest = self.max_field_megabytes * MEGABYTE
        header = list(job.dialect.header)
        if job.dialect.is_workbook:
            records = workbooks.records(part.original)
            places = [header.index(name) for name in used]
        elif job.dialect.is_json:
            records = careful.json_records(part.original, used, longest)
            places = list(range(len(used)))
        else:
            encoding = job.source.encoding
            records = careful.csv_records(part.original, encoding, job.dialect.delimiter, header, longest)
            places = [header.index(name) for name in used]
        count = 0
        for batch in batched(records, ARROW_ROWS):
            count += len(batch)
            arrow = arrow_table(part.delivery_id, batch, used, places)
            self.connection.register("arriving", arrow)
            self.connection.execute(f"insert into {table} select * from arriving")
            self.connection.unregister("arriving")
        return count


def column_types(job: Job) -> dict[str, str]:
    """The type each file column is read with: its feed's, or text where an expression or two feeds need that."""
    if job.dialect.is_json:
        return dict.fromkeys(job.dialect.header, "VARCHAR")
    types: dict[str, str] = {}
    for plan in job.plans:
        for column in plan.columns:
            if column.file_column is None:
                continue
            kind = read_type(column.column, job.source)
            types[column.file_column] = kind if types.get(column.file_column, kind) == kind else "VARCHAR"
    spoken = {name for plan in job.plans for name in plan.used_in_expressions}
    return {name: "VARCHAR" if name in spoken else types.get(name, "VARCHAR") for name in job.dialect.header}


def unfit(job: Job, types: Mapping[str, str]) -> dict[str, str]:
    """By file column, SQL that is true for a value that its type holds and its feed does not."""
    whole = f"{{0}} <> trunc({{0}}) or not abs({{0}}) <= {LARGEST_WHOLE}"
    tests = {"DOUBLE": whole, "DATE": "not isfinite({0})"}
    return {name: tests[types[name]].format(identifier(name)) for name in job.used() if types[name] in tests}


def recounted(part: Part, found: int) -> Part:
    """A large file with fewer records than lines, counted again with blank lines and line breaks inside quotes."""
    if part.is_bundled or found >= part.records:
        return part
    records = large_files.count_records(part.path)
    return part if records is None else replace(part, records=records - 1, has_lines=False)


def together(parts: Iterable[Part]) -> list[list[Part]]:
    """Parts of the same path, in the order they came."""
    groups: dict[Path, list[Part]] = {}
    for part in parts:
        groups.setdefault(part.path, []).append(part)
    return list(groups.values())


def batched(records: Iterable[careful.Record], size: int) -> Iterator[list[careful.Record]]:
    """Records in lists of `size`."""
    iterator = iter(records)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


def arrow_table(delivery_id: int, batch: list[careful.Record], used: list[str], places: list[int]) -> pa.Table:
    """Records as columns of text."""
    arrays: dict[str, Any] = {
        "d": pa.array([delivery_id] * len(batch), pa.int64()),
        "r": pa.array([record.row for record in batch], pa.int64()),
        "l": pa.array([record.line for record in batch], pa.int64()),
        "b": pa.array([record.broken for record in batch], pa.string()),
        "t": pa.array([record.values[0] if record.broken else None for record in batch], pa.string()),
    }
    for number, place in enumerate(places):
        values = [None if record.broken else record.values[place] for record in batch]
        arrays[f"c{number}"] = pa.array(values, pa.string())
    return pa.table(arrays)
