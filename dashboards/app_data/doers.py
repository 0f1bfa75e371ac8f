"""Who did something: found in a generation's tables of acts by customer, as a flag for each customer.

DuckDB picks the rows that are asked for; how often, how much and what came before or after is found in the arrays,
where a customer is a small number and no row has to be hashed. The answer is that of `workspace.segments.query`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from dashboards.app_data.reader import Where, cached, connection, record
from workspace.segments.acts import Source
from workspace.segments.by_customer import SCHEMA, UNITS, narrow
from workspace.segments.checking import source_of
from workspace.segments.language import Act, Relation, Span, Trait
from workspace.segments.query import Moment, acts_condition

SHIFT = 39  # bits of a second within a moment; the years 1 to 9999 need 39
Array = npt.NDArray[Any]
Arrays = dict[str, Array]
Flags = npt.NDArray[np.bool_]


@cached
def are_kept(file: str) -> bool:
    """Whether a generation has acts by customer; those of earlier releases do not."""
    query = "select count(*) as tables from duckdb_tables() where schema_name = $schema"
    return bool(record(file, query, {"schema": SCHEMA})["tables"])


def can_say(file: str, item: Act) -> bool:
    """Whether an act is asked here: it happened at some time, and the generation has such acts by customer."""
    return bool(source_of(item.act, item.where).at) and are_kept(file)


def doers(where: Where, item: Act, customers: int) -> Flags:
    """Who did it (or, for `did: false`, who did not).

    Parameters
    ----------
    customers : how many rows the customers' table has room for
    """
    source = narrow(source_of(item.act, item.where))
    is_counted = (item.times_at_least or 1) > 1 or item.times_at_most is not None
    is_summed = item.amount_at_least is not None or item.amount_at_most is not None
    asked = {"place": "f.place"}
    if is_counted and source.unit:
        asked |= {"unit": source.unit, "row": "f.rowid"}
    if is_summed:
        asked |= {"amount": f"coalesce({source.amount}, 0)", "is_known": f"{source.amount} is not null"}
    if item.relation:
        other = narrow(source_of(item.relation.act, item.relation.where))
        parts = has_parts(where.file, source.table) or has_parts(where.file, other.table)
        mine = acts(where, source, item.where, item.when, asked | timed(source, item.relation, parts=parts))
        theirs = acts(where, other, item.relation.where, item.relation.when, timed(other, item.relation, parts=parts))
        near = related(in_moments(mine), in_moments(theirs), item.relation)
        mine = {name: column[near] for name, column in mine.items()}
    else:
        mine = acts(where, source, item.where, item.when, asked)
    place = mine["place"]
    did = np.zeros(customers, dtype=bool)
    did[place] = True
    if is_counted:
        did &= within(times(place, mine, customers), item.times_at_least, item.times_at_most)
    if is_summed:
        did &= in_sum(mine, customers, item)
    return did if item.did else ~did


@cached
def has_parts(file: str, table: str) -> bool:
    """Whether acts of a table happened at parts of a second. The table is one of the catalogue."""
    return bool(record(file, f"select max(micro) as micro from {table}")["micro"])  # noqa: S608


def timed(source: Source, relation: Relation, *, parts: bool) -> dict[str, str]:
    """The columns that say which of two acts came first; the day only where a limit in days is asked for."""
    columns = {"place": "f.place", "second": "f.second"} | ({"micro": "f.micro"} if parts else {})
    return columns | ({"day": source.on} if relation.within_days else {})


def in_moments(found: Arrays) -> Arrays:
    """Acts with the customer and the second as one number that rises with both."""
    moment = found["place"].astype(np.int64)
    moment <<= SHIFT
    moment += found["second"]
    moment += 2**36
    return {"moment": moment} | {name: found[name] for name in ("micro", "day") if name in found}


def acts(where: Where, source: Source, traits: tuple[Trait, ...], when: Span | None, asked: dict[str, str]) -> Arrays:
    """The acts asked for, in any order: one array for each name in `asked`, whose values are expressions on `f`."""
    text, parameters = acts_condition(source, traits, when, Moment(where.as_of, where.time_zone))
    columns = ", ".join(f"{expression} as {name}" for name, expression in asked.items())
    with connection(where.file).cursor() as cursor:
        # Names are of the catalogue of acts; values are parameters.
        query = f"select {columns} from {source.table} as f where {text}"  # noqa: S608
        found = cursor.execute(query, parameters).fetch_arrow_table()
    if "day" in asked:
        found = found.set_column(found.column_names.index("day"), "day", found.column("day").cast("int32"))
    return {name: found.column(name).to_numpy() for name in asked}


def times(place: Array, mine: Arrays, customers: int) -> npt.NDArray[np.int64]:
    """How often each customer did it. The rows of one order are neighbours in the table: together they are once."""
    if "unit" in mine:
        order = ordered(mine["row"])
        place, unit = place[order], mine["unit"][order]
        place = place[np.append(True, (place[1:] != place[:-1]) | (unit[1:] != unit[:-1]))[: len(place)]]
    return np.bincount(place, minlength=customers)


def in_sum(mine: Arrays, customers: int, item: Act) -> Flags:
    """Whose acts sum to enough; amounts are whole ten-thousandths, so the sums are exact. Unknown ones do not count."""
    sums = np.zeros(customers, dtype=np.int64)
    np.add.at(sums, mine["place"], mine["amount"])
    is_any = np.zeros(customers, dtype=bool)
    is_any[mine["place"][mine["is_known"]]] = True
    low, high = (None if end is None else int(end * UNITS) for end in (item.amount_at_least, item.amount_at_most))
    return is_any & within(sums, low, high)


def within(numbers: npt.NDArray[np.int64], low: int | None, high: int | None) -> Flags:
    """Which numbers lie between two ends, both included; `None` is open."""
    fits = np.ones(len(numbers), dtype=bool)
    if low is not None:
        fits &= numbers >= low
    if high is not None:
        fits &= numbers <= high
    return fits


def related(mine: Arrays, theirs: Arrays, relation: Relation) -> Flags:
    """Which of my acts came after (before) one of theirs, within so many days: the nearest one decides."""
    # Before is after, seen from the other end of time.
    sign = 1 if relation.order == "after" else -1
    mine, theirs = ({name: sign * column for name, column in side.items()} for side in (mine, theirs))
    moment, is_whole = mine["moment"], "micro" not in mine
    order = ordered(theirs["moment"]) if is_whole else np.lexsort((theirs["micro"], theirs["moment"]))
    theirs = {name: column[order] for name, column in theirs.items()}
    # How many of theirs came before: those of earlier seconds, and of the same second those of an earlier part of it.
    before = np.searchsorted(theirs["moment"], moment, "left")
    if not is_whole:
        same = np.searchsorted(theirs["moment"], moment, "right")
        while (earlier := part_is_earlier(theirs["micro"], mine["micro"], before, same)).any():
            before += earlier
    nearest = np.maximum(before - 1, 0)
    if not len(theirs["moment"]):
        return np.zeros(len(moment), dtype=bool)
    near = (before > 0) & (theirs["moment"][nearest] >> SHIFT == moment >> SHIFT)
    if relation.within_days is not None:
        near &= mine["day"] - theirs["day"][nearest] <= relation.within_days
    return near


def part_is_earlier(parts: Array, micro: Array, place: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> Flags:
    """Where the act at `place`, of the same second, came at an earlier part of it; never at `end` or beyond."""
    earlier = place < end
    earlier[earlier] = parts[place[earlier]] < micro[earlier]
    return earlier


def ordered(column: Array) -> npt.NDArray[np.int64] | slice:
    """The order that sorts a column; mostly it is in order already."""
    return slice(None) if np.all(column[1:] >= column[:-1]) else np.argsort(column, kind="stable")
