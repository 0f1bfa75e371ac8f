"""When each customer completed a sequence: the clock that longer rules and paths start from."""

from collections.abc import Iterable
from itertools import groupby

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from mining.id_lists import Clock, Joins, code_items, known, soonest
from mining.sequence_candidates import Sequence, item_count, prefixes


def sequence_ends(
    events: ir.Table,
    sequences: ir.Table,
    *,
    min_gap: int = 1,
    max_gap: int | None = None,
    window: int | None = None,
) -> ir.Table:
    """When each customer first completed each of the given sequences.

    Parameters
    ----------
    events : as for `frequent_sequences`
    sequences : table of (sequence_key, elements), as `frequent_sequences` returns them
    min_gap, max_gap, window : as for `frequent_sequences`

    Returns
    -------
    table of (sequence_key, customer_key, first_time: when the last element was there for the first time), one row
    per sequence and customer that supports it
    """
    frame = sequences.select("sequence_key", "elements").execute()
    items = sorted({item for elements in frame["elements"] for element in elements for item in element})
    code = {item: place for place, item in enumerate(items)}
    keys = {
        tuple(tuple(sorted(code[item] for item in element)) for element in elements): int(key)
        for key, elements in zip(frame["sequence_key"], frame["elements"], strict=True)
    }
    level: list[Sequence] = [((place,),) for place in range(len(items))]
    joins = Joins(code_items(known(events), items), Clock(min_gap, max_gap, window))
    lists = joins.first_lists()
    ends = [_named_ends(lists, level, keys)]
    for grown in _levels(keys):
        lists, level = joins.lists(lists, level, grown), grown
        ends.append(_named_ends(lists, level, keys))
    return ibis.union(*ends)


def _levels(sequences: Iterable[Sequence]) -> list[list[Sequence]]:
    """The sequences and their beginnings of two items and more, those of one length together."""
    ordered = sorted(prefixes(sequences), key=lambda sequence: (item_count(sequence), sequence))
    return [list(level) for count, level in groupby(ordered, key=item_count) if count > 1]


def _named_ends(lists: ir.Table, level: list[Sequence], keys: dict[Sequence, int]) -> ir.Table:
    """The soonest ends of the sequences of one level that were asked for."""
    rows = [(place, keys[sequence]) for place, sequence in enumerate(level) if sequence in keys]
    schema = {"pattern": "int32", "sequence_key": "int64"}
    named = ibis.memtable(pd.DataFrame(rows, columns=list(schema)), schema=schema)
    return soonest(lists).inner_join(named, "pattern").select("sequence_key", "customer_key", first_time=_.end_time)
