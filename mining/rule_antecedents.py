"""What sequential rules start from beyond single items: sets bought on one day, and one purchase after another."""

from collections.abc import Sequence as Row
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from mining import rule_counts as counts
from mining.coded_events import Clock
from mining.rule_tests import Purchases
from mining.sequence_candidates import Sequence, item_count, longer
from mining.sequence_ends import coded_ends


@dataclass(frozen=True)
class Antecedents:
    """Sequences of item codes, each with its place as its code, and when each customer first completed them.

    The single items come first, so that the code of an item is also its code as an antecedent.
    `starts`: (antecedent, customer_key, time).
    """

    sequences: list[Sequence]
    starts: ir.Table

    @classmethod
    def single(cls, purchases: Purchases) -> "Antecedents":
        """Every item by itself, from the day on which a customer first bought it."""
        return cls([((code,),) for code in range(len(purchases.items))], counts.first_starts(purchases.days))

    def extended(self, found: list[Sequence], starts: ir.Table) -> "Antecedents":
        """These and longer ones, whose starts carry the place in `found` as their antecedent."""
        moved = starts.mutate(antecedent=(_.antecedent + len(self.sequences)).cast("int32"))
        columns = ["customer_key", "time", "antecedent"]
        return Antecedents(
            [*self.sequences, *found], ibis.union(self.starts.select(columns), moved.select(columns)).cache()
        )

    def parts(self) -> pd.DataFrame:
        """Which items each antecedent holds: (antecedent, item_code)."""
        rows = [(place, code) for place, sequence in enumerate(self.sequences) for code in sorted(items_of(sequence))]
        return pd.DataFrame(rows, columns=["antecedent", "item_code"]).astype("int32")

    def names(self, place: int, items: Row) -> list[list]:
        """The items of an antecedent by name, element by element."""
        return [[items[code] for code in element] for element in self.sequences[place]]


def items_of(sequence: Sequence) -> set[int]:
    """The codes of all items in a sequence."""
    return {code for element in sequence for code in element}


def long_antecedents(
    single: Antecedents,
    purchases: Purchases,
    pairs: pd.DataFrame,
    end: int,
    *,
    max_items: int,
    max_count: int,
    min_customers: int,
) -> Antecedents:
    """Add the most frequent sequences of several items; nothing here depends on what followed them.

    Parameters
    ----------
    single : the items by themselves
    pairs : (antecedent, item_code, hits): how many customers bought one item within the window after the other
    end : the last day on which an antecedent may be completed
    max_items : most items of an antecedent; each purchase comes at most a window after the one before
    max_count : antecedents kept
    min_customers : customers that each needs
    """
    if max_items < 2:
        return single
    after = pairs[(pairs["hits"] >= min_customers) & (pairs["antecedent"] != pairs["item_code"])]
    sizes: dict[Sequence, int] = {
        ((a,), (b,)): int(n) for a, b, n in after[["antecedent", "item_code", "hits"]].itertuples(index=False)
    }
    sizes |= _together(purchases.days, end, min_customers)
    kept = most_frequent(sizes, max_count)
    if not kept:
        return single
    starts = _starts(purchases, kept)
    while max(map(item_count, kept)) < max_items:
        grown = [it for it in longer(kept) if len(items_of(it)) == item_count(it) and it not in sizes]
        if not grown:
            break
        more = _starts(purchases, grown)
        supported = more.filter(_.time <= end).group_by("antecedent").agg(n=_.count()).filter(_.n >= min_customers)
        sizes |= {grown[place]: int(n) for place, n in supported.execute()[["antecedent", "n"]].itertuples(index=False)}
        before, kept = kept, most_frequent(sizes, max_count)
        starts = _starts(purchases, kept)
        if kept == before:
            break
    return single.extended(kept, starts)


def most_frequent(sizes: dict[Sequence, int], max_count: int) -> list[Sequence]:
    """The sequences of most customers, in order of their codes."""
    chosen = sorted(sizes, key=lambda sequence: (-sizes[sequence], sequence))[:max_count]
    return sorted(chosen, key=lambda sequence: (item_count(sequence), sequence))


def clock(window_days: int) -> Clock:
    """How far apart the purchases of an antecedent may lie: each on a later day, within a window of the one before."""
    return Clock(max_gap=window_days)


def _together(days: ir.Table, end: int, min_customers: int) -> dict[Sequence, int]:
    """Two items that many customers bought on one day, and how many customers."""
    bought = days.filter(_.time <= end).select("customer_key", "time", "item_code")
    both = bought.inner_join(bought.rename(other="item_code"), ["customer_key", "time"])
    pairs = both.filter(_.item_code < _.other).group_by("item_code", "other").agg(n=_.customer_key.nunique())
    rows = pairs.filter(_.n >= min_customers).execute()
    return {((a, b),): int(n) for a, b, n in rows[["item_code", "other", "n"]].itertuples(index=False)}


def _starts(purchases: Purchases, sequences: list[Sequence]) -> ir.Table:
    """When each customer first completed each sequence: (antecedent: its place, customer_key, time)."""
    keys = {sequence: place for place, sequence in enumerate(sequences)}
    ends = coded_ends(purchases.days, keys, clock(purchases.window_days))
    return ends.select("customer_key", time=_.first_time, antecedent=_.sequence_key.cast("int32"))
