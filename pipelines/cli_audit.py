"""`regulars audit`: the log of who saw personal data and who took what away, and whether it is whole."""

import json
from typing import Annotated

import typer

from pipelines import console
from pipelines.cli_options import Json, here
from workspace import audit_chain, state

app = typer.Typer(help="The audit log.", no_args_is_help=True)


@app.command("list")
def list_lines(
    limit: Annotated[int, typer.Option(min=1, help="Lines to show, the latest.")] = 50, as_json: Json = False
) -> None:
    """The latest lines of the audit log: when, who, what, with which particulars."""
    rows = state.audit_lines(here())[-limit:]
    if as_json:
        console.show_json([{**row, "detail": json.loads(row["detail"])} for row in rows])
        return
    columns = ("audit_id", "at", "who", "action", "detail")
    console.show_table("Audit log", [{name: row[name] for name in columns} for row in rows])


@app.command()
def verify(
    head: Annotated[
        str | None, typer.Option(help="Hash of the last line that you wrote down; it must still be in the log.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check the hash chain of the audit log; exits with 1 and the first broken line where it was rewritten."""
    workspace = here()
    lines = state.audit_lines(workspace)
    problem = audit_chain.broken_at(lines, audit_chain.read_head(workspace.state))
    if not problem and head and head not in {line["chain"] for line in lines}:
        problem = f"The hash {head[:80]} is not in the log: it was rewritten since."
    last = lines[-1]["chain"] if lines else audit_chain.START
    if as_json:
        console.show_json({"lines": len(lines), "head": last, "is_whole": not problem, "problem": problem or None})
    elif problem:
        console.say(problem)
    else:
        console.out.print(f"Whole: {len(lines)} lines. Head {last}", soft_wrap=True)
        console.say("Write the head down elsewhere; 'regulars audit verify --head HASH' proves it still is in the log.")
    if problem:
        raise typer.Exit(1)
