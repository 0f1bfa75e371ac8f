"""Growing sequences over arrays: every customer's events in order, and where each sequence ends in them.

No engine here: events in, sequences and their ends out. A sequence's list holds the events at which it ends and, for
each, the event at which it starts the latest: it fits any window that an earlier start would fit. The later the end,
the later that start, so that of the ends before an event only the last one not too near matters: where that is too far
or starts too early, so is and does every other. An event is therefore reached from one end at most, and a list has
never more rows than there are events.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from mining.coded_events import Clock
from mining.sequence_candidates import Limits, Sequence, grow, last_step, prefixes


class Ends(NamedTuple):
    """Where a sequence ends, by place of the event: ascending, with the latest start that leads there."""

    end: np.ndarray
    start: np.ndarray


class Spans(NamedTuple):
    """The events that may follow each end: from `begin` to before `end`; no two overlap."""

    begin: np.ndarray
    end: np.ndarray
    start: np.ndarray


class Histories:
    """The events of all customers by customer, time and item, and how far each reaches under a clock.

    Parameters
    ----------
    coded : table of (customer_key, time: integer, item_code: integer from 0); repeats count once
    """

    def __init__(self, coded: ir.Table, clock: Clock) -> None:
        rows = coded.select("customer_key", "time", "item_code").to_pyarrow()
        customer, self.customers = pd.factorize(rows["customer_key"].to_pandas())
        time, item = (rows[name].to_numpy().astype(np.int64) for name in ("time", "item_code"))
        key = _joined(_joined(customer, time - time.min(initial=0)), item)
        order = np.argsort(key)
        order = order[np.diff(key[order], prepend=-1) != 0]
        self.clock = clock
        self.customer, self.time, self.item = customer[order], time[order], item[order]
        self._last = _ends_of_runs(self.customer)
        self._moment = np.minimum(_ends_of_runs(self.time), self._last)
        self._after = self._moment if clock.min_gap == 1 else self._first_from(clock.min_gap)
        self._until = None if clock.max_gap is None else self._first_from(clock.max_gap + 1)
        self._within = None if clock.window is None else self._first_from(clock.window + 1)
        # Codes of up to 16 bits are sorted by their digits, in one pass over the events.
        narrow = np.uint16 if self.item.max(initial=0) < 2**16 else np.int64
        self._by_item = np.argsort(self.item.astype(narrow), kind="stable")
        self._first = np.concatenate(([0], np.cumsum(np.bincount(self.item, minlength=1))))

    @property
    def has_sets(self) -> bool:
        """Whether any customer had two items at one time."""
        return bool((self._moment - np.arange(len(self._moment)) > 1).any())

    def frequent(self, least: int, limits: Limits) -> Iterator[tuple[Sequence, int]]:
        """Every sequence that at least so many customers went through, and how many did."""
        has_sets = limits.allows(((0, 0),)) and self.has_sets
        # Without sets and bounds from above, a customer's soonest end is all that is ever asked for.
        soonest = self._soonest() if self.clock.is_free and not has_sets else None
        singles = np.arange(len(self.item)) if soonest is None else np.flatnonzero(soonest < 0)
        waiting: list[tuple[Sequence, int, Ends]] = [
            (((code,),), n, ends) for code, n, ends in self._by_code(Ends(singles, singles), least)
        ]
        while waiting:
            sequence, n, ends = waiting.pop()
            yield sequence, n
            if limits.allows(grow(sequence, 0, is_new_element=True)):
                found = self._by_code(_events(self.later(ends), soonest), least)
                waiting += [(grow(sequence, code, is_new_element=True), n, ends) for code, n, ends in found]
            if has_sets and limits.allows(grow(sequence, 0, is_new_element=False)):
                found = self._by_code(_events(self._beside(ends)), least)
                waiting += [(grow(sequence, code, is_new_element=False), n, ends) for code, n, ends in found]

    def ends(self, sequences: Iterable[Sequence]) -> Iterator[tuple[Sequence, np.ndarray]]:
        """The events at which each of these sequences ends, ascending, those with the same beginning together."""
        wanted = set(sequences)
        found: list[tuple[Sequence, Ends]] = []
        for sequence in sorted(prefixes(wanted), key=_in_steps):
            step = last_step(sequence)
            events = self._events_of(step.item)
            if not step.prefix:
                ends = Ends(events, events)
            else:
                while found[-1][0] != step.prefix:
                    found.pop()
                spans = self.later(found[-1][1]) if step.is_new_element else self._beside(found[-1][1])
                ends = _among(spans, events)
            found.append((sequence, ends))
            if sequence in wanted:
                yield sequence, ends.end

    def _soonest(self) -> np.ndarray:
        """The place of the event at which the customer last had the same item before; -1 for the first."""
        before = np.full(len(self.item), -1)
        here, there = self._by_item[1:], self._by_item[:-1]
        is_same = (self.item[here] == self.item[there]) & (self.customer[here] == self.customer[there])
        before[here[is_same]] = there[is_same]
        return before

    def _first_from(self, gap: int) -> np.ndarray:
        """For each event the customer's first that is at least so much later; the end of their events where none is."""
        # Halved again and again between the event and the customer's last, all at once.
        low, high = np.arange(len(self.time)), self._last.copy()
        sought = self.time + min(gap, int(np.ptp(self.time)) + 1 if len(self.time) else 0)
        while (is_open := low < high).any():
            middle = (low + high) // 2
            is_early = is_open & (self.time.take(middle, mode="clip") < sought)
            low = np.where(is_early, middle + 1, low)
            high = np.where(is_open & ~is_early, middle, high)
        return low

    def later(self, ends: Ends) -> Spans:
        """The events that may come after each end, as the last element of a longer sequence."""
        end, start = ends
        if self.clock.is_free:
            is_first = np.diff(self.customer[end], prepend=-1) != 0
            end, start = end[is_first], start[is_first]
        begin = self._after[end]
        # Whatever the next end reaches is reached from there.
        until = np.minimum(self._last[end], np.append(begin[1:], len(self.item)))
        if self._until is not None:
            until = np.minimum(until, self._until[end])
        if self._within is not None:
            until = np.minimum(until, self._within[start])
        return Spans(begin, until, start)

    def _beside(self, ends: Ends) -> Spans:
        """The events at the same time as each end, of items that come after its own."""
        return Spans(ends.end + 1, self._moment[ends.end], ends.start)

    def _events_of(self, code: int) -> np.ndarray:
        """All events of one item."""
        return self._by_item[self._first[code] : self._first[code + 1]] if code + 1 < len(self._first) else _NONE

    def _by_code(self, ends: Ends, least: int) -> list[tuple[int, int, Ends]]:
        """The items that at least so many customers have among these events: (code, customers, ends)."""
        code = self.item.take(ends.end)
        enough = np.bincount(code, minlength=1) >= least
        if not enough.any():
            return []
        kept = np.flatnonzero(enough.take(code))
        kept = kept[np.argsort(code[kept].astype(np.uint16 if len(enough) < 2**16 else np.int64), kind="stable")]
        code, end, start = code[kept], ends.end[kept], ends.start[kept]
        is_new_code = np.diff(code, prepend=-1) != 0
        is_new = is_new_code | (np.diff(self.customer.take(end), prepend=-1) != 0)
        begins = np.flatnonzero(is_new_code)
        customers = np.add.reduceat(is_new, begins, dtype=np.int64).tolist()
        bounds = [*begins.tolist(), len(code)]
        return [
            (int(code[low]), n, Ends(end[low:high], start[low:high]))
            for low, high, n in zip(bounds[:-1], bounds[1:], customers, strict=True)
            if n >= least
        ]


_NONE = np.empty(0, dtype=np.int64)


def _in_steps(sequence: Sequence) -> list[tuple[int, bool]]:
    """A sequence as its steps, so that one that begins with another comes after it."""
    return [(code, at == 0) for element in sequence for at, code in enumerate(element)]


def _events(spans: Spans, before: np.ndarray | None = None) -> Ends:
    """All events of the spans; with `before`, only the first of each item in each."""
    length = np.maximum(spans.end - spans.begin, 0)
    # The n-th event overall is the n-th after all that the spans before it have.
    event = np.repeat(spans.begin - (np.cumsum(length) - length), length)
    event += np.arange(len(event))
    if before is None:
        return Ends(event, np.repeat(spans.start, length))
    event = event[before.take(event) < np.repeat(spans.begin, length)]
    return Ends(event, event)


def _among(spans: Spans, events: np.ndarray) -> Ends:
    """Those of the events that lie in a span."""
    span = np.searchsorted(spans.begin, events, side="right") - 1
    is_inside = (span >= 0) & (events < spans.end.take(span, mode="clip")) if len(spans.begin) else span > 0
    return Ends(events[is_inside], spans.start.take(span[is_inside]))


def _ends_of_runs(values: np.ndarray) -> np.ndarray:
    """For each value the place after the last of its run."""
    last = np.flatnonzero(np.concatenate((values[1:] != values[:-1], [True]))) if len(values) else _NONE
    return np.repeat(last + 1, np.diff(last, prepend=-1))


def _joined(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Two columns of numbers from 0 as one that is ordered like both."""
    bits = int(second.max(initial=0)).bit_length()
    if int(first.max(initial=0)).bit_length() + bits >= 64:
        first = np.unique(first, return_inverse=True)[1]
    return (first.astype(np.int64) << bits) | second
