"""Looks at the machine and the workspace before a night does: each failing line says the remedy."""

import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata

from pipelines import warehouse
from pipelines.contracts import contracts
from workspace import generations
from workspace.errors import NothingPublishedError, RegularsError
from workspace.folders import PROJECT, Workspace

NEEDED_GIGABYTES = 2


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report; `remedy` is empty when it is fine."""

    what: str
    is_fine: bool
    detail: str
    remedy: str = ""


def examine(root: str | None) -> Iterator[Finding]:
    """Every finding, the machine first, then the workspace."""
    yield python()
    yield packages()
    try:
        workspace = Workspace.open(root)
        loaded = workspace.settings
    except RegularsError as error:
        yield Finding("configuration", False, error.problem, error.remedy or "Mend the file.")
        return
    yield Finding("configuration", True, f"{workspace.settings_file}: {len(loaded.sources)} sources")
    checks: list[Callable[[Workspace], Finding]] = [mappings, disk, writable, locks, ledger, published]
    for check in checks:
        yield check(workspace)


def python() -> Finding:
    """The interpreter is new enough."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("python", sys.version_info >= (3, 11), version, "Install Python 3.11 or later and make .venv anew.")


def packages() -> Finding:
    """Every package is there in the version that is locked."""
    wrong = []
    for line in (PROJECT / "requirements" / "run.lock").read_text().splitlines():
        name, found, rest = line.partition("==")
        if not found or line.startswith((" ", "#")) or ";" in line:
            continue  # a line with a marker may not be for this platform
        wanted = rest.split()[0]
        try:
            installed = metadata.version(name.split("[")[0])
        except metadata.PackageNotFoundError:
            installed = "nothing"
        if installed != wanted:
            wrong.append(f"{name} {installed} instead of {wanted}")
    detail = ", ".join(wrong[:5]) if wrong else "as locked"
    return Finding("packages", not wrong, detail, "Run 'make clean demo' to install what is locked.")


def mappings(workspace: Workspace) -> Finding:
    """Every mapping names feeds and columns that exist."""
    unknown = [
        f"sources.{name}.feeds.{feed}"
        for name, source in workspace.settings.sources.items()
        for feed in source.feeds
        if feed not in contracts()
    ]
    needed = {"sales.orders", "sales.order_lines"}
    mapped = {feed for source in workspace.settings.sources.values() for feed in source.feeds}
    if unknown:
        return Finding(
            "mappings", False, f"no such feed: {', '.join(unknown)}", f"Feeds are: {', '.join(contracts())}."
        )
    if needed - mapped:
        missing = ", ".join(sorted(needed - mapped))
        return Finding(
            "mappings", False, f"nothing fills {missing}", "Map a source to it; see docs/how-to/your-own-files.md."
        )
    return Finding("mappings", True, f"{len(mapped)} of {len(contracts())} feeds are filled")


def disk(workspace: Workspace) -> Finding:
    """There is room for the next generation."""
    free = shutil.disk_usage(workspace.root).free / 1e9
    used = workspace.warehouse_file.stat().st_size / 1e9 if workspace.warehouse_file.exists() else 0.0
    needed = max(NEEDED_GIGABYTES, 3 * used)
    remedy = f"Free {needed - free:.1f} GB, or lower nightly.keep_generations."
    return Finding("disk", free >= needed, f"{free:.1f} GB free, {needed:.1f} GB needed", remedy)


def writable(workspace: Workspace) -> Finding:
    """Every folder of the workspace can be written."""
    try:
        workspace.ensure()
        for folder in (workspace.raw, workspace.quarantine, workspace.published, workspace.state, workspace.exports):
            with tempfile.TemporaryFile(dir=folder):
                pass
    except OSError as error:
        remedy = f"Give this user the right to write below {workspace.root}."
        return Finding("write permission", False, f"{error.filename}: {error.strerror}", remedy)
    return Finding("write permission", True, str(workspace.root))


def locks(workspace: Workspace) -> Finding:
    """No other process is writing."""
    try:
        with warehouse.exclusive(workspace):
            return Finding("locks", True, "nobody else is writing")
    except warehouse.BusyError as error:
        return Finding("locks", False, error.problem, error.remedy)


def ledger(workspace: Workspace) -> Finding:
    """The ledger of deliveries is whole."""
    file = workspace.state / "ledger.sqlite"
    if not file.exists():
        return Finding("ledger", True, "no delivery yet")
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        (answer,) = connection.execute("pragma quick_check").fetchone()
    except sqlite3.DatabaseError as error:
        answer = str(error)
    finally:
        connection.close()
    return Finding("ledger", answer == "ok", answer, f"Restore {file} from your backup; raw is still whole.")


def published(workspace: Workspace) -> Finding:
    """What readers see now."""
    try:
        return Finding("published", True, generations.current(workspace).name)
    except NothingPublishedError as error:
        return Finding("published", True, f"nothing yet. {error.remedy}")
