"""The catalogue of fields: what can be asked of a customer, made from the columns of the published table."""

from collections.abc import Iterable
from dataclasses import dataclass

TABLE = "serving.customer_360"
CHOICE, NUMBER, DATE, FLAG = "choice", "number", "date", "flag"
# Who somebody is, and free text: a segment is no search for a person.
NEVER = {"customer_key", "name", "email", "phone", "birth_date", "stage_reason"}
PERSONAL = {"postcode"}
# Households are asked for on a list; their key means nothing to a reader.
NEVER_ENDINGS = ("_key", "_id", "_reason")
NUMBERS = ("DECIMAL", "DOUBLE", "FLOAT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "HUGEINT", "UBIGINT", "UINTEGER")


@dataclass(frozen=True)
class FieldOf:
    """A field: the column, and how it can be asked (choice, number, date, flag). `is_personal`: contact details."""

    name: str
    kind: str
    is_personal: bool = False

    @property
    def asks(self) -> tuple[str, ...]:
        """The kinds of condition that it takes."""
        return {
            CHOICE: ("one_of", "none_of", "starts_with", "is_known"),
            NUMBER: ("range", "is_known"),
            DATE: ("when", "is_known"),
            FLAG: ("is_true",),
        }[self.kind]


Fields = dict[str, FieldOf]


def fields_of(columns: Iterable[tuple[str, str]]) -> Fields:
    """The fields that a published table offers, in its order.

    Parameters
    ----------
    columns : name and DuckDB type of each column of `serving.customer_360`
    """
    return {
        name: FieldOf(name, kind, name in PERSONAL)
        for name, type_name in columns
        if name not in NEVER and not name.endswith(NEVER_ENDINGS) and (kind := kind_of(type_name))
    }


def kind_of(type_name: str) -> str | None:
    """How a column of this type can be asked; `None` for one that cannot."""
    plain = type_name.upper()
    if plain.startswith("VARCHAR"):
        return CHOICE
    if plain == "BOOLEAN":
        return FLAG
    if plain == "DATE" or plain.startswith("TIMESTAMP"):
        return DATE
    return NUMBER if plain.startswith(NUMBERS) else None
