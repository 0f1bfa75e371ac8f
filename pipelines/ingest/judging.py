"""What each row of a feed is worth: SQL that reads it, types it, and names what breaks the contract."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from pipelines.contracts import Column, Contract
from pipelines.ingest import casting
from pipelines.ingest.mapping import FILE_ROW, FeedPlan, Mapped
from pipelines.ingest.reading import MEGABYTE, Rows
from pipelines.ingest.sql import identifier, literal, literals
from workspace.source_settings import Ingest

SHOWN = 500
BLANKS = " \t\r\n"
# A row's problem is a number: of these, or 10 x the column's place in the contract + one of the kinds below.
BROKEN, NO_CONDITION = -2, -1
FAILS, UNREADABLE, MISSING, NOT_ALLOWED, BELOW, ABOVE, FUTURE, TOO_LONG, OTHER_AGE = range(9)
# Of nobody alive, and nothing that is planned: a year of two digits, which would be read as one of the first century.
FIRST_YEAR, LAST_YEAR = 1800, 2200


@dataclass(frozen=True)
class Judged:
    """A feed's rows of one batch: `_delivery_id`, `_row`, `_line`, the typed columns, and the verdict.

    `_problem` is the number of the first problem or NULL; then `_value` is the offending value, and `_broken` what is
    wrong with the record as a whole, if that is it. `reasons` has the column and the words for each number.
    """

    contract: Contract
    relation: str
    on_repeat: dict[int, str]
    "By delivery: what a repeated key in one file means."
    reasons: dict[int, tuple[str | None, str]]
    mapped: dict[int, frozenset[str]]
    "By delivery: the columns that its mapping fills."


@dataclass(frozen=True)
class Rules:
    """What the contract does not say: how far ahead an instant may be, how long a field."""

    latest: datetime
    longest_bytes: int

    @property
    def latest_text(self) -> str:
        """The latest instant, for SQL and for people."""
        return self.latest.isoformat(sep=" ", timespec="seconds")

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
    mapped = {delivery: mapped_columns(plan) for part, plan in plans for delivery in part.records}
    contract = plans[0][1].contract
    kind = "view" if all(is_cheap(part, plan) for part, plan in plans) else "table"
    for is_guarded in (False, True):
        try:
            query = " union all by name ".join(select_rows(part, plan, rules, is_guarded) for part, plan in plans)
            connection.execute(f"create temp {kind} {identifier(name)} as {query}")
            break
        except duckdb.Error:
            if is_guarded or not any(has_expressions(plan) for _, plan in plans):
                raise
    return Judged(contract, name, on_repeat, reasons(contract, rules), mapped)


def is_cheap(rows: Rows, plan: FeedPlan) -> bool:
    """Whether the rows come typed from the file, so that working them out again costs less than keeping them."""
    source = rows.job.source
    columns = [(rows.types[one.file_column], one.column) for one in plan.columns if one.file_column]
    is_read = all(
        given == casting.read_type(column, source) and (given != "VARCHAR" or column.type == "text")
        for given, column in columns
    )
    return rows.nulls_are_read and not has_expressions(plan) and is_read


def mapped_columns(plan: FeedPlan) -> frozenset[str]:
    """The columns of a feed that something fills."""
    return frozenset(one.column.name for one in plan.columns if one.sql is not None)


def has_expressions(plan: FeedPlan) -> bool:
    """Whether anything in the mapping could raise an error on a row."""
    return plan.where is not None or any(column.expression for column in plan.columns)


def select_rows(rows: Rows, plan: FeedPlan, rules: Rules, is_guarded: bool) -> str:
    """The query for one feed over one relation: what the file holds, that read, that typed, and last the verdict."""
    values = [
        Value(place, mapped, rows, is_guarded and mapped.expression is not None)
        for place, mapped in enumerate(plan.columns)
    ]
    kept = "_delivery_id, _row, _line, _broken, _text, _where"
    held = ", ".join(f"{value.held} as _held_{value.place}" for value in values)
    read = ", ".join(f"_held_{value.place}, {value.read} as _read_{value.place}" for value in values)
    typed = ", ".join(f"_held_{value.place}, {value.typed} as {identifier(value.column.name)}" for value in values)
    where, condition = "null", "true"
    if plan.where is not None:
        where = f"try({{'v': ({plan.where}\n)}})" if is_guarded else "null"
        condition = f"({plan.where}\n)" if not is_guarded else "(_where is null or _where.v)"
    base = f"select {FILE_ROW} as _row, *, {where} as _where from {rows.relation}"
    problems = [f"when _broken is not null then {BROKEN}"]
    problems += [f"when _where is null then {NO_CONDITION}"] if plan.where is not None and is_guarded else []
    problems += [
        f"when {test} then {10 * value.place + kind}"
        for value in values
        for kind, test in value.problems(rules, plan.contract)
    ]
    # Unreadable: as it was written. Else as it was read, which is the same however the file was read.
    shown = " ".join(f"when {10 * value.place + UNREADABLE} then cast({value.raw} as varchar)" for value in values)
    typed_too = " ".join(
        f"when {value.place} then cast({identifier(value.column.name)} as varchar)" for value in values
    )
    names = ", ".join(identifier(column.name) for column in plan.contract.columns)
    return f"""
        select _delivery_id, _row, _line, _broken, {names}, _problem, case when _problem is not null
            then left(case when _broken is not null then _text else case _problem {shown}
            else case _problem // 10 {typed_too} end end end, {SHOWN}) end
            as _value
        from (select *, cast(case {" ".join(problems)} end as smallint) as _problem
            from (select {kept}, {typed} from (select {kept}, {read} from (
                select _delivery_id, _row, _line, _broken, _text, _where, {held} from ({base})
                where _broken is not null or {condition}))))"""


@dataclass(frozen=True)
class Value:
    """One column of a feed over one relation, as SQL in three steps: what the file holds, that read, that typed."""

    place: int
    mapped: Mapped
    rows: Rows
    is_guarded: bool

    @property
    def column(self) -> Column:
        """The contract's column."""
        return self.mapped.column

    @property
    def given(self) -> str:
        """The type of what the file holds."""
        return self.rows.types[self.mapped.file_column] if self.mapped.file_column else self.mapped.type

    @property
    def held(self) -> str:
        """What the file holds; guarded, in a struct that is NULL where working it out fails."""
        if self.mapped.sql is None:
            return "null"
        sql = self.mapped.sql
        if self.mapped.expression or not self.rows.nulls_are_read:
            sql = casting.without_nulls(sql, self.given, self.rows.job.source)
        return f"try({{'v': {sql}}})" if self.is_guarded else sql

    @property
    def raw(self) -> str:
        """What the file holds, by name."""
        return f"_held_{self.place}.v" if self.is_guarded else f"_held_{self.place}"

    @property
    def read(self) -> str:
        """That read."""
        if self.mapped.sql is None:
            return f"cast(null as {self.column.duckdb_type})"
        return casting.parse(self.raw, self.given, self.column, self.rows.job.source)

    @property
    def typed(self) -> str:
        """That of the contract's type."""
        read = f"_read_{self.place}"
        return read if self.mapped.sql is None else casting.finish(read, self.given, self.column)

    def problems(self, rules: Rules, contract: Contract) -> Iterator[tuple[int, str]]:
        """What can be wrong with it, in the order a person would ask: the kind, and SQL that is true then."""
        column, name = self.column, identifier(self.column.name)
        is_mapped = self.mapped.sql is not None
        tests = {
            FAILS: f"_held_{self.place} is null" if self.is_guarded else None,
            UNREADABLE: f"{name} is null and {self.raw} is not null" if self.is_readable() else None,
            MISSING: missing(column) if column.required else None,
            NOT_ALLOWED: f"{name} not in ({literals(column.allowed)})" if column.allowed else None,
            BELOW: f"{name} < {bound(column, column.minimum)}" if column.minimum is not None else None,
            ABOVE: f"{name} > {bound(column, column.maximum)}" if column.maximum is not None else None,
            FUTURE: f"{name} > timestamp {literal(rules.latest_text)}" if is_moment(column, contract) else None,
            TOO_LONG: f"strlen({name}) > {rules.longest_bytes}" if self.may_be_long() else None,
            OTHER_AGE: other_age(column) if column.type in ("date", "timestamp") else None,
        }
        yield from ((kind, test) for kind, test in tests.items() if test and (is_mapped or kind == MISSING))

    def is_readable(self) -> bool:
        """Whether there is anything to read that may not be readable."""
        return self.column.type != "text" and not casting.is_final(self.given, self.column)

    def may_be_long(self) -> bool:
        """Whether a field may be longer than allowed: the CSV reader stops at long lines itself."""
        return self.column.type == "text" and not self.rows.nulls_are_read


def missing(column: Column) -> str:
    """SQL that is true where a required column says nothing: null, or blanks alone, which would be a key of nobody."""
    name = identifier(column.name)
    if column.type != "text":
        return f"{name} is null"
    # Only what sorts before the first printable character can be blank: almost every row is spared the trimming.
    return f"({name} is null or ({name} < '!' and trim({name}, {literal(BLANKS)}) = ''))"


def other_age(column: Column) -> str:
    """SQL that is true for a day or instant of another age."""
    kind, name = column.duckdb_type, identifier(column.name)
    return f"({name} < {kind} '{FIRST_YEAR}-01-01' or {name} >= {kind} '{LAST_YEAR + 1}-01-01')"


def is_moment(column: Column, contract: Contract) -> bool:
    """Whether a column says when something was so; a date may be planned ahead, an instant may not."""
    return column.type == "timestamp" and column.name in (contract.event_time, contract.version)


def reasons(contract: Contract, rules: Rules) -> dict[int, tuple[str | None, str]]:
    """Column and words for every problem that a row of a feed can have."""
    found: dict[int, tuple[str | None, str]] = {
        BROKEN: (None, "the record "),
        NO_CONDITION: (None, "the condition of the mapping cannot be worked out"),
    }
    for place, column in enumerate(contract.columns):
        words = {
            FAILS: "cannot be worked out: the expression of the mapping fails on this row",
            UNREADABLE: f"is not {casting.words(column)}",
            MISSING: "is required and empty",
            NOT_ALLOWED: f"is not one of {', '.join(column.allowed or [])}",
            BELOW: f"is below {column.minimum}",
            ABOVE: f"is above {column.maximum}",
            FUTURE: f"lies in the future: after {rules.latest_text} UTC",
            TOO_LONG: "is longer than ingest.max_field_megabytes allows",
            OTHER_AGE: f"is not between {FIRST_YEAR} and {LAST_YEAR}: write years with four digits, or set the format",
        }
        found |= {10 * place + kind: (column.name, f"{column.name} {text}") for kind, text in words.items()}
    return found


def bound(column: Column, limit: object) -> str:
    """A minimum or maximum as SQL of the column's type."""
    return f"cast({literal(str(limit))} as {column.duckdb_type})"
