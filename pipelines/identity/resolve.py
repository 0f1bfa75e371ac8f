"""Exact identity: records join through a shared e-mail or phone, events attach to the one person they point at."""

from dataclasses import dataclass

import duckdb

from pipelines.identity import owners, sightings
from workspace.settings import Settings


@dataclass(frozen=True)
class IdentityResult:
    """What one run found."""

    customer_count: int
    identifier_count: int
    shared_count: int
    largest_customer: int
    """Customer and prospect numbers of the customer that has most of them."""
    rounds: int
    """Rounds that the joining took."""


def resolve(connection: duckdb.DuckDBPyConnection, settings: Settings) -> IdentityResult:
    """Write schema `identity` from schema `staging`, both in the open warehouse.

    - identity.identifier_owners (kind, identifier, customer_key): whose an identifier is; key (kind, identifier)
    - identity.customer_identifiers (source, kind, identifier, customer_key): the same by the sources that know it
    - identity.shared_identifiers (kind, identifier, customer_count, reason): what joins and attaches nobody

    Records (customers, prospects) that share an e-mail or phone are one person. E-mails, phones and visitors that are
    only seen in events attach to the one person they are seen with, never to two; what nobody claims stays unknown,
    but for an e-mail, which is a person by itself. Keys depend on identifiers alone, not on the order of arrival.
    """
    rules = settings.identity
    connection.execute("create schema if not exists identity")
    sightings.collect(connection, rules.junk_customer_ids)
    owners.bar_shared(connection, rules.junk_emails, rules.max_customers_per_identifier)
    rounds = owners.own_records(connection)
    owners.attach(connection, "email", by="customer_id")
    owners.attach(connection, "phone", by="customer_id")
    owners.attach(connection, "visitor_id", by="customer_id")
    owners.attach(connection, "email", by="visitor_id")
    owners.own_emails(connection)
    owners.attach(connection, "visitor_id", by="email")
    owners.attach(connection, "phone", by="email")
    return write(connection, rounds)


def write(connection: duckdb.DuckDBPyConnection, rounds: int) -> IdentityResult:
    """Store the three tables, sorted so that they come out the same every time, and count them."""
    connection.execute(
        "create or replace table identity.identifier_owners as"
        " select kind, identifier, customer_key from owned order by customer_key, kind, identifier"
    )
    connection.execute(
        "create or replace table identity.customer_identifiers as"
        " select distinct source, kind, identifier, customer_key"
        " from identifiers join owned using (kind, identifier)"
        " order by customer_key, kind, identifier, source"
    )
    connection.execute(
        "create or replace table identity.shared_identifiers as"
        " select kind, identifier, customer_count, reason from barred order by kind, identifier"
    )
    row = connection.execute(
        "select count(distinct customer_key), count(*), (select count(*) from identity.shared_identifiers),"
        " coalesce((select max(records) from (select count(*) as records from owned"
        "   where kind in ('customer_id', 'prospect_id') group by customer_key)), 0)"
        " from identity.identifier_owners"
    ).fetchone()
    assert row is not None
    customers, identifiers, shared, largest = row
    return IdentityResult(customers, identifiers, shared, largest, rounds)
