"""`regulars identity`: what people said of pairs, and moves between keys that wait for a word."""

from typing import Annotated, Any

import typer

from pipelines import console
from pipelines.cli_options import Json, here
from workspace import identity_state
from workspace.errors import RegularsError

app = typer.Typer(help="One customer: moves between keys that wait, and what was said of pairs.", no_args_is_help=True)


@app.command()
def moves(as_json: Json = False) -> None:
    """Nights that would have moved too much between keys: how much, which records, and who let them through."""
    found = identity_state.moves(here())
    if as_json:
        console.show_json(found)
        return
    columns = ("name", "found_at", "customers", "customer_share", "money_share", "allowed_by")
    console.show_table("Moves", [{name: each[name] for name in columns} for each in found], right=["customers"])
    waiting = [each for each in found if not each["allowed_by"]][:1]
    for each in waiting:
        rows: list[dict[str, Any]] = [
            {"kind": kind, "identifier": identifier, "key_before": str(before), "key_after": str(after)}
            for kind, identifier, before, after in each["records"][:50]
        ]
        console.show_table(f"The first records of {each['name']}", rows)


@app.command()
def allow(
    name: Annotated[str, typer.Argument(help="Name of the moves, from 'identity moves'.")],
    who: Annotated[str, typer.Option(help="Who says so, for the audit log.")] = "",
) -> None:
    """Let these moves through: the next night publishes them. Other moves have another name and wait again."""
    place = here()
    if not identity_state.allow_moves(place, name, who=who or place.settings.dashboard.user):
        raise RegularsError(f"There are no moves named {name!r}.", "'regulars identity moves' lists them.")
    console.say(f"{name} may pass. Run 'regulars nightly'.")


@app.command()
def decisions(as_json: Json = False) -> None:
    """What people said of pairs of records, latest first."""
    found = [
        {
            "left": " ".join(said.left),
            "right": " ".join(said.right),
            "is_same": said.is_same,
            "who": said.who,
            "at": said.at,
        }
        for said in identity_state.decisions(here())
    ]
    if as_json:
        console.show_json(found)
        return
    console.show_table("Said of pairs", found)
