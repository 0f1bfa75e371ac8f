"""What a night costs that brings one row in a thousand, beside making all anew, and at twelve times the history."""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb

from benchmarks.alternate import seconds
from pipelines import warehouse
from pipelines.assets.dbt_models import build_stage
from pipelines.identity import resolve
from pipelines.ingest import ingest, register
from workspace.folders import Workspace

FEEDS = {
    "sales.orders": """
        select 'O' || i as order_id, 'C' || (i * 7919 % $customers) as customer_id,
            timestamp '2024-01-01' + to_seconds(i * $step) as ordered_at, 'web' as channel, 'completed' as status,
            timestamp '2024-01-01' + to_seconds(i * $step) as updated_at
        from range($first, $last) as r(i)
    """,
    "sales.order_lines": """
        select 'O' || i as order_id, n as line_number, 'P' || (i * n % 1000) as product_id, n as quantity,
            (i % 90) + 9.99 as unit_price
        from range($first, $last) as r(i), range(1, 4) as l(n)
    """,
    "web.events": """
        select 'E' || i || '-' || n as event_id, 'V' || (i * 7919 % $customers) as visitor_id,
            timestamp '2024-01-01' + to_seconds(i * $step + n * 60) as occurred_at, 'product_view' as event_type,
            case when n = 1 then 'C' || (i * 7919 % $customers) end as customer_id, 'P' || (i * n % 1000) as product_id
        from range($first, $last) as r(i), range(1, 7) as l(n)
    """,
}
"""Orders of `customers` people, each with three lines and six page views; ten rows an order."""
ROUNDS = 3
SETTINGS = "".join(
    f'[sources.{feed.split(".")[1]}]\nfiles = "{feed}/*.parquet"\n[sources.{feed.split(".")[1]}.feeds."{feed}"]\n'
    for feed in FEEDS
)


def deliver(workspace: Workspace, customers: int, first: int, last: int) -> None:
    """Put the orders from `first` to before `last`, and what belongs to them, into landing, and load them."""
    values = {"customers": customers, "step": 60, "first": first, "last": last}
    for feed, query in FEEDS.items():
        folder = workspace.landing / feed
        folder.mkdir(parents=True, exist_ok=True)
        sql = query
        for name, value in values.items():
            sql = sql.replace(f"${name}", str(value))
        with duckdb.connect() as connection:
            connection.execute(f"copy ({sql}) to '{folder}/{first}.parquet'")
    ingest(workspace)
    with warehouse.connect(workspace) as connection:
        register(connection, workspace)


@dataclass(frozen=True)
class Cost:
    """What staging and star took: by the clock, and of the processor, whatever else the machine does."""

    wall_seconds: float
    cpu_seconds: float


def build(workspace: Workspace, *, anew: bool) -> Cost:
    """Bring staging and star up to date; identity, which lies between, is not counted."""
    said: list[str] = []
    staging = cost(lambda: build_stage(workspace, "staging", None, said.append))
    with warehouse.connect(workspace) as connection:
        resolve(connection, workspace.settings)
    star = cost(lambda: build_stage(workspace, "star", None, said.append))
    if any(("is made anew" in words) != anew for words in said):
        raise RuntimeError(f"not what is to be measured: {said}")
    return Cost(staging.wall_seconds + star.wall_seconds, staging.cpu_seconds + star.cpu_seconds)


def cost(work: Callable[[], object]) -> Cost:
    """What some work takes."""
    began = time.process_time()
    wall = seconds(work)
    return Cost(wall, time.process_time() - began)


def opened(folder: Path, customers: int, orders: int) -> tuple[Workspace, Cost]:
    """A company with so many orders, and what making its staging and star anew took."""
    folder.mkdir()
    (folder / "regulars.toml").write_text(SETTINGS)
    workspace = Workspace.open(folder).ensure()
    deliver(workspace, customers, 0, orders)
    return workspace, build(workspace, anew=True)


def night(workspace: Workspace, customers: int, first: int, new: int) -> Cost:
    """A night that brings `new` orders from number `first` on."""
    deliver(workspace, customers, first, first + new)
    return build(workspace, anew=False)


def run(customers: int = 100_000, orders: int = 200_000, times: int = 12) -> list[dict]:
    """A night with 0.1 % new orders against everything anew, and the same delta at `times` times the history."""
    new = orders // 1000
    with tempfile.TemporaryDirectory() as scratch:
        short, _ = opened(Path(scratch) / "short", customers, orders)
        long, anew = opened(Path(scratch) / "long", customers, orders * times)
        ends = {"long": orders * times, "short": orders}
        pairs = [
            (
                night(long, customers, ends["long"] + number * new, new),
                night(short, customers, ends["short"] + number * new, new),
            )
            for number in range(ROUNDS)
        ]
        first = ends["long"] + ROUNDS * new
        shares = [night(long, customers, first + number * new * times, new * times) for number in range(ROUNDS)]
    return [
        row(f"a night with {new:,} new orders after {orders * times:,}, peer the same after {orders:,}", pairs, 1.3),
        row(
            f"a night with {new * times:,} new orders after {orders * times:,}, peer everything anew",
            [(share, anew) for share in shares],
            0.1,
        ),
    ]


def row(work: str, pairs: list[tuple[Cost, Cost]], aim: float) -> dict:
    """The median of the ratios of processor time, with the range; the clock's beside it."""
    ratios = sorted(ours.cpu_seconds / peer.cpu_seconds for ours, peer in pairs)
    walls = sorted(ours.wall_seconds / peer.wall_seconds for ours, peer in pairs)
    return {
        "work": f"Staging and star (an order is ten rows): {work}; CPU seconds",
        "ours_seconds": median(ours.cpu_seconds for ours, _ in pairs),
        "peer_seconds": median(peer.cpu_seconds for _, peer in pairs),
        "ratio_median": median(ratios),
        "ratio_range": f"{ratios[0]:.2f} to {ratios[-1]:.2f}; by the clock {walls[0]:.2f} to {walls[-1]:.2f}",
        "aim": f"{aim:.2f} times or less",
        "met": median(ratios) <= aim,
    }


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:]]
    for line in run(*sizes):
        sys.stdout.write(f"{line}\n")
