"""Frequent itemsets: what lies in one basket together. Baskets in, itemsets out; the engine joins level by level."""

from collections.abc import Iterable
from itertools import combinations

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from mining.sequence_candidates import least_count

Itemset = tuple[int, ...]


def within_limit(baskets: ir.Table, max_basket_items: int) -> ir.Table:
    """The baskets of at most so many different items; a basket of n items holds n(n - 1)/2 pairs.

    The rule looks at a basket's size alone, so it favours no itemset; the baskets left out count nowhere.
    """
    large = _sizes(baskets).filter(_.items > max_basket_items)
    return baskets.anti_join(large, "basket_key")


def basket_coverage(baskets: ir.Table, *, max_basket_items: int = 200) -> ir.Table:
    """Tell how much the limit on a basket's size leaves out.

    Returns
    -------
    one row of (basket_count, left_out_basket_count, item_count, left_out_item_count), items being those of baskets
    """
    sizes = _sizes(_known(baskets)).mutate(is_large=_.items > max_basket_items)
    return sizes.agg(
        basket_count=_.count(),
        left_out_basket_count=_.is_large.cast("int64").sum().fill_null(0),
        item_count=_.items.sum().fill_null(0),
        left_out_item_count=_.is_large.ifelse(_.items, 0).sum().fill_null(0),
    )


def frequent_itemsets(
    baskets: ir.Table, *, min_support: float, max_items: int = 4, max_basket_items: int = 200
) -> ir.Table:
    """Find every set of items that at least `min_support` of the baskets hold.

    Parameters
    ----------
    baskets : table of (basket_key, item); a basket is an order, or all that a customer bought. Repeats count once,
        rows without a basket or an item are left out
    min_support : share of the baskets, above 0 and up to 1; an itemset exactly on it is frequent
    max_items : the largest itemset
    max_basket_items : baskets with more different items are left out (see `basket_coverage`)

    Returns
    -------
    table of (itemset_key: int64 from 1, most baskets first; items: array in order; item_count; basket_count; support),
    in memory

    Raises
    ------
    ValueError
        If the support is not a share, or a limit is below 1.

    Source: Agrawal and Srikant, "Fast algorithms for mining association rules", VLDB 1994, for the candidates; Zaki,
    "Scalable algorithms for association mining", IEEE TKDE 12, 2000 (Eclat), for the vertical lists.
    """
    if not 0 < min_support <= 1:
        raise ValueError(f"min_support must be a share above 0 and up to 1, got {min_support}")
    if min(max_items, max_basket_items) < 1:
        raise ValueError(f"limits must be 1 or more, got max_items={max_items}, max_basket_items={max_basket_items}")
    known = within_limit(_known(baskets), max_basket_items)
    total = int(known.basket_key.nunique().execute())
    least = least_count(min_support, total)
    names = known.group_by("item").agg(baskets=_.basket_key.nunique()).filter(_.baskets >= least)
    frame = names.order_by("item").execute()
    items = frame["item"].tolist()
    counts: dict[Itemset, int] = {(code,): int(n) for code, n in enumerate(frame["baskets"])}
    if max_items > 1 and len(items) > 1:
        counts |= _grow(_coded(known, items), least, max_items)
    return _as_table(counts, items, baskets.schema()["item"], total)


def _known(baskets: ir.Table) -> ir.Table:
    """The rows that name a basket and an item, each once."""
    return baskets.select("basket_key", "item").drop_null().distinct()


def _sizes(baskets: ir.Table) -> ir.Table:
    """Different items per basket; `baskets` holds each once."""
    return baskets.group_by("basket_key").agg(items=_.count())


def _coded(baskets: ir.Table, items: list) -> ir.Table:
    """The baskets' frequent items by code, stored: (basket_key, item_code)."""
    codes = ibis.memtable(
        pd.DataFrame({"item": items, "item_code": range(len(items))}),
        schema={"item": baskets.schema()["item"], "item_code": "int32"},
    )
    return baskets.inner_join(codes, "item").select("basket_key", "item_code").cache()


def _grow(coded: ir.Table, least: int, max_items: int) -> dict[Itemset, int]:
    """Count pairs, triples and so on until none is frequent. A pattern is the place of an itemset in its level."""
    lists = coded.rename(pattern="item_code")
    pairs = lists.inner_join(coded, "basket_key").filter(_.item_code > _.pattern)
    counted = pairs.group_by("pattern", "item_code").agg(baskets=_.count()).filter(_.baskets >= least).execute()
    frequent: dict[Itemset, int] = {(int(a), int(b)): int(n) for a, b, n in counted.itertuples(index=False)}
    found = dict(frequent)
    level: list[Itemset] = [(code,) for code in range(1 + max((b for _a, b in frequent), default=-1))]
    while wanted := _candidates(frequent, max_items):
        grown = sorted({itemset[:-1] for itemset in wanted})
        lists = _longer(lists, coded, _targets(grown, level)).cache()
        counted = _longer(lists, coded, _targets(wanted, grown)).group_by("pattern").agg(baskets=_.count())
        rows = counted.filter(_.baskets >= least).execute().itertuples(index=False)
        frequent = {wanted[pattern]: int(n) for pattern, n in rows}
        found |= frequent
        level = grown
    return found


def _candidates(frequent: Iterable[Itemset], max_items: int) -> list[Itemset]:
    """Itemsets one item larger whose every part is frequent."""
    known = set(frequent)
    by_prefix: dict[Itemset, list[int]] = {}
    for itemset in sorted(known):
        by_prefix.setdefault(itemset[:-1], []).append(itemset[-1])
    wanted = [(*prefix, a, b) for prefix, lasts in by_prefix.items() for a, b in combinations(lasts, 2)]
    return [w for w in wanted if len(w) <= max_items and all(part in known for part in combinations(w, len(w) - 1))]


def _targets(grown: list[Itemset], level: list[Itemset]) -> ir.Table:
    """Which item makes which of the grown itemsets: (pattern in `level`, item_code, new_pattern)."""
    place = {itemset: key for key, itemset in enumerate(level)}
    rows = [(place[itemset[:-1]], itemset[-1], key) for key, itemset in enumerate(grown)]
    schema = dict.fromkeys(("pattern", "item_code", "new_pattern"), "int32")
    return ibis.memtable(pd.DataFrame(rows, columns=list(schema)), schema=schema)


def _longer(lists: ir.Table, coded: ir.Table, targets: ir.Table) -> ir.Table:
    """The baskets of the grown itemsets: (pattern, basket_key)."""
    aimed = lists.inner_join(targets, "pattern").drop("pattern").rename(pattern="new_pattern")
    return aimed.inner_join(coded, ["basket_key", "item_code"]).select("pattern", "basket_key")


def _as_table(counts: dict[Itemset, int], items: list, item_type: str, total: int) -> ir.Table:
    """The counted itemsets with their items' names, the most frequent and smallest first."""
    ordered = sorted(counts, key=lambda itemset: (-counts[itemset], len(itemset), itemset))
    frame = pd.DataFrame(
        {
            "itemset_key": range(1, len(ordered) + 1),
            # Of objects also when empty: the engine cannot make an array of numbers.
            "items": pd.Series([[items[code] for code in itemset] for itemset in ordered], dtype="object"),
            "item_count": [len(itemset) for itemset in ordered],
            "basket_count": [counts[itemset] for itemset in ordered],
            "support": [counts[itemset] / total for itemset in ordered],
        }
    )
    schema = {
        "itemset_key": "int64",
        "items": f"array<{item_type}>",
        "item_count": "int64",
        "basket_count": "int64",
        "support": "float64",
    }
    return ibis.memtable(frame, schema=schema)
