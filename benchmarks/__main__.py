"""Runs every benchmark, or those named, and writes docs/reference/performance.md with the machine they ran on."""

import argparse
import os
import platform
import sys
from collections.abc import Iterable
from datetime import date
from importlib import import_module
from pathlib import Path

import duckdb

FOLDER = Path(__file__).parent
PAGE = FOLDER.parent / "docs" / "reference" / "performance.md"
HEAD = """\
# Performance

Measured by `make bench` on {machine}, {day}. Each row is the same work done in one run by us and by the peer,
alternating, after their answers were found equal; the ratio is the median of the runs, with its range. A row without a
peer is held against its aim alone.

| work | ours | peer | ratio (range) | aim | met |
|---|---|---|---|---|---|
"""


def machine() -> str:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    memory = f"{pages * size / 2**30:.0f} GiB"
    return (
        f"{os.cpu_count()} cores of {model}, {memory}, Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    )


def table_row(result: dict) -> str:
    """One result as a row of the page."""
    peer = "" if result.get("peer_seconds") is None else f"{result['peer_seconds']:.2f} s"
    ratio = "" if result.get("ratio_median") is None else f"{result['ratio_median']:.2f} ({result['ratio_range']})"
    ours = f"{result['ours_seconds']:.2f} s" + (f", {result['ours_note']}" if result.get("ours_note") else "")
    met = {True: "yes", False: "**no**", None: ""}[result.get("met")]
    return f"| {result['work']} | {ours} | {peer} | {ratio} | {result['aim']} | {met} |\n"


def main(wanted: Iterable[str]) -> int:
    """Run the benchmarks, print each row as it comes, and write the page when all of them ran."""
    names = sorted(file.stem for file in FOLDER.glob("bench_*.py"))
    chosen = [name for name in names if not wanted or name.removeprefix("bench_") in set(wanted)]
    rows = []
    for name in chosen:
        for result in import_module(f"benchmarks.{name}").run():
            rows.append(table_row(result))
            sys.stdout.write(rows[-1])
            sys.stdout.flush()
    if chosen == names:
        PAGE.write_text(HEAD.format(machine=machine(), day=date.today().isoformat()) + "".join(rows))  # noqa: DTZ011
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="e.g. ingest mining; left out: all, and the page is written")
    raise SystemExit(main(parser.parse_args().names))
