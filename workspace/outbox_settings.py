"""Where scheduled lists may go, which only the settings say, and the lists that the settings themselves schedule."""

import ipaddress
import os
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from workspace import list_columns
from workspace.errors import RegularsError, SettingsError
from workspace.section import Section

What = Literal["whole", "changes"]
Form = Literal["csv", "xlsx", "parquet"]
NAME = re.compile(r"^[a-z0-9][a-z0-9_-]{0,39}$")


class Destination(Section):
    """A folder or an HTTP address that scheduled lists go to. People choose one by its name, never an address."""

    folder: Path | None = Field(
        None, description="Folder, relative to the workspace or absolute; one outside the workspace must exist."
    )
    url: str | None = Field(
        None, description="Instead of a folder: address that gets a POST; https, or http on this machine."
    )
    secret_variable: str | None = Field(
        None, description="With url: environment variable that holds the secret which signs every delivery."
    )
    contact_details: bool = Field(False, description="Whether lists that go there may carry contact details.")
    timeout_seconds: float = Field(30, gt=0, le=600, description="With url: how long one attempt may take.")
    attempts: int = Field(4, ge=1, le=10, description="With url: attempts in one night, with growing pauses between.")

    @field_validator("url")
    @classmethod
    def is_safe(cls, url: str | None) -> str | None:
        """The address itself, when nobody on the way can read what goes there."""
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.username or parts.password:
            raise ValueError("must hold no user name or password; deliveries are signed with secret_variable")
        if not parts.hostname or parts.scheme not in ("http", "https"):
            raise ValueError("must be an address such as https://crm.example.org/lists")
        if parts.scheme == "http" and not is_this_machine(parts.hostname):
            raise ValueError("must begin with https://: plain http is for addresses on this machine")
        return url

    @model_validator(mode="after")
    def says_where_to(self) -> "Destination":
        """Either a folder, or an address with a secret."""
        if (self.folder is None) == (self.url is None):
            raise ValueError("needs a folder or a url, and not both")
        if (self.url is None) != (self.secret_variable is None):
            raise ValueError("needs secret_variable with url, and only with it")
        return self

    def secret(self) -> bytes:
        """The secret from the environment, as the receiver holds it.

        Raises
        ------
        SettingsError
            Where the variable is not set or too short to keep anybody out.
        """
        text = os.environ.get(self.secret_variable or "", "")
        if not text:
            raise SettingsError(
                f"The environment variable {self.secret_variable} is not set, and {self.url} needs it.",
                "Set it for the user that runs the nightly.",
            )
        if len(text) < 16:
            raise SettingsError(
                f"The secret in {self.secret_variable} is shorter than 16 characters.", "Choose a long random one."
            )
        return text.encode()


def is_this_machine(host: str) -> bool:
    """Whether an address leads back to this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class ScheduledList(Section):
    """A saved segment that is delivered every night; the page Segments schedules others."""

    segment: str = Field(description="Name of the saved segment.")
    to: str = Field(description="One of [outbox.destinations.NAME].")
    purpose: str = Field(min_length=1, max_length=300, description="What it is for; kept in the audit log.")
    what: What = Field(
        "whole", description="whole: everybody each night. changes: who joined and left since the last delivery."
    )
    form: Form = Field("csv", description="The kind of file.")
    columns: list[str] = Field(list(list_columns.USUAL), description="Columns beside the customer's key.")

    @field_validator("columns")
    @classmethod
    def are_known(cls, columns: list[str]) -> list[str]:
        """The columns, when a list can carry each."""
        try:
            list_columns.known(columns)
        except RegularsError as error:
            raise ValueError(error.problem) from None
        return columns


class Outbox(Section):
    """Scheduled lists: where they may go, and those that are scheduled here."""

    destinations: dict[str, Destination] = Field(default_factory=dict)
    lists: dict[str, ScheduledList] = Field(default_factory=dict)

    @model_validator(mode="after")
    def is_whole(self) -> "Outbox":
        """The section itself, when its names can be part of a file's name and every list has its destination."""
        for name in (*self.destinations, *self.lists):
            if not NAME.match(name):
                raise ValueError(f"the name {name!r} must be of small letters, digits, '-' and '_'")
        for name, one in self.lists.items():
            if one.to not in self.destinations:
                raise ValueError(f"lists.{name}.to names {one.to!r}, and [outbox.destinations.{one.to}] is not there")
        return self
