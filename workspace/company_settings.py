"""Who runs this workspace."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator

from workspace.section import Section


@cache
def zones() -> frozenset[str]:
    """The names of the IANA's time zones. Finding them walks a folder, and pages read the settings at every click."""
    return frozenset(available_timezones())


class Company(Section):
    """Who runs this workspace, and the money and clock its numbers are in."""

    name: str = Field("My company", description="Shown on every page.")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$", description="ISO 4217 code of every amount.")
    time_zone: str = Field("UTC", description="IANA name; days begin and end by this clock.")
    phone_prefix: str = Field(
        "+49", pattern=r"^\+[0-9]{1,3}$", description="Country prefix put before national phone numbers."
    )

    @field_validator("time_zone")
    @classmethod
    def is_known(cls, name: str) -> str:
        """The name itself, when it is one of the IANA's."""
        if name not in zones():
            raise ValueError("must be an IANA time zone such as Europe/Berlin")
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.time_zone)
