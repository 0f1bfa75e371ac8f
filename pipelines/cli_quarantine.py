"""`regulars quarantine`: what broke a contract, why, and its way back in."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from pipelines import console
from pipelines.cli_options import Json, here

app = typer.Typer(help="Rows and files that broke a contract: list, show, replay.", no_args_is_help=True)
Delivery = Annotated[int | None, typer.Argument(help="Number of a delivery, from 'quarantine list'.")]


def refused_files() -> list[dict[str, Any]]:
    """Deliveries that could not be loaded at all."""
    from pipelines.ingest.ledger import deliveries, open_ledger

    with open_ledger(here()) as ledger:
        return [asdict(delivery) for delivery in deliveries(ledger).values() if delivery.status == "refused"]


@app.command("list")
def list_groups(as_json: Json = False) -> None:
    """What is in quarantine, by delivery, feed and reason; and the files that were refused."""
    from pipelines.ingest import quarantine_groups

    groups = [asdict(group) for group in quarantine_groups(here())]
    refused = refused_files()
    if as_json:
        console.show_json({"rows": groups, "files": refused})
        return
    columns = ("delivery_id", "feed", "file", "row_count", "first_row", "reason")
    rows = [{name: group[name] for name in columns} for group in groups]
    console.show_table("Rows in quarantine", rows, right=["delivery_id", "row_count", "first_row"])
    files = [{name: file[name] for name in ("delivery_id", "file", "reason")} for file in refused]
    console.show_table("Files refused", files, right=["delivery_id"])
    if groups:
        console.say("Each row: 'regulars quarantine show DELIVERY'. After mending the mapping or the file: 'replay'.")


@app.command()
def show(
    delivery: Delivery = None,
    feed: Annotated[str | None, typer.Option(help="Only this feed, e.g. sales.orders.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows to show.")] = 50,
    as_json: Json = False,
) -> None:
    """Each row in quarantine: file, row, line, column, value, reason."""
    from pipelines.ingest import quarantined

    found = [asdict(row) for row in quarantined(here(), delivery_id=delivery, feed=feed, limit=limit)]
    if as_json:
        console.show_json(found)
        return
    columns = ("feed", "file", "row_number", "line_number", "column_name", "value", "reason")
    rows = [{name: short(row[name]) for name in columns} for row in found]
    console.show_table("Rows in quarantine", rows, right=["row_number", "line_number"])
    if len(found) == limit:
        console.say(f"The first {limit}; more with --limit.")


@app.command()
def replay(delivery: Delivery = None, as_json: Json = False) -> None:
    """Read deliveries with rows in quarantine again; rows that now pass are accepted, by the next night published."""
    from pipelines.ingest import replay as read_again
    from pipelines.warehouse import exclusive

    workspace = here()
    with exclusive(workspace):
        results = read_again(workspace, None if delivery is None else [delivery], report=console.say)
    rows = [asdict(result) for result in results]
    if as_json:
        console.show_json(rows)
        return
    console.show_table("Replayed", rows, right=["accepted", "duplicates", "still_quarantined", "left"])


def short(value: Any) -> Any:
    """A value that fits a line of a table; --json shows it whole."""
    return value[:77] + "..." if isinstance(value, str) and len(value) > 80 else value
