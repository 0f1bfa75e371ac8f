"""`regulars deliveries`: what came, and what to do with what is held for being far off."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from pipelines import console
from pipelines.cli_options import Json, here

app = typer.Typer(help="Deliveries: list, and let through or refuse what is held.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Its file, as 'deliveries list' shows it, or its number.")]


def held_rows() -> list[dict[str, Any]]:
    """Every delivery that is held, one row each."""
    from pipelines.ingest import holds

    return [
        {**asdict(one), "rows": sum(one.rows.values()), "by_feed": dict(one.rows), "state": one.decision or "held"}
        for one in holds(here())
    ]


@app.command("list")
def list_deliveries(
    only_held: Annotated[bool, typer.Option("--held", help="Only what is held.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Latest deliveries to show.")] = 20,
    as_json: Json = False,
) -> None:
    """The latest deliveries and what became of them; and all that is held."""
    from pipelines.ingest.ledger import deliveries, open_ledger

    held = held_rows()
    with open_ledger(here()) as ledger:
        latest = [] if only_held else list(deliveries(ledger).values())[-limit:]
    if as_json:
        console.show_json({"held": held, "deliveries": [asdict(one) for one in reversed(latest)]})
        return
    rows = []
    for one in reversed(latest):
        known = {"delivery": str(one.delivery_id), "source": one.source, "file": one.file, "status": one.status}
        for feed, counts in one.feeds.items():
            rows.append(known | {"feed": feed, "delivered": counts.delivered, "accepted": counts.accepted})
        rows += [] if one.feeds else [known | {"feed": None, "delivered": None, "accepted": None}]
    console.show_table("Deliveries", rows, right=["delivery", "delivered", "accepted"])
    show_held(held)


def show_held(held: list[dict[str, Any]]) -> None:
    """What is held, with the way on."""
    columns = {"delivery_id": "delivery", "file": "file", "rows": "rows", "state": "state", "words": "why"}
    console.show_table(
        "Held", [{columns[name]: one[name] for name in columns} for one in held], right=["delivery", "rows"]
    )
    if any(one["state"] == "held" for one in held):
        console.say("Let one through with 'regulars deliveries release FILE', or refuse it: 'deliveries refuse FILE'.")


@app.command()
def release(delivery: Name) -> None:
    """Let a held delivery through: the next ingest or night loads it."""
    decided(delivery, "released", "is let through; the next ingest or night loads it")


@app.command()
def refuse(delivery: Name) -> None:
    """Refuse a held delivery for good; 'release' takes it back."""
    decided(delivery, "refused", "is refused; nothing of it is ever loaded")


def decided(name: str, decision: Any, words: str) -> None:
    """Write a decision down and say so."""
    from pipelines.ingest import decide
    from pipelines.warehouse import exclusive

    workspace = here()
    with exclusive(workspace):
        one = decide(workspace, name, decision, workspace.settings.dashboard.user)
    console.say(f"Delivery {one.delivery_id}, {one.file}, {words}.")
