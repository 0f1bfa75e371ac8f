"""Sources: the files and databases that fill the feeds, and what is done about drift."""

import os
import re
from pathlib import Path
from typing import Literal
from urllib.parse import unquote_plus, urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from workspace.company_settings import Company
from workspace.errors import SettingsError
from workspace.section import Section

DriftPolicy = Literal["evolve", "freeze", "discard"]


class DriftPolicies(Section):
    """What becomes of a delivery whose columns are not as before; a feed's word stands above the source's.

    evolve: it counts as it is from now on. freeze: the delivery is refused. discard: the rest loads without it.
    """

    new: DriftPolicy | None = Field(None, description="A column that was not there before; left out: evolve.")
    missing: DriftPolicy | None = Field(None, description="A column that is there no more; left out: evolve.")
    retyped: DriftPolicy | None = Field(None, description="Another type, in Parquet and databases; left out: evolve.")


class FeedMapping(Section):
    """How the columns of a file fill one feed."""

    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Feed column = file column or SQL expression over file columns. "
        "Left out: file columns with the feed's own names are used.",
    )
    where: str | None = Field(None, description="SQL condition; only rows that meet it belong to this feed.")
    drift: DriftPolicies = DriftPolicies()
    on_repeat: Literal["check", "first"] = Field(
        "check",
        description="check: the same key twice in one file with other values is quarantined. "
        "first: many rows of the file describe one row of the feed; the first is taken, the rest are duplicates.",
    )


class Database(Section):
    """A database that sources read from. Its password is never written here: it comes from the environment."""

    url: str = Field(
        description="Without a password, e.g. 'postgresql://reader@db.example.org:5432/shop'; other databases as "
        "SQLAlchemy writes them, e.g. 'mysql+pymysql://reader@db.example.org/shop' or 'sqlite:///shop.db'."
    )
    password_variable: str | None = Field(
        None, description="Environment variable that holds the password; left out: no password is needed."
    )

    @field_validator("url")
    @classmethod
    def is_without_password(cls, url: str) -> str:
        """The address itself, when it names a kind of database and no password."""
        parts = urlsplit(url)
        if not parts.scheme or "://" not in url:
            raise ValueError("must begin with the kind of database, such as postgresql://")
        if parts.password or re.search(r"[?&;](password|passwd|pwd)=.", unquote_plus(url), re.IGNORECASE):
            raise ValueError("must hold no password; name the environment variable in password_variable")
        return url

    def password(self) -> str | None:
        """The password from the environment.

        Raises
        ------
        SettingsError
            Where the variable is named and not set.
        """
        if self.password_variable is None:
            return None
        if self.password_variable not in os.environ:
            raise SettingsError(
                f"The environment variable {self.password_variable} is not set, and {self.url} needs it.",
                "Set it for the user that runs the nightly.",
            )
        return os.environ[self.password_variable]


class Source(Section):
    """Files of one kind that arrive in landing, or a table or query of a database, and the feeds they fill."""

    files: str | None = Field(
        None, description="Pattern of the files, relative to the landing folder, e.g. 'shop/orders_*.csv.gz'."
    )
    database: str | None = Field(None, description="Instead of files: the database, one of [databases.NAME].")
    table: str | None = Field(None, description="Database only: the table or view, with its schema before a point.")
    query: str | None = Field(None, description="Database only: a SELECT in place of a table.")
    watermark: str | None = Field(
        None,
        description="Database only: a column that grows with each change (an instant, a date or a whole number); "
        "only rows from the last value on are read. Left out: everything is read each night.",
    )
    overlap_hours: float = Field(
        24, ge=0, description="How far before the last watermark reading begins anew, for what was committed late."
    )
    overlap_ids: int = Field(1000, ge=0, description="The same, where the watermark is a whole number.")
    format: Literal["auto", "csv", "jsonl", "parquet", "excel"] = Field(
        "auto", description="auto goes by the file's ending."
    )
    sheet: str | None = Field(None, description="Excel only: the sheet by name; left out: the first.")
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="CSV only; left out: found by looking.")
    encoding: str = Field("utf-8", description="CSV only, e.g. utf-8, latin-1, windows-1252, utf-16.")
    time_zone: str | None = Field(None, description="Zone of instants that carry none; left out: the company's.")
    timestamp_format: str | None = Field(None, description="strptime pattern of instants, e.g. '%d.%m.%Y %H:%M'.")
    date_format: str | None = Field(None, description="strptime pattern of dates.")
    decimal_separator: Literal[".", ","] = Field(".", description="CSV only.")
    null_values: list[str] = Field([""], description="Text that stands for no value.")
    unusual: Literal["hold", "load"] = Field(
        "hold",
        description="hold: a delivery that is empty or far off those before it waits until somebody lets it through. "
        "load: it is loaded all the same, and said to be unusual.",
    )
    drift: DriftPolicies = DriftPolicies()
    feeds: dict[str, FeedMapping] = Field(min_length=1, description="The feeds that these files fill.")

    @model_validator(mode="after")
    def says_where_from(self) -> "Source":
        """Either files, or a database with a table or a query."""
        if self.files is None and self.database is None:
            raise PydanticCustomError(
                "origin", ".files' is missing; say which files, or name a database with a table or a query"
            )
        if self.files is not None and self.database is not None:
            raise PydanticCustomError("origin", "' has files and a database; it can have one of the two")
        if self.database is None and (self.table or self.query or self.watermark):
            raise PydanticCustomError("origin", "' has a table, query or watermark but no database")
        if self.database is not None and (self.table is None) == (self.query is None):
            raise PydanticCustomError("origin", "' needs a table or a query, and not both")
        return self

    _zone = field_validator("time_zone")(lambda name: name if name is None else Company.is_known(name))


class Ingest(Section):
    """What is accepted from a delivery."""

    landing: Path | None = Field(None, description="Where deliveries arrive; left out: landing/ of the workspace.")
    future_tolerance_days: int = Field(2, ge=0, le=366, description="Event times further ahead are quarantined.")
    max_field_megabytes: int = Field(2, ge=1, le=1024, description="A longer field is quarantined.")
