"""Who looks, and what they may see. Checked where data is read, so that no page can forget it."""

from dataclasses import dataclass

from workspace.errors import RegularsError
from workspace.folders import Workspace

CONTACT_DETAILS = "contact details"
LISTS = "lists"


@dataclass(frozen=True)
class Viewer:
    """A person at the dashboard: the name that goes into lists and the audit log, and what they may do."""

    name: str
    permissions: frozenset[str]

    def require(self, permission: str) -> None:
        """Nothing, when the viewer may.

        Raises
        ------
        RegularsError
            If the viewer may not.
        """
        if permission not in self.permissions:
            raise RegularsError(f"{self.name} may not see {permission}.", "Ask whoever runs this workspace.")


def current_viewer(workspace: Workspace) -> Viewer:
    """The one user of a local dashboard, who may do everything; the name is the setting `dashboard.user`."""
    return Viewer(workspace.settings.dashboard.user, frozenset({CONTACT_DETAILS, LISTS}))
