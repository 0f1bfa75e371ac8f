"""Events with their items as codes, and the clock that sequences of them are held to."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _


@dataclass(frozen=True)
class Clock:
    """How far apart the elements of a sequence may lie, in the unit of the events' time.

    `min_gap` to `max_gap` from one element to the next, and at most `window` from the first to the last.
    """

    min_gap: int = 1
    max_gap: int | None = None
    window: int | None = None

    def __post_init__(self) -> None:
        """Refuse clocks that nothing could satisfy."""
        if self.min_gap < 1:
            raise ValueError(f"min_gap must be at least 1 (elements follow each other), got {self.min_gap}")
        if self.max_gap is not None and self.max_gap < self.min_gap:
            raise ValueError(f"max_gap must not be below min_gap, got {self.max_gap} < {self.min_gap}")
        if self.window is not None and self.window < 1:
            raise ValueError(f"window must be at least 1, got {self.window}")

    @property
    def is_free(self) -> bool:
        """Whether nothing bounds a sequence from above, so that ending sooner is never worse."""
        return self.max_gap is None and self.window is None


def known(events: ir.Table) -> ir.Table:
    """The events that name a customer, a time and an item."""
    return events.select("customer_key", "time", "item").drop_null()


def item_codes(events: ir.Table, items: list) -> ir.Table:
    """The events of these items: (customer_key, time, item_code); an item's code is its place in `items`."""
    codes = ibis.memtable(
        pd.DataFrame({"item": items, "item_code": range(len(items))}),
        schema={"item": events.schema()["item"], "item_code": "int32"},
    )
    return events.inner_join(codes, "item").select("customer_key", "item_code", time=_.time.cast("int64"))


def code_items(events: ir.Table, items: list) -> ir.Table:
    """The events of these items, each once, stored: as from `item_codes`, with their previous_time.

    Returns (customer_key, time, item_code, previous_time: when the customer last had the item, null for the first).
    """
    own = ibis.window(group_by=["customer_key", "item_code"], order_by="time")
    return item_codes(events, items).distinct().mutate(previous_time=_.time.lag().over(own)).cache()
