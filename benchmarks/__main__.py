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

Each row is the same work done in one run by us and by the peer, alternating, after their answers were found equal; the
ratio is the median of the runs, with its range. A row without a peer is held against its aim alone. `make bench`
measures everything anew; `python -m benchmarks ingest` one part.
"""
SECTION = """
## {name}

{purpose} Measured on {machine}, {day}.

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
    peer = result.get("peer", "") if result.get("peer_seconds") is None else f"{result['peer_seconds']:.2f} s"
    ratio = "" if result.get("ratio_median") is None else f"{result['ratio_median']:.2f} ({result['ratio_range']})"
    ours = result.get("ours") or f"{result['ours_seconds']:.2f} s"
    ours += f", {result['ours_note']}" if result.get("ours_note") else ""
    met = {True: "yes", False: "**no**", None: ""}[result.get("met")]
    return f"| {result['work']} | {ours} | {peer} | {ratio} | {result['aim']} | {met} |\n"


def sections() -> dict[str, str]:
    """What the page says now, by benchmark."""
    parts = PAGE.read_text().split("\n## ")[1:] if PAGE.exists() else []
    return {part.split("\n", 1)[0].strip(): f"\n## {part.rstrip()}\n" for part in parts}


def main(wanted: Iterable[str]) -> int:
    """Run the benchmarks that are wanted, or all; each replaces its own section of the page."""
    names = [file.stem.removeprefix("bench_") for file in sorted(FOLDER.glob("bench_*.py"))]
    chosen = list(wanted) or names
    if unknown := set(chosen) - set(names):
        sys.stderr.write(f"No such benchmark: {', '.join(unknown)}. There are: {', '.join(names)}.\n")
        return 2
    for name in chosen:
        module = import_module(f"benchmarks.bench_{name}")
        purpose = (module.__doc__ or "").strip().splitlines()[0]
        day = date.today().isoformat()  # noqa: DTZ011 - the day on the wall is what a reader wants
        section = SECTION.format(name=name, purpose=purpose, machine=machine(), day=day)
        for result in module.run():
            section += table_row(result)
            sys.stdout.write(table_row(result))
            sys.stdout.flush()
        page = sections() | {name: section}
        PAGE.write_text(HEAD + "".join(page[name] for name in names if name in page))
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="e.g. ingest mining; left out: all, and the page is written")
    raise SystemExit(main(parser.parse_args().names))
