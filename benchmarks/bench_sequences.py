"""Frequent sequences of 100,000 customers beside prefixspan and seq2pat: the same sequences first, then alternating."""

from collections.abc import Callable
from importlib.util import find_spec

import ibis
import numpy as np
import pandas as pd
from prefixspan import PrefixSpan

from benchmarks.alternate import alternate
from mining.sequences import frequent_sequences

ROUNDS = 3


def bought(customers: int, items: int, length: int = 10) -> np.ndarray:
    """Each customer's items in order, from 1: a few are bought by many, most by few."""
    weight = 1 / np.arange(1, items + 1) ** 0.8
    return 1 + np.random.default_rng(1).choice(items, size=(customers, length), p=weight / weight.sum())


def our_counts(table: ibis.expr.types.Table, min_support: float) -> dict[tuple, int]:
    found = frequent_sequences(table, min_support=min_support, max_element_items=1).execute()
    names = (tuple(int(element[0]) for element in elements) for elements in found["elements"])
    return dict(zip(names, found["customer_count"], strict=True))


def prefixspan_counts(rows: list[list[int]], least: int) -> dict[tuple, int]:
    return {tuple(pattern): count for count, pattern in PrefixSpan(rows).frequent(least)}


def seq2pat_counts(rows: list[list[int]], least: int) -> dict[tuple, int]:
    # Not among our tools, as it must be compiled: imported only where somebody has it.
    from sequential.seq2pat import Seq2Pat  # noqa: PLC0415

    return {tuple(pattern[:-1]): pattern[-1] for pattern in Seq2Pat(sequences=rows).get_patterns(min_frequency=least)}


def run(customers: int = 100_000, items: tuple[int, ...] = (200, 1_000)) -> list[dict]:
    """Sequences at 1 % support; seq2pat, where somebody has it, must find the same but for single items."""
    results = []
    for item_count in items:
        chosen = bought(customers, item_count)
        rows, least = chosen.tolist(), customers // 100
        backend = ibis.duckdb.connect()
        frame = pd.DataFrame(
            {
                "customer_key": np.repeat(np.arange(customers), chosen.shape[1]),
                "time": np.tile(np.arange(chosen.shape[1]), customers),
                "item": chosen.ravel(),
            }
        )
        table = backend.create_table("bought", frame)
        theirs = prefixspan_counts(rows, least)
        if our_counts(table, 0.01) != theirs:
            raise AssertionError("our sequences and prefixspan's differ")
        peers: dict[str, Callable] = {"prefixspan": prefixspan_counts}
        if find_spec("sequential"):
            peers["seq2pat"] = seq2pat_counts
            if seq2pat_counts(rows, least) != {key: n for key, n in theirs.items() if len(key) > 1}:
                raise AssertionError("seq2pat's sequences differ")
        work = f"Sequences, {customers:,} customers of {chosen.shape[1]} among {item_count} items, 1 % support"
        results += [
            alternate(
                f"{work}, {len(theirs)} found, against {name}",
                lambda table=table: our_counts(table, 0.01),
                lambda rows=rows, least=least, peer=peer: peer(rows, least),
                rounds=ROUNDS,
                at_least=5,
            )
            for name, peer in peers.items()
        ]
        backend.disconnect()
    return results


if __name__ == "__main__":
    for result in run():
        print(result)
