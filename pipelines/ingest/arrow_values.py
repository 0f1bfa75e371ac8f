"""What database drivers give, as columns of Arrow: by the type of the column, and word of each value that is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

DIGITS = 38
SHOWN = 100


@dataclass(frozen=True)
class Kind:
    """A type of column: what drivers usually give for it, what it is in words, and how the unusual is read.

    `read` raises ValueError or the like for what is no such value.
    """

    arrow: pa.DataType
    usual: frozenset[type]
    words: str
    read: Callable[[Any], Any]


def text(value: Any) -> str:
    """A value as text of which nothing is lost."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def whole(value: Any) -> int:
    """A whole number; 1.5 is none."""
    if Decimal(value) != int(Decimal(value)):
        raise ValueError(value)
    return int(Decimal(value))


def truth(value: Any) -> bool:
    """True or false, where the driver gives 1 or 0."""
    if value not in (0, 1):
        raise ValueError(value)
    return bool(value)


def day(value: Any) -> date:
    """A day; an instant is one only at midnight."""
    if isinstance(value, datetime):
        if value.time() != time():
            raise ValueError(value)
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(value)


def instant(value: Any) -> datetime:
    """An instant; a day is its midnight."""
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time()) if isinstance(value, date) else datetime.fromisoformat(value)


def decimal(digits: int, scale: int) -> Kind:
    """The kind of `numeric(digits, scale)`."""

    def read(value: Any) -> Decimal:
        if isinstance(value, float):
            # SQLite keeps decimals as floats: 0.1 + 0.2 is 0.3 again at the column's own scale.
            return Decimal(repr(value)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_EVEN)
        return Decimal(value)

    return Kind(pa.decimal128(digits, scale), frozenset({Decimal, int}), "number of its column", read)


TEXT = Kind(pa.string(), frozenset({str}), "text", text)
WHOLE = Kind(pa.int64(), frozenset({int}), "whole number", whole)
NUMBER = Kind(pa.float64(), frozenset({float, int}), "number", float)
TRUTH = Kind(pa.bool_(), frozenset({bool}), "truth value", truth)
DAY = Kind(pa.date32(), frozenset({date}), "date", day)
INSTANT = Kind(pa.timestamp("us"), frozenset({datetime}), "instant", instant)
INSTANT_IN_ZONE = Kind(pa.timestamp("us", "UTC"), frozenset({datetime}), "instant", instant)


def kind_of(declared: sa.types.TypeEngine[Any], dialect: str) -> Kind:
    """The kind in which a column of a table is kept; text for whatever has no other that loses nothing."""
    if isinstance(declared, sa.Numeric) and not isinstance(declared, sa.Float):
        digits = declared.precision
        return decimal(digits, declared.scale or 0) if digits and digits <= DIGITS else TEXT
    kinds = [(sa.Float, NUMBER), (sa.Boolean, TRUTH), (sa.Integer, WHOLE)]
    if dialect != "sqlite":  # it keeps days and instants as text, in whatever way they were written
        has_zone = isinstance(declared, sa.DateTime) and declared.timezone
        kinds += [(sa.DateTime, INSTANT_IN_ZONE if has_zone else INSTANT), (sa.Date, DAY)]
    return next((kind for family, kind in kinds if isinstance(declared, family)), TEXT)


def converted(values: Sequence[Any], kind: Kind) -> tuple[pa.Array, dict[int, str]]:
    """A column of values. Those that are none of its kind are NULL there, and by position as they were."""
    # Arrow itself would cut 1.5 to 1 without a word: so it gets only what is of the kind.
    if {type(value) for value in values} <= kind.usual | {type(None)}:
        try:
            return pa.array(values, kind.arrow), {}
        except (pa.ArrowInvalid, OverflowError):
            pass  # one of them is NaN, or too large
    made: list[Any] = []
    faults: dict[int, str] = {}
    for place, value in enumerate(values):
        try:
            made.append(None if value is None else pa.scalar(kind.read(value), kind.arrow))
        except (ValueError, TypeError, OverflowError, InvalidOperation, pa.ArrowException):
            made.append(None)
            faults[place] = repr(value)[:SHOWN]
    return pa.array(made, kind.arrow), faults
