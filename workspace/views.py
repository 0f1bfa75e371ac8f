"""Saved views: what somebody looked at on a page, by name, so that they and others can look again."""

import json
from dataclasses import dataclass

from workspace import state
from workspace.folders import Workspace

SCHEMA = """
create table if not exists views (
    page text not null, name text not null, created_by text not null, created_at text not null, address text not null,
    primary key (page, name)
)
"""


@dataclass(frozen=True)
class View:
    """A page with the filters in its address."""

    page: str
    name: str
    created_by: str
    created_at: str
    address: dict[str, str | list[str]]


def save(workspace: Workspace, page: str, name: str, created_by: str, address: dict[str, str | list[str]]) -> None:
    """Keep a view; one of the same name on the same page is replaced.

    Raises
    ------
    ValueError
        If the name is blank.
    """
    if not name.strip():
        raise ValueError("a view needs a name")
    with state.connect(workspace) as connection:
        connection.execute(SCHEMA)
        connection.execute(
            "insert or replace into views (page, name, created_by, created_at, address) values (?, ?, ?, ?, ?)",
            (page, name.strip(), created_by, state.now(), json.dumps(address)),
        )


def saved(workspace: Workspace, page: str) -> list[View]:
    """The views of a page by name."""
    with state.connect(workspace) as connection:
        connection.execute(SCHEMA)
        rows = connection.execute("select * from views where page = ? order by name", (page,)).fetchall()
    return [View(**{**dict(row), "address": json.loads(row["address"])}) for row in rows]


def forget(workspace: Workspace, page: str, name: str) -> None:
    """Delete a view; one that is not there is no fault."""
    with state.connect(workspace) as connection:
        connection.execute(SCHEMA)
        connection.execute("delete from views where page = ? and name = ?", (page, name))
