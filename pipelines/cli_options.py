"""What every command of `regulars` shares: the workspace that was asked for, and --json."""

from datetime import date
from typing import Annotated

import typer

from workspace.errors import RegularsError
from workspace.folders import Workspace

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]
chosen: dict[str, str | None] = {"root": None}


def here() -> Workspace:
    """The workspace that was asked for."""
    return Workspace.open(chosen["root"])


def as_day(text: str | None) -> date | None:
    """A date from the command line.

    Raises
    ------
    RegularsError
        If it is none.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RegularsError(f"'{text}' is not a date.", "Write it as 2025-12-31.") from None
