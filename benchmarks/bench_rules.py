"""Sequential rules over 10 million lines of 1 million customers, heavy buyers included: time and memory."""

import resource
import time
from statistics import median

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from mining import rule_counts as counts
from mining.coded_events import code_items, known
from mining.purchase_arrays import PurchaseArrays
from mining.purchase_days import day_of
from mining.sequential_rules import sequential_rules

ROUNDS = 3
DAYS = 731
WINDOW_DAYS = 90

# Reproducible without a seed: hashes of the row number. Few items are bought by many, most customers buy seldom; one
# line in a hundred belongs to the heavy buyers, 10,000 lines and more each.
LINES = """
create table lines as
select
    case when i % 100 = 0 then -1 - i // 100 % greatest(1, ? // 1000000)
        else floor(? * power((hash(i * 7) % 1000003) / 1000003.0, 1.3))::bigint end as customer_key,
    floor(? * power((hash(i * 11) % 1000003) / 1000003.0, 2))::bigint as item,
    (hash(i * 13) % ?)::bigint as time
from range(?) as numbers(i)
"""


def make_lines(backend: Backend, rows: int, customers: int, items: int) -> None:
    """The lines of (customer_key, item, time)."""
    backend.con.execute(LINES, [rows, customers, items, DAYS, rows])


def every_pair(backend: Backend) -> int:
    """Count every pair A then B within the window, customer by customer."""
    return len(in_arrays(backend))


def in_arrays(backend: Backend) -> pd.DataFrame:
    """The pairs as sequential rules count them."""
    events, items = events_and_items(backend)
    return PurchaseArrays.of(events, items).pair_counts(WINDOW_DAYS)


def by_join(backend: Backend) -> pd.DataFrame:
    """The same by a join of each customer's purchases with themselves: the peer, and the answer to be met."""
    events, items = events_and_items(backend)
    days = code_items(events, items)
    after = counts.followed(counts.first_starts(days), days, WINDOW_DAYS)
    return counts.pair_counts(after, 1).order_by("antecedent", "item_code").execute()


def events_and_items(backend: Backend) -> tuple[ir.Table, list]:
    """The lines, and their items in order."""
    events = known(backend.table("lines"))
    return events, events.select("item").distinct().order_by("item").execute()["item"].tolist()


def check(rows: int = 200_000, customers: int = 20_000, items: int = 500) -> None:
    """Hold the arrays' pairs against those of the join, on fewer lines than are timed."""
    backend = ibis.duckdb.connect()
    make_lines(backend, rows, customers, items)
    pd.testing.assert_frame_equal(in_arrays(backend), by_join(backend))
    backend.disconnect()


def all_pairs(backend: Backend) -> int:
    """The rules between two items with their tests, their clocks and their check on a later period."""
    lines = backend.table("lines")
    return sequential_rules(lines, as_of=day_of(DAYS), window_days=WINDOW_DAYS, max_antecedent_items=1).tried


def longer_too(backend: Backend) -> int:
    """The same with the rules that start from two items, as the nightly finds them."""
    return sequential_rules(backend.table("lines"), as_of=day_of(DAYS), window_days=WINDOW_DAYS).tried


WORKS = {
    "Every pair within 90 days": (every_pair, 10),
    "Rules of two items, all tests": (all_pairs, 10),
    # No aim is set for these; beside the two above they say what longer rules cost.
    "Rules of three items too, all tests": (longer_too, None),
}


def run(rows: int = 10_000_000, customers: int = 1_000_000, items: int = 500) -> list[dict]:
    """Pairs within 10 seconds and 4 GB; CPU seconds beside, as other work on the machine changes them less."""
    check()
    backend = ibis.duckdb.connect()
    backend.con.execute("set preserve_insertion_order = false")
    backend.con.execute("set memory_limit = '4GB'")
    make_lines(backend, rows, customers, items)
    results = []
    for name, (work, aim) in WORKS.items():
        taken: list[float] = []
        busy: list[float] = []
        for _ in range(ROUNDS):
            began, cpu = time.perf_counter(), time.process_time()
            found = work(backend)
            taken.append(time.perf_counter() - began)
            busy.append(time.process_time() - cpu)
        busiest = f"{median(busy):.1f} CPU seconds ({min(busy):.1f} to {max(busy):.1f})"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        results.append(
            {
                "work": f"{name}, {rows / 1e6:g} M lines, {customers / 1e6:g} M customers, {found:,} tried",
                "ours_seconds": median(taken),
                "ours_note": f"{busiest}, {peak:.1f} GiB at most",
                "peer_seconds": None,
                "ratio_median": None,
                "ratio_range": None,
                "aim": f"{aim} s, 4 GB" if aim else "",
                "met": median(taken) <= aim and peak <= 4 if aim else None,
            }
        )
    backend.disconnect()
    return results


if __name__ == "__main__":
    for result in run():
        print(result)
