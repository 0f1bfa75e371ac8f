"""The demo company as a whole: write its past, add its next day."""

import json
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from pathlib import Path

from pipelines.demo import arrow, shared, spill, truth
from pipelines.demo import bad_files as bad_deliveries
from pipelines.demo import block as blocks
from pipelines.demo.deliveries import deliver
from pipelines.demo.files import save
from pipelines.demo.parameters import YEAR
from pipelines.demo.products import catalogue
from pipelines.demo.scene import Scene
from pipelines.demo.world import CHUNK_DAYS, World, chunk_of
from workspace.errors import RegularsError
from workspace.folders import Workspace

Report = Callable[[str], None]
TRUTH = "demo_truth"


@dataclass(frozen=True)
class DemoResult:
    """What was written: the last day delivered, rows by feed, seconds taken."""

    last_day: date
    rows: dict[str, int]
    seconds: float
    files: int


def silent(_: str) -> None:
    """Report nothing."""


def state_file(workspace: Workspace) -> Path:
    """Where the demo remembers who asked for it and how far it has come."""
    return workspace.root / TRUTH / "state.json"


def exists(workspace: Workspace) -> bool:
    """Whether this workspace holds a demo company."""
    return state_file(workspace).exists()


def last_day(workspace: Workspace) -> date:
    """The last day that the demo company of this workspace has delivered."""
    return date.fromisoformat(json.loads(state_file(workspace).read_text())["last_day"])


def write(
    workspace: Workspace,
    *,
    customers: int = 20_000,
    years: int = 2,
    seed: int = 1,
    end_on: date = date(2025, 12, 31),
    days: int | None = None,
    plant: bool = True,
    bad_files: bool = False,
    report: Report = silent,
) -> DemoResult:
    """Write the deliveries of a demo company, day by day, into landing, and the truth into `demo_truth/`.

    Parameters
    ----------
    customers : people and companies who have bought by the end of two years (about; fewer in a shorter time)
    years, days : how long the past is; `days` goes before `years`
    end_on : the last day delivered
    plant : whether the planted product rules act; without them no product leads to another
    bad_files : whether a few files that nobody could load are put beside the last day's

    Raises
    ------
    RegularsError
        If a demo company is there already, or landing holds other files.
    """
    started = time.monotonic()
    length = ceil(years * YEAR) if days is None else days
    refuse_what_cannot_be(workspace, customers, length)
    world = World(customers=customers, seed=seed, start=end_on - timedelta(days=length - 1), plant=plant)
    folder = workspace.root / TRUTH
    goods = catalogue(world)
    last_chunk = chunk_of(length - 1)

    def live_through(block: int) -> None:
        report(f"living through block {block + 1} of {world.blocks}")
        state = blocks.begin()
        for chunk in range(last_chunk + 1):
            live(Scene(world, goods, block, chunk), folder, state)
        keep_block(folder, state, block, last_chunk)

    # Blocks never touch each other, so two may be lived through at once.
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(live_through, range(world.blocks)))
    for chunk in range(last_chunk + 1):
        shared.put(Scene(world, goods, world.blocks, chunk), folder / "ahead")
    rows, files = hand_over(workspace, world, range(length), report)
    truth.write(folder, world, goods, last_chunk)
    if bad_files:
        bad_deliveries.write(world, workspace.landing, folder, length - 1)
    remember(workspace, world, length, last_chunk)
    return DemoResult(end_on, rows, time.monotonic() - started, files)


def next_day(workspace: Workspace, *, report: Report = silent) -> DemoResult:
    """Add the deliveries of one more day: the same people at the same rates, what was open goes on.

    Raises
    ------
    RegularsError
        If there is no demo company here.
    """
    started = time.monotonic()
    if not exists(workspace):
        raise RegularsError(f"{workspace.root} holds no demo company.", "Write one first with 'regulars demo'.")
    known = json.loads(state_file(workspace).read_text())
    world = World(known["customers"], known["seed"], date.fromisoformat(known["start"]), known["plant"])
    folder, day, last_chunk = workspace.root / TRUTH, known["days"], known["last_chunk"]
    if chunk_of(day) > last_chunk:
        report("living through the next quarter")
        last_chunk += 1
        goods = catalogue(world)
        for block in range(world.blocks):
            state = load_block(folder, block, last_chunk - 1)
            live(Scene(world, goods, block, last_chunk), folder, state)
            keep_block(folder, state, block, last_chunk)
        shared.put(Scene(world, goods, world.blocks, last_chunk), folder / "ahead")
        truth.write(folder, world, goods, last_chunk)
    rows, files = hand_over(workspace, world, range(day, day + 1), report)
    remember(workspace, world, day + 1, last_chunk)
    return DemoResult(world.date_of(day), rows, time.monotonic() - started, files)


def refuse_what_cannot_be(workspace: Workspace, customers: int, length: int) -> None:
    """Check the request before anything is written."""
    if exists(workspace):
        raise RegularsError(
            f"{workspace.root} already holds a demo company.",
            f"Add a day with 'regulars demo --next-day', or remove landing/ and {TRUTH}/ first.",
        )
    if workspace.landing.exists() and any(file.is_file() for file in workspace.landing.rglob("*")):
        raise RegularsError(
            f"{workspace.landing} already holds deliveries.",
            f"Make another workspace for the demo; or, if an interrupted demo left them, remove them and {TRUTH}/.",
        )
    if customers < 1 or length < 1:
        raise RegularsError(f"A demo needs a customer and a day at least, got {customers} and {length}.")


def live(scene: Scene, folder: Path, state: blocks.Block) -> None:
    """Simulate one chunk of one block and store what happened."""
    happened = blocks.simulate(scene, state)
    for feed, table in happened.rows.items():
        spill.put(folder / "ahead", scene, feed, table)
    for name, table in happened.truth.items():
        spill.put_truth(folder / "ahead", scene, name, table)


def hand_over(workspace: Workspace, world: World, days: range, report: Report) -> tuple[dict[str, int], int]:
    """Write the files of some days, add them to the truth, drop what need not be kept; rows by feed, and files."""
    folder = workspace.root / TRUTH
    found = deliver(world, folder / "ahead", workspace.landing, days, report)
    truth.add(folder, found)
    for chunk in folder.glob("ahead/*.*/*"):
        if int(chunk.name) < chunk_of(days.stop - 1):
            shutil.rmtree(chunk)
    rows: dict[str, int] = {}
    for file in found["files"]:
        rows[file["feed"]] = rows.get(file["feed"], 0) + file["rows_delivered"]
    return rows, len(found["files"])


def keep_block(folder: Path, state: blocks.Block, block: int, chunk: int) -> None:
    """Store a block as it stands at the end of a chunk. Earlier chunks stay until the new one is remembered."""
    arrow.save_numbers(state.people, folder / "state" / f"{chunk:04d}" / f"people_{block:04d}.parquet")
    arrow.save_numbers(state.wanted, folder / "state" / f"{chunk:04d}" / f"wanted_{block:04d}.parquet")


def load_block(folder: Path, block: int, chunk: int) -> blocks.Block:
    """A block as it was stored at the end of a chunk."""
    stored = folder / "state" / f"{chunk:04d}"
    people, wanted = (arrow.load_numbers(stored / f"{name}_{block:04d}.parquet") for name in ("people", "wanted"))
    return blocks.Block(people, wanted)


def remember(workspace: Workspace, world: World, days: int, last_chunk: int) -> None:
    """Write down who asked for this company and how far it has come."""
    known = {
        "customers": world.customers, "seed": world.seed, "start": world.start.isoformat(), "plant": world.plant,
        "days": days, "last_day": world.date_of(days - 1).isoformat(), "last_chunk": last_chunk,
        "simulated_until": world.date_of((last_chunk + 1) * CHUNK_DAYS - 1).isoformat(),
    }  # fmt: skip
    save(state_file(workspace), (json.dumps(known, indent=2) + "\n").encode())
    for stored in (workspace.root / TRUTH / "state").iterdir():
        if int(stored.name) != last_chunk:
            shutil.rmtree(stored)
