"""Pairs to people: average linkage on match weights.

Connected components would let one wrong pair join two families of records. Here two groups become one only while the
mean weight of all pairs between them is high enough (Sokal and Michener's UPGMA, 1958).
"""

from collections.abc import Iterator

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

NEVER = -1e13
ALWAYS = 1e9
UNSEEN = -10.0
LARGEST = 2000
Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Left member, right member (both from 0 on), weight."""


def groups_of(count: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Label of the connected component of each member."""
    links = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1])


def members_by_group(group: np.ndarray, least: int) -> Iterator[np.ndarray]:
    """The members of each group of `least` members or more."""
    order = np.argsort(group, kind="stable")
    ends = np.flatnonzero(np.diff(group[order], append=-1)) + 1
    for begin, end in zip(np.append(0, ends[:-1]), ends, strict=True):
        if end - begin >= least:
            yield order[begin:end]


def unscored(count: int, pairs: Pairs, cut: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs within a component over `cut` that have no weight yet: what average linkage still needs to know."""
    left, right, weight = pairs
    strong = weight >= cut
    group = groups_of(count, left[strong], right[strong])
    have = set(zip(np.minimum(left, right).tolist(), np.maximum(left, right).tolist(), strict=True))
    missing = [
        (a, b)
        for members in members_by_group(group, 3)
        if len(members) <= LARGEST
        for i, a in enumerate(sorted(members.tolist()))
        for b in sorted(members.tolist())[i + 1 :]
        if (a, b) not in have
    ]
    found = np.array(missing, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def average_linkage(count: int, pairs: Pairs, cut: float) -> np.ndarray:
    """Label each member with the smallest member of its group.

    Parameters
    ----------
    count : members are 0 to count - 1
    pairs : each pair once; `ALWAYS` joins, `NEVER` keeps apart whatever else speaks for it; unseen pairs weigh `UNSEEN`
    cut : two groups are joined while the mean weight of the pairs between them is at least this
    """
    left, right, weight = pairs
    strong = weight >= cut
    group = groups_of(count, left[strong], right[strong])
    label = np.arange(count)
    inside = group[left] == group[right]
    order = np.argsort(group[left[inside]], kind="stable")
    left, right, weight = (values[inside][order] for values in pairs)
    starts = np.searchsorted(group[left], np.arange(group.max(initial=-1) + 2))
    for members in members_by_group(group, 2):
        here = slice(starts[group[members[0]]], starts[group[members[0]] + 1])
        label[members] = part(members, (left[here], right[here], weight[here]), cut)
    return label


def part(members: np.ndarray, pairs: Pairs, cut: float) -> np.ndarray:
    """The same within one component; `members` ascend. Components too large to look at as a whole are cut higher."""
    if len(members) > LARGEST:
        strong = pairs[2] >= cut + 2
        if strong.all():  # nobody has so many records: nothing in it can be believed
            return members
        inner = tuple(np.searchsorted(members, side) for side in pairs[:2])
        label = average_linkage(len(members), (inner[0][strong], inner[1][strong], pairs[2][strong]), cut + 2)
        return members[label]
    if len(members) == 2:
        return np.repeat(members[0], 2)
    weights = np.full((len(members), len(members)), UNSEEN)
    a, b = np.searchsorted(members, pairs[0]), np.searchsorted(members, pairs[1])
    weights[a, b] = weights[b, a] = pairs[2]
    above = np.triu_indices(len(members), 1)
    top = weights[above].max()
    # Distances must not be negative: the strongest pair is at 0.
    tree = linkage(top - weights[above], "average")
    flat = fcluster(tree, top - cut + 1e-9, "distance")
    first = {number: members[flat == number].min() for number in np.unique(flat)}
    return np.array([first[number] for number in flat])
