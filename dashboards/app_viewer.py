"""Who looks, and what they may see. Checked where data is read, so that no page can forget it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from workspace import state
from workspace.access import CONTACT_DETAILS, DECISIONS, LISTS, PERMISSIONS
from workspace.errors import RegularsError
from workspace.folders import Workspace

__all__ = ["CONTACT_DETAILS", "DECISIONS", "LISTS", "Viewer", "current_viewer", "enter", "without_people"]

SEEN = "regulars_viewer"
# What says who somebody is, on a row that is about a customer.
PERSONAL = ("name", "email", "phone", "birth_date", "postcode", "identifier")
HIDDEN = "hidden"
PAGE, NOTED = "regulars_page", "regulars_people_noted"
SEEN_AGAIN = 15 * 60.0  # seconds


class NotAdmittedError(RegularsError):
    """Nobody is logged in, or somebody to whom no role was given."""


@dataclass(frozen=True)
class Viewer:
    """A person at the dashboard: the name that goes into lists and the audit log, and what they may do.

    `names` are those by which the settings know this person; none without a login.
    """

    name: str
    permissions: frozenset[str]
    names: frozenset[str] = frozenset()

    def may(self, permission: str) -> bool:
        """Whether the viewer has the permission."""
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Nothing, when the viewer may.

        Raises
        ------
        RegularsError
            If the viewer may not.
        """
        if permission not in self.permissions:
            raise RegularsError(f"{self.name} may not see {permission}.", "Ask whoever runs this workspace.")


def claims() -> dict[str, Any]:
    """What the login says of the person in front of this session."""
    return dict(st.user.to_dict())


def current_viewer(workspace: Workspace) -> Viewer:
    """The person in front of this session.

    Without a login configured: the one user of a local dashboard, who may do everything; the name is the setting
    `dashboard.user`.

    Raises
    ------
    NotAdmittedError
        If a login is configured, and nobody is logged in or no role was given to who is.
    """
    access = workspace.settings.access
    if not access.is_on:
        return Viewer(workspace.settings.dashboard.user, PERMISSIONS["admin"])
    said = claims()
    if not access.is_current(said, datetime.now(UTC)):
        raise NotAdmittedError("Nobody is logged in.", "Log in.")
    name = str(said.get("email") or said.get("sub") or "unknown")
    role = access.role(said)
    if role is None:
        raise NotAdmittedError(
            f"{name} has no role in this workspace.", "Ask whoever runs it to name you in [access.roles]."
        )
    return Viewer(name, PERMISSIONS[role], access.names(said))


def enter(workspace: Workspace) -> Viewer:
    """The current viewer, remembered on the server for what this run reads.

    Raises
    ------
    NotAdmittedError
        As `current_viewer`; then nobody is remembered.
    """
    st.session_state.pop(SEEN, None)
    viewer = current_viewer(workspace)
    st.session_state[SEEN] = viewer
    return viewer


def without_people(found: Any, what: str = "") -> Any:
    """What was read, with people's names and addresses hidden from those who may not see them; who may is logged.

    Rows about a customer are those with a customer_key. In a session that nobody entered everything is hidden; outside
    of sessions, in a script or a test, nothing is.

    Parameters
    ----------
    what : name of the query, for the log
    """
    if get_script_run_ctx(suppress_warning=True) is None:
        return found
    viewer = st.session_state.get(SEEN)
    if viewer is None or not viewer.may(CONTACT_DETAILS):
        return hidden(found)
    note_seen(viewer, found, what)
    return found


def note_seen(viewer: Viewer, found: Any, what: str) -> None:
    """Write into the log that somebody sees personal data: on which page, what it is for, which columns, of whom.

    Once in a quarter of an hour for the same page, query and person, since a page is drawn anew at every click.
    """
    rows = found if isinstance(found, pd.DataFrame) else pd.DataFrame(as_columns(found), dtype=object)
    columns = [name for name in PERSONAL if name in rows and rows[name].notna().any()]
    if not columns or not {"customer_key", "identifier"} & set(rows):
        return
    customers = list(rows["customer_key"].unique()) if "customer_key" in rows else []
    whom = str(customers[0]) if len(customers) == 1 else None
    page, purpose = st.session_state.get(PAGE, ("", ""))
    noted: dict[tuple[Any, ...], float] = st.session_state.setdefault(NOTED, {})
    key, now = (viewer.name, page, what, whom, *columns), time.monotonic()
    if now - noted.get(key, -SEEN_AGAIN) < SEEN_AGAIN:
        return
    state.audit(
        Workspace.open(), viewer.name, "personal data seen", page=page, purpose=purpose, what=what, columns=columns,
        customer_count=len(customers), customer_key=whom,
    )  # fmt: skip
    noted[key] = now


def as_columns(found: Any) -> dict[str, list[Any]]:
    """A row, or rows, by column; nothing for what is neither."""
    if isinstance(found, dict):
        return {str(name): [value] for name, value in found.items()}
    if isinstance(found, list | tuple) and found and all(isinstance(row, dict) for row in found):
        return {str(name): [row[name] for row in found] for name in found[0]}
    return {}


def hidden(found: Any) -> Any:
    """A table, a row or rows with personal values replaced; anything else as it is."""
    if isinstance(found, pd.DataFrame):
        personal = [name for name in PERSONAL if name in found and "customer_key" in found]
        return found.assign(**dict.fromkeys(personal, HIDDEN)) if personal else found
    if isinstance(found, dict):
        if "customer_key" not in found:
            return found
        return {name: HIDDEN if name in PERSONAL and value is not None else value for name, value in found.items()}
    if isinstance(found, list | tuple) and not hasattr(found, "_fields"):
        return type(found)(hidden(one) for one in found)
    return found
