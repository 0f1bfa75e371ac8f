"""How long a whole night takes, in a process of its own as cron would start it, and how much memory it needs."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
REGULARS = str(Path(sys.executable).parent / "regulars")
ONLINE_RETAIL = ROOT.parent / "shared" / "data" / "online_retail"


def timed(*words: str) -> tuple[float, float]:
    """Seconds and peak gigabytes of one `regulars` command."""
    started = time.perf_counter()
    process = subprocess.Popen([REGULARS, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise RuntimeError(f"regulars {' '.join(words)} ended with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - started, usage.ru_maxrss / 2**20


def night(work: str, aim_seconds: float, *words: str, aim_gigabytes: float | None = None) -> dict:
    """One measured night as a row of the page."""
    seconds, gigabytes = timed(*words)
    is_small = aim_gigabytes is None or gigabytes <= aim_gigabytes
    aim = f"{aim_seconds:.0f} s" + (f", {aim_gigabytes:.0f} GB" if aim_gigabytes else "")
    return {
        "work": work,
        "ours_seconds": seconds,
        "ours_note": f"{gigabytes:.1f} GB",
        "aim": aim,
        "met": seconds <= aim_seconds and is_small,
    }


def workspace(folder: Path, settings: Path, files: Sequence[Path] = ()) -> str:
    """A new workspace with these settings and deliveries."""
    landing = folder / "landing" / "online_retail"
    landing.mkdir(parents=True)
    shutil.copyfile(settings, folder / "regulars.toml")
    for file in files:
        shutil.copyfile(file, landing / file.name)
    return str(folder)


def written(demo: str, customers: int, years: int, aim_seconds: float, aim_gigabytes: float | None = None) -> dict:
    """The demo company's deliveries, as a row of the page."""
    work = f"demo company written, {customers:,} customers, {years} years"
    words = ("-w", demo, "demo", "--customers", str(customers), "--years", str(years))
    return night(work, aim_seconds, *words, aim_gigabytes=aim_gigabytes)


def run(customers: int = 20_000, years: int = 2, large: int = 1_000_000) -> list[dict]:
    """The demo company's first night, a night with nothing new, Online Retail's first night, a large demo company."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        demo = workspace(Path(scratch) / "demo", ROOT / "regulars.toml")
        rows.append(written(demo, customers, years, 30))
        option = ("-w", demo, "nightly", "--as-of")
        rows.append(night("first night of the demo company", 60, *option, "2025-12-31", aim_gigabytes=2))
        rows.append(night("night with nothing new", 15, *option, "2026-01-01"))
        if ONLINE_RETAIL.is_dir():
            files = sorted(ONLINE_RETAIL.glob("*.csv.gz"))
            settings = ROOT / "docs" / "how-to" / "online-retail.toml"
            shop = workspace(Path(scratch) / "shop", settings, files)
            rows.append(
                night("first night of Online Retail, 305 files", 45, "-w", shop, "nightly", "--as-of", "2011-12-09")
            )
        if large:
            big = workspace(Path(scratch) / "large", ROOT / "regulars.toml")
            rows.append(written(big, large, years, 600, aim_gigabytes=8))
    return rows


if __name__ == "__main__":
    for row in run():
        sys.stdout.write(f"{row}\n")
