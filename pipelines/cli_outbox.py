"""`regulars outbox`: the scheduled lists, how their last delivery ended, and delivering now."""

from typing import Annotated, Any

import typer

from pipelines import console
from pipelines.cli_options import Json, here
from workspace.folders import Workspace
from workspace.outbox import records
from workspace.outbox.delivering import UndeliveredError
from workspace.outbox.records import FAILED, Outcome
from workspace.outbox.schedules import schedules

app = typer.Typer(help="Scheduled lists: saved segments delivered each night.", no_args_is_help=True)


@app.command("list")
def list_schedules(as_json: Json = False) -> None:
    """What is scheduled, where it goes, and how its last delivery ended."""
    rows = scheduled_rows(here())
    if as_json:
        console.show_json(rows)
        return
    console.show_table("Scheduled lists", rows, right=["customers"])


@app.command()
def run(
    schedule: Annotated[
        str | None, typer.Argument(help="Only this one, by its key from 'outbox list'; left out: all.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Deliver now, from what readers see; what failed is tried again, what arrived is not sent twice."""
    from pipelines.assets.outbox import deliver_published

    workspace = here()
    found = deliver_published(workspace, schedule)
    if as_json:
        console.show_json([vars(one) for one in found])
    else:
        show_outcomes(found)
    refuse_failed(found)


def scheduled_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """Every schedule with its last outcome."""
    ended = records.outcomes(workspace)
    rows = []
    for one in schedules(workspace):
        last = ended.get(one.key)
        rows.append(
            {
                "schedule": one.key, "segment": one.segment_name, "to": one.destination, "what": one.what,
                "form": one.form, "by": one.who, "last": last.status if last else "not yet run",
                "as_of": last.as_of if last else None, "customers": last.customer_count if last else None,
                "problem": last.problem or None if last else None,
            }
        )  # fmt: skip
    return rows


def show_outcomes(found: list[Outcome]) -> None:
    """How deliveries ended, to stdout."""
    columns = ("schedule", "as_of", "status", "customer_count", "problem")
    rows = [{name: getattr(one, name) for name in columns} for one in found]
    console.show_table("Scheduled lists", rows, right=["customer_count"])


def of_night(workspace: Workspace) -> list[Outcome]:
    """How the last run of every schedule in force ended."""
    ended = records.outcomes(workspace)
    return [ended[one.key] for one in schedules(workspace) if one.key in ended]


def refuse_failed(found: list[Outcome]) -> None:
    """Nothing, where everything arrived.

    Raises
    ------
    UndeliveredError
        Naming what did not arrive.
    """
    failed = [one for one in found if one.status == FAILED]
    if failed:
        problems = " ".join(f"{one.schedule}: {one.problem}" for one in failed)
        raise UndeliveredError(
            f"{len(failed)} of {len(found)} scheduled lists did not arrive. {problems}",
            "The data is published all the same. 'regulars outbox run' tries again.",
        )
