"""Sequences as values, and which longer ones are worth counting. Pure Python over the few that are frequent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import NamedTuple

Sequence = tuple[tuple[int, ...], ...]
"""Elements in order of time; the items of an element are sorted codes bought together."""


class Step(NamedTuple):
    """How a sequence came to be: `prefix` grown by one item."""

    prefix: Sequence
    item: int
    is_new_element: bool


@dataclass(frozen=True)
class Limits:
    """The largest sequence that is asked for; None is no limit."""

    elements: int | None = None
    element_items: int | None = None
    items: int | None = None

    def allows(self, sequence: Sequence) -> bool:
        """Whether the sequence is not too large in any way."""
        return (
            (self.elements is None or len(sequence) <= self.elements)
            and (self.items is None or item_count(sequence) <= self.items)
            and (self.element_items is None or max(map(len, sequence)) <= self.element_items)
        )


def exact(share: float) -> Fraction:
    """The share that is meant: 0.7 is 7/10 and 4 / 11 is 4/11, not the float nearest to them."""
    return Fraction(share).limit_denominator(1_000_000_000)


def least_count(share: float, total: int) -> int:
    """The smallest count that is `share` of `total`, at least 1."""
    return max(1, ceil(exact(share) * total))


def grow(sequence: Sequence, item: int, is_new_element: bool) -> Sequence:
    """The sequence with the item after it, or as the last item of its last element."""
    return (*sequence, (item,)) if is_new_element else (*sequence[:-1], (*sequence[-1], item))


def without_last(sequence: Sequence) -> Sequence:
    """The sequence less the last item of its last element."""
    *head, last = sequence
    return (*head, last[:-1]) if len(last) > 1 else tuple(head)


def without_first(sequence: Sequence) -> Sequence:
    """The sequence less the first item of its first element."""
    first, *tail = sequence
    return (first[1:], *tail) if len(first) > 1 else tuple(tail)


def item_count(sequence: Sequence) -> int:
    """Items over all elements."""
    return sum(map(len, sequence))


def last_step(sequence: Sequence) -> Step:
    """How the sequence grew from its prefix."""
    return Step(without_last(sequence), sequence[-1][-1], len(sequence[-1]) == 1)


def prefixes(sequences: Iterable[Sequence]) -> set[Sequence]:
    """The sequences and every beginning of theirs."""
    found: set[Sequence] = set()
    for sequence in sequences:
        beginning = sequence
        while beginning:
            found.add(beginning)
            beginning = without_last(beginning)
    return found


def longer(frequent: Iterable[Sequence]) -> list[Sequence]:
    """Sequences one item longer whose parts are all frequent, in a fixed order.

    A candidate needs its prefix (less the last item), its suffix (less the first) and every part with one item less of
    a set to be frequent; this holds under every gap and window, as none of these changes the distance between the
    elements that stay. Leaving out an inner element widens a gap: such parts prove nothing and are not asked for.

    Source: Srikant and Agrawal, "Mining sequential patterns: generalizations", EDBT 1996, section 3.1;
    Zaki, "Sequence mining in categorical domains: incorporating constraints", CIKM 2000, on maximum gaps.
    """
    known = set(frequent)
    by_prefix: dict[Sequence, list[Sequence]] = defaultdict(list)
    for sequence in sorted(known):
        by_prefix[without_last(sequence)].append(sequence)
    found = []
    for sequence in sorted(known):
        for suffix in by_prefix[without_first(sequence)]:
            step = last_step(suffix)
            grown = grow(sequence, step.item, step.is_new_element)
            if all(part in known for part in _with_smaller_sets(grown)):
                found.append(grown)
    return found


def _with_smaller_sets(sequence: Sequence) -> Iterator[Sequence]:
    """The sequence less one item each of an element of several."""
    for place, element in enumerate(sequence):
        before, after = sequence[:place], sequence[place + 1 :]
        if len(element) > 1:
            for left_out in range(len(element)):
                yield (*before, element[:left_out] + element[left_out + 1 :], *after)
