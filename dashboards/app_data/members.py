"""Who belongs to a segment: a bit for each customer, found once for each condition and joined by all, any and none.

While somebody edits, one condition changes and the others are known; the views of a segment ask of the same members.
What a condition finds is kept by generation: at a million customers 125 kB each.
"""

from collections import OrderedDict
from functools import reduce
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from dashboards.app_data import doers
from dashboards.app_data.reader import Where, cached, connection, record
from workspace.segments.fields import TABLE, Fields
from workspace.segments.language import Act, Attribute, Group
from workspace.segments.query import Moment, Parameters, condition

Bits = npt.NDArray[np.uint8]
Key = tuple[str, str, tuple[tuple[str, Any], ...]]
MOST_KEPT = 400


class Shelf:
    """What conditions found, the longest unused thrown out first. Sessions share it."""

    def __init__(self) -> None:
        self.kept: OrderedDict[Key, Bits] = OrderedDict()
        self.lock = Lock()

    def get(self, key: Key) -> Bits | None:
        """What is kept, if it is."""
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
            return self.kept.get(key)

    def put(self, key: Key, bits: Bits) -> None:
        """Keep it."""
        with self.lock:
            self.kept[key] = bits
            while len(self.kept) > MOST_KEPT:
                self.kept.popitem(last=False)


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """The server's."""
    return Shelf()


@cached
def places(file: str) -> int:
    """How many rows the customers' table has room for: bit n is the row whose rowid is n."""
    return int(record(file, f"select coalesce(max(rowid) + 1, 0) as places from {TABLE}")["places"])  # noqa: S608


def has_acts(item: Group | Attribute | Act) -> bool:
    """Whether it asks what somebody did; what somebody is, is quicker asked than kept."""
    return any(map(has_acts, item.of)) if isinstance(item, Group) else isinstance(item, Act)


def members(where: Where, fields: Fields, definition: Group) -> Bits:
    """The bits of everybody who belongs, as `np.packbits` writes them."""
    if not has_acts(definition):
        return found(where, fields, definition)
    parts = [
        members(where, fields, part) if isinstance(part, Group) else found(where, fields, Group(of=(part,)))
        for part in definition.of
    ]
    if definition.match == "all":
        return reduce(np.bitwise_and, parts)
    joined = reduce(np.bitwise_or, parts)
    # Bits beyond the last customer mean nobody, whatever they say.
    return joined if definition.match == "any" else np.bitwise_not(joined)


def leaf(where: Where, fields: Fields, definition: Group) -> Key:
    """A part that is asked as one query: its file, condition and parameters."""
    text, parameters = condition(definition, fields, Moment(where.as_of, where.time_zone))
    return where.file, text, packed(parameters)


def packed(parameters: Parameters) -> tuple[tuple[str, Any], ...]:
    """Parameters as a key of what is kept."""
    return tuple(sorted(parameters.items()))


def found(where: Where, fields: Fields, definition: Group) -> Bits:
    """The bits of who satisfies a condition; found once."""
    key = leaf(where, fields, definition)
    kept = shelf().get(key)
    if kept is not None:
        return kept
    bits = belonging(where, definition, key)
    shelf().put(key, bits)
    return bits


def belonging(where: Where, definition: Group, key: Key) -> Bits:
    """The bits of who satisfies a condition, by row of the customers' table."""
    file, text, parameters = key
    part = definition.of[0] if len(definition.of) == 1 else None
    if isinstance(part, Act) and definition.match == "all" and doers.can_say(file, part):
        return doers.doers(where, part, places(file))
    with connection(file).cursor() as cursor:
        query = f"select c.rowid as place from {TABLE} as c where {text}"  # noqa: S608
        rows = cursor.execute(query, dict(parameters)).fetchnumpy()["place"]
    belongs = np.zeros(places(file), dtype=bool)
    belongs[rows] = True
    return np.packbits(belongs)


def is_known(where: Where, fields: Fields, definition: Group) -> bool:
    """Whether everything that it asks of what somebody did has been found already."""
    parts = [
        is_known(where, fields, part)
        if isinstance(part, Group)
        else not has_acts(part) or shelf().get(leaf(where, fields, Group(of=(part,)))) is not None
        for part in definition.of
    ]
    return all(parts)
