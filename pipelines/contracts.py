"""Feed contracts as objects: the single truth that reading, checking, quarantine, dbt sources and the docs follow."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

FEEDS = Path(__file__).parent / "feeds"
DUCKDB_TYPES = {"text": "VARCHAR", "integer": "BIGINT", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP"}


class Part(BaseModel):
    """A part of a contract: unknown keys are errors, values cannot change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Part):
    """One column of a feed. `timestamp` means an instant, kept in UTC; decimals are written `decimal(18,4)`."""

    name: str
    type: str
    description: str
    required: bool = False
    personal: bool = False
    unit: str | None = None
    allowed: list[str] | None = None
    minimum: Any = None
    maximum: Any = None

    @property
    def duckdb_type(self) -> str:
        """The type that the column has in raw."""
        return DUCKDB_TYPES.get(self.type, self.type.upper())


class Contract(Part):
    """One feed. `version` is the column whose later value wins; without one, the later delivery wins."""

    name: str
    description: str
    grain: str
    key: list[str]
    version: str | None = None
    event_time: str | None = None
    columns: list[Column]

    @property
    def table(self) -> str:
        """The feed's name as a table: `sales.orders` is `sales_orders`."""
        return self.name.replace(".", "_")

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError where there is none."""
        return {column.name: column for column in self.columns}[name]


@cache
def contracts() -> dict[str, Contract]:
    """Every feed's contract by feed name, in alphabetical order."""
    loaded = [Contract.model_validate(yaml.safe_load(file.read_text())) for file in sorted(FEEDS.glob("*.yml"))]
    return {contract.name: contract for contract in loaded}
