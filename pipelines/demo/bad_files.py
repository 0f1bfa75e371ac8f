"""Whole deliveries that nobody could load: cut off, empty, without a column, in the wrong encoding. Off by default."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.demo.files import FILES, save
from pipelines.demo.world import World


def cut_off(content: bytes) -> bytes:
    """The first half, as a broken connection leaves it."""
    return content[: len(content) // 2]


def without_first_column(content: bytes) -> bytes:
    """A packed CSV file whose first column was forgotten."""
    lines = gzip.decompress(content).decode().splitlines()
    return gzip.compress("\n".join(line.partition(",")[2] for line in lines).encode(), mtime=0)


def nothing(content: bytes) -> bytes:
    """No byte at all."""
    return content[:0]


KINDS: list[tuple[str, str, Callable[[bytes], bytes]]] = [
    ("sales.orders", "cut off", cut_off),
    ("sales.customers", "column missing", without_first_column),
    ("web.events", "cut off", cut_off),
    ("sales.order_lines", "empty", nothing),
]


def write(world: World, landing: Path, truth: Path, day: int) -> None:
    """Put broken copies of a day's files beside the good ones, and their names into `bad_files.parquet`."""
    files, kinds = [], []
    for feed, kind, broken in KINDS:
        good = FILES[feed].path(landing, world.date_of(day))
        if good.exists():
            bad = good.with_name(good.name.replace(".", "_again.", 1))
            save(bad, broken(good.read_bytes()))
            files.append(str(bad.relative_to(landing)))
            kinds.append(kind)
    pq.write_table(pa.table({"file": files, "kind": kinds}), truth / "bad_files.parquet")
