"""What Dagster loads: everything of the workspace that `REGULARS_WORKSPACE` names."""

from pipelines.wiring import definitions
from workspace.folders import Workspace

defs = definitions(Workspace.open())
