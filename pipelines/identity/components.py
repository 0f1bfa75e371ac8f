"""Connected components in SQL: which members belong together through the groups that they share."""

import duckdb

# One round hooks every member, and the member that it points at, to the smallest label in reach, then halves the
# paths. Hooking the root as well is what makes long chains fall in about log2(length) rounds.
# Source: Zhang, Azad, Hu, "FastSV: a distributed-memory connected component algorithm", SIAM PP 2020.
ROUND = """
create or replace temp table hooked as
with smallest as (
    select group_number, min(label) as label
    from group_members join labels using (member)
    group by all
),
reach as (
    select member, label from labels
    union all
    select member, smallest.label from group_members join smallest using (group_number)
    union all
    select labels.label, smallest.label
    from group_members join smallest using (group_number) join labels using (member)
)
select member, min(label) as label from reach group by all
"""
JUMP = """
create or replace temp table jumped as
select hooked.member, pointed.label from hooked join hooked as pointed on hooked.label = pointed.member
"""
CHANGES = "select count(*) from jumped join labels using (member) where jumped.label <> labels.label"


def label_components(connection: duckdb.DuckDBPyConnection) -> int:
    """Label every member with the smallest member that it is connected to.

    Reads the temporary table `group_members` (member, group_number), both integers; writes the temporary table
    `labels` (member, label). Returns the number of rounds. Only smallest members decide, so the order of rows does not.
    """
    connection.execute(
        "create or replace temp table labels as select distinct member, member as label from group_members"
    )
    rounds = 0
    changes = 1
    while changes:
        connection.execute(ROUND)
        connection.execute(JUMP)
        row = connection.execute(CHANGES).fetchone()
        changes = row[0] if row else 0
        connection.execute("create or replace temp table labels as select * from jumped")
        rounds += 1
    return rounds
