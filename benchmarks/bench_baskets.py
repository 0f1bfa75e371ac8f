"""Frequent itemsets of 200,000 baskets beside mlxtend's fpgrowth: the same itemsets first, then alternating."""

import ibis
import numpy as np
import pandas as pd
from mlxtend.frequent_patterns import fpgrowth
from scipy.sparse import csr_matrix

from benchmarks.alternate import alternate
from mining.itemsets import frequent_itemsets

ROUNDS = 3
MIN_SUPPORT = 0.002


def basket_lines(baskets: int, items: int) -> pd.DataFrame:
    """Lines of (basket_key, item): about 5 items a basket, a few items in many, and three that go together."""
    rng = np.random.default_rng(2)
    size = 1 + rng.poisson(4, baskets)
    weight = 1 / np.arange(1, items + 1) ** 0.8
    frame = pd.DataFrame(
        {
            "basket_key": np.repeat(np.arange(baskets), size),
            "item": rng.choice(items, size.sum(), p=weight / weight.sum()),
        }
    )
    together = np.repeat(rng.choice(baskets, baskets // 50, replace=False), 3)
    bundle = pd.DataFrame({"basket_key": together, "item": np.tile([30, 31, 32], baskets // 50)})
    return pd.concat([frame, bundle]).drop_duplicates(ignore_index=True)


def onehot(lines: pd.DataFrame) -> pd.DataFrame:
    """The baskets as mlxtend wants them: a sparse table of booleans."""
    ones = np.ones(len(lines), dtype=bool)
    return pd.DataFrame.sparse.from_spmatrix(csr_matrix((ones, (lines["basket_key"], lines["item"]))))


def our_counts(table: ibis.expr.types.Table) -> dict[frozenset, int]:
    found = frequent_itemsets(table, min_support=MIN_SUPPORT).execute()
    return dict(zip(map(frozenset, found["items"]), found["basket_count"], strict=True))


def their_counts(baskets: pd.DataFrame) -> dict[frozenset, int]:
    found = fpgrowth(baskets, min_support=MIN_SUPPORT, use_colnames=True, max_len=4)
    return {frozenset(row.itemsets): round(row.support * len(baskets)) for row in found.itertuples()}


def run(baskets: int = 200_000, items: int = 1_000) -> list[dict]:
    """Itemsets of up to 4 items; mlxtend's table is in memory already."""
    lines = basket_lines(baskets, items)
    backend = ibis.duckdb.connect()
    table, peer = backend.create_table("lines", lines), onehot(lines)
    ours, theirs = our_counts(table), their_counts(peer)
    if ours != theirs:
        raise AssertionError("our itemsets and mlxtend's differ")
    size = f"{baskets:,} baskets of {items} items, {MIN_SUPPORT:.1%} support, {len(ours)} found"
    work = f"Itemsets, {size}, against fpgrowth"
    result = alternate(work, lambda: our_counts(table), lambda: their_counts(peer), rounds=ROUNDS, at_least=20)
    backend.disconnect()
    return [result]


if __name__ == "__main__":
    for result in run():
        print(result)
