"""Basket rules: who buys A buys B with it, in one order or over all of a customer's. Itemsets in, rules out."""

from fractions import Fraction
from itertools import combinations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from mining.itemsets import frequent_itemsets
from mining.sequence_candidates import exact

MEASURES = (
    "antecedent_support",
    "consequent_support",
    "support",
    "confidence",
    "lift",
    "leverage",
    "conviction",
    "zhangs_metric",
    "jaccard",
    "certainty",
    "kulczynski",
)


def basket_rules(
    baskets: ir.Table,
    *,
    min_support: float,
    min_confidence: float = 0.1,
    max_items: int = 4,
    max_basket_items: int = 200,
) -> ir.Table:
    """Find the rules A => B among frequent itemsets: of the baskets with A, at least `min_confidence` also hold B.

    Parameters
    ----------
    baskets : table of (basket_key, item); basket_key is an order for what is bought at once, a customer for what is
        bought by one person; item is a product or a category
    min_support, max_items, max_basket_items : as for `frequent_itemsets`
    min_confidence : share, compared as counts, so that a rule exactly on it stays

    Returns
    -------
    table of (rule_key: int64 from 1, highest lift first; antecedent, consequent: arrays of items; basket_count of
    both; antecedent_count; consequent_count; and the measures of `MEASURES`), in memory. Conviction is infinite where
    confidence is 1.

    Sources of the measures, for supports a of A, c of B, s of both, confidence f = s/a: lift f/c; leverage s - ac
    (Piatetsky-Shapiro 1991); conviction (1 - c)/(1 - f) (Brin et al. 1997); Zhang's metric (s - ac) /
    max(s(1 - a), a(c - s)) (Yan et al. 2009); Jaccard s/(a + c - s); certainty (f - c)/(1 - c); Kulczynski
    (s/a + s/c)/2. Defined as in mlxtend.
    """
    if not 0 <= min_confidence <= 1:
        raise ValueError(f"min_confidence must be a share, got {min_confidence}")
    itemsets = frequent_itemsets(
        baskets, min_support=min_support, max_items=max_items, max_basket_items=max_basket_items
    )
    frame = itemsets.execute()
    counts = {tuple(items): int(n) for items, n in zip(frame["items"], frame["basket_count"], strict=True)}
    share = exact(min_confidence)
    rows = [row for row in _splits(counts) if row[2] * share.denominator >= share.numerator * row[3]]
    total = round(float(frame["basket_count"].iloc[0] / frame["support"].iloc[0])) if len(frame) else 1
    return _as_table(rows, total, baskets.schema()["item"])


def _splits(counts: dict[tuple, int]) -> list[tuple[list, list, int, int, int]]:
    """Every way to part an itemset into A and B: (A, B, baskets of both, of A, of B)."""
    found = []
    for itemset, both in counts.items():
        for size in range(1, len(itemset)):
            for antecedent in combinations(itemset, size):
                consequent = tuple(item for item in itemset if item not in antecedent)
                found.append((list(antecedent), list(consequent), both, counts[antecedent], counts[consequent]))
    return found


def _as_table(rows: list[tuple[list, list, int, int, int]], total: int, item_type: str) -> ir.Table:
    """The rules with their measures, highest lift first."""
    names = ["antecedent", "consequent", "basket_count", "antecedent_count", "consequent_count"]
    # Lift is n x both / (of A x of B): compared exactly, so that equal lifts are ordered by name on every machine.
    ordered = sorted(rows, key=lambda row: (-Fraction(row[2], row[3] * row[4]), -row[2], row[0], row[1]))
    frame = pd.DataFrame(ordered, columns=names).astype({"antecedent": "object", "consequent": "object"})
    a, c, s = (frame[name].to_numpy(dtype=float) / total for name in (*names[3:], "basket_count"))
    frame = frame.assign(rule_key=range(1, len(frame) + 1), **_measures(a, c, s))
    schema = {"rule_key": "int64", "antecedent": f"array<{item_type}>", "consequent": f"array<{item_type}>"}
    schema |= dict.fromkeys(names[2:], "int64") | dict.fromkeys(MEASURES, "float64")
    return ibis.memtable(frame[list(schema)], schema=schema)


def _measures(a: np.ndarray, c: np.ndarray, s: np.ndarray) -> dict[str, np.ndarray]:
    """The measures for supports of A, of B and of both."""
    confidence, leverage = s / a, s - a * c
    zhang = np.maximum(s * (1 - a), a * (c - s))
    with np.errstate(divide="ignore", invalid="ignore"):
        conviction = np.where(confidence < 1, (1 - c) / (1 - confidence), np.inf)
        zhangs_metric = np.where(zhang == 0, 0, leverage / zhang)
        certainty = np.where(c == 1, 0, (confidence - c) / (1 - c))
    values = (a, c, s, confidence, confidence / c, leverage, conviction, zhangs_metric, s / (a + c - s), certainty)
    return dict(zip(MEASURES, (*values, (s / a + s / c) / 2), strict=True))
