"""When each customer completed a sequence: the clock that longer rules and paths start from."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis import _

from mining.coded_events import Clock, item_codes, known
from mining.sequence_candidates import Sequence
from mining.sequence_growth import Histories

_NONE = np.empty(0, dtype=np.int64)


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
    return coded_ends(item_codes(known(events), items), keys, Clock(min_gap, max_gap, window))


def coded_ends(coded: ir.Table, keys: dict[Sequence, int], clock: Clock) -> ir.Table:
    """As `sequence_ends`, for events as from `item_codes` and sequences of codes with their keys; in memory."""
    used = sorted({code for sequence in keys for element in sequence for code in element})
    histories = Histories(coded.filter(_.item_code.isin(used)), clock)
    parts = [_first_and_last(histories, keys[sequence], end) for sequence, end in histories.ends(keys)]
    # With an empty one, so that there is something to join also where nobody went through any.
    customer, key, first, last = (np.concatenate(column) for column in zip((_NONE,) * 4, *parts, strict=True))
    columns = {
        "sequence_key": pa.array(key),
        "customer_key": pa.array(histories.customers.take(customer)),
        "first_time": pa.array(first),
        "last_time": pa.nulls(len(last), pa.int64()) if clock.is_free else pa.array(last),
    }
    schema = {"sequence_key": "int64", "customer_key": coded.schema()["customer_key"]}
    return ibis.memtable(pa.table(columns), schema=schema | dict.fromkeys(("first_time", "last_time"), "int64"))


def _first_and_last(histories: Histories, key: int, end: np.ndarray) -> tuple[np.ndarray, ...]:
    """Each customer's first and last of these events: (customer number, key, first time, last time)."""
    customer = histories.customer[end]
    first = np.flatnonzero(np.diff(customer, prepend=-1))
    last = np.flatnonzero(np.diff(customer, append=-1))
    return customer[first], np.full(len(first), key), histories.time[end[first]], histories.time[end[last]]
