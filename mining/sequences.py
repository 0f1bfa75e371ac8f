"""Frequent sequences: what customers buy first, next and after that. Events in, sequences out."""

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from mining.coded_events import Clock, item_codes, known
from mining.sequence_candidates import Limits, Sequence, item_count, least_count
from mining.sequence_growth import Histories


def frequent_sequences(
    events: ir.Table,
    *,
    min_support: float,
    min_gap: int = 1,
    max_gap: int | None = None,
    window: int | None = None,
    max_elements: int | None = None,
    max_element_items: int | None = None,
    max_items: int | None = None,
    customer_total: int | None = None,
) -> ir.Table:
    """Find every sequence that at least `min_support` of the customers went through.

    A sequence is an order of elements, an element a set of items at one time. A customer supports it once, however
    often they went through it: when some choice of their events holds every element, in order, each `min_gap` to
    `max_gap` after the one before, the last at most `window` after the first.

    Parameters
    ----------
    events : table of (customer_key, time: integer in any unit, item: integer or string); repeats count once,
        rows without a customer, time or item are left out
    min_support : share of the customers in `events`, 0 to 1; a sequence exactly on it is frequent
    min_gap, max_gap, window : in the unit of `time`; None is no limit
    max_elements, max_element_items, max_items : most elements, items in one element, items over all
    customer_total : customers that the support is a share of; None takes those in `events`

    Returns
    -------
    table of (sequence_key: int64 from 1, most customers first; elements: array of arrays of items; element_count;
    item_count; customer_count; support_share), in memory

    Raises
    ------
    ValueError
        If the support is not a share, or the gaps contradict each other.

    Source: Zaki, "SPADE: an efficient algorithm for mining frequent sequences", Machine Learning 42, 2001; and
    "Sequence mining in categorical domains: incorporating constraints" (cSPADE), CIKM 2000. `mining.sequence_growth`
    has the lists.
    """
    if not 0 < min_support <= 1:
        raise ValueError(f"min_support must be a share above 0 and up to 1, got {min_support}")
    clock = Clock(min_gap, max_gap, window)
    limits = Limits(max_elements, max_element_items, max_items)
    total = int(known(events).customer_key.nunique().execute()) if customer_total is None else customer_total
    least = least_count(min_support, total)
    items = _likely_items(known(events), least)
    counts = dict(Histories(item_codes(known(events), items), clock).frequent(least, limits))
    return _as_table({s: n for s, n in counts.items() if limits.allows(s)}, items, events.schema()["item"], total)


def _likely_items(events: ir.Table, least: int) -> list:
    """The items with so many events, in order; no other can be frequent."""
    counted = events.group_by("item").agg(events=_.count()).filter(_.events >= least)
    return counted.order_by("item").execute()["item"].tolist()


def _as_table(counts: dict[Sequence, int], items: list, item_type: str, total: int) -> ir.Table:
    """The counted sequences with their items' names, the most frequent and shortest first."""
    ordered = sorted(counts, key=lambda sequence: (-counts[sequence], item_count(sequence), sequence))
    frame = pd.DataFrame(
        {
            "sequence_key": range(1, len(ordered) + 1),
            # Of objects also when empty: the engine cannot make a nested array of numbers.
            "elements": pd.Series([[[items[c] for c in element] for element in s] for s in ordered], dtype="object"),
            "element_count": [len(sequence) for sequence in ordered],
            "item_count": [item_count(sequence) for sequence in ordered],
            "customer_count": [counts[sequence] for sequence in ordered],
            "support_share": [counts[sequence] / total for sequence in ordered],
        }
    )
    schema = {
        "sequence_key": "int64",
        "elements": f"array<array<{item_type}>>",
        "element_count": "int64",
        "item_count": "int64",
        "customer_count": "int64",
        "support_share": "float64",
    }
    return ibis.memtable(frame, schema=schema)
