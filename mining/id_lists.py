"""Vertical id-lists: where each sequence ends for each customer, and the joins that make sequences longer.

A pattern is the place of a sequence in its level; its list holds (pattern, customer_key, start_time, end_time), one
row per customer and end, with the latest start that leads there: it fits any window that an earlier start would fit.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from mining.sequence_candidates import Sequence, grow, last_step

_MANY_PER_PATTERN = 5
_MOST_ITEMS = 2**31


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


def code_items(events: ir.Table, items: list) -> ir.Table:
    """The events of these items, each once, stored; an item's code is its place in `items`.

    Returns (customer_key, time, item_code, previous_time: when the customer last had the item, null for the first).
    """
    codes = ibis.memtable(
        pd.DataFrame({"item": items, "item_code": range(len(items))}),
        schema={"item": events.schema()["item"], "item_code": "int32"},
    )
    coded = events.inner_join(codes, "item").select("customer_key", "item_code", time=_.time.cast("int64")).distinct()
    own = ibis.window(group_by=["customer_key", "item_code"], order_by="time")
    return coded.mutate(previous_time=_.time.lag().over(own)).cache()


def step_table(grown: Iterable[Sequence], before: Iterable[Sequence]) -> ir.Table:
    """Which step makes which of the grown sequences: (pattern in `before`, item_code, is_new_element, new_pattern)."""
    place = {sequence: key for key, sequence in enumerate(before)}
    steps = [last_step(sequence) for sequence in grown]
    rows = [(place[s.prefix], s.item, s.is_new_element, key) for key, s in enumerate(steps)]
    schema = {"pattern": "int32", "item_code": "int32", "is_new_element": "boolean", "new_pattern": "int32"}
    return ibis.memtable(pd.DataFrame(rows, columns=list(schema)), schema=schema)


def soonest(lists: ir.Table) -> ir.Table:
    """One row per pattern and customer: the soonest end."""
    return lists.group_by("pattern", "customer_key").agg(start_time=_.start_time.min(), end_time=_.end_time.min())


def beside_events(lists: ir.Table, events: ir.Table, targets: ir.Table | None, *, is_many: bool) -> ir.Table:
    """Each pattern's ends beside the customer's events: (pattern, item_code, is_new_element, customer_key, ..., time).

    Parameters
    ----------
    targets : the steps to take, as from `step_table`, and `pattern` is then the new one; None takes every step
    is_many : whether each pattern has so many targets that looking them up after the join costs less than before
    """
    if targets is None:
        return lists.inner_join(events, "customer_key")
    if is_many:
        joined = lists.inner_join(events, "customer_key").mutate(step=_step_number(_.pattern, _.item_code))
        numbered = targets.select("is_new_element", "new_pattern", step=_step_number(_.pattern, _.item_code))
        joined = joined.inner_join(numbered, "step")
    else:
        joined = lists.inner_join(targets, "pattern").inner_join(events, ["customer_key", "item_code"])
    return joined.drop("pattern").rename(pattern="new_pattern")


def _step_number(pattern: ir.IntegerColumn, item_code: ir.IntegerColumn) -> ir.IntegerColumn:
    """A step as one number: joined on it, the engine cannot look the targets up before it has both parts."""
    return pattern.cast("int64") * _MOST_ITEMS + item_code.cast("int64")


def soonest_steps(joined: ir.Table, clock: Clock) -> ir.Table:
    """Patterns grown by a later item, one row per customer: the soonest end of each, from `beside_events`.

    An event is the soonest of its item when the customer's event of that item before it was too early.
    """
    gap = joined.time - joined.end_time
    is_first = joined.previous_time.isnull() | (joined.previous_time - joined.end_time < clock.min_gap)
    ends = joined.filter(gap >= clock.min_gap, is_first)
    return ends.select("pattern", "item_code", "customer_key", "start_time", end_time=_.time)


def later_steps(joined: ir.Table, clock: Clock) -> ir.Table:
    """Patterns grown by a later item: every end, with the latest start, from `beside_events`."""
    gap = joined.time - joined.end_time
    near = [gap >= clock.min_gap]
    if clock.max_gap is not None:
        near.append(gap <= clock.max_gap)
    if clock.window is not None:
        near.append(joined.time - joined.start_time <= clock.window)
    by_end = joined.filter(near).group_by("pattern", "item_code", "customer_key", end_time=_.time)
    return by_end.agg(start_time=_.start_time.max()).select(
        "pattern", "item_code", "customer_key", "start_time", "end_time"
    )


def joint_steps(joined: ir.Table) -> ir.Table:
    """Patterns grown by an item at their very end, from `beside_events`."""
    return joined.filter(_.time == _.end_time).select("pattern", "item_code", "customer_key", "start_time", "end_time")


class Joins:
    """The joins over one table of coded events under one clock.

    Where no element holds two items and the clock is free, a customer's soonest end is all that is ever asked for,
    and every list holds one row per pattern and customer. Otherwise every end is kept.
    """

    def __init__(self, events: ir.Table, clock: Clock, *, has_steps: bool = True, has_sets: bool = True) -> None:
        """Take events as from `code_items`; `has_steps`, `has_sets`: whether items may come later, and together."""
        self.events, self.clock, self.has_steps = events, clock, has_steps
        self.has_sets = has_sets and _has_sets(events)
        self.is_soonest = clock.is_free and not self.has_sets

    def first_lists(self) -> ir.Table:
        """The lists of the single items; a pattern is an item's code."""
        events = self.events.filter(_.previous_time.isnull()) if self.is_soonest else self.events
        return events.select("customer_key", pattern=_.item_code, start_time=_.time, end_time=_.time)

    def lists(self, lists: ir.Table, level: list[Sequence], grown: list[Sequence]) -> ir.Table:
        """The lists of the grown sequences, each one item longer than one of `level`; stored."""
        return ibis.union(*self._steps(lists, level, grown).values()).drop("item_code").cache()

    def count(
        self, lists: ir.Table, level: list[Sequence], wanted: list[Sequence] | None, least: int
    ) -> dict[Sequence, int]:
        """The frequent ones of the wanted sequences, and how many customers went through each.

        The wanted are one item longer than one of `level`; None wants every pair of items in `level`.
        """
        # Many are counted faster with all others than by aiming at each; what is frequent is the same. Sets are aimed
        # at, as only that keeps their items in order of code.
        if wanted is not None and self.is_soonest and len(wanted) > _MANY_PER_PATTERN * len(level):
            wanted = None
        found = {}
        for is_new, steps in self._steps(lists, level, wanted).items():
            names = ["pattern", "item_code"] if wanted is None else ["pattern"]
            customers = _.count() if self.is_soonest else _.customer_key.nunique()
            counted = steps.group_by(names).agg(customers=customers).filter(_.customers >= least).execute()
            for *name, n in counted[[*names, "customers"]].itertuples(index=False):
                sequence = grow(level[name[0]], int(name[1]), is_new) if wanted is None else wanted[name[0]]
                found[sequence] = int(n)
        return found

    def _steps(self, lists: ir.Table, level: list[Sequence], grown: list[Sequence] | None) -> dict[bool, ir.Table]:
        """The patterns one item longer, by whether the item is a new element; one kind may be left out."""
        is_many = grown is not None and len(grown) > _MANY_PER_PATTERN * len(level)
        targets = None if grown is None else step_table(grown, level)

        def beside(starts: ir.Table, is_new: bool) -> ir.Table:
            aimed = None if targets is None else targets.filter(_.is_new_element == is_new)
            return beside_events(starts, self.events, aimed, is_many=is_many)

        steps = {}
        if self.is_soonest:
            steps[True] = soonest_steps(beside(lists, True), self.clock)
        elif self.has_steps:
            # Under a free clock, whatever follows any end also follows the soonest.
            steps[True] = later_steps(beside(soonest(lists) if self.clock.is_free else lists, True), self.clock)
        if self.has_sets:
            joint = joint_steps(beside(lists, False))
            # A set is kept in order of code; where targets are given they are in order.
            steps[False] = joint.filter(_.item_code > _.pattern) if targets is None else joint
        return steps


def _has_sets(events: ir.Table) -> bool:
    """Whether any customer had two items at one time."""
    sizes = events.group_by("customer_key", "time").agg(items=_.count())
    return bool(sizes.filter(_.items > 1).limit(1).count().execute())
