"""What becomes of each row of a feed: SQL that types it, names what breaks the contract, and finds repeats."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from pipelines.contracts import Column, Contract
from pipelines.ingest import casting
from pipelines.ingest.mapping import FILE_ROW, FeedPlan, Mapped
from pipelines.ingest.reading import MEGABYTE, Rows
from pipelines.ingest.sql import file_list, identifier, literal, literals
from workspace.settings import Ingest

SHOWN = 500
BROKEN, NO_CONDITION = 0, 1
FIRST_PROBLEM = 2


@dataclass(frozen=True)
class Problem:
    """One way in which a row can break the contract: the SQL that is true for such a row, and the words for it."""

    column: str
    condition: str
    reason: str
    value: str


@dataclass(frozen=True)
class Judged:
    """A feed's rows of one batch as a view: `_delivery_id`, `_row`, `_line`, the typed columns, and the verdict.

    `_problem` is the number of the first problem or NULL, `_value` the offending value, `_words` what is wrong.
    """

    contract: Contract
    relation: str
    on_repeat: dict[int, str]
    "By delivery: what a repeated key in one file means."


@dataclass(frozen=True)
class Rules:
    """What the contract does not say: how far ahead an instant may be, how long a field."""

    latest: datetime
    longest_bytes: int

    @classmethod
    def of(cls, settings: Ingest, now: datetime) -> "Rules":
        """The rules at this moment; `now` in UTC without zone."""
        return cls(now + timedelta(days=settings.future_tolerance_days), settings.max_field_megabytes * MEGABYTE)


def judge(connection: duckdb.DuckDBPyConnection, rows: Sequence[Rows], feed: str, rules: Rules, name: str) -> Judged:
    """Make the relation `name` of every row of one feed with its verdict.

    Without expressions it is a view: cheaper to work out again than to keep. With expressions it is a table, so that
    each is worked out once. They are tried bare first; where one raises an error on some row, all are wrapped so that
    they give none, and such a row is a problem like any other.
    """
    plans = [(part, plan) for part in rows for plan in part.job.plans if plan.contract.name == feed]
    on_repeat = {delivery: plan.on_repeat for part, plan in plans for delivery in part.records}
    judged = Judged(plans[0][1].contract, name, on_repeat)
    if not any(has_expressions(plan) for _, plan in plans):
        connection.execute(f"create temp view {identifier(name)} as {union(plans, rules, is_guarded=False)}")
        return judged
    try:
        connection.execute(f"create temp table {identifier(name)} as {union(plans, rules, is_guarded=False)}")
    except duckdb.Error:
        connection.execute(f"create temp table {identifier(name)} as {union(plans, rules, is_guarded=True)}")
    return judged


def union(plans: Sequence[tuple[Rows, FeedPlan]], rules: Rules, *, is_guarded: bool) -> str:
    """The query of a feed over all its relations."""
    return " union all by name ".join(f"({select_rows(part, plan, rules, is_guarded)})" for part, plan in plans)


def has_expressions(plan: FeedPlan) -> bool:
    """Whether anything in the mapping could raise an error on a row."""
    return plan.where is not None or any(column.expression for column in plan.columns)


def select_rows(rows: Rows, plan: FeedPlan, rules: Rules, is_guarded: bool) -> str:
    """The query for one feed over one relation."""
    values = [read_column(rows, column, is_guarded) for column in plan.columns]
    problems = [p for value in values for p in value.problems(rules, rows, plan.contract)]
    first = [f"when _broken is not null then {BROKEN}"]
    condition = f"({plan.where}\n)" if plan.where is not None else "true"
    if is_guarded and plan.where is not None:
        first.append(f"when try({{'v': {condition}}}) is null then {NO_CONDITION}")
        condition = f"coalesce(try({{'v': {condition}}}).v, try({{'v': {condition}}}) is null)"
    cases = [f"when {problem.condition} then {number}" for number, problem in enumerate(problems, FIRST_PROBLEM)]
    shown = [f"when {n} then cast({p.value} as varchar)" for n, p in enumerate(problems, FIRST_PROBLEM)]
    said = [f"when {n} then {literal(p.reason)}" for n, p in enumerate(problems, FIRST_PROBLEM)]
    named = [f"when {n} then {literal(p.column)}" for n, p in enumerate(problems, FIRST_PROBLEM)]
    verdict = f"case {' '.join(first + cases)} end"
    columns = ", ".join(f"{value.sql} as {identifier(value.column.name)}" for value in values)
    return f"""
        select _delivery_id, {FILE_ROW} as _row, _line, {columns}, cast({verdict} as smallint) as _problem,
            left(case _problem when {BROKEN} then _text {" ".join(shown)} end, {SHOWN}) as _value,
            case _problem {" ".join(named)} end as _column,
            case _problem when {BROKEN} then 'the record ' || _broken
                when {NO_CONDITION} then 'the condition of the mapping cannot be worked out'
                {" ".join(said)} end as _words
        from {rows.relation} where _broken is not null or ({condition})"""


@dataclass(frozen=True)
class Value:
    """One column of a feed as SQL: what the file holds (`raw`, of type `type`) and what that is to the contract."""

    column: Column
    raw: str
    type: str
    sql: str
    error: str | None = None

    def problems(self, rules: Rules, rows: Rows, contract: Contract) -> list[Problem]:
        """What can be wrong with it, in the order a person would ask."""
        column, found = self.column, []
        if self.raw == "NULL":
            return [Problem(column.name, "true", "is required and is nowhere in the file", "NULL")] * column.required
        if self.error:
            found.append((self.error, "cannot be worked out: the expression of the mapping fails on this row"))
        if self.sql != self.raw:
            found.append((f"{self.raw} is not null and {self.sql} is null", f"is not {casting.words(column)}"))
        if column.required:
            found.append((f"{self.sql} is null", "is required and empty"))
        if column.allowed:
            found.append((f"{self.sql} not in ({literals(column.allowed)})", f"is not {one_of(column.allowed)}"))
        if column.minimum is not None:
            found.append((f"{self.sql} < {bound(column, column.minimum)}", f"is below {column.minimum}"))
        if column.maximum is not None:
            found.append((f"{self.sql} > {bound(column, column.maximum)}", f"is above {column.maximum}"))
        if column.type == "timestamp" and column.name in (contract.event_time, contract.version):
            latest = rules.latest.isoformat(sep=" ", timespec="seconds")
            found.append((f"{self.sql} > timestamp {literal(latest)}", f"lies in the future: after {latest} UTC"))
        if column.type == "text" and not rows.nulls_are_read:
            found.append((f"strlen({self.sql}) > {rules.longest_bytes}", "is longer than ingest.max_field_megabytes"))
        return [Problem(column.name, condition, reason, self.raw) for condition, reason in found]


def read_column(rows: Rows, mapped: Mapped, is_guarded: bool) -> Value:
    """One column of a feed from a relation."""
    source, column = rows.job.source, mapped.column
    if mapped.sql is None:
        return Value(column, "NULL", "", f"cast(null as {column.duckdb_type})")
    raw, error = mapped.sql, None
    kind = rows.types[mapped.file_column] if mapped.file_column else mapped.type
    if mapped.expression and is_guarded:
        tried = f"try({{'v': {mapped.expression}}})"
        raw, error = f"{tried}.v", f"{tried} is null"
    if mapped.expression or not rows.nulls_are_read:
        raw = casting.without_nulls(raw, kind, source)
    return Value(column, raw, kind, casting.value(raw, kind, column, source), error)


def one_of(allowed: Sequence[str]) -> str:
    """Allowed values for a sentence."""
    return "one of " + ", ".join(allowed) if len(allowed) > 1 else allowed[0]


def bound(column: Column, limit: object) -> str:
    """A minimum or maximum as SQL of the column's type."""
    return f"cast({literal(str(limit))} as {column.duckdb_type})"


def keys(contract: Contract) -> list[str]:
    """The columns that tell one row of a feed from another, its version included."""
    return [*contract.key, *([contract.version] if contract.version and contract.version not in contract.key else [])]


def content(contract: Contract) -> str:
    """SQL of a row's content hash."""
    return f"hash({', '.join(identifier(column.name) for column in contract.columns)})"


def earlier_rows(contract: Contract, files: Sequence[tuple[Path, str]]) -> str:
    """The query of the keys and content hashes of a feed's rows so far; `files`: path and DuckDB version.

    DuckDB's hash may differ from version to version; where another version wrote the file, it is worked out anew.
    """
    columns = ", ".join(identifier(key) for key in keys(contract))
    parts = []
    for is_ours in (True, False):
        paths = [path for path, engine in files if (engine == duckdb.__version__) == is_ours]
        content_hash = "_row_hash" if is_ours else content(contract)
        if paths:
            read = f"read_parquet({file_list(paths)})"
            parts.append(f"select {columns}, _delivery_id, _row, {content_hash} as _row_hash from {read}")
    return " union all ".join(parts)


def find_repeats(connection: duckdb.DuckDBPyConnection, judged: Judged, good_rows: int, earlier: str | None) -> str:
    """Make a table of the good rows that are not accepted, and return its name.

    Its columns: `_delivery_id`, `_row`, `_kept` (NULL for a duplicate; for the same key with other values in one
    file, the row that was kept). A row is a duplicate when the row of its key before it, in the order of
    deliveries and of rows, says the same: so a value that changes and changes back is three facts, not two.

    Parameters
    ----------
    good_rows : how many rows have no problem
    earlier : query of the rows of this feed that count so far, see `earlier_rows`; None when there is none
    """
    contract, name = judged.contract, f"repeats_{judged.contract.table}"
    columns = ", ".join(identifier(key) for key in keys(contract))
    good = f"(select * from {identifier(judged.relation)} where _problem is null)"
    connection.execute(f"create or replace temp table {name} (_delivery_id bigint, _row bigint, _kept bigint)")
    suspects = []
    distinct = connection.execute(f"select count(*) from (select distinct hash({columns}) from {good})").fetchone()
    if distinct and distinct[0] < good_rows:
        suspects.append(f"select hash({columns}) as k from {good} group by k having count(*) > 1")
    if earlier:
        connection.execute(
            f"create or replace temp table earlier as select *, hash({columns}) as k from ({earlier})"
            f" where hash({columns}) in (select hash({columns}) from {good})"
        )
        suspects.append("select k from earlier")
    if suspects:
        connection.execute(f"create or replace temp table suspects as {' union '.join(suspects)}")
        connection.execute(f"insert into {name} {repeats_sql(judged, good, columns, bool(earlier))}")
    return name


def repeats_sql(judged: Judged, good: str, columns: str, has_earlier: bool) -> str:
    """The query behind `find_repeats`, over the rows whose key is in `suspects`."""
    first = [delivery for delivery, word in judged.on_repeat.items() if word == "first"]
    is_first = f"_delivery_id in ({', '.join(map(str, first))})" if first else "false"
    if first and len(first) == len(judged.on_repeat):
        is_first = "true"
    known = f"union all select {columns}, _delivery_id, _row, _row_hash, false from earlier" if has_earlier else ""
    return f"""
        with every as (
            select {columns}, _delivery_id, _row, {content(judged.contract)} as h, true as is_new from {good}
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
