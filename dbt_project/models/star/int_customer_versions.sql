{{ config(materialized='ephemeral') }}
{%- set person = [
    'name', 'email', 'phone', 'birth_date', 'gender', 'kind', 'age_band', 'income_band', 'household_size', 'lifestyle',
] -%}
{%- set address = ['city', 'region', 'country', 'postcode'] %}

-- A person may have several records (customer and prospect numbers), each with its own history. Whenever one of them
-- changes, the person is looked at anew: each attribute is the best that any record then held, a customer's before a
-- prospect's, the younger before the older; an address is taken whole, never pieced together.
with

records as (
    select
        *,
        coalesce(city, region, country, postcode) is not null as has_address
    from {{ ref('int_customer_records') }}
),

moments as (
    select distinct customer_key, updated_at as looked_at from records
),

held as (
    select
        moments.looked_at,
        records.*,
        row_number() over (
            partition by moments.customer_key, moments.looked_at
            order by records.record_kind desc, records.updated_at, records.record_id
        ) as priority,
        row_number() over (
            partition by moments.customer_key, moments.looked_at
            order by records.has_address desc, records.record_kind, records.updated_at desc, records.record_id desc
        ) as address_rank
    from moments
    inner join records
        on moments.customer_key = records.customer_key
        and moments.looked_at >= records.updated_at and moments.looked_at < records.superseded_at
),

known as (
    select
        customer_key,
        looked_at,
        {% for column in person %}
            max_by({{ column }}, priority) filter (where {{ column }} is not null) as {{ column }},
        {% endfor %}
        {% for column in address %}
            max({{ column }}) filter (where address_rank = 1) as {{ column }},
        {% endfor %}
        min(signed_up_at) as signed_up_at
    from held
    group by customer_key, looked_at
),

-- Everybody whom identity knows, with what was learnt from events: people of whom there is no record as well.
people as (
    select
        customer_key,
        min(identifier) filter (where kind = 'email') as email,
        min(identifier) filter (where kind = 'phone') as phone
    from {{ source('identity', 'identifier_owners') }}
    where {{ is_touched('customer_key', table='dim_customer') }}
    group by customer_key
),

surveyed as (
    select
        by_number.customer_key,
        max(demographics.age_band) as age_band,
        max(demographics.income_band) as income_band,
        max(demographics.household_size) as household_size,
        max(demographics.lifestyle) as lifestyle
    from {{ ref('stg_external__demographics') }} as demographics
    {{ join_owner('by_number', "'customer_id'", 'demographics.subject', how='inner') }}
    where demographics.subject_kind = 'customer_id' and {{ is_touched('by_number.customer_key', table='dim_customer') }}
    group by by_number.customer_key
),

described as (
    select
        people.customer_key,
        coalesce(known.looked_at, {{ history_begin() }}) as looked_at,
        known.name,
        {% for column in ['email', 'phone'] %}
            -- What only events told is taken where no record ever said any.
            coalesce(
                known.{{ column }},
                case
                    when max(known.{{ column }}) over (partition by people.customer_key) is null
                        then people.{{ column }}
                end
            ) as {{ column }},
        {% endfor %}
        known.birth_date,
        known.gender,
        known.city,
        known.region,
        known.country,
        known.postcode,
        known.kind,
        known.signed_up_at,
        coalesce(surveyed.age_band, known.age_band, area.age_band) as age_band,
        coalesce(surveyed.income_band, known.income_band, area.income_band) as income_band,
        coalesce(surveyed.household_size, known.household_size, area.household_size) as household_size,
        coalesce(surveyed.lifestyle, known.lifestyle, area.lifestyle) as lifestyle
    from people
    left join known on people.customer_key = known.customer_key
    left join surveyed on people.customer_key = surveyed.customer_key
    left join {{ ref('stg_external__demographics') }} as area
        on area.subject_kind = 'postcode' and known.postcode = area.subject
)

select * from described
