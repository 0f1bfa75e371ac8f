"""A night's deliveries: every schedule in turn, each delivery once, whatever stops in between.

A delivery is frozen and recorded, then sent, then recorded as arrived. Stopped in between, it is sent again under the
same key with the same bytes, by which the receiver knows it; of changes the older one first, since the next builds
on it.
"""

import fcntl
import hashlib
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import duckdb

from workspace import list_columns, state
from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.generations import Generation
from workspace.outbox import contents, records
from workspace.outbox.contents import Content
from workspace.outbox.records import DELIVERED, FAILED, FOLDER, UNCHANGED, Delivery, Outcome
from workspace.outbox.schedules import Schedule, destination_of, refuse_details, refuse_withdrawn, schedules
from workspace.outbox.sending import Parcel, Sleep, send
from workspace.segments.query import Moment


class UndeliveredError(RegularsError):
    """The night is published, but a scheduled list did not arrive."""

    exit_code = 5


def deliver(
    workspace: Workspace,
    generation: Generation,
    connection: duckdb.DuckDBPyConnection,
    *,
    only: str | None = None,
    sleep: Sleep = time.sleep,
) -> list[Outcome]:
    """Deliver every schedule as of a published generation; what arrived already is not sent again.

    Parameters
    ----------
    connection : that generation, open for reading, allowed to write below `exports`
    only : key of the one schedule to deliver

    Returns
    -------
    how each ended; none of them failing stops the others

    Raises
    ------
    RegularsError
        If `only` names no schedule.
    """
    wanted = [one for one in schedules(workspace) if only in (None, one.key)]
    if only and not wanted:
        raise RegularsError(f"Nothing is scheduled as '{only[:60]}'.", "'regulars outbox list' shows what is.")
    with one_at_a_time(workspace):
        found = [ended(workspace, generation, connection, one, sleep) for one in wanted]
        if only is None:
            tidy(workspace)
    return found


@contextmanager
def one_at_a_time(workspace: Workspace) -> Iterator[None]:
    """Wait until no other process delivers."""
    workspace.state.mkdir(parents=True, exist_ok=True)
    with (workspace.state / "outbox.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ended(
    workspace: Workspace,
    generation: Generation,
    connection: duckdb.DuckDBPyConnection,
    schedule: Schedule,
    sleep: Sleep,
) -> Outcome:
    """Deliver one schedule; returns and records how it ended."""
    try:
        status, count = attempt(workspace, generation, connection, schedule, sleep)
        problem = ""
    except (RegularsError, OSError, duckdb.Error) as error:
        status, count, problem = FAILED, None, str(error)
        state.audit(workspace, schedule.who, "list not delivered", schedule=schedule.key, problem=problem[:500])
    outcome = Outcome(schedule.key, generation.as_of, status, datetime.now(UTC), problem, count)
    records.note(workspace, outcome)
    return outcome


def attempt(
    workspace: Workspace,
    generation: Generation,
    connection: duckdb.DuckDBPyConnection,
    schedule: Schedule,
    sleep: Sleep,
) -> tuple[str, int | None]:
    """Send what waits of a schedule's changes, then freeze and send tonight's; returns how it ended, and how many.

    Raises
    ------
    RegularsError
        If something may not leave or did not arrive.
    """
    fields = contents.fields(connection)
    refuse_withdrawn(workspace, schedule, schedule.columns, fields)
    before = records.waiting(workspace, schedule.key)
    sent: int | None = None
    if before and schedule.what == "changes":
        refuse_withdrawn(workspace, schedule, before.columns, fields)
        leave(workspace, schedule, before, sleep)
        sent, before = before.customer_count, None
    refuse_details(schedule.destination, destination_of(workspace, schedule.destination), schedule.columns)
    last = records.last(workspace, schedule.key)
    with frozen(workspace, generation, connection, schedule, last) as content:
        if content.is_empty:
            return (UNCHANGED, 0) if sent is None else (DELIVERED, sent)
        if last and (last.as_of, last.digest) == (generation.as_of, content.digest):
            return DELIVERED, content.customer_count
        key = key_of(schedule, generation, content, last)
        if before is None or before.key != key:
            target = records.folder_of(workspace, key)
            shutil.rmtree(target, ignore_errors=True)  # of a run that stopped before it was recorded
            content.file.parent.rename(target)
            records.prepare(workspace, schedule, generation, key, content)
            before = records.waiting(workspace, schedule.key)
    if before:
        leave(workspace, schedule, before, sleep)
    return DELIVERED, content.customer_count + (sent or 0)


@contextmanager
def frozen(
    workspace: Workspace,
    generation: Generation,
    connection: duckdb.DuckDBPyConnection,
    schedule: Schedule,
    last: Delivery | None,
) -> Iterator[Content]:
    """Tonight's content in a folder of its own, which goes away unless it is renamed.

    Raises
    ------
    RegularsError
        If the members of the last delivery are gone: everybody would look as if they had joined.
    """
    basis = records.folder_of(workspace, last.key) / contents.MEMBERS if last and schedule.what == "changes" else None
    if basis and not basis.exists():
        raise RegularsError(
            f"The members last delivered are gone from {basis}.", "End this schedule and make it anew: all will join."
        )
    draft = workspace.exports / FOLDER / f".{uuid.uuid4().hex}"
    draft.mkdir(parents=True)
    try:
        moment = Moment(generation.as_of, workspace.settings.company.time_zone)
        yield contents.freeze(connection, schedule, moment, draft, basis)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def key_of(schedule: Schedule, generation: Generation, content: Content, last: Delivery | None) -> str:
    """The delivery's own name: the same however often it is made or tried, until one of the schedule arrives.

    The last one that arrived is part of it: a list that changes and changes back in one night is three deliveries.
    """
    digest = hashlib.sha256(f"{content.digest} {last.key if last else ''}".encode()).hexdigest()
    return f"{schedule.key}.{generation.as_of.isoformat()}.{schedule.what}.{digest[:32]}"


def leave(workspace: Workspace, schedule: Schedule, delivery: Delivery, sleep: Sleep) -> None:
    """Send a recorded delivery and record that it arrived; the log says so before and after.

    Raises
    ------
    RegularsError
        If it may not leave or did not arrive.
    """
    destination = destination_of(workspace, schedule.destination)
    refuse_details(schedule.destination, destination, delivery.columns)
    file = records.folder_of(workspace, delivery.key) / delivery.file
    if not file.exists():
        raise RegularsError(f"The delivery {delivery.key} is gone from {file.parent}.", "End this schedule; make anew.")
    said = {
        "schedule": schedule.key, "delivery": delivery.key, "destination": schedule.destination,
        "segment": delivery.name, "customer_count": delivery.customer_count,
        "contact_details": list_columns.personal(list(delivery.columns)), "purpose": schedule.purpose,
    }  # fmt: skip
    state.audit(workspace, schedule.who, "list about to leave", **said)
    parcel = Parcel(file, delivery.key, delivery.name, delivery.as_of, delivery.form)
    attempts = send(workspace, schedule.destination, destination, parcel, sleep)
    records.arrived(workspace, delivery.key, attempts)
    state.audit(workspace, schedule.who, "list delivered", attempts=attempts, **said)


def tidy(workspace: Workspace) -> None:
    """Keep of what left only the members of each schedule's last delivery, and what still waits whole."""
    folder = workspace.exports / FOLDER
    in_force = [one.key for one in schedules(workspace)]
    waiting = {one.key for key in in_force if (one := records.waiting(workspace, key))}
    arrived = {one.key for key in in_force if (one := records.last(workspace, key))}
    for place in folder.iterdir() if folder.exists() else ():
        if place.name in waiting:
            continue
        if place.name not in arrived:
            shutil.rmtree(place)
            continue
        for file in place.iterdir():
            if file.name != contents.MEMBERS:
                file.unlink()
