"""Who may see what: the roles, who has them, and the login that says who somebody is."""

import json
import os
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from workspace.errors import SettingsError
from workspace.section import Section

CONTACT_DETAILS = "contact details"
LISTS = "lists"
DECISIONS = "decisions"
# Each role may do what the one before it may.
PERMISSIONS: dict[str, frozenset[str]] = {
    "viewer": frozenset(),
    "analyst": frozenset({LISTS}),
    "marketer": frozenset({LISTS, CONTACT_DETAILS}),
    "admin": frozenset({LISTS, CONTACT_DETAILS, DECISIONS}),
}
Role = Literal["viewer", "analyst", "marketer", "admin"]
MEMBER = re.compile(r"^(group:.+|[^@\s]+@[^@\s]+)$")


class Roles(Section):
    """Who has which role: e-mail addresses, and 'group:NAME' for groups that the login tells. The highest counts."""

    viewer: list[str] = Field(default_factory=list, description="See every number, nobody's name or address.")
    analyst: list[str] = Field(default_factory=list, description="Also make lists, without contact details.")
    marketer: list[str] = Field(
        default_factory=list, description="Also see people and take lists with contact details."
    )
    admin: list[str] = Field(default_factory=list, description="Also decide: identities, held deliveries.")

    @field_validator("viewer", "analyst", "marketer", "admin")
    @classmethod
    def is_member(cls, members: list[str]) -> list[str]:
        """The members, when each is an address or a group."""
        for member in members:
            if not MEMBER.match(member):
                raise ValueError(f"{member!r} must be an e-mail address or 'group:NAME'")
        return members


class Access(Section):
    """Login by OpenID Connect. Left out: one user on this machine, who may do everything."""

    metadata_url: str | None = Field(
        None, description="The provider's '.well-known/openid-configuration'; with it, nobody enters without a login."
    )
    client_id: str | None = Field(None, description="The dashboard's name at the provider.")
    client_secret_variable: str = Field(
        "REGULARS_OIDC_SECRET", description="Environment variable that holds the client's secret."
    )
    cookie_secret_variable: str = Field(
        "REGULARS_COOKIE_SECRET",
        description="Environment variable that signs the login's cookie; not set: drawn anew at each start.",
    )
    address: str = Field(
        "http://localhost:8501", description="Where people open the dashboard; the provider sends them back to it."
    )
    groups_claim: str = Field("groups", description="The claim of the login that lists the person's groups.")
    hours: int = Field(12, ge=1, description="A login counts for so many hours.")
    roles: Roles = Roles()

    @model_validator(mode="after")
    def is_whole(self) -> "Access":
        """The section itself, when a login names its client."""
        if self.metadata_url and not self.client_id:
            raise ValueError("client_id is needed beside metadata_url")
        return self

    @property
    def is_on(self) -> bool:
        """Whether people have to log in."""
        return self.metadata_url is not None

    def names(self, claims: dict[str, Any]) -> frozenset[str]:
        """By which names the settings may know somebody who logged in: the address, and 'group:NAME' for each group.

        An address that the provider says is not verified counts for nothing: anybody could have typed it.
        """
        names = {f"group:{group}" for group in as_list(claims.get(self.groups_claim))}
        if claims.get("email") and claims.get("email_verified", True):
            names.add(str(claims["email"]).casefold())
        return frozenset(names)

    def role(self, claims: dict[str, Any]) -> Role | None:
        """The highest role of somebody who logged in; none when no line of the settings names them."""
        return self.role_of(self.names(claims))

    def role_of(self, names: Iterable[str]) -> Role | None:
        """The highest role of somebody known by any of these names."""
        found: Role | None = None
        for role in ("viewer", "analyst", "marketer", "admin"):
            members: list[str] = getattr(self.roles, role)
            if set(names) & {member if member.startswith("group:") else member.casefold() for member in members}:
                found = role
        return found

    def allows(self, names: Iterable[str], permission: str) -> bool:
        """Whether the settings let somebody known by any of these names do it, as they stand now."""
        role = self.role_of(names)
        return role is not None and permission in PERMISSIONS[role]

    def is_current(self, claims: dict[str, Any], now: datetime) -> bool:
        """Whether somebody is logged in, and not longer than `hours` ago."""
        if not claims.get("is_logged_in"):
            return False
        since = claims.get("iat")
        return since is None or (now - datetime.fromtimestamp(int(since), UTC)).total_seconds() < self.hours * 3600

    def login_file(self) -> str:
        """What Streamlit's login reads, as TOML; the secrets come from the environment.

        Raises
        ------
        SettingsError
            Where the client's secret is not set.
        """
        secret = os.environ.get(self.client_secret_variable)
        if not secret:
            raise SettingsError(
                f"The environment variable {self.client_secret_variable} is not set, and the login needs it.",
                "Set it for the user that runs the dashboard.",
            )
        values = {
            "redirect_uri": f"{self.address.rstrip('/')}/oauth2callback",
            "cookie_secret": os.environ.get(self.cookie_secret_variable) or secrets.token_urlsafe(48),
            "client_id": self.client_id,
            "client_secret": secret,
            "server_metadata_url": self.metadata_url,
        }
        # A JSON string is a basic string of TOML.
        return "[auth]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


def as_list(value: Any) -> list[str]:
    """A claim's values: providers give one as text and several as a list."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(one) for one in value]
