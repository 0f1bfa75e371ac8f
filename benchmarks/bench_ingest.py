"""CSV into raw: ours, with every check and the ledger, against DuckDB reading the same file typed.

Floor: DuckDB into a Parquet file, which is what raw is too; DuckDB into a table in memory is shown beside it.
Run: python -m benchmarks.bench_ingest [rows]
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from pipelines.contracts import contracts
from pipelines.ingest import ingest, register
from workspace.folders import Workspace

AIM = 2.0
ROWS = 3_000_000
SETTINGS = '[sources.shop]\nfiles = "lines.csv"\n[sources.shop.feeds."sales.order_lines"]\n'
TYPES = {column.name: column.duckdb_type for column in contracts()["sales.order_lines"].columns}
MAKE = """
    copy (
        select 'O' || (1000000 + i // 3) as order_id, i % 3 + 1 as line_number, 'P' || hash(i) % 5000 as product_id,
            1 + hash(i, 1) % 5 as quantity, (hash(i, 2) % 10000 / 100)::decimal(18, 2) as unit_price,
            if(i % 7 = 0, 1.5, 0)::decimal(18, 2) as discount, (hash(i, 3) % 5000 / 100)::decimal(18, 2) as unit_cost
        from range($rows) t(i)
    ) to '{file}' (header)"""
ANSWER = (
    "select count(*), sum(quantity * unit_price), sum(discount), sum(unit_cost), bit_xor(hash(order_id, line_number))"
)


def run(rows: int = ROWS, rounds: int = 5) -> list[dict]:
    """Both, alternating, on a file of `rows` order lines; first that the answers are the same."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = make(Path(folder), rows)
        if ours(workspace) != peer(workspace, to_parquet):
            raise AssertionError("ours and DuckDB's own do not hold the same rows")
        return [
            compare(f"CSV of {rows:,} rows → raw, against DuckDB → Parquet", workspace, to_parquet, rounds),
            compare(f"CSV of {rows:,} rows → raw, against DuckDB → table", workspace, to_table, rounds),
        ]


def make(folder: Path, rows: int) -> Workspace:
    """A workspace with one file in landing."""
    (folder / "regulars.toml").write_text(SETTINGS)
    workspace = Workspace.open(folder).ensure()
    duckdb.execute(MAKE.format(file=workspace.landing / "lines.csv"), {"rows": rows})
    return workspace


def ours(workspace: Workspace) -> tuple:
    """Load by ingest into an empty raw; what came of it."""
    for name in ("raw", "quarantine", "state"):
        shutil.rmtree(workspace.root / name)
    ingest(workspace)
    with duckdb.connect() as connection:
        register(connection, workspace)
        return connection.execute(f"{ANSWER} from raw.sales_order_lines").fetchone()


def peer(workspace: Workspace, store: Callable) -> tuple:
    """Load by DuckDB alone; what came of it."""
    with duckdb.connect(config={"threads": 2}) as connection:
        source = f"read_csv('{workspace.landing / 'lines.csv'}', columns = {TYPES}, header = true, auto_detect = false)"
        relation = store(connection, source, workspace.root / "peer.parquet")
        return connection.execute(f"{ANSWER} from {relation}").fetchone()


def to_parquet(connection: duckdb.DuckDBPyConnection, source: str, file: Path) -> str:
    """Typed into a Parquet file."""
    connection.execute(f"copy (from {source}) to '{file}'")
    return f"'{file}'"


def to_table(connection: duckdb.DuckDBPyConnection, source: str, file: Path) -> str:
    """Typed into a table in memory."""
    connection.execute(f"create table lines as from {source}")
    return "lines"


def compare(work: str, workspace: Workspace, store: Callable, rounds: int) -> dict:
    """Both by turns; the middle ratio and its range."""
    pairs = []
    for number in range(rounds):
        turns = [lambda: ours(workspace), lambda: peer(workspace, store)]
        order = (0, 1) if number % 2 == 0 else (1, 0)
        taken = {which: seconds(turns[which]) for which in order}
        pairs.append((taken[0], taken[1]))
    ratios = sorted(mine / other for mine, other in pairs)
    return {
        "work": work,
        "ours_seconds": round(statistics.median(mine for mine, _ in pairs), 2),
        "peer_seconds": round(statistics.median(other for _, other in pairs), 2),
        "ratio_median": round(statistics.median(ratios), 2),
        "ratio_range": (round(ratios[0], 2), round(ratios[-1], 2)),
        "aim": f"{AIM} times or less",
    }


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    for line in run(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS):
        print(line)
