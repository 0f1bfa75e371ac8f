"""Durable keys: who was somebody yesterday keeps the key, and every merge and split is an event on record."""

from datetime import date

import duckdb

# The same key that the macro surrogate_key of dbt_project gives: the first 63 bits of the md5, kept apart by kind.
KEY = """
create or replace temp macro customer_key_of(kind, identifier) as
cast(cast('0x' || left(md5(kind || '|' || identifier), 16) as ubigint) >> 1 as bigint)
"""
# A key is made from one record of its person, the anchor. A person keeps the anchor of before; of several the one whose
# key had most records, then the smallest number. Whoever is new, or was split off, is anchored at the smallest number.
OWNED = """
create or replace temp table owned as
with members as (
    select people.label, records.kind, records.identifier, records.member
    from people join records using (member)
),
-- Who was known by an e-mail alone keeps that key when their first record comes.
emails as (
    select min(people.label) as label, 'email' as kind, identifier, 0 as member
    from contact_points join people using (member) where kind = 'email'
    group by identifier having count(distinct people.label) = 1
),
sized as (
    select customer_key, count(*) filter (where kind <> 'email') as record_count from known_keys group by customer_key
),
candidates as (
    select label, kind, member, customer_key_of(kind, identifier) as own_key, sized.record_count
    from (from members union all from emails)
    left join known_keys as known using (kind, identifier)
    left join sized
        on sized.customer_key = known.customer_key and sized.customer_key = customer_key_of(kind, identifier)
),
anchors as (
    select label, own_key as customer_key from candidates
    where kind <> 'email' or record_count is not null
    qualify row_number() over (partition by label order by record_count desc nulls last, member, own_key) = 1
)
select kind, identifier, customer_key from members join anchors using (label)
"""
EVENTS = """
create table if not exists identity.key_events (
    as_of date, event varchar, key_before bigint, key_after bigint, record_count bigint, identifiers varchar
)
"""
MOVES = """
create or replace temp table moves as
select known.kind, known.identifier, known.customer_key as key_before, owned.customer_key as key_after
from known_keys as known join owned using (kind, identifier)
where known.customer_key <> owned.customer_key and known.kind <> 'email'
"""
# A key that lives on gave records away: a split. One that is gone was merged into the other.
NEW_EVENTS = """
insert into identity.key_events
select $as_of, case when key_before in (select customer_key from owned) then 'split' else 'merge' end,
    key_before, key_after, count(*), string_agg(kind || ' ' || identifier, ', ' order by kind, identifier)
from moves group by key_before, key_after order by key_before, key_after
"""


LINKING_MEMORY = ("linked_records", "linked_pairs", "linking_model")


def remember(connection: duckdb.DuckDBPyConnection, published: str | None) -> None:
    """Write the temporary tables `known_keys` (kind, identifier, customer_key) and `known_events` of what readers see.

    Where the warehouse was thrown away, what linking learnt and compared is taken from there too.

    Parameters
    ----------
    published : file of the published generation; left out: nobody is known yet
    """
    connection.execute(EVENTS)
    connection.execute(
        "create or replace temp table known_keys (kind varchar, identifier varchar, customer_key bigint)"
    )
    connection.execute("create or replace temp table known_events as select * from identity.key_events limit 0")
    if published is None:
        return
    connection.execute(f"attach '{published.replace(chr(39), chr(39) * 2)}' as published (read_only)")
    try:
        tables = {
            row[0]
            for row in connection.execute(
                "select table_name from duckdb_tables() where database_name = 'published' and schema_name = 'identity'"
            ).fetchall()
        }
        if "identifier_owners" in tables:
            connection.execute(
                "insert into known_keys select kind, identifier, customer_key from published.identity.identifier_owners"
                " where kind in ('customer_id', 'prospect_id', 'email')"
            )
        if "key_events" in tables:
            connection.execute("insert into known_events select * from published.identity.key_events")
        for table in tables.intersection(LINKING_MEMORY):
            connection.execute(f"create table if not exists identity.{table} as from published.identity.{table}")
    finally:
        connection.execute("detach published")


def give_keys(connection: duckdb.DuckDBPyConnection, as_of: date | None) -> None:
    """Write the temporary tables `owned` and `moves`, and `identity.key_events`: all of before and tonight's."""
    connection.execute(KEY)
    connection.execute(OWNED)
    connection.execute(MOVES)
    connection.execute("delete from identity.key_events")
    connection.execute("insert into identity.key_events select * from known_events")
    connection.execute(NEW_EVENTS, {"as_of": as_of})
