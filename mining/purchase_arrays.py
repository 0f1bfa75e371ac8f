"""Purchases as arrays of whole numbers in order of customer and day: what lies within a window is a slice of them.

An engine joins all that a customer bought with all that they bought and throws most of it away; here the rows within a
window after a purchase stand behind it, and two binary searches find them (`docs/decisions/060-windows-in-arrays.md`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from mining.coded_events import item_codes

Ints = npt.NDArray[np.integer]
Bools = npt.NDArray[np.bool_]
_ROWS_AT_ONCE = 4_000_000
# Beyond so many possible pairs a counter for each would take more memory than those that occur.
_MOST_COUNTERS = 20_000_000
_NEVER = -1
_PAIR_TYPES = {"antecedent": "int32", "item_code": "int32", "hits": "int64"}


@dataclass(frozen=True)
class PurchaseArrays:
    """What each customer bought on which day, each once, in order of customer, day and item.

    `customer_keys`: by customer's code; `items`: how many codes there are; `first_time`: the day that `times` count
    from. One place per purchase: `customers`, `codes` (of the item), `times`, and `previous_times`: when the customer
    last had the item, -1 for the first.
    """

    customer_keys: Ints
    items: int
    first_time: int
    customers: Ints
    codes: Ints
    times: Ints
    previous_times: Ints

    @classmethod
    def of(cls, events: ir.Table, items: list) -> "PurchaseArrays":
        """Read the events (customer_key, item, time) of these items; the code of an item is its place in `items`."""
        rows = item_codes(events, items).select("customer_key", "item_code", "time").to_pyarrow()
        keys, codes, times = (rows.column(place).to_numpy() for place in range(3))
        customers, customer_keys = pd.factorize(keys)
        first_time = int(times.min()) if len(times) else 0
        days = 1 + int(times.max()) - first_time if len(times) else 1
        # One number a purchase: sorting numbers is what a processor does best.
        numbers = (customers.astype(np.int64) * len(items) + codes) * days + (times - first_time)
        numbers.sort()
        owned, times = _split(numbers[_changes(numbers)], days)
        previous = np.full_like(times, _NEVER)
        again = np.flatnonzero(owned[1:] == owned[:-1]) + 1
        previous[again] = times[again - 1]
        customers, codes = _split(owned, max(1, len(items)))
        order = np.argsort((customers * days + times) * len(items) + codes)
        columns = (column.astype(np.int32)[order] for column in (customers, codes, times, previous))
        return cls(customer_keys, len(items), first_time, *columns)

    @property
    def is_first(self) -> Bools:
        """Whether each purchase is the customer's first of its item."""
        return self.previous_times == _NEVER

    @property
    def days(self) -> Ints:
        """The purchases' days since 1970-01-01."""
        return self.times.astype(np.int64) + self.first_time

    @property
    def previous_days(self) -> Ints:
        """The days of the purchases of the same item before; without meaning for the first."""
        return self.previous_times.astype(np.int64) + self.first_time

    def of_customers(self, max_items: int) -> "PurchaseArrays":
        """The purchases of customers with at most so many different items; the pairs of others would outgrow all."""
        held = np.bincount(self.customers[self.is_first], minlength=len(self.customer_keys))
        return self._kept(held[self.customers] <= max_items)

    def of_items(self, kept: Ints) -> "PurchaseArrays":
        """The purchases of some items, whose new codes are their places in `kept`, which are in order."""
        place = np.full(self.items, _NEVER, dtype=np.int32)
        place[kept] = np.arange(len(kept))
        found = self._kept(place[self.codes] != _NEVER)
        return replace(found, items=len(kept), codes=place[found.codes])

    def buyers(self, end: int) -> Ints:
        """How many customers had bought each item by a day, by the item's code."""
        return np.bincount(self.codes[self.is_first & (self.days <= end)], minlength=self.items)

    def customer_count(self, end: int) -> int:
        """How many customers had bought anything by a day."""
        return int(_changes(self.customers[self.days <= end]).sum())

    def visits(self, window_days: int) -> tuple[Ints, Ints, Ints]:
        """Each customer's purchase days: (customer_key, day, purchases within the window after)."""
        is_visit = _changes(self.customers) | _changes(self.times)
        after, until = self._window(np.flatnonzero(is_visit), window_days)
        return self.customer_keys[self.customers[is_visit]], self.days[is_visit], until - after

    def pair_counts(self, window_days: int, *, begin: int | None = None, end: int | None = None) -> pd.DataFrame:
        """Customers who bought one item within the window after their first purchase of another.

        Parameters
        ----------
        begin, end : first purchases after the one day and up to the other count; None for all

        Returns
        -------
        (antecedent: the code of the first item, item_code, hits), in order
        """
        is_start = self.is_first
        if begin is not None:
            is_start &= self.days > begin
        if end is not None:
            is_start &= self.days <= end
        pairs, hits = _counted(self._followed(np.flatnonzero(is_start), window_days), self.items**2)
        antecedent, code = _split(pairs, max(1, self.items))
        return pd.DataFrame({"antecedent": antecedent, "item_code": code, "hits": hits}).astype(_PAIR_TYPES)

    def _kept(self, is_kept: Bools) -> "PurchaseArrays":
        """Some of the purchases."""
        columns = ("customers", "codes", "times", "previous_times")
        return replace(self, **{name: getattr(self, name)[is_kept] for name in columns})

    def _step(self, window_days: int) -> int:
        """How far two customers' first days lie apart in `_numbers`."""
        return int(self.times.max(initial=0)) + window_days + 1

    def _numbers(self, window_days: int) -> Ints:
        """Each purchase's customer and day as one number; no window reaches from one customer to the next."""
        return self.customers.astype(np.int64) * self._step(window_days) + self.times

    def _window(self, starts: Ints, window_days: int) -> tuple[Ints, Ints]:
        """Each start's window: the place of the first purchase on a later day, and that after the last within it."""
        numbers = self._numbers(window_days)
        begun = numbers[starts]
        return np.searchsorted(numbers, begun, "right"), np.searchsorted(numbers, begun + window_days, "right")

    def _followed(self, starts: Ints, window_days: int) -> Iterator[Ints]:
        """The pairs (antecedent x items + item) of purchases and what was bought after each, in portions."""
        after, until = self._window(starts, window_days)
        counts = until - after
        done = np.cumsum(counts)
        cuts = np.searchsorted(done, np.arange(_ROWS_AT_ONCE, done[-1] if len(done) else 0, _ROWS_AT_ONCE))
        for part in np.split(np.arange(len(starts)), cuts):
            start = np.repeat(starts[part], counts[part])
            passed = np.cumsum(counts[part]) - counts[part]
            row = np.arange(len(start)) + np.repeat(after[part] - passed, counts[part])
            # The item's first purchase after the start: the one before it was at or before the start.
            is_first = self.previous_times[row] <= self.times[start]
            yield self.codes[start[is_first]].astype(np.int64) * self.items + self.codes[row[is_first]]


def _changes(ordered: Ints) -> Bools:
    """Where a new value begins in values that are in order."""
    return np.concatenate([np.ones(min(1, len(ordered)), bool), ordered[1:] != ordered[:-1]])


def _split(numbers: Ints, size: int) -> tuple[Ints, Ints]:
    """Quotient and remainder; none is below zero, which saves half of what `divmod` does."""
    quotient = numbers // size
    return quotient, numbers - quotient * size


def _counted(portions: Iterable[Ints], size: int) -> tuple[Ints, Ints]:
    """Which numbers below `size` occur, in order, and how often."""
    if size <= _MOST_COUNTERS:
        counts = np.zeros(size, dtype=np.int64)
        for numbers in portions:
            counts += np.bincount(numbers, minlength=size)
        values = np.flatnonzero(counts)
        return values, counts[values]
    nothing = pd.Series(dtype="int64", index=pd.Index([], dtype="int64"))
    found = [pd.Series(n, index=values) for values, n in (np.unique(it, return_counts=True) for it in portions)]
    total = pd.concat([nothing, *found]).groupby(level=0).sum()
    return total.index.to_numpy(), total.to_numpy()
