"""SQL that turns what a file holds into what a contract asks for; NULL where it cannot be read as that."""

from pipelines.contracts import Column
from pipelines.ingest.sql import literal
from workspace.source_settings import Source

# Beyond this a DOUBLE no longer tells whole numbers apart.
LARGEST_WHOLE = "9007199254740991"
WHOLE_TYPES = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
)  # fmt: skip
WORDS = {
    "integer": "a whole number",
    "boolean": "true or false",
    "date": "a date",
    "timestamp": "an instant",
    "text": "text",
}


def words(column: Column) -> str:
    """What a value of this column is, for a person."""
    return WORDS.get(column.type, "a number that fits " + column.duckdb_type)


def read_type(column: Column, source: Source) -> str:
    """The type a plainly mapped CSV column is read with.

    Whole numbers are read as DOUBLE because DuckDB reads '12.7' as the BIGINT 13 without a word. Instants are
    read as text: reading TIMESTAMPTZ makes NULL of what is none, and TIMESTAMP drops the offset of '10:00+02', both
    without a word.
    """
    if column.type == "timestamp":
        return "VARCHAR"
    if column.type == "date":
        return "VARCHAR" if source.date_format else "DATE"
    return "DOUBLE" if column.type == "integer" else column.duckdb_type


def parse(expression: str, given: str, column: Column, source: Source) -> str:
    """First step: SQL that reads an expression of DuckDB type `given`; NULL where it cannot be read.

    The result is not yet of the contract's type where that takes a second look at it, see `finish`. Two steps,
    because DuckDB works out anew each mention of an expression within a CASE, and reading text is what costs.
    """
    if column.type == "text":
        return expression if given == "VARCHAR" else f"cast({expression} as varchar)"
    if column.type == "integer":
        number = number_text(expression, given, source)
        return expression if given in (*WHOLE_TYPES, "DOUBLE") else f"try_cast({number} as double)"
    if column.type == "date":
        return parse_date(expression, given, source)
    if column.type == "timestamp":
        return parse_instant(expression, given, source)
    if given == column.duckdb_type:
        return expression
    return f"try_cast({number_text(expression, given, source)} as {column.duckdb_type})"


def finish(parsed: str, given: str, column: Column) -> str:
    """Second step: SQL of the contract's type from what `parse` gave; NULL where that is no such value."""
    if column.type == "integer" and given in WHOLE_TYPES:
        return f"try_cast({parsed} as bigint)"
    if column.type == "integer":
        # A fraction is not rounded: the value is unreadable.
        return f"case when abs({parsed}) <= {LARGEST_WHOLE} and {parsed} = trunc({parsed}) then {parsed}::bigint end"
    if column.type == "date":
        return f"case when isfinite({parsed}) then {parsed} end"
    if column.type == "timestamp":
        # Twenty times faster than AT TIME ZONE 'UTC', and the same.
        return f"case when isfinite({parsed}) then make_timestamp(epoch_us({parsed})) end"
    return parsed


def number_text(expression: str, given: str, source: Source) -> str:
    """A number's text with a decimal point; with a decimal comma, a point must not pass for one."""
    if given != "VARCHAR" or source.decimal_separator == ".":
        return expression
    return f"replace(replace({expression}, '.', '?'), ',', '.')"


def parse_date(expression: str, given: str, source: Source) -> str:
    """DATE, possibly infinite."""
    if given == "DATE":
        return expression
    if given == "VARCHAR" and source.date_format:
        return f"try_cast(try_strptime({expression}, {literal(source.date_format)}) as date)"
    return f"try_cast({expression} as date)"


def parse_instant(expression: str, given: str, source: Source) -> str:
    """An instant, possibly infinite. The cast to TIMESTAMPTZ reads a naive one by the session's zone: the source's."""
    if given == "TIMESTAMP" and source.time_zone == "UTC":
        return expression
    if given.startswith("TIMESTAMP WITH") or given == "TIMESTAMPTZ":
        return expression
    if given == "VARCHAR" and source.timestamp_format:
        return f"try_cast(try_strptime({expression}, {literal(source.timestamp_format)}) as timestamptz)"
    return f"try_cast({expression} as timestamptz)"


def is_final(given: str, column: Column) -> bool:
    """Whether a value of this type is the contract's without any step."""
    return given == column.duckdb_type and column.type not in ("date", "timestamp")


def without_nulls(expression: str, given: str, source: Source) -> str:
    """Text that stands for no value becomes NULL; needed wherever the reader has not done it."""
    if given == "VARCHAR":
        for text in source.null_values:
            expression = f"nullif({expression}, {literal(text)})"
    return expression
