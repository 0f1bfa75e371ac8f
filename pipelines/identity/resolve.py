"""One customer: exact rules, then what is alike, then what people said; keys that last; events attach."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from pipelines.identity import alike, belonging, exact, grouping, keys, moving, owners, review, sightings, standard
from pipelines.identity.decisions import Decision, by_member
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
    """Rounds that the joining by exact rules took."""
    compared: int = 0
    """Pairs of records that were compared because they might be alike."""
    move: moving.Move | None = None
    """What changes about keys that readers know."""


def resolve(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    *,
    published: str | None = None,
    decisions: Iterable[Decision] = (),
    as_of: date | None = None,
    configuration: dict[str, Any] | None = None,
) -> IdentityResult:
    """Write schema `identity` from schema `staging`, both in the open warehouse.

    - identity.identifier_owners (kind, identifier, customer_key): whose an identifier is; key (kind, identifier)
    - identity.customer_identifiers (source, kind, identifier, customer_key): the same by the sources that know it
    - identity.shared_identifiers (kind, identifier, customer_count, reason): what joins and attaches nobody
    - identity.customer_groups (customer_key, household_key, company_key): who lives or works together, not merged
    - identity.key_events: merges and splits of keys that readers know
    - identity.review_pairs, identity.conflicts: what people should look at

    Records (customers, prospects) that share an e-mail or phone and do not contradict each other are one person, and
    so are those of one date of birth, postcode and name, and those that are alike enough. E-mails, phones and
    visitors that are only seen in events attach to the one person they are seen with, never to two; what nobody
    claims stays unknown, but for an e-mail, which is a person by itself.

    Parameters
    ----------
    published : file of the generation that readers see: whoever has a key there keeps it
    decisions : what people said of pairs, obeyed whatever the data says
    as_of : the night's date, for its events
    configuration : settings of the DuckDB that compares records
    """
    rules = settings.identity
    connection.execute("create schema if not exists identity")
    keys.remember(connection, published)
    sightings.collect(connection, rules.junk_customer_ids)
    exact.collect_records(connection)
    standard.standardise(connection, rules, settings.company.phone_prefix)
    exact.bar_shared(connection, rules.junk_emails, rules.max_customers_per_identifier)
    exact.pair_exactly(connection, rules.linking.max_block_records if rules.joins_by_birth else None)
    compared = alike.link_alike(connection, rules.linking, configuration or {})
    decided = by_member(connection, decisions)
    rounds = grouping.group(connection, rules, alike.alike_pairs(connection), decided)
    keys.give_keys(connection, as_of)
    move = moving.measure(connection)
    review.list_doubtful(connection, rules.linking)
    attach_events(connection)
    belonging.group_homes_and_companies(connection, rules)
    return write(connection, rounds, compared, move)


def attach_events(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the identifiers that records and events show to people, the surest first."""
    owners.own_contact_points(connection)
    owners.attach(connection, "email", by="customer_id")
    owners.attach(connection, "phone", by="customer_id")
    owners.attach(connection, "visitor_id", by="customer_id")
    owners.attach(connection, "email", by="visitor_id")
    owners.own_emails(connection)
    owners.attach(connection, "visitor_id", by="email")
    owners.attach(connection, "phone", by="email")


def write(
    connection: duckdb.DuckDBPyConnection, rounds: int, compared: int, move: moving.Move | None
) -> IdentityResult:
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
    return IdentityResult(customers, identifiers, shared, largest, rounds, compared, move)
