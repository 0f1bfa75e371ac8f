"""Running list queries: the live count, the preview, the choices, and freezing the members into a file."""

import shutil
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboards.app_data import list_query, questions
from dashboards.app_data.list_query import ListFilter
from dashboards.app_data.reader import Published, cached, connection, record, records
from dashboards.app_viewer import CONTACT_DETAILS, LISTS, Viewer
from workspace import exports, list_columns, state
from workspace.errors import RegularsError
from workspace.folders import Workspace

MEMBERS = "members.parquet"


@dataclass(frozen=True)
class Frozen:
    """What is stored of a list: its name, how it was made, and how many it holds."""

    name: str
    definition: dict[str, Any]
    customer_count: int


@dataclass(frozen=True)
class Request:
    """A list about to be made: its name, who belongs, which columns it carries."""

    name: str
    filter: ListFilter
    columns: tuple[str, ...]

    def definition(self) -> dict[str, Any]:
        """What is stored about it."""
        return {"filter": self.filter.as_dict(), "columns": list(self.columns)}


PREVIEW_ROWS = 100


@cached
def choices(file: str) -> dict[str, list[str]]:
    """The values that occur, for each condition that is chosen from a set."""
    found = record(
        file,
        """
        select
            coalesce(list(distinct region order by region) filter (region is not null), []) as regions,
            coalesce(list(distinct country order by country) filter (country is not null), []) as countries,
            coalesce(list(distinct main_channel order by main_channel) filter (main_channel is not null), [])
                as channels,
            coalesce(list(distinct kind order by kind) filter (kind is not null), []) as kinds
        from serving.customer_360
        """,
    )
    return {name: list(values) for name, values in found.items()}


def with_customers(file: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a list's query with the customers behind a question in the place of its text."""
    if "behind" not in parameters:
        return parameters
    return parameters | {"behind": questions.customers_behind(file, parameters["behind"])}


@cached
def count(file: str, chosen: ListFilter) -> int:
    """How many customers belong."""
    query, parameters = list_query.count_query(chosen)
    return int(record(file, query, with_customers(file, parameters))["customer_count"])


def preview(
    file: str, viewer: Viewer, chosen: ListFilter, columns: tuple[str, ...], limit: int
) -> list[dict[str, Any]]:
    """The first members with the columns asked for."""
    if list_columns.personal(columns):
        viewer.require(CONTACT_DETAILS)
    return first_members(file, chosen, columns, limit)


@cached
def first_members(file: str, chosen: ListFilter, columns: tuple[str, ...], limit: int) -> list[dict[str, Any]]:
    """As `preview`, for a viewer already checked."""
    query, parameters = list_query.members_query(chosen, columns)
    return records(file, f"{query} limit $limit", with_customers(file, parameters) | {"limit": limit})


def make(workspace: Workspace, data: Published, viewer: Viewer, request: Request) -> int:
    """Freeze the members into a file below `exports/lists`, store who made the list and how; returns its id.

    Raises
    ------
    RegularsError
        If the viewer may not, the name is empty, nobody belongs, or the file does not hold exactly the customers shown.
    """
    viewer.require(LISTS)
    details = list_columns.personal(request.columns)
    if details:
        viewer.require(CONTACT_DETAILS)
    if not request.name.strip():
        raise RegularsError("A list needs a name.", "Give it one that tells its purpose.")
    expected = count(data.file, request.filter)
    if not expected:
        raise RegularsError("Nobody belongs to this list.", "Take away a condition.")
    return keep(
        workspace,
        data,
        viewer,
        Frozen(request.name, request.definition(), expected),
        lambda folder: freeze(data.file, request.filter, request.columns, folder / MEMBERS, expected),
        contact_details=details,
    )


def keep(
    workspace: Workspace,
    data: Published,
    viewer: Viewer,
    frozen: Frozen,
    write: Callable[[Path], None],
    **logged: Any,
) -> int:
    """Let `write` fill a new folder below `exports/lists`, store the list and log it; returns its id.

    Parameters
    ----------
    write : is given the folder, and leaves `members.parquet` in it
    logged : what the audit log says beside the name and the count
    """
    folder = workspace.exports / "lists" / f"{data.name}_{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    try:
        write(folder)
        list_id = state.store_list(
            workspace,
            name=" ".join(frozen.name.split()),
            created_by=viewer.name,
            generation=data.name,
            as_of=data.as_of,
            definition=frozen.definition,
            customer_count=frozen.customer_count,
            file=str((folder / MEMBERS).relative_to(workspace.exports)),
        )
    except BaseException:
        shutil.rmtree(folder)  # a list that is not on record must not leave its members behind
        raise
    said = {"name": frozen.name, "customer_count": frozen.customer_count, **logged}
    state.audit(workspace, viewer.name, "list made", list_id=list_id, **said)
    return list_id


def freeze(file: str, chosen: ListFilter, columns: Sequence[str], target: Path, expected: int) -> None:
    """Write the members to a Parquet file and count them there.

    Raises
    ------
    RegularsError
        If the file does not hold exactly `expected` rows.
    """
    query, parameters = list_query.members_query(chosen, columns)
    with connection(file).cursor() as cursor:
        cursor.sql(query, params=with_customers(file, parameters)).write_parquet(str(target))
        written = cursor.execute("select count(*) from read_parquet(?)", [str(target)]).fetchall()[0][0]
    if written != expected:
        raise RegularsError(f"The list's file holds {written} customers and not the {expected} shown.", "Try again.")


def taken(workspace: Workspace, viewer: Viewer, stored: dict[str, Any], kind: str) -> Path:
    """The file of a stored list in the form asked for (csv, xlsx, parquet); every taking is logged.

    Raises
    ------
    RegularsError
        If the viewer may not, or the frozen members are gone.
    """
    viewer.require(LISTS)
    details = list_columns.personal(stored["definition"]["columns"])
    if details:
        viewer.require(CONTACT_DETAILS)
    members = workspace.exports / stored["file"]
    if not members.exists():
        raise RegularsError(f"The members of '{stored['name']}' are gone from {members}.", "Make the list again.")
    file = exports.export(members, kind)
    state.audit(
        workspace,
        viewer.name,
        "list downloaded",
        list_id=stored["list_id"],
        name=stored["name"],
        kind=kind,
        customer_count=stored["customer_count"],
        contact_details=details,
    )
    return file
