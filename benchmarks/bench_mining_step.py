"""The whole mining step of a night over a made-up star of a million customers: time and memory, table by table."""

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from benchmarks.generated_star import make_star
from pipelines import book, warehouse
from pipelines.assets.mining import MODULES, run_module
from pipelines.assets.mining_rules import STEPS, run_step
from workspace.folders import PROJECT, Workspace

LAST = date(2025, 12, 31)
# The searches for rules and paths stand from one Sunday to the next: the nights are a Monday's and those after.
NIGHTS = {
    "first night, with two years of month ends": LAST - timedelta(days=2),
    "a night": LAST - timedelta(days=1),
    "a night that ends a month": LAST,
}
# What DuckDB may hold, so that it and the arrays beside it stay within the aim; what is more goes to its own files.
MEMORY = "\nmemory_gigabytes = 4\n"
SLOWEST = 5
# No delivery made this star; the table is asked all the same.
DELIVERIES = """
create table meta.deliveries (delivery_id bigint, feed varchar, content_hash varchar, rows_accepted bigint)
"""


def mining_steps(workspace: Workspace, night: date) -> Mapping[str, Callable[[], object]]:
    """What a night mines, in the order in which tables build on each other."""
    modules = {name: partial(run_module, workspace, name, module, night) for name, module in MODULES.items()}
    return modules | {name: partial(run_step, workspace, name, step, night) for name, step in STEPS.items()}


def mined(workspace: Workspace, night: date) -> dict[str, float]:
    """Mine everything for a night: seconds by step."""
    taken = {}
    for name, work in mining_steps(workspace, night).items():
        began, busy = time.perf_counter(), time.process_time()
        work()
        taken[name] = time.perf_counter() - began
        cpu = time.process_time() - busy
        sys.stdout.write(f"  {night} {name}: {taken[name]:.1f} s, {cpu:.1f} CPU seconds, {peak():.1f} GiB so far\n")
        sys.stdout.flush()
    return taken


def peak() -> float:
    """The most memory that this process has held since it began or since `begin_peak`, in GiB."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    [kibibytes] = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(kibibytes) / 2**20


def begin_peak() -> None:
    """Forget the peak so far, where the system can."""
    clearing = Path("/proc/self/clear_refs")
    if clearing.exists():
        clearing.write_text("5")


def as_row(work: str, taken: dict[str, float], busy: float) -> dict:
    """A night as a row of the page, with what took longest."""
    held = peak()
    slowest = sorted(taken, key=lambda name: -taken[name])[:SLOWEST]
    named = ", ".join(f"{name} {taken[name]:.0f} s" for name in slowest)
    total = sum(taken.values())
    return {
        "work": work,
        "ours_seconds": total,
        "ours_note": f"{busy:.0f} CPU seconds, {held:.1f} GiB at most; longest: {named}",
        "aim": "180 s, 8 GB",
        "met": total <= 180 and held * 2**30 <= 8e9,
    }


def new_workspace(folder: Path, customers: int) -> Workspace:
    """A workspace whose warehouse holds the star, on record as built."""
    settings = (PROJECT / "regulars.toml").read_text()
    (folder / "regulars.toml").write_text(settings.replace("[nightly]\n", "[nightly]" + MEMORY))
    workspace = Workspace.open(folder)
    with warehouse.connect(workspace) as connection:
        make_star(connection, customers)
        connection.execute("create schema meta")
        connection.execute(DELIVERIES)
        book.begin(connection, "star")
        book.finish(connection, "star", "made up")
    return workspace


def run(customers: int = 1_000_000) -> list[dict]:
    """The first night of all, with every month end of two years; the night after; and one that ends a month."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = new_workspace(Path(folder), customers)
        rows = []
        for name, night in NIGHTS.items():
            begin_peak()
            busy = time.process_time()
            taken = mined(workspace, night)
            size = f"{customers / 1e6:g} M customers, {10 * customers / 1e6:g} M order lines"
            rows.append(as_row(f"Mining step, {name}, {size}", taken, time.process_time() - busy))
    return rows


if __name__ == "__main__":
    for row in run(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000):
        sys.stdout.write(f"{row}\n")
