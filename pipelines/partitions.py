"""The nightly's partition: the as-of date, a day by the company's clock."""

from datetime import date, datetime, timedelta

import dagster as dg

from workspace.errors import RegularsError
from workspace.folders import Workspace

FIRST_DAY = "1990-01-01"


def as_of_partitions(workspace: Workspace) -> dg.DailyPartitionsDefinition:
    """Every day from 1990 to today, by the company's clock."""
    return dg.DailyPartitionsDefinition(
        start_date=FIRST_DAY, timezone=workspace.settings.company.time_zone, end_offset=1
    )


def today(workspace: Workspace) -> date:
    """The company's today."""
    return datetime.now(workspace.settings.company.zone).date()


def yesterday(workspace: Workspace) -> date:
    """The last day that is over by the company's clock: what a night describes unless told otherwise."""
    return today(workspace) - timedelta(days=1)


def checked_as_of(workspace: Workspace, as_of: date) -> date:
    """`as_of` itself, when it is a day that a night can describe.

    Raises
    ------
    RegularsError
        If it lies in the future or before 1990.
    """
    if not date.fromisoformat(FIRST_DAY) <= as_of <= today(workspace):
        raise RegularsError(
            f"--as-of {as_of}: a night describes a day from {FIRST_DAY} to today ({today(workspace)}).",
            "Leave it out for yesterday.",
        )
    return as_of
