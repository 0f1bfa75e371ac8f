"""A thousand small nights, one after the other: what each costs, and what they leave on the disk beside the data.

Each night brings a file of lines (with a row that goes to quarantine), each tenth orders and events too; it is taken in
and recorded in the warehouse, publishes a generation, and is tidied up after: raw brought together, quarantine and
generations let go. What a night more costs staging and star is measured after 40 nights and after all.
Run: python -m benchmarks.bench_thousand_nights [nights]
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

from pipelines import warehouse
from pipelines.assets.dbt_models import build_stage
from pipelines.assets.generation import publish
from pipelines.identity import resolve
from pipelines.ingest import ingest, register
from pipelines.ingest.compacting import compact
from pipelines.ingest.expiring import expire_quarantine
from workspace.folders import Workspace

NIGHTS = 1000
EARLY = 40
OTHERS_EVERY = 10
KEEP_QUARANTINE = 90
"""Nights; the default of `nightly.keep_quarantine_days`."""
FIRST_DAY = date(2022, 1, 1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
ROWS = {"sales.orders": 20, "sales.order_lines": 60, "web.events": 120}
HEADS = {
    "sales.orders": "order_id,customer_id,ordered_at,channel,status,updated_at",
    "sales.order_lines": "order_id,line_number,product_id,quantity,unit_price",
    "web.events": "event_id,visitor_id,occurred_at,event_type,customer_id",
}
SETTINGS = "".join(
    f'[sources.{feed.split(".")[1]}]\nfiles = "{feed}/*.csv"\n[sources.{feed.split(".")[1]}.feeds."{feed}"]\n'
    for feed in HEADS
)


@dataclass(frozen=True)
class Night:
    """What one night cost and left."""

    cpu_seconds: float
    raw_files: int
    beside_bytes: int
    data_bytes: int


def files_of(night: int) -> dict[str, str]:
    """What a night delivers, as CSV by feed; the last row of the lines breaks its contract."""
    day = FIRST_DAY + timedelta(days=night)
    made: dict[str, list[str]] = {feed: [head] for feed, head in HEADS.items()}
    for number in range(ROWS["sales.orders"]):
        order, who = f"O{night}-{number}", f"C{(night * 31 + number * 7) % 500}"
        at = f"{day}T{number % 24:02}:15:00Z"
        made["sales.orders"].append(f"{order},{who},{at},web,completed,{at}")
        made["sales.order_lines"] += [f"{order},{line},P{(number * line) % 40},{line},9.99" for line in (1, 2, 3)]
        made["web.events"] += [
            f"E{night}-{number}-{page},V{who},{day}T{number % 24:02}:{page:02}:00Z,page_view,{who}" for page in range(6)
        ]
    made["sales.order_lines"].append(f"O{night}-0,9,P1,many,9.99")
    tonight = made if night % OTHERS_EVERY == 0 else ["sales.order_lines"]
    return {feed: "\n".join(made[feed]) + "\n" for feed in tonight}


def cpu_seconds() -> float:
    """Processor time of this process so far: what else the machine does is not in it."""
    return time.process_time()


def take_in(workspace: Workspace, night: int) -> float:
    """One night without the star; the processor's seconds, of which those for making the files are none."""
    for feed, text in files_of(night).items():
        folder = workspace.landing / feed
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{FIRST_DAY + timedelta(days=night)}.csv").write_text(text)
    began = cpu_seconds()
    ingest(workspace)
    with warehouse.connect(workspace) as connection:
        register(connection, workspace)
    return cpu_seconds() - began


def bring_up(workspace: Workspace) -> float:
    """Staging, identity and star brought up to date; the processor's seconds."""
    began = cpu_seconds()
    build_stage(workspace, "staging", None)
    with warehouse.connect(workspace) as connection:
        resolve(connection, workspace.settings)
    build_stage(workspace, "star", None)
    return cpu_seconds() - began


def tidy(workspace: Workspace, night: int, before: datetime) -> float:
    """A generation published, raw brought together, what is past its time let go; the processor's seconds."""
    began = cpu_seconds()
    publish(workspace, FIRST_DAY + timedelta(days=night))
    if compact(workspace) + expire_quarantine(workspace, before):
        with warehouse.connect(workspace) as connection:
            register(connection, workspace)
    return cpu_seconds() - began


def size(*folders: Path) -> int:
    """Bytes of all files in some folders."""
    return sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())


def nights(workspace: Workspace, first: int, count: int) -> Iterator[Night]:
    """So many nights, one after the other, and what each cost and left."""
    began_at: list[datetime] = []
    for night in range(first, first + count):
        began_at.append(datetime.now(UTC))
        cost = take_in(workspace, night)
        cost += tidy(workspace, night, began_at[-KEEP_QUARANTINE] if night >= first + KEEP_QUARANTINE else LONG_AGO)
        beside = size(workspace.quarantine, workspace.state, workspace.logs)
        yield Night(cost, len(list(workspace.raw.rglob("*.parquet"))), beside, size(workspace.raw))


def star_seconds(workspace: Workspace, night: int) -> float:
    """What one night more costs staging and star, once they hold all nights before it."""
    bring_up(workspace)
    take_in(workspace, night)
    return bring_up(workspace)


def run(count: int = NIGHTS) -> list[dict]:
    """A row for each tenth of the nights, held against the second, and one for staging and star."""
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "regulars.toml").write_text(SETTINGS)
        workspace = Workspace.open(Path(scratch)).ensure()
        lived = list(nights(workspace, 0, EARLY))
        early = star_seconds(workspace, EARLY)
        lived += nights(workspace, EARLY + 1, count - EARLY)
        late = star_seconds(workspace, count + 1)
    return [*table(lived), star_row(count, late, early)]


def table(lived: list[Night]) -> list[dict]:
    """A row for each tenth of the nights."""
    tenth = max(1, len(lived) // 10)
    parts = [lived[first : first + tenth] for first in range(0, tenth * 10, tenth)]
    return [row(f"nights {number * tenth + 1} to {(number + 1) * tenth}", part, parts[1])
            for number, part in enumerate(parts)]  # fmt: skip


def row(work: str, part: list[Night], early: list[Night]) -> dict:
    """One tenth of the nights as a row of the page."""
    costs = sorted(night.cpu_seconds for night in part)
    return {
        "work": work,
        "ours": f"{median(costs):.2f} CPU seconds a night ({costs[0]:.2f} to {costs[-1]:.2f}),"
        f" at most {max(night.raw_files for night in part)} files of raw,"
        f" {part[-1].beside_bytes / 1e6:.1f} MB beside {part[-1].data_bytes / 1e6:.1f} MB of raw",
        "ratio_median": median(costs) / median(night.cpu_seconds for night in early),
        "ratio_range": "against the second tenth",
        "aim": "flat",
    }


def star_row(count: int, late: float, early: float) -> dict:
    """What a night costs staging and star, early and late."""
    return {
        "work": f"staging and star in one night more, after {count} nights, peer after {EARLY}",
        "ours_seconds": late,
        "peer_seconds": early,
        "ratio_median": late / early,
        "ratio_range": "CPU seconds, one round",
        "aim": "flat",
    }


if __name__ == "__main__":
    for line in run(int(sys.argv[1]) if len(sys.argv) > 1 else NIGHTS):
        sys.stdout.write(f"{line}\n")
