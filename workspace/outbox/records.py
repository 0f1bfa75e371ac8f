"""What left and what did not: one row for each delivery, written before it leaves and after it arrived."""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from workspace import state
from workspace.folders import Workspace
from workspace.generations import Generation
from workspace.outbox.contents import Content
from workspace.outbox.schedules import Schedule

FOLDER = "outbox"
DELIVERED, UNCHANGED, FAILED = "delivered", "unchanged", "failed"


@dataclass(frozen=True)
class Delivery:
    """A delivery on record. `delivered_at` none: prepared, and perhaps sent, but nobody said that it arrived."""

    key: str
    digest: str
    schedule: str
    as_of: date
    name: str
    form: str
    columns: tuple[str, ...]
    file: str
    customer_count: int
    joined_count: int | None
    left_count: int | None
    delivered_at: datetime | None


@dataclass(frozen=True)
class Outcome:
    """How the last run of a schedule ended: delivered, unchanged or failed, with the problem."""

    schedule: str
    as_of: date
    status: str
    at: datetime
    problem: str = ""
    customer_count: int | None = None


def folder_of(workspace: Workspace, key: str) -> Path:
    """Where a delivery waits, and where the members of the last one stay: below `exports`."""
    return workspace.exports / FOLDER / key


def prepare(workspace: Workspace, schedule: Schedule, night: Generation, key: str, content: Content) -> None:
    """Record a delivery that is about to leave, in place of those of the schedule that never did."""
    with state.connect(workspace) as connection:
        connection.execute("delete from outbox where schedule = ? and delivered_at is null", (schedule.key,))
        connection.execute(
            "insert into outbox (delivery_key, digest, schedule, as_of, generation, name, form, columns, file,"
            " customer_count, joined_count, left_count, prepared_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key, content.digest, schedule.key, night.as_of.isoformat(), night.name, schedule.segment_name,
                schedule.form, ",".join(schedule.columns), content.file.name, content.customer_count,
                content.joined_count, content.left_count, state.now(),
            ),
        )  # fmt: skip


def arrived(workspace: Workspace, key: str, attempts: int) -> None:
    """Record that a delivery was taken."""
    with state.connect(workspace) as connection:
        connection.execute(
            "update outbox set delivered_at = ?, attempts = ? where delivery_key = ?", (state.now(), attempts, key)
        )


def waiting(workspace: Workspace, schedule: str) -> Delivery | None:
    """The delivery that was prepared and is not known to have arrived."""
    return latest(workspace, schedule, "delivered_at is null")


def last(workspace: Workspace, schedule: str) -> Delivery | None:
    """The last delivery that arrived."""
    return latest(workspace, schedule, "delivered_at is not null")


def latest(workspace: Workspace, schedule: str, condition: str) -> Delivery | None:
    """The latest delivery of a schedule that meets a condition of this module's own."""
    query = f"select * from outbox where schedule = ? and {condition} order by delivery_id desc limit 1"  # noqa: S608
    with state.connect(workspace) as connection:
        row = connection.execute(query, (schedule,)).fetchone()
    return from_row(row) if row else None


def from_row(row: sqlite3.Row) -> Delivery:
    """A delivery as it was stored."""
    return Delivery(
        key=row["delivery_key"],
        digest=row["digest"],
        schedule=row["schedule"],
        as_of=date.fromisoformat(row["as_of"]),
        name=row["name"],
        form=row["form"],
        columns=tuple(row["columns"].split(",")) if row["columns"] else (),
        file=row["file"],
        customer_count=row["customer_count"],
        joined_count=row["joined_count"],
        left_count=row["left_count"],
        delivered_at=datetime.fromisoformat(row["delivered_at"]) if row["delivered_at"] else None,
    )


def note(workspace: Workspace, outcome: Outcome) -> None:
    """Record how a run of a schedule ended; the latest counts."""
    with state.connect(workspace) as connection:
        connection.execute(
            "insert or replace into outbox_outcomes (schedule, as_of, status, at, problem, customer_count)"
            " values (?, ?, ?, ?, ?, ?)",
            (
                outcome.schedule, outcome.as_of.isoformat(), outcome.status, outcome.at.isoformat(), outcome.problem,
                outcome.customer_count,
            ),
        )  # fmt: skip


def outcomes(workspace: Workspace) -> dict[str, Outcome]:
    """How the last run of each schedule ended, by the schedule's key."""
    with state.connect(workspace) as connection:
        rows = connection.execute("select * from outbox_outcomes").fetchall()
    return {
        row["schedule"]: Outcome(
            row["schedule"],
            date.fromisoformat(row["as_of"]),
            row["status"],
            datetime.fromisoformat(row["at"]),
            row["problem"],
            row["customer_count"],
        )
        for row in rows
    }
