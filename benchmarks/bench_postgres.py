"""A PostgreSQL table into raw: ours, with every check and the ledger, against DuckDB's own scan into a table.

Floor: what the server and the wire cost, which both pay. The server's processor time is counted on both sides.
Run: python -m benchmarks.bench_postgres [rows]
"""

import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from benchmarks.alternate import seconds
from benchmarks.bench_ingest import ANSWER, ours
from pipelines.ingest.postgres import extension
from tests.postgres import postgres, url_of
from workspace.folders import Workspace

AIM = 2.0
ROWS = 1_000_000
SETTINGS = """
[databases.till]
url = "{url}"
[sources.till]
database = "till"
table = "order_lines"
feeds."sales.order_lines" = {{}}
"""
MAKE = """
create table order_lines (order_id text, line_number int, product_id text, quantity numeric(18,3),
    unit_price numeric(18,4), discount numeric(18,4), unit_cost numeric(18,4));
insert into order_lines select 'O' || (1000000 + i / 3), i % 3 + 1, 'P' || (i * 7919 % 5000), 1 + i % 5,
    (i * 31 % 10000) / 100.0, case when i % 7 = 0 then 1.5 else 0 end, (i * 17 % 5000) / 100.0
    from generate_series(1::bigint, {rows}) i;
vacuum analyze order_lines;
"""


def run(rows: int = ROWS, rounds: int = 5) -> list[dict]:
    """Both, alternating, on a table of `rows` order lines; first that the answers are the same."""
    with tempfile.TemporaryDirectory() as folder, postgres() as server:
        server.psql(MAKE.format(rows=rows))
        (Path(folder) / "regulars.toml").write_text(SETTINGS.format(url=url_of(server)))
        workspace = Workspace.open(Path(folder)).ensure()
        where = f"host={server.pgdata} user=postgres dbname=postgres"
        if ours(workspace) != peer(where):
            raise AssertionError("ours and DuckDB's own do not hold the same rows")
        pairs = [turns(lambda: ours(workspace), lambda: peer(where), number) for number in range(rounds)]
    ratios = sorted(mine / other for mine, other in pairs)
    return [
        {
            "work": f"PostgreSQL table of {rows:,} rows → raw, against DuckDB's postgres_scan → table",
            "ours_seconds": round(statistics.median(mine for mine, _ in pairs), 2),
            "peer_seconds": round(statistics.median(other for _, other in pairs), 2),
            "ratio_median": round(statistics.median(ratios), 2),
            "ratio_range": f"{ratios[0]:.2f} to {ratios[-1]:.2f}",
            "aim": f"{AIM:g} times or less",
            "met": statistics.median(ratios) <= AIM,
        }
    ]


def peer(where: str) -> tuple:
    """Load by DuckDB alone; what came of it."""
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.load_extension(str(extension()))
        connection.execute(f"create table lines as from postgres_scan('{where}', 'public', 'order_lines')")
        # A whole number has the same hash only in the same type.
        lines = "(select * replace (line_number::bigint as line_number) from lines)"
        return connection.execute(f"{ANSWER} from {lines}").fetchone()


def turns(first: Callable[[], object], second: Callable[[], object], number: int) -> tuple[float, float]:
    """Seconds of both; which begins changes by turns."""
    order = (0, 1) if number % 2 == 0 else (1, 0)
    taken = {which: seconds((first, second)[which]) for which in order}
    return taken[0], taken[1]


if __name__ == "__main__":
    for line in run(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS):
        print(line)
