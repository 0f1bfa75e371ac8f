"""Who owns an identifier: the steps of exact identity, each one statement over all identifiers at once."""

import duckdb

from pipelines.identity.components import label_components

# The same key that the macro surrogate_key of dbt_project gives: the first 63 bits of the md5, kept apart by kind.
KEY = """
create or replace temp macro customer_key_of(kind, identifier) as
cast(cast('0x' || left(md5(kind || '|' || identifier), 16) as ubigint) >> 1 as bigint)
"""

# An e-mail or phone as given by the records that describe people: one row per contact point and record.
CONTACT_POINTS = """
create or replace temp table contact_points as
with records as (
    select coalesce(customer_id, prospect_id) as record,
        case when customer_id is null then 'prospect_id' else 'customer_id' end as record_kind, email, phone
    from sightings
    where is_record and coalesce(customer_id, prospect_id) is not null
)
select distinct 'email' as kind, email as identifier, record_kind, record from records where email is not null
union all
select distinct 'phone', phone, record_kind, record from records where phone is not null
"""
BARRED = """
create or replace temp table barred as
with emails as (
    select distinct email as identifier from sightings where email is not null
),
junk as (
    select identifier from emails where list_bool_or(list_transform(?, lambda prefix: starts_with(identifier, prefix)))
),
counted as (
    select kind, identifier, count(*) as customer_count from contact_points group by all
)
select 'email' as kind, identifier, coalesce(customer_count, 0) as customer_count, 'junk address' as reason
from junk left join (select * from counted where kind = 'email') using (identifier)
union all
select kind, identifier, customer_count, 'more than ' || ? || ' customer numbers'
from counted
where customer_count > ? and (kind, identifier) not in (select ('email', identifier) from junk)
"""


def bar_shared(connection: duckdb.DuckDBPyConnection, junk_emails: list[str], most: int) -> None:
    """Write the temporary tables `contact_points` and `barred`: addresses that mean nobody or too many."""
    connection.execute(CONTACT_POINTS)
    connection.execute(BARRED, [[prefix.lower() for prefix in junk_emails], most, most])


RECORDS = """
create or replace temp table records as
with known as (
    select distinct 'customer_id' as kind, customer_id as identifier from sightings where customer_id is not null
    union all
    select distinct 'prospect_id', prospect_id from sightings where prospect_id is not null
)
select kind, identifier, row_number() over (order by kind, identifier) as member from known
"""
GROUP_MEMBERS = """
create or replace temp table group_members as
with usable as (
    select * from contact_points anti join barred using (kind, identifier)
),
shared as (
    select kind, identifier, row_number() over () as group_number
    from usable group by kind, identifier having count(*) > 1
)
select records.member, shared.group_number
from usable join shared using (kind, identifier)
join records on records.kind = usable.record_kind and records.identifier = usable.record
"""
OWN_RECORDS = """
create or replace temp table owned as
with canonical as (
    select member, kind, identifier, coalesce(label, member) as label from records left join labels using (member)
),
keys as (
    select member as label, customer_key_of(kind, identifier) as customer_key from canonical where member = label
)
select kind, identifier, customer_key from canonical join keys using (label)
"""
OWN_CONTACT_POINTS = """
insert into owned
select distinct points.kind, points.identifier, owned.customer_key
from contact_points as points anti join barred using (kind, identifier)
join owned on owned.kind = points.record_kind and owned.identifier = points.record
"""


def own_records(connection: duckdb.DuckDBPyConnection) -> int:
    """Join the records that share a contact point into `owned` (kind, identifier, customer_key); returns the rounds."""
    connection.execute(KEY)
    connection.execute(RECORDS)
    connection.execute(GROUP_MEMBERS)
    rounds = label_components(connection)
    connection.execute(OWN_RECORDS)
    connection.execute(OWN_CONTACT_POINTS)
    return rounds


def attach(connection: duckdb.DuckDBPyConnection, kind: str, *, by: str) -> None:
    """Give each free identifier of `kind` to the one person whose `by` it is seen with; several persons bar it."""
    connection.execute(
        f"""
        create or replace temp table claims as
        select '{kind}' as kind, {kind} as identifier, min(customer_key) as customer_key,
            count(distinct customer_key) as customer_count
        from (select distinct {kind}, {by} from sightings where {kind} is not null and {by} is not null) as seen
        join owned as claimant on claimant.kind = '{by}' and claimant.identifier = seen.{by}
        where {kind} not in (select identifier from owned where kind = '{kind}')
            and {kind} not in (select identifier from barred where kind = '{kind}')
        group by {kind}
        """  # noqa: S608  both are columns of `sightings`
    )
    connection.execute("insert into owned select kind, identifier, customer_key from claims where customer_count = 1")
    connection.execute(
        "insert into barred select kind, identifier, customer_count, 'seen with several customers'"
        " from claims where customer_count > 1"
    )


OWN_EMAILS = """
insert into owned
with free as (
    select distinct 'email' as kind, email as identifier from sightings where email is not null
)
select kind, identifier, customer_key_of(kind, identifier)
from free anti join owned using (kind, identifier) anti join barred using (kind, identifier)
"""


def own_emails(connection: duckdb.DuckDBPyConnection) -> None:
    """Make each e-mail that no person claims a person of its own."""
    connection.execute(OWN_EMAILS)
