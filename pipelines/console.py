"""How the command line speaks: data to stdout, progress and complaints to stderr, tables or JSON."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from workspace.errors import RegularsError

Listener = Callable[[str, str, float], None]

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """One line of progress, to stderr."""
    err.print(escape(text))


def complain(error: RegularsError) -> None:
    """What is wrong and what to do, to stderr."""
    err.print(f"[bold red]Error:[/] {escape(error.problem)}")
    if error.remedy:
        err.print(escape(error.remedy))


def show_json(data: Any) -> None:
    """Data for a script, to stdout."""
    sys.stdout.write(json.dumps(data, indent=2, default=str) + "\n")


def show_table(title: str, rows: Sequence[dict[str, Any]], right: Sequence[str] = ()) -> None:
    """Rows as a table, to stdout; columns in `right` are numbers and aligned so."""
    if not rows:
        out.print(f"{escape(title)}: nothing")
        return
    table = Table(title=escape(title), title_justify="left", title_style="bold", box=None, pad_edge=False)
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell(value)) for value in row.values()))
    out.print(table)


def cell(value: Any) -> str:
    """A value as people write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return str(value)


@contextmanager
def night_progress(names: Sequence[str]) -> Iterator[Listener]:
    """A bar that moves by step on a terminal, one line a step elsewhere."""
    if not err.is_terminal:
        yield lambda step, event, seconds: say(f"{step}: {seconds:.1f} s") if event == "success" else None
        return
    columns = (TextColumn("[bold]{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as progress:
        task = progress.add_task("starting", total=len(names))

        def listen(step: str, event: str, seconds: float) -> None:
            if event == "start":
                progress.update(task, description=step)
            else:
                progress.advance(task)

        yield listen
