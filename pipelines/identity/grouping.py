"""Records to people: what is exactly known, what is alike and what was decided, cut together."""

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.identity.components import label_components
from pipelines.identity.decisions import Decided
from workspace.identity_settings import Identity

# An exact agreement inside a group that is too large, or that somebody took apart, is strong but not beyond doubt.
DOUBTED = 12.0
EXACT_MEMBERS = """
create or replace temp table group_members as
with numbered as (
    select member_l, member_r, row_number() over (order by member_l, member_r) as group_number from exact_pairs
)
select member_l as member, group_number from numbered union all select member_r, group_number from numbered
"""
CONFLICTS = """
create table if not exists identity.conflicts (kind varchar, detail varchar, record_count bigint, identifiers varchar)
"""


def group(
    connection: duckdb.DuckDBPyConnection,
    rules: Identity,
    alike: tuple[np.ndarray, np.ndarray, np.ndarray],
    decided: Decided,
) -> int:
    """Write the temporary table `people` (member, label: the smallest member of the same person).

    Writes `identity.conflicts` too: groups too large to be a person, and decisions that contradict each other. Returns
    the rounds that the exact rules took.
    """
    connection.execute(EXACT_MEMBERS)
    rounds = label_components(connection)
    count = connection.execute("select count(*) from records").fetchone()
    labels = np.arange((count[0] if count else 0) + 1)  # members begin at 1
    found = connection.execute("select member, label from labels").fetchnumpy()
    labels[found["member"]] = found["label"]
    doubtful = doubtful_groups(labels, rules, decided)
    conflicts = [*too_large(labels, rules), *contradictions(labels, decided)]
    pairs = connection.execute("select member_l, member_r from exact_pairs order by 1, 2").fetchnumpy()
    exact = np.asarray(pairs["member_l"], np.int64), np.asarray(pairs["member_r"], np.int64)
    labels = joined(labels, doubtful, exact, alike, decided, rules)
    connection.register("grouped", pa.table({"member": np.arange(1, len(labels)), "label": labels[1:]}))
    connection.execute("create or replace temp table people as select member, label from grouped")
    connection.unregister("grouped")
    tell(connection, conflicts)
    return rounds


def doubtful_groups(labels: np.ndarray, rules: Identity, decided: Decided) -> np.ndarray:
    """For each label whether its exact group is doubted: too many records, or somebody took a pair of it apart."""
    doubted = np.bincount(labels, minlength=len(labels)) > rules.max_records_per_customer
    one, other = (labels[side] for side in decided.apart)
    doubted[one[one == other]] = True
    return doubted


def joined(  # noqa: PLR0917  each is a voice of its own
    labels: np.ndarray,
    doubted: np.ndarray,
    exact: tuple[np.ndarray, np.ndarray],
    alike: tuple[np.ndarray, np.ndarray, np.ndarray],
    decided: Decided,
    rules: Identity,
) -> np.ndarray:
    """Labels after average linkage over everything that speaks for or against a pair."""
    if not len(alike[0]) and not len(decided.same[0]) and not doubted.any():
        return labels  # the exact rules alone, which need no cutting
    from pipelines.identity.linking.clusters import ALWAYS, NEVER, average_linkage, groups_of  # noqa: PLC0415  scipy takes its time

    sure = np.where(doubted[labels[exact[0]]], DOUBTED, ALWAYS)
    left = np.concatenate([alike[0], exact[0], decided.same[0], decided.apart[0]])
    right = np.concatenate([alike[1], exact[1], decided.same[1], decided.apart[1]])
    weight = np.concatenate(
        [alike[2], sure, np.full(len(decided.same[0]), ALWAYS), np.full(len(decided.apart[0]), NEVER)]
    )
    # One pair may be spoken of several times: the last word stands, and a decision is the last.
    low, high = np.minimum(left, right), np.maximum(left, right)
    _, last = np.unique((low * len(labels) + high)[::-1], return_index=True)
    kept = len(low) - 1 - last
    label = average_linkage(len(labels), (low[kept], high[kept], weight[kept]), rules.linking.match_weight)
    # What is exactly known stays together, even where likeness would make it part of a crowd too large to look at.
    stands = np.flatnonzero(~doubted[labels])
    own = np.arange(len(labels))
    group = groups_of(len(labels), np.concatenate([own, stands]), np.concatenate([label, labels[stands]]))
    return np.unique(group, return_index=True)[1][group]


def too_large(labels: np.ndarray, rules: Identity) -> list[tuple[str, str, np.ndarray]]:
    """Exact groups of more records than a customer has: kind, what is wrong, members."""
    sizes = np.bincount(labels)
    return [
        (
            "implausible",
            f"{sizes[label]} records are tied by shared e-mails and phones, more than {rules.max_records_per_customer};"
            " they were split where they are least alike",
            np.flatnonzero(labels == label),
        )
        for label in np.flatnonzero(sizes > rules.max_records_per_customer)
    ]


def contradictions(labels: np.ndarray, decided: Decided) -> list[tuple[str, str, np.ndarray]]:
    """Pairs said to be different that "the same" or an exact identifier, from record to record, makes one."""
    reached = labels.copy()
    for one, other in zip(*decided.same, strict=True):
        low, high = sorted((reached[one], reached[other]))
        reached[reached == high] = low
    return [
        (
            "contradiction",
            "said to be different, but tied by shared identifiers or by what was said of others; they are kept apart",
            np.array([one, other]),
        )
        for one, other in zip(*decided.apart, strict=True)
        if reached[one] == reached[other]
    ]


def tell(connection: duckdb.DuckDBPyConnection, conflicts: list[tuple[str, str, np.ndarray]]) -> None:
    """Write `identity.conflicts`, with the identifiers of the first ten records of each."""
    connection.execute(CONFLICTS)
    connection.execute("delete from identity.conflicts")
    for kind, detail, members in conflicts:
        connection.execute(
            "insert into identity.conflicts select $kind, $detail, $count,"
            " string_agg(kind || ' ' || identifier, ', ' order by member) from records"
            " where list_contains($members::bigint[], member)",
            {"kind": kind, "detail": detail, "count": len(members), "members": members[:10].tolist()},
        )
