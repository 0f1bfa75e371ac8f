"""When each customer completed a sequence: the clock that longer rules and paths start from."""

from collections.abc import Iterable
from itertools import groupby

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from mining.id_lists import Clock, Joins, code_items, known
from mining.sequence_candidates import Sequence, item_count, prefixes


def sequence_ends(
    events: ir.Table,
    sequences: ir.Table,
    *,
    min_gap: int = 1,
    max_gap: int | None = None,
    window: int | None = None,
) -> ir.Table:
    """When each customer first completed each of the given sequences, and last.

    Parameters
    ----------
    events : as for `frequent_sequences`
    sequences : table of (sequence_key, elements), as `frequent_sequences` returns them
    min_gap, max_gap, window : as for `frequent_sequences`

    Returns
    -------
    table of (sequence_key, customer_key, first_time: when the last element was there for the first time, last_time:
    for the last time; null without `max_gap` or `window`, where only the first is followed), one row per sequence and
    customer that supports it
    """
    frame = sequences.select("sequence_key", "elements").execute()
    items = sorted({item for elements in frame["elements"] for element in elements for item in element})
    code = {item: place for place, item in enumerate(items)}
    keys = {
        tuple(tuple(sorted(code[item] for item in element)) for element in elements): int(key)
        for key, elements in zip(frame["sequence_key"], frame["elements"], strict=True)
    }
    return coded_ends(code_items(known(events), items), keys, Clock(min_gap, max_gap, window))


def coded_ends(coded: ir.Table, keys: dict[Sequence, int], clock: Clock) -> ir.Table:
    """As `sequence_ends`, for events as from `code_items` and sequences of codes with their keys."""
    used = sorted({code for sequence in keys for element in sequence for code in element})
    # A pattern is an item's code at first, so that the level has a place for every code up to the largest.
    level: list[Sequence] = [((code,),) for code in range(1 + max(used, default=-1))]
    joins = Joins(coded.filter(_.item_code.isin(used)), clock)
    lists = joins.first_lists()
    ends = [_named_ends(lists, level, keys, clock)]
    for grown in _levels(keys):
        lists, level = joins.lists(lists, level, grown), grown
        ends.append(_named_ends(lists, level, keys, clock))
    return ibis.union(*ends)


def _levels(sequences: Iterable[Sequence]) -> list[list[Sequence]]:
    """The sequences and their beginnings of two items and more, those of one length together."""
    ordered = sorted(prefixes(sequences), key=lambda sequence: (item_count(sequence), sequence))
    return [list(level) for count, level in groupby(ordered, key=item_count) if count > 1]


def _named_ends(lists: ir.Table, level: list[Sequence], keys: dict[Sequence, int], clock: Clock) -> ir.Table:
    """The first and last ends of the sequences of one level that were asked for."""
    rows = [(place, keys[sequence]) for place, sequence in enumerate(level) if sequence in keys]
    schema = {"pattern": "int32", "sequence_key": "int64"}
    named = ibis.memtable(pd.DataFrame(rows, columns=list(schema)), schema=schema)
    last = ibis.null("int64") if clock.is_free else _.end_time.max()
    ends = lists.inner_join(named, "pattern").group_by("sequence_key", "customer_key")
    return ends.agg(first_time=_.end_time.min(), last_time=last)
