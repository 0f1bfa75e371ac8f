"""Growing itemsets over arrays of codes: the baskets of one item as bits, and the counts of sets by ANDs of bits.

No engine here: lines in, counts out. Codes ascend with how often an item is bought. Each item is grown with the items
after it alone, in the baskets that hold it: a rare item has few baskets and a common one few items after it, so that a
table of its baskets by those items never has more cells than there are lines.
"""

from collections.abc import Iterator
from itertools import count

import numpy as np

Itemset = tuple[int, ...]
_MOST_CELLS = 4_000_000


class Baskets:
    """The lines of all baskets, each basket's together and in order of item code.

    Parameters
    ----------
    basket : number of the basket of each line, from 0, in any order
    item : code of the item of each line, from 0, the more baskets hold it the larger; repeats are dropped
    """

    def __init__(self, basket: np.ndarray, item: np.ndarray) -> None:
        bits = int(item.max(initial=0)).bit_length()
        key = np.sort((basket.astype(np.int64) << bits) | item)
        key = key[np.diff(key, prepend=-1) != 0]
        # Whole words, as numpy would make them of narrower codes whenever they are counted or looked up.
        self._item = key & ((1 << bits) - 1)
        key >>= bits
        last = np.flatnonzero(np.diff(key, append=-1))
        self._end = np.repeat(last + 1, np.diff(last, prepend=-1))
        # Codes of up to 16 bits are sorted by their digits, in one pass over the lines.
        self._by_item = np.argsort(self._item.astype(np.uint16 if bits <= 16 else np.int64), kind="stable")
        self._counts = np.bincount(self._item)
        self._first = np.concatenate(([0], np.cumsum(self._counts)))

    def grown(self, least: int, max_items: int) -> Iterator[tuple[Itemset, int]]:
        """Every itemset of up to `max_items` in at least so many baskets, and in how many."""
        yield from (((code,), n) for code, n in enumerate(self._counts.tolist()) if n >= least)
        codes = len(self._counts)
        step = max(1, _MOST_CELLS // max(codes, 1))
        for begin in range(0, codes if max_items > 1 else 0, step):
            pairs = self._pairs(begin, min(begin + step, codes))
            first, second = np.nonzero(pairs >= least)
            counts = pairs[first, second].tolist()
            yield from (((a, b), n) for a, b, n in zip((begin + first).tolist(), second.tolist(), counts, strict=True))
            begins = np.flatnonzero(np.diff(first, prepend=-1))
            for code, partners in zip((begin + first[begins]).tolist(), np.split(second, begins[1:]), strict=False):
                if max_items > 2 and len(partners) > 1:
                    yield from _larger((code,), partners.tolist(), self._bits(code, partners), least, max_items)

    def _pairs(self, begin: int, end: int) -> np.ndarray:
        """How many baskets hold each item from `begin` to before `end` with each later one: a row for each."""
        codes = len(self._counts)
        counts = np.zeros((end - begin) * codes, dtype=np.int64)
        line = np.flatnonzero((self._item >= begin) & (self._item < end))
        later, keys = self._end[line] - line - 1, [np.empty(0, dtype=np.int64)]
        for ahead in count(1):
            has_more = later >= ahead
            line, later = line[has_more], later[has_more]
            if not len(line) or sum(map(len, keys)) > _MOST_CELLS:
                counts += np.bincount(np.concatenate(keys), minlength=len(counts))
                keys = []
            if not len(line):
                break
            keys.append((self._item.take(line) - begin) * codes + self._item.take(line + ahead))
        return counts.reshape(-1, codes)

    def _bits(self, code: int, partners: np.ndarray) -> np.ndarray:
        """One row of 64-bit words for each partner: a bit per basket with the item, set where it holds the partner."""
        lines = self._by_item[self._first[code] : self._first[code + 1]]
        length = self._end[lines] - lines - 1
        # The n-th later line overall is the n-th after all that the baskets before it have.
        later = np.repeat(lines + 1 - (np.cumsum(length) - length), length)
        later += np.arange(len(later))
        row = np.full(len(self._counts), -1)
        row[partners] = np.arange(len(partners))
        row = row.take(self._item.take(later))
        held = np.flatnonzero(row >= 0)
        cells = np.zeros((len(partners), -(-len(lines) // 64) * 64), dtype=bool)
        cells[row[held], np.repeat(np.arange(len(lines)), length)[held]] = True
        return np.packbits(cells, axis=1).view(np.uint64)


def _larger(
    prefix: Itemset, items: list[int], bits: np.ndarray, least: int, max_items: int
) -> Iterator[tuple[Itemset, int]]:
    """The frequent itemsets of `prefix` and two or more of `items`, whose baskets with the prefix are given as bits."""
    for at, item in enumerate(items[:-1]):
        both = bits[at + 1 :] & bits[at]
        counts = np.bitwise_count(both).sum(axis=1, dtype=np.int64)
        frequent = np.flatnonzero(counts >= least)
        last, grown = [items[at + 1 + it] for it in frequent], (*prefix, item)
        yield from (((*grown, other), n) for other, n in zip(last, counts[frequent].tolist(), strict=True))
        if len(grown) + 2 <= max_items and len(last) > 1:
            yield from _larger(grown, last, both[frequent], least, max_items)
