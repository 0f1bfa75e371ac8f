"""Frequent itemsets: what lies in one basket together. Baskets in, itemsets out; the engine counts what is alone."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from mining.itemset_growth import Baskets, Itemset
from mining.sequence_candidates import least_count


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

    Source: Zaki, "Scalable algorithms for association mining", IEEE TKDE 12, 2000 (Eclat): the sets of one prefix
    together, as the baskets that they share. `mining.itemset_growth` has the counting.
    """
    if not 0 < min_support <= 1:
        raise ValueError(f"min_support must be a share above 0 and up to 1, got {min_support}")
    if min(max_items, max_basket_items) < 1:
        raise ValueError(f"limits must be 1 or more, got max_items={max_items}, max_basket_items={max_basket_items}")
    known, total = _within_limit(baskets.select("basket_key", "item").drop_null(), max_basket_items)
    least = least_count(min_support, total)
    items, names, coded = _coded(known, least)
    counts = {tuple(sorted(names[code] for code in itemset)): n for itemset, n in coded.grown(least, max_items)}
    return _as_table(counts, items, baskets.schema()["item"], total)


def _known(baskets: ir.Table) -> ir.Table:
    """The rows that name a basket and an item, each once."""
    return baskets.select("basket_key", "item").drop_null().distinct()


def _sizes(baskets: ir.Table) -> ir.Table:
    """Different items per basket; `baskets` holds each once."""
    return baskets.group_by("basket_key").agg(items=_.count())


def _within_limit(rows: ir.Table, max_basket_items: int) -> tuple[ir.Table, int]:
    """The rows of the baskets of at most so many different items, and how many baskets that are.

    The rule looks at a basket's size alone, so it favours no itemset; the baskets left out count nowhere.
    """
    lengths = rows.group_by("basket_key").agg(rows=_.count())
    # Only a basket of so many rows can hold as many different items: the others need not be told apart.
    long = lengths.filter(_.rows > max_basket_items)
    count = lengths.agg(baskets=_.count(), long=(_.rows > max_basket_items).cast("int64").sum().fill_null(0))
    baskets, long_baskets = count.execute().iloc[0].tolist()
    if not long_baskets:
        return rows, baskets
    large = _sizes(rows.semi_join(long, "basket_key").distinct()).filter(_.items > max_basket_items).cache()
    return rows.anti_join(large, "basket_key"), baskets - int(large.count().execute())


def _coded(rows: ir.Table, least: int) -> tuple[list, list[int], Baskets]:
    """The items with so many rows, in order; the place there of each code; and the baskets in codes."""
    frame = rows.group_by("item").agg(rows=_.count()).filter(_.rows >= least).order_by("item").execute()
    places = np.argsort(frame["rows"].to_numpy(), kind="stable")
    codes = ibis.memtable(
        pd.DataFrame({"item": frame["item"].iloc[places], "item_code": range(len(places))}),
        schema={"item": rows.schema()["item"], "item_code": "int32"},
    )
    lines = rows.inner_join(codes, "item").select("basket_key", "item_code").to_pyarrow()
    basket = pd.factorize(lines["basket_key"].to_pandas())[0]
    return frame["item"].tolist(), places.tolist(), Baskets(basket, lines["item_code"].to_numpy())


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
