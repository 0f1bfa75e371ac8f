"""Who did something: found in a generation's tables of acts by customer, as a bit for each customer.

DuckDB finds the bits itself, where a customer is a small number: taking rows out of it costs more than finding them.
Only what needs to know the rows next to a row, acts within days of another and the rows of one order, is found in
arrays. The answer is that of `workspace.segments.query`.
"""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from dashboards.app_data.reader import Where, cached, connection, record, records
from workspace.segments.acts import Source
from workspace.segments.by_customer import SCHEMA, UNITS, kept_columns, narrow
from workspace.segments.checking import source_of
from workspace.segments.language import Act, Relation
from workspace.segments.query import Moment, Parameters, acts_condition

SHIFT = 39  # bits of a second within a moment; the years 1 to 9999 need 39
INSTANT = "(f.second * 1000000 + f.micro)"
Array = npt.NDArray[Any]
Arrays = dict[str, Array]
Flags = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint8]
Rows = tuple[str, Parameters]
Side = Literal["left", "right"]


@cached
def are_kept(file: str) -> bool:
    """Whether a generation has acts by customer as they are asked here; earlier releases wrote none, or others."""
    query = "select table_name, column_name from duckdb_columns() where schema_name = $schema"
    there = {(f"{SCHEMA}.{row['table_name']}", row["column_name"]) for row in records(file, query, {"schema": SCHEMA})}
    return there >= {(table, name) for table, names in kept_columns().items() for name in names}


def can_say(file: str, item: Act) -> bool:
    """Whether an act is asked here: it happened at some time, and the generation has such acts by customer."""
    return bool(source_of(item.act, item.where).at) and are_kept(file)


def doers(where: Where, item: Act, customers: int) -> Bits:
    """Who did it (or, for `did: false`, who did not), as `np.packbits` writes it.

    Parameters
    ----------
    customers : how many rows the customers' table has room for
    """
    source = narrow(source_of(item.act, item.where))
    if item.relation and item.relation.within_days:
        did = np.packbits(fits(near(where, source, item, item.relation), customers, item))
    elif is_counted(item) and source.unit:
        did = np.packbits(fits(arrays(where, rows(where, source, item), asked(source, item)), customers, item))
    else:
        did = found(where, rows(where, source, item), having(source, item), customers)
    return did if item.did else ~did


def is_counted(item: Act) -> bool:
    """Whether it is asked how often."""
    return (item.times_at_least or 1) > 1 or item.times_at_most is not None


def is_summed(item: Act) -> bool:
    """Whether it is asked how much."""
    return item.amount_at_least is not None or item.amount_at_most is not None


def rows(where: Where, source: Source, item: Act | Relation, prefix: str = "a") -> Rows:
    """The acts asked for, as what stands after `from`. Names are of the catalogue of acts; values are parameters.

    Of an act that they must come after the first decides, of one that they must come before the last.
    """
    text, parameters = acts_condition(source, item.where, item.when, Moment(where.as_of, where.time_zone), prefix)
    joined = ""
    if isinstance(item, Act) and item.relation and not item.relation.within_days:
        other = narrow(source_of(item.relation.act, item.relation.where))
        others, more = rows(where, other, item.relation, "o")
        deciding, sign = ("min", ">") if item.relation.order == "after" else ("max", "<")
        joined = (
            f" inner join (select f.place, {deciding}({INSTANT}) as instant from {others} group by f.place) as o"  # noqa: S608
            f" on f.place = o.place and {INSTANT} {sign} o.instant"
        )
        parameters = parameters | more
    return f"{source.table} as f{joined} where {text}", parameters


def having(source: Source, item: Act) -> str:
    """How often and how much, as a condition on the acts of a customer; empty where once is enough.

    Amounts are whole ten-thousandths, so their sums are exact.
    """
    ends = {
        "count(*) >=": item.times_at_least if is_counted(item) else None,
        "count(*) <=": item.times_at_most,
        f"sum({source.amount}) >=": None if item.amount_at_least is None else int(item.amount_at_least * UNITS),
        f"sum({source.amount}) <=": None if item.amount_at_most is None else int(item.amount_at_most * UNITS),
    }
    return " and ".join(f"{asked} {end}" for asked, end in ends.items() if end is not None)


def found(where: Where, acts: Rows, enough: str, customers: int) -> Bits:
    """The bit of everybody with such acts."""
    size = -(-customers // 8)
    if enough:
        acts = f"(select f.place from {acts[0]} group by f.place having {enough}) as f", acts[1]  # noqa: S608
    # Whole bytes: DuckDB fills up the first one of a string of bits, `np.packbits` the last.
    query = f"select bitstring_agg(f.place, 0, {8 * size - 1})::blob as bits from {acts[0]}"  # noqa: S608
    bits = record(where.file, query, acts[1])["bits"] if size else None
    return np.zeros(size, dtype=np.uint8) if bits is None else np.frombuffer(bits, dtype=np.uint8)


def near(where: Where, source: Source, item: Act, relation: Relation) -> Arrays:
    """The acts asked for that came within so many days after (before) another."""
    other = narrow(source_of(relation.act, relation.where))
    parts = has_parts(where.file, source.table) or has_parts(where.file, other.table)
    mine = arrays(where, rows(where, source, item), asked(source, item) | timed(source, parts=parts))
    if not len(mine["place"]):
        return mine
    others, parameters = rows(where, other, relation)
    # Nothing further away than the limit is near.
    days, first, last = relation.within_days or 0, int(mine["day"].min()), int(mine["day"].max())
    first, last = (first - days, last) if relation.order == "after" else (first, last + days)
    others += f" and {other.on} between make_date({first}) and make_date({last})"
    theirs = arrays(where, (others, parameters), timed(other, parts=parts))
    if len(theirs["place"]) < len(mine["place"]) and not is_counted(item) and not is_summed(item):
        # Who has such a pair is all that is asked: fewer looks are needed from the other end.
        mine, theirs = theirs, mine
        relation = relation.model_copy(update={"order": "before" if relation.order == "after" else "after"})
    chosen = related(in_moments(mine), in_moments(theirs), relation)
    return {name: column[chosen] for name, column in mine.items()}


@cached
def has_parts(file: str, table: str) -> bool:
    """Whether acts of a table happened at parts of a second. The table is one of the catalogue."""
    return bool(record(file, f"select max(micro) as micro from {table}")["micro"])  # noqa: S608


def timed(source: Source, *, parts: bool) -> dict[str, str]:
    """The columns that say which of two acts came first, and how far they are apart."""
    return {"place": "f.place", "second": "f.second", "day": source.on} | ({"micro": "f.micro"} if parts else {})


def in_moments(found: Arrays) -> Arrays:
    """Acts with the customer and the second as one number that rises with both."""
    moment = found["place"].astype(np.int64)
    moment <<= SHIFT
    moment += found["second"]
    moment += 2**36
    return {"moment": moment} | {name: found[name] for name in ("micro", "day") if name in found}


def asked(source: Source, item: Act) -> dict[str, str]:
    """The columns that say whose acts they are, how often and how much, with the expressions on `f` that they are."""
    columns = {"place": "f.place"}
    if is_counted(item) and source.unit:
        columns |= {"unit": source.unit, "row": "f.rowid"}
    if is_summed(item):
        columns |= {"amount": f"coalesce({source.amount}, 0)", "is_known": f"{source.amount} is not null"}
    return columns


def arrays(where: Where, acts: Rows, columns: dict[str, str]) -> Arrays:
    """The acts asked for, in any order: one array for each column."""
    named = ", ".join(f"{expression} as {name}" for name, expression in columns.items())
    with connection(where.file).cursor() as cursor:
        taken = cursor.execute(f"select {named} from {acts[0]}", acts[1]).to_arrow_table()  # noqa: S608
    if "day" in columns:
        taken = taken.set_column(taken.column_names.index("day"), "day", taken.column("day").cast("int32"))
    return {name: taken.column(name).to_numpy() for name in columns}


def fits(mine: Arrays, customers: int, item: Act) -> Flags:
    """Who has such acts, so many of them, and for so much."""
    did = np.zeros(customers, dtype=bool)
    did[mine["place"]] = True
    if is_counted(item):
        did &= within(times(mine, customers), item.times_at_least, item.times_at_most)
    return did & in_sum(mine, customers, item) if is_summed(item) else did


def times(mine: Arrays, customers: int) -> npt.NDArray[np.int64]:
    """How often each customer did it. The rows of one order are neighbours in the table: together they are once."""
    place = mine["place"]
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
    moment = mine["moment"]
    if not len(theirs["moment"]):
        return np.zeros(len(moment), dtype=bool)
    order = ordered(theirs["moment"]) if "micro" not in theirs else np.lexsort((theirs["micro"], theirs["moment"]))
    theirs = {name: column[order] for name, column in theirs.items()}
    # After: the last one that is earlier. Before: the first one that is neither earlier nor at the same time.
    if relation.order == "after":
        nearest = placed(mine, theirs, "left") - 1
        is_there, nearest = nearest >= 0, np.maximum(nearest, 0)
        days = mine["day"] - theirs["day"][nearest]
    else:
        nearest = placed(mine, theirs, "right")
        is_there, nearest = nearest < len(theirs["moment"]), np.minimum(nearest, len(theirs["moment"]) - 1)
        days = theirs["day"][nearest] - mine["day"]
    return is_there & (theirs["moment"][nearest] >> SHIFT == moment >> SHIFT) & (days <= relation.within_days)


def placed(mine: Arrays, theirs: Arrays, side: Side) -> npt.NDArray[np.int64]:
    """How many of theirs are earlier than each of mine, or for `right` not later; theirs are in order."""
    if "micro" not in mine:
        return np.searchsorted(theirs["moment"], mine["moment"], side)
    place = np.searchsorted(theirs["moment"], mine["moment"], "left")
    # Of the same second those of an earlier part of it.
    end = np.searchsorted(theirs["moment"], mine["moment"], "right")
    while (earlier := part_is_earlier(theirs["micro"], mine["micro"] + (side == "right"), place, end)).any():
        place += earlier
    return place


def part_is_earlier(parts: Array, micro: Array, place: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> Flags:
    """Where the act at `place`, of the same second, came at an earlier part of it; never at `end` or beyond."""
    earlier = place < end
    earlier[earlier] = parts[place[earlier]] < micro[earlier]
    return earlier


def ordered(column: Array) -> npt.NDArray[np.int64] | slice:
    """The order that sorts a column; mostly it is in order already."""
    return slice(None) if np.all(column[1:] >= column[:-1]) else np.argsort(column, kind="stable")
