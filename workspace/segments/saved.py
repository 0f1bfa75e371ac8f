"""Saved segments: named, owned, every version kept. Saving makes a version; nothing that was saved is ever changed."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.segments.checking import definition_of
from workspace.segments.language import Group
from workspace.state import connect, now

MAX_NAME = 120


@dataclass(frozen=True)
class SavedSegment:
    """A version of a segment."""

    segment_id: int
    version: int
    name: str
    owner: str
    definition: Group
    saved_at: datetime
    saved_by: str
    is_retired: bool = False


def save(
    workspace: Workspace,
    *,
    name: str,
    definition: Group,
    who: str,
    segment_id: int | None = None,
    seen_version: int | None = None,
    owner: str | None = None,
) -> SavedSegment:
    """Save a segment, or the next version of one; saving what is saved already makes no version.

    Parameters
    ----------
    who : who saves; the owner of a new segment unless `owner` names another
    segment_id : the segment that gets a version; without it a new one is made
    seen_version : the version that was edited; a later one of somebody else is not written over

    Raises
    ------
    RegularsError
        If the name is empty or taken, the segment is unknown, or somebody saved it meanwhile.
    """
    title = " ".join(name.split())[:MAX_NAME]
    if not title:
        raise RegularsError("A segment needs a name.", "Give it one that says who is meant.")
    with connect(workspace) as connection:
        connection.execute("begin immediate")
        refuse_taken(connection, title, segment_id)
        before = latest(connection, segment_id) if segment_id is not None else None
        if before and seen_version is not None and before.version != seen_version:
            raise RegularsError(
                f"'{before.name}' was saved by {before.saved_by} meanwhile.", "Open it again, or save under a new name."
            )
        holder = owner or (before.owner if before else who)
        asked = (title, holder, definition, False)
        if before and (before.name, before.owner, before.definition, before.is_retired) == asked:
            return before
        number = before.segment_id if before else new_segment(connection)
        add_version(connection, number, title, holder, definition, who=who)
        return latest(connection, number)


def new_segment(connection: sqlite3.Connection) -> int:
    """A segment without a version yet; returns its id."""
    return int(connection.execute("insert into segments (created_at) values (?)", (now(),)).lastrowid or 0)


def add_version(
    connection: sqlite3.Connection,
    segment_id: int,
    name: str,
    owner: str,
    definition: Group,
    *,
    who: str,
    is_retired: bool = False,
) -> None:
    """Write the next version of a segment."""
    connection.execute(
        "insert into segment_versions select ?, coalesce(max(version), 0) + 1, ?, ?, ?, ?, ?, ?"
        " from segment_versions where segment_id = ?",
        (segment_id, now(), who, name, owner, stored(definition), is_retired, segment_id),
    )


def stored(definition: Group) -> str:
    """A definition as JSON, the same for the same definition."""
    return json.dumps(definition.model_dump(mode="json"), ensure_ascii=False)


def retire(workspace: Workspace, segment_id: int, who: str) -> None:
    """Take a segment out of use; its versions stay, and saving it again brings it back."""
    with connect(workspace) as connection:
        connection.execute("begin immediate")
        last = latest(connection, segment_id)
        add_version(connection, segment_id, last.name, last.owner, last.definition, who=who, is_retired=True)


def refuse_taken(connection: sqlite3.Connection, name: str, segment_id: int | None) -> None:
    """Two segments of one name would be taken for each other."""
    for other in current(connection):
        if other.name.lower() == name.lower() and other.segment_id != segment_id:
            raise RegularsError(f"There is a segment '{other.name}' already, of {other.owner}.", "Choose another name.")


def segments(workspace: Workspace) -> list[SavedSegment]:
    """Every segment in use, in its latest version, by name."""
    with connect(workspace) as connection:
        return current(connection)


def current(connection: sqlite3.Connection) -> list[SavedSegment]:
    """As `segments`, within a transaction."""
    rows = connection.execute(
        """
        select * from segment_versions as v
        where version = (select max(version) from segment_versions as w where w.segment_id = v.segment_id)
          and not is_retired
        order by lower(name), segment_id
        """
    ).fetchall()
    return [from_row(row) for row in rows]


def segment(workspace: Workspace, segment_id: int, version: int | None = None) -> SavedSegment:
    """A segment in its latest version, or in the one asked for.

    Raises
    ------
    RegularsError
        If there is none.
    """
    with connect(workspace) as connection:
        if version is None:
            return latest(connection, segment_id)
        found = [one for one in versions(connection, segment_id) if one.version == version]
    if not found:
        raise RegularsError(f"Segment {segment_id} has no version {version}.", "Choose one from the page Segments.")
    return found[0]


def history(workspace: Workspace, segment_id: int) -> list[SavedSegment]:
    """Every version of a segment, the latest first."""
    with connect(workspace) as connection:
        return versions(connection, segment_id)


def versions(connection: sqlite3.Connection, segment_id: int) -> list[SavedSegment]:
    """As `history`, within a transaction."""
    rows = connection.execute(
        "select * from segment_versions where segment_id = ? order by version desc", (segment_id,)
    ).fetchall()
    return [from_row(row) for row in rows]


def latest(connection: sqlite3.Connection, segment_id: int) -> SavedSegment:
    """The latest version of a segment, within a transaction."""
    found = versions(connection, segment_id)
    if not found:
        raise RegularsError(f"There is no segment {segment_id}.", "Choose one from the page Segments.")
    return found[0]


def from_row(row: sqlite3.Row) -> SavedSegment:
    """A version as it was stored."""
    return SavedSegment(
        segment_id=row["segment_id"],
        version=row["version"],
        name=row["name"],
        owner=row["owner"],
        definition=definition_of(json.loads(row["definition"])),
        saved_at=datetime.fromisoformat(row["saved_at"]),
        saved_by=row["saved_by"],
        is_retired=bool(row["is_retired"]),
    )
