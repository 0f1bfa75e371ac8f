"""How many of the demo company's planted rules are found, and how many others: `python -m benchmarks.planted_rules`."""

import argparse
import sys
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from mining.purchase_days import day_of
from mining.sequential_rules import sequential_rules
from pipelines.demo import block as blocks
from pipelines.demo.orders import WALK_IN
from pipelines.demo.parameters import SECONDS
from pipelines.demo.products import catalogue
from pipelines.demo.scene import Scene
from pipelines.demo.tables import stack, take
from pipelines.demo.world import CHUNK_DAYS, World

START = date(2024, 1, 1)
CHUNKS = 8


class Found(NamedTuple):
    """What was found in one company: planted rules used, planted rules, other rules used, pairs tried."""

    seed: int
    is_planted: bool
    hits: int
    planted: int
    others: int
    tried: int


def company(seed: int, *, customers: int, is_planted: bool, chunks: int = CHUNKS) -> tuple[ir.Table, set]:
    """Purchases of a demo company lived through in memory, and its planted pairs.

    Parameters
    ----------
    customers : up to 10,000, who live in one block
    chunks : quarters of a year

    Returns
    -------
    table of (customer_key, item, time) without strangers and returns, and the set of (first, then)
    """
    world = World(customers=customers, seed=seed, start=START, plant=is_planted)
    goods, state = catalogue(world), blocks.begin()
    happened = [blocks.simulate(Scene(world, goods, 0, chunk), state) for chunk in range(chunks)]
    lines = stack([part.rows["sales.order_lines"] for part in happened])
    orders = stack([part.truth["orders"] for part in happened])
    lines = take(lines, lines["quantity"] > 0)
    order = np.searchsorted(orders["order"], lines["order"])
    frame = pd.DataFrame(
        {"customer_key": orders["person"][order], "item": lines["product"], "time": lines["at"] // SECONDS}
    )
    is_known = (orders["origin"][order] != WALK_IN) & ~orders["is_cancelled"][order].astype(bool)
    bought = frame[is_known].drop_duplicates(ignore_index=True).astype("int64")
    pairs = zip(goods.rules["product_a"].tolist(), goods.rules["product_b"].tolist(), strict=True)
    return ibis.memtable(bought), set(pairs)


def measure(seed: int, *, customers: int, is_planted: bool) -> Found:
    """Find the rules of one company as the nightly would, with its defaults, and compare them with the truth."""
    bought, planted = company(seed, customers=customers, is_planted=is_planted)
    backend = ibis.duckdb.connect()
    stored = backend.create_table("bought", bought)
    last = day_of((START - date(1970, 1, 1)).days + CHUNKS * CHUNK_DAYS - 1)
    rules = sequential_rules(stored, as_of=last)
    frame = rules.rules.filter(lambda rule: rule.is_used).execute()
    # A longer rule is never planted: the sequence stands for itself, and counts among the others.
    first = [elements[0][0] if sum(map(len, elements)) == 1 else str(elements) for elements in frame["antecedent"]]
    used = set(zip(first, frame["consequent"].tolist(), strict=True))
    truth = planted if is_planted else set()
    backend.disconnect()
    return Found(seed, is_planted, len(used & truth), len(truth), len(used - truth), rules.tried)


def every(seeds: range, customers: int) -> Iterator[Found]:
    """Each company with its rules planted, and the same with the plant switched off."""
    for seed in seeds:
        for is_planted in (True, False):
            yield measure(seed, customers=customers, is_planted=is_planted)


def main(seeds: int, customers: int) -> None:
    """Print a row for each company, then recall and false-discovery rate over all of them."""
    found = []
    for one in every(range(1, seeds + 1), customers):
        found.append(one)
        sys.stdout.write(f"{one}\n")
        sys.stdout.flush()
    planted = [one for one in found if one.is_planted]
    hits, truth, others = (sum(getattr(one, name) for one in planted) for name in ("hits", "planted", "others"))
    elsewhere = sum(one.others for one in found if not one.is_planted)
    sys.stdout.write(
        f"planted rules found {hits} of {truth} ({hits / truth:.3f}); other rules used {others} "
        f"({others / max(hits + others, 1):.3f} of all used); used where none was planted {elsewhere}\n"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--customers", type=int, default=10_000)
    chosen = parser.parse_args()
    main(chosen.seeds, chosen.customers)
