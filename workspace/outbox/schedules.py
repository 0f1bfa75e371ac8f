"""Which segments leave each night: scheduled by people on the page Segments, or in the settings."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from workspace import list_columns, state
from workspace.access import CONTACT_DETAILS
from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.outbox_settings import Destination
from workspace.segments import saved
from workspace.segments.checking import personal_fields
from workspace.segments.fields import Fields
from workspace.segments.saved import SavedSegment

SETTINGS = "settings"
WHAT = ("whole", "changes")
FORMS = ("csv", "xlsx", "parquet")
MAX_PURPOSE = 300


@dataclass(frozen=True)
class Schedule:
    """A segment, where it goes each night, and what of it. `key` names it in records: 'page-3', 'settings-best'."""

    key: str
    segment: SavedSegment | None
    segment_name: str
    destination: str
    what: str
    form: str
    columns: tuple[str, ...]
    purpose: str
    who: str
    allowed_by: tuple[str, ...] = ()

    @property
    def is_of_settings(self) -> bool:
        """Whether whoever writes `regulars.toml` scheduled it."""
        return self.key.startswith(f"{SETTINGS}-")


@dataclass(frozen=True)
class Order:
    """A schedule about to be saved, as a person asked for it."""

    segment_id: int
    destination: str
    what: str
    form: str
    columns: tuple[str, ...]
    purpose: str


def schedules(workspace: Workspace) -> list[Schedule]:
    """Every schedule in force: those of the settings, then those of people, oldest first."""
    known = saved.segments(workspace)
    by_name = {one.name.lower(): one for one in known}
    of_settings = [
        Schedule(
            f"{SETTINGS}-{name}",
            by_name.get(" ".join(one.segment.split()).lower()),
            one.segment,
            one.to,
            one.what,
            one.form,
            tuple(one.columns),
            one.purpose,
            SETTINGS,
        )
        for name, one in workspace.settings.outbox.lists.items()
    ]
    with state.connect(workspace) as connection:
        rows = connection.execute("select * from schedules where not is_ended order by schedule_id").fetchall()
    by_id = {one.segment_id: one for one in known}
    return [*of_settings, *(from_row(row, by_id.get(row["segment_id"])) for row in rows)]


def from_row(row: sqlite3.Row, segment: SavedSegment | None) -> Schedule:
    """A schedule as a person saved it."""
    return Schedule(
        key=f"page-{row['schedule_id']}",
        segment=segment,
        segment_name=segment.name if segment else f"segment {row['segment_id']}",
        destination=row["destination"],
        what=row["what"],
        form=row["form"],
        columns=tuple(json.loads(row["columns"])),
        purpose=row["purpose"],
        who=row["saved_by"],
        allowed_by=tuple(json.loads(row["allowed_by"])),
    )


def save(workspace: Workspace, order: Order, *, who: str, allowed_by: Iterable[str], may_contact: bool) -> str:
    """Schedule a segment from the next night on; returns the schedule's key.

    Parameters
    ----------
    allowed_by : the names (address, 'group:NAME') by which the settings give this person a role; asked again each night
    may_contact : whether this person may see contact details

    Raises
    ------
    RegularsError
        If a part of the order is not known, has no purpose, or carries what its destination or this person may not.
    """
    segment = saved.segment(workspace, order.segment_id)
    purpose = order.purpose.strip()[:MAX_PURPOSE]
    if order.what not in WHAT or order.form not in FORMS:
        raise RegularsError("A scheduled list is whole or changes, as csv, xlsx or parquet.", "Choose among them.")
    if not purpose:
        raise RegularsError("A scheduled list needs a purpose.", "Say what it is for: it is kept in the audit log.")
    details = list_columns.personal(order.columns)
    if details and not may_contact:
        raise RegularsError(f"{who} may not see {CONTACT_DETAILS}.", "Ask whoever runs this workspace.")
    refuse_details(order.destination, destination_of(workspace, order.destination), order.columns)
    row = (
        order.segment_id, order.destination, order.what, order.form, json.dumps(order.columns), purpose,
        state.now(), who, json.dumps(sorted(allowed_by)),
    )  # fmt: skip
    with state.connect(workspace) as connection:
        number = connection.execute(
            "insert into schedules (segment_id, destination, what, form, columns, purpose, saved_at, saved_by,"
            " allowed_by) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        ).lastrowid
    key = f"page-{number}"
    state.audit(
        workspace, who, "list scheduled", schedule=key, segment=segment.name, destination=order.destination,
        what=order.what, contact_details=details, purpose=purpose,
    )  # fmt: skip
    return key


def end(workspace: Workspace, key: str, who: str) -> None:
    """Stop delivering a schedule of the page; what was delivered stays on record.

    Raises
    ------
    RegularsError
        If it is one of the settings, or there is none.
    """
    number = key.removeprefix("page-")
    if not key.startswith("page-") or not number.isdecimal():
        raise RegularsError(f"'{key[:60]}' is not scheduled on the page.", "Take it out of [outbox.lists] in settings.")
    with state.connect(workspace) as connection:
        connection.execute("update schedules set is_ended = 1 where schedule_id = ?", (int(number),))
    state.audit(workspace, who, "list schedule ended", schedule=key)


def destination_of(workspace: Workspace, name: str) -> Destination:
    """The destination of this name.

    Raises
    ------
    RegularsError
        If the settings do not know it (any more).
    """
    found = workspace.settings.outbox.destinations.get(name)
    if found is None:
        raise RegularsError(
            f"There is no destination '{name[:60]}'.", f"Describe it in [outbox.destinations.{name[:60]}]."
        )
    return found


def refuse_details(name: str, destination: Destination, columns: Iterable[str]) -> None:
    """Nothing, where the columns may go there.

    Raises
    ------
    RegularsError
        If there are contact details among them and the settings do not let those go there.
    """
    details = list_columns.personal(list(columns))
    if details and not destination.contact_details:
        raise RegularsError(
            f"Contact details ({', '.join(details)}) may not go to '{name}'.",
            f"Take those columns away, or set contact_details = true in [outbox.destinations.{name}].",
        )


def refuse_withdrawn(workspace: Workspace, schedule: Schedule, columns: Iterable[str], fields: Fields) -> None:
    """Nothing, where whoever scheduled personal data may still see it tonight.

    Raises
    ------
    RegularsError
        If no line of the settings that allowed it then allows it now.
    """
    access = workspace.settings.access
    asks = schedule.segment is not None and personal_fields(schedule.segment.definition, fields)
    if schedule.is_of_settings or not access.is_on or not (asks or list_columns.personal(list(columns))):
        return
    if not access.allows(schedule.allowed_by, CONTACT_DETAILS):
        raise RegularsError(
            f"{schedule.who}, who scheduled it, may not see {CONTACT_DETAILS} any more.",
            "Let somebody who may schedule it again.",
        )
