"""What people decided about pairs, held against everything else: obeyed always, contradictions told."""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import numpy as np

DECIDED = """
create or replace temp table decided as
select l.member as member_l, r.member as member_r, decided.is_same
from (select unnest($kind_l::varchar[]) as kind_l, unnest($identifier_l::varchar[]) as identifier_l,
    unnest($kind_r::varchar[]) as kind_r, unnest($identifier_r::varchar[]) as identifier_r,
    unnest($is_same::boolean[]) as is_same) as decided
join records as l on l.kind = kind_l and l.identifier = identifier_l
join records as r on r.kind = kind_r and r.identifier = identifier_r
where l.member <> r.member
"""


@dataclass(frozen=True)
class Decision:
    """Somebody said that two records are, or are not, the same person. Kinds are customer_id or prospect_id."""

    kind_l: str
    identifier_l: str
    kind_r: str
    identifier_r: str
    is_same: bool


@dataclass(frozen=True)
class Decided:
    """Decisions by member: those that join and those that part."""

    same: tuple[np.ndarray, np.ndarray]
    apart: tuple[np.ndarray, np.ndarray]


def by_member(connection: duckdb.DuckDBPyConnection, decisions: Iterable[Decision]) -> Decided:
    """The decisions whose two records both still exist, by their numbers in the temporary table `records`.

    Writes them into the temporary table `decided` (member_l, member_r, is_same) too.
    """
    listed = list(decisions)
    columns = ("kind_l", "identifier_l", "kind_r", "identifier_r", "is_same")
    connection.execute(DECIDED, {column: [getattr(each, column) for each in listed] for column in columns})
    found = connection.execute("select * from decided order by all").fetchnumpy()
    left, right = np.asarray(found["member_l"], np.int64), np.asarray(found["member_r"], np.int64)
    is_same = np.asarray(found["is_same"], bool)
    return Decided((left[is_same], right[is_same]), (left[~is_same], right[~is_same]))
