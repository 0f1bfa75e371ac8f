"""Lists that are campaigns: frozen with everybody's step, exported with the numbers that come back, and what came back.

`members.parquet` holds who is written to, `held.parquet` who is held out, `funnel.parquet` everybody matched with the
step that dropped them. Contacts are recognised by campaign_id and contact_id once marketing.contacts delivers them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dashboards.app_data.list_funnel import CONTROL, FINAL, Plan, funnel, household_column, stepped
from dashboards.app_data.lists import MEMBERS, Frozen, keep
from dashboards.app_data.reader import Published, Where, connection, rows
from dashboards.app_viewer import CONTACT_DETAILS, LISTS, Viewer
from workspace import list_columns, state
from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.segments.fields import TABLE

HELD, FUNNEL = "held.parquet", "funnel.parquet"
ARMS = {FINAL: ("treatment", MEMBERS), CONTROL: ("control", HELD)}


@dataclass(frozen=True)
class Request:
    """A campaign's list about to be made: its name, the plan, the columns it carries, what it is for."""

    name: str
    plan: Plan
    columns: tuple[str, ...]
    purpose: str


def make(workspace: Workspace, data: Published, viewer: Viewer, request: Request) -> int:
    """Freeze the three files below `exports/lists`, store who made the list and how; returns its id.

    Raises
    ------
    RegularsError
        If the viewer may not, the name or purpose is empty, nobody is left, the campaign has a list already, or a file
        does not hold exactly the customers shown.
    """
    viewer.require(LISTS)
    details = list_columns.personal(request.columns)
    if details:
        viewer.require(CONTACT_DETAILS)
    if not request.name.strip() or not request.purpose.strip():
        raise RegularsError("A list needs a name and a purpose.", "Say what it is for: both are kept with it.")
    refuse_known(workspace, request.plan.campaign_id)
    where = Where(data.file, data.as_of, data.time_zone)
    counts = funnel(where, viewer, request.plan, household_column(data.file))
    if not counts[FINAL]:
        raise RegularsError("Nobody is left on this list.", "Take away a condition, or widen the cap.")
    definition = {
        "plan": request.plan.as_dict(),
        "columns": list(request.columns),
        "funnel": counts,
        "purpose": request.purpose,
    }
    return keep(
        workspace,
        data,
        viewer,
        Frozen(request.name, definition, counts[FINAL]),
        lambda folder: freeze(where, viewer, request, folder, counts),
        contact_details=details,
        campaign_id=request.plan.campaign_id,
        purpose=request.purpose,
    )


def refuse_known(workspace: Workspace, campaign_id: str) -> None:
    """One campaign, one list: two would give one customer two contacts of one number."""
    for row in state.lists(workspace, limit=1_000_000):
        if row["definition"].get("plan", {}).get("campaign_id") == campaign_id:
            raise RegularsError(
                f"Campaign '{campaign_id[:60]}' has the list '{row['name'][:60]}' already.", "Give it another number."
            )


def freeze(where: Where, viewer: Viewer, request: Request, folder: Path, counts: dict[str, int]) -> None:
    """Write the three files and count them."""
    query, parameters = stepped(where, viewer, request.plan, household_column(where.file))
    with connection(where.file).cursor() as cursor:
        # One run of the funnel decides for all three files.
        cursor.sql(f"select customer_key, step from ({query})", params=parameters).write_parquet(str(folder / FUNNEL))  # noqa: S608
        for step, (arm, name) in ARMS.items():
            cursor.sql(
                members_query(request.columns),
                params={
                    "step": step,
                    "arm": arm,
                    "campaign": request.plan.campaign_id,
                    "funnel": str(folder / FUNNEL),
                },
            ).write_parquet(str(folder / name))
            found = cursor.execute("select count(*) from read_parquet(?)", [str(folder / name)]).fetchall()[0][0]
            if found != counts[step]:
                raise RegularsError(f"The file holds {found} customers and not the {counts[step]} shown.", "Try again.")


def members_query(columns: tuple[str, ...]) -> str:
    """The query of an arm's rows: key, the numbers that come back with the contacts, and the columns asked for."""
    wanted = list_columns.known([name for name in columns if name != "customer_number"])
    number = list_columns.BY_NAME["customer_number"]
    shown = ", ".join(f"{column.expression or f'c.{column.name}'} as {column.name}" for column in [number, *wanted])
    return f"""
        select c.customer_key, $campaign as campaign_id, $campaign || '-' || c.customer_key::varchar as contact_id,
            $arm as arm, {shown}
        from read_parquet($funnel) as f inner join {TABLE} as c using (customer_key)
        where f.step = $step
        order by c.net_margin_12m desc nulls last, c.customer_key
    """  # noqa: S608


def came_back(workspace: Workspace, where: Where, stored: dict[str, Any]) -> pd.DataFrame:
    """What is known of a campaign's contacts by now, by arm: listed, contacted, answered, and who bought since.

    A contact is recognised by the campaign's number and its own; one of the campaign that was not on the list is not
    counted here. Who bought counts from the day after the list's data on, contacted or not.

    Raises
    ------
    RegularsError
        If the frozen files are gone.
    """
    folder = (workspace.exports / stored["file"]).parent
    if not (folder / MEMBERS).exists() or not (folder / HELD).exists():
        raise RegularsError(f"The members of '{stored['name']}' are gone from {folder}.", "Make the list again.")
    return rows(
        where.file,
        """
        with listed as (
            select customer_key, contact_id, arm from read_parquet($members)
            union all select customer_key, contact_id, arm from read_parquet($held)
        ),
        contacts as (
            select contact.contact_id, bool_or(contact.is_clicked or contact.is_replied or contact.is_redeemed
                or contact.is_purchased) as is_answered
            from star.fct_campaign_contacts as contact
            inner join star.dim_campaign as campaign using (campaign_key)
            where campaign.campaign_id = $campaign
            group by contact.contact_id
        ),
        buyers as (
            select distinct customer_key from star.fct_orders
            where is_sale and ordered_on > $since::date and ordered_on <= $as_of
        )
        select listed.arm, count(*) as listed_count, count(contacts.contact_id) as contacted_count,
            count(*) filter (where contacts.is_answered) as answered_count, count(buyers.customer_key) as bought_count
        from listed
        left join contacts using (contact_id)
        left join buyers using (customer_key)
        group by listed.arm order by listed.arm desc
        """,
        {
            "members": str(folder / MEMBERS),
            "held": str(folder / HELD),
            "campaign": stored["definition"]["plan"]["campaign_id"],
            "since": stored["as_of"],
            "as_of": where.as_of,
        },
    )
