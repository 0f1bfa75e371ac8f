"""Finished generations of the warehouse: publish, resolve, list, roll back. Readers only ever see finished ones."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from workspace.errors import NothingPublishedError, RegularsError
from workspace.folders import Workspace

POINTER = "current"
SUFFIX = ".duckdb"
NAME = re.compile(r"\d{4}-\d{2}-\d{2}_\d{4,}")


@dataclass(frozen=True)
class Generation:
    """One published file, named `<as_of>_<number>.duckdb`; a higher number is younger."""

    file: Path

    @property
    def name(self) -> str:
        """What people call it, e.g. `2025-12-31_0007`."""
        return self.file.stem

    @property
    def as_of(self) -> date:
        """The day whose end it describes."""
        return date.fromisoformat(self.name.split("_")[0])

    @property
    def number(self) -> int:
        """Its place in the order of publishing."""
        return int(self.name.split("_")[1])


def generations(workspace: Workspace) -> list[Generation]:
    """Every generation kept, oldest first; a copy that somebody laid beside them under another name is none."""
    files = workspace.published.glob(f"*{SUFFIX}")
    found = [Generation(file) for file in files if NAME.fullmatch(file.stem)]
    return sorted(found, key=lambda generation: generation.number)


def current(workspace: Workspace) -> Generation:
    """The generation that readers see now, resolved to its real file.

    Raises
    ------
    NothingPublishedError
        If nothing has been published yet.
    """
    pointer = workspace.published / POINTER
    if not pointer.is_symlink() or not pointer.exists():
        raise NothingPublishedError(
            f"Nothing is published in {workspace.root} yet.", "Run 'regulars nightly' (or 'make demo') first."
        )
    return Generation(pointer.resolve())


def next_name(workspace: Workspace, as_of: date) -> str:
    """The name the next generation will carry, so that it can be written inside before publishing."""
    last = max((generation.number for generation in generations(workspace)), default=0)
    return f"{as_of.isoformat()}_{last + 1:04d}"


def publish(workspace: Workspace, name: str, write: Callable[[Path], None], keep: int) -> Generation:
    """Let `write` make the finished file in `published`, sync it, and switch `current` to it.

    The switch is one rename, so a reader resolves either the old generation or the new one. A crash at any
    point leaves the old one in place and at worst a stray temporary file, removed by the next publication.

    Parameters
    ----------
    name : from `next_name`
    write : makes a complete, closed DuckDB file at the path it is given
    keep : how many generations stay for rolling back
    """
    workspace.published.mkdir(parents=True, exist_ok=True)
    for stray in workspace.published.glob(".publishing-*"):
        stray.unlink()
    target = workspace.published / f"{name}{SUFFIX}"
    if target.exists():
        raise RegularsError(f"Generation {name} is already published.", "Run the night again: it takes the next name.")
    temporary = workspace.published / f".publishing-{name}{SUFFIX}"
    write(temporary)
    temporary.chmod(0o444)
    sync(temporary)
    temporary.rename(target)
    point(workspace, target)
    prune(workspace, keep)
    return Generation(target)


def point(workspace: Workspace, target: Path) -> None:
    """Switch `current` to `target` in one rename."""
    link = workspace.published / f".publishing-{POINTER}"
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    link.rename(workspace.published / POINTER)
    sync(workspace.published)


def rollback(workspace: Workspace) -> Generation:
    """Point `current` at the generation before the one it shows. Nothing is deleted.

    Raises
    ------
    RegularsError
        If there is none before it.
    """
    now = current(workspace)
    before = [generation for generation in generations(workspace) if generation.number < now.number]
    if not before:
        raise RegularsError(f"{now.name} is the oldest generation kept; there is none to go back to.")
    point(workspace, before[-1].file)
    return before[-1]


def prune(workspace: Workspace, keep: int) -> list[Generation]:
    """Delete all but the youngest `keep` generations; the one shown is never deleted."""
    shown = current(workspace)
    old = [generation for generation in generations(workspace)[:-keep] if generation != shown]
    for generation in old:
        # A reader that has it open keeps it: the file goes when the last reader closes it.
        generation.file.unlink()
    return old


def sync(path: Path) -> None:
    """Ask the disk to keep what was written to a file or a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
