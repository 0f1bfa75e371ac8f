{{ config(materialized='ephemeral') }}

-- What each customer or prospect number said of its person, and from when until when it said so.
with

records as (
    select
        'customer_id' as record_kind, customer_id as record_id, name, email_normalised as email,
        phone_normalised as phone, birth_date, gender, city, region, country, postcode, kind, signed_up_at,
        cast(null as varchar) as age_band, cast(null as varchar) as income_band,
        cast(null as bigint) as household_size, cast(null as varchar) as lifestyle, updated_at
    from {{ ref('stg_sales__customers') }}
    union all
    select
        'prospect_id', prospect_id, name, email_normalised, phone_normalised, birth_date, gender, city, region, country,
        postcode, null, null, age_band, income_band, household_size, lifestyle, updated_at
    from {{ ref('stg_external__prospects') }}
)

select
    owners.customer_key,
    records.*,
    lead(records.updated_at, 1, {{ history_end() }}) over (
        partition by records.record_kind, records.record_id
        order by records.updated_at
    ) as superseded_at
from records
{{ join_owner('owners', 'records.record_kind', 'records.record_id', how='inner') }}
where {{ is_touched('owners.customer_key', table='dim_customer') }}
