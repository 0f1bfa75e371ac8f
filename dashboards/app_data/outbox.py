"""Scheduled lists as the pages ask for them: what is scheduled, how it ended, what did not arrive, delivering now."""

import time
from dataclasses import dataclass

from dashboards.app_data.reader import Published, connection
from dashboards.app_viewer import CONTACT_DETAILS, LISTS, Viewer
from workspace import generations
from workspace.folders import Workspace
from workspace.outbox import delivering, records, schedules
from workspace.outbox.records import FAILED, Outcome
from workspace.outbox.schedules import Order, Schedule

LONGEST_PAUSE = 2.0  # somebody waits before the screen


@dataclass(frozen=True)
class Scheduled:
    """A schedule in force and how its last run ended; none where it has not run."""

    schedule: Schedule
    outcome: Outcome | None

    @property
    def is_failed(self) -> bool:
        """Whether its last delivery did not arrive."""
        return self.outcome is not None and self.outcome.status == FAILED


def scheduled(workspace: Workspace) -> list[Scheduled]:
    """Every schedule in force with its last outcome."""
    ended = records.outcomes(workspace)
    return [Scheduled(one, ended.get(one.key)) for one in schedules.schedules(workspace)]


def undelivered(workspace: Workspace) -> list[Scheduled]:
    """Those whose last delivery did not arrive."""
    return [one for one in scheduled(workspace) if one.is_failed]


def save(workspace: Workspace, viewer: Viewer, order: Order) -> str:
    """Schedule a segment; returns the schedule's key.

    Raises
    ------
    RegularsError
        If the viewer may not, or the order cannot be.
    """
    viewer.require(LISTS)
    may = viewer.may(CONTACT_DETAILS)
    return schedules.save(workspace, order, who=viewer.name, allowed_by=viewer.names, may_contact=may)


def end(workspace: Workspace, viewer: Viewer, key: str) -> None:
    """Stop delivering a schedule."""
    viewer.require(LISTS)
    schedules.end(workspace, key, viewer.name)


def deliver(workspace: Workspace, data: Published, viewer: Viewer, key: str) -> Outcome:
    """Deliver one schedule now, from the generation that is shown.

    Raises
    ------
    RegularsError
        If the viewer may not, or nothing is scheduled so.
    """
    viewer.require(LISTS)
    night = next(one for one in generations.generations(workspace) if one.name == data.name)
    with connection(data.file).cursor() as cursor:
        [outcome] = delivering.deliver(
            workspace, night, cursor, only=key, sleep=lambda pause: time.sleep(min(pause, LONGEST_PAUSE))
        )
    return outcome
