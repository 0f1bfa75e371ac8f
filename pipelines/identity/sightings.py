"""What staging says about identifiers: the records that describe people, and the events that name them."""

import duckdb

# One row per set of identifiers seen together. A record describes one person and joins; an event only attaches.
# Marketing writes to customers and prospects under one number: it is a prospect's where only prospects know it.
SIGHTINGS = """
create or replace temp table sightings as
with prospect_numbers as (
    select prospect_id from staging.stg_external__prospects
    where prospect_id not in (select customer_id from staging.stg_sales__customers where customer_id is not null)
),
marketing as (
    select customer_id as number from staging.stg_marketing__contacts
    union select customer_id from staging.stg_marketing__consents
    union select customer_id from staging.stg_marketing__surveys
),
seen (source, is_record, customer_id, prospect_id, email, phone, visitor_id) as (
    select 'sales', true, customer_id, null, email_normalised, phone_normalised, null
    from staging.stg_sales__customers
    union all
    select 'external', true, null, prospect_id, email_normalised, phone_normalised, null
    from staging.stg_external__prospects
    union all
    select 'sales', false, customer_id, null, null, null, null from staging.stg_sales__orders
    union all
    select 'sales', false, customer_id, null, null, null, null from staging.stg_sales__opportunities
    union all
    select 'web', false, customer_id, null, email_normalised, null, visitor_id from staging.stg_web__events
    union all
    select 'call_center', false, customer_id, null, null, phone_normalised, null from staging.stg_call_center__calls
    union all
    select 'call_center', false, customer_id, null, email_normalised, phone_normalised, null
    from staging.stg_call_center__cases
    union all
    select 'marketing', false, number, null, null, null, null from marketing anti join prospect_numbers
        on number = prospect_id
    union all
    select 'marketing', false, null, number, null, null, null from marketing semi join prospect_numbers
        on number = prospect_id
)
select distinct * replace (
    nullif(prospect_id, '') as prospect_id,
    nullif(visitor_id, '') as visitor_id,
    case when lower(regexp_replace(customer_id, '^0+$', '0')) not in (select unnest(?)) then customer_id end
        as customer_id
)
from seen
"""

# The same, one row per identifier: (source, kind, identifier), repeated where it was seen with different others.
IDENTIFIERS = """
create or replace temp view identifiers as
unpivot (select * exclude (is_record) from sightings)
on customer_id, prospect_id, email, phone, visitor_id
into name kind value identifier
"""


def collect(connection: duckdb.DuckDBPyConnection, junk_customer_ids: list[str]) -> None:
    """Write what was seen: the temporary table `sightings` and the view `identifiers` over it.

    Blank identifiers, and numbers that mean nobody whatever their case, become null; a number of zeros alone is "0".
    """
    nobody = ["", *(number.lower() for number in junk_customer_ids)]
    connection.execute(SIGHTINGS, [nobody])
    connection.execute(IDENTIFIERS)
