"""What Dagster hands to assets: the workspace, with its write lock held for the whole run."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from pipelines.warehouse import exclusive
from workspace.folders import Workspace


class WorkspaceResource(dg.ConfigurableResource):
    """The workspace that a run works in. Runs are in one process, so one lock covers all their steps."""

    root: str

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["WorkspaceResource"]:
        """Hold the write lock: two runs whose steps alternate would publish a mixture."""
        with exclusive(self.open().ensure()):
            yield self

    def open(self) -> Workspace:
        """The workspace's folders and settings."""
        return Workspace.open(self.root)
