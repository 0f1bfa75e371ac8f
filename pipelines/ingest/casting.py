"""SQL that turns what a file holds into what a contract asks for; NULL where it cannot be read as that."""

from pipelines.contracts import Column
from pipelines.ingest.sql import literal, literals
from workspace.settings import Source

# Beyond this a DOUBLE no longer tells whole numbers apart.
LARGEST_WHOLE = "9007199254740991"
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
    read as TIMESTAMPTZ because a plain TIMESTAMP drops the offset of '10:00+02' without a word.
    """
    if column.type == "timestamp":
        return "VARCHAR" if source.timestamp_format else "TIMESTAMPTZ"
    if column.type == "date":
        return "VARCHAR" if source.date_format else "DATE"
    return "DOUBLE" if column.type == "integer" else column.duckdb_type


def value(expression: str, given: str, column: Column, source: Source) -> str:
    """SQL of the contract's type from an expression of DuckDB type `given`; NULL where it cannot be read."""
    if column.type == "text":
        return expression if given == "VARCHAR" else f"CAST({expression} AS VARCHAR)"
    if column.type == "integer":
        return whole_number(expression, given, source)
    if column.type == "date":
        return date(expression, given, source)
    if column.type == "timestamp":
        return instant(expression, given, source)
    if given == column.duckdb_type:
        return expression
    return f"TRY_CAST({number_text(expression, given, source)} AS {column.duckdb_type})"


def number_text(expression: str, given: str, source: Source) -> str:
    """A number's text with a decimal point; with a decimal comma, a point must not pass for one."""
    if given != "VARCHAR" or source.decimal_separator == ".":
        return expression
    return f"replace(replace({expression}, '.', '?'), ',', '.')"


def whole_number(expression: str, given: str, source: Source) -> str:
    """BIGINT; a number with a fraction is not rounded but unreadable."""
    if given == "BIGINT":
        return expression
    if given in ("TINYINT", "SMALLINT", "INTEGER", "HUGEINT", "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT"):
        return f"TRY_CAST({expression} AS BIGINT)"
    number = f"TRY_CAST({number_text(expression, given, source)} AS DOUBLE)"
    number = expression if given == "DOUBLE" else number
    fits = f"abs({number}) <= {LARGEST_WHOLE} AND {number} = trunc({number})"
    return f"CASE WHEN {fits} THEN TRY_CAST({number} AS BIGINT) END"


def date(expression: str, given: str, source: Source) -> str:
    """DATE; 'infinity' is not one."""
    day = f"TRY_CAST({expression} AS DATE)"
    if given == "VARCHAR" and source.date_format:
        day = f"TRY_CAST(try_strptime({expression}, {literal(source.date_format)}) AS DATE)"
    elif given == "DATE":
        day = expression
    return f"CASE WHEN isfinite({day}) THEN {day} END"


def instant(expression: str, given: str, source: Source) -> str:
    """TIMESTAMP in UTC. The cast to TIMESTAMPTZ reads a naive instant by the session's zone: the source's."""
    moment = f"TRY_CAST({expression} AS TIMESTAMPTZ)"
    if given == "VARCHAR" and source.timestamp_format:
        moment = f"TRY_CAST(try_strptime({expression}, {literal(source.timestamp_format)}) AS TIMESTAMPTZ)"
    elif given.startswith("TIMESTAMP WITH") or given == "TIMESTAMPTZ":
        moment = expression
    # Twenty times faster than AT TIME ZONE 'UTC', and the same.
    return f"CASE WHEN isfinite({moment}) THEN make_timestamp(epoch_us({moment})) END"


def without_nulls(expression: str, given: str, source: Source) -> str:
    """Text that stands for no value becomes NULL; needed wherever the reader has not done it."""
    if given != "VARCHAR" or not source.null_values:
        return expression
    return f"CASE WHEN {expression} NOT IN ({literals(source.null_values)}) THEN {expression} END"
