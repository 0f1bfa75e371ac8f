"""Who owns an identifier: what records give, then what events show, each one statement over all identifiers at once."""

import duckdb

# What a record gives belongs to its person; given by several, it belongs to nobody.
GIVEN = """
create or replace temp table claims as
select points.kind, points.identifier, min(owned.customer_key) as customer_key,
    count(distinct owned.customer_key) as customer_count
from contact_points as points anti join barred using (kind, identifier)
join owned on owned.kind = points.record_kind and owned.identifier = points.record
group by all
"""


def own_contact_points(connection: duckdb.DuckDBPyConnection) -> None:
    """Give each e-mail and phone of a record to its person; several persons bar it."""
    connection.execute(GIVEN)
    settle(connection, "given by several customers")


def settle(connection: duckdb.DuckDBPyConnection, reason: str) -> None:
    """Identifiers with one claimant are theirs, the others barred, from the temporary table `claims`."""
    connection.execute("insert into owned select kind, identifier, customer_key from claims where customer_count = 1")
    connection.execute(
        "insert into barred select kind, identifier, customer_count, ? from claims where customer_count > 1", [reason]
    )


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
    settle(connection, "seen with several customers")


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
