{{ config(meta={'touched_by': ['customer_key']}) }}

{% call touched() %}
    select customer_key from {{ changed('identifier_owners') }}
    union all
    {{ owners_of('customer_id', changed('stg_sales__customers'), 'customer_id') }}
    union all
    {{ owners_of('prospect_id', changed('stg_external__prospects'), 'prospect_id') }}
    union all
    {{ owners_of('customer_id', changed('stg_external__demographics'), 'subject') }}
    union all
    select customer_key from {{ this }}
    where postcode in (select subject from {{ changed('stg_external__demographics') }} where subject_kind = 'postcode')
{% endcall %}

{%- set attributes = [
    'name', 'email', 'phone', 'birth_date', 'gender', 'city', 'region', 'country', 'postcode', 'kind', 'signed_up_at',
    'age_band', 'income_band', 'household_size', 'lifestyle',
] -%}

with

marked as (
    select
        *,
        {{ fingerprint(attributes) }} as print,
        lag({{ fingerprint(attributes) }}) over (partition by customer_key order by looked_at) as print_before
    from {{ ref('int_customer_versions') }}
),

-- A version that says what the one before it said is no change.
changes as (
    select * from marked
    where print_before is distinct from print
),

history as (
    select
        *,
        case when print_before is null then least({{ history_begin() }}, looked_at) else looked_at end as valid_from,
        lead(looked_at, 1, {{ history_end() }}) over (partition by customer_key order by looked_at) as valid_to
    from changes
)

select
    {{ surrogate_key(['customer_key', 'valid_from']) }} as customer_version_key,
    customer_key,
    valid_from,
    valid_to,
    valid_to = {{ history_end() }} as is_current,
    name,
    email,
    phone,
    birth_date,
    gender,
    city,
    region,
    country,
    postcode,
    {{ geography_key('country', 'region', 'city') }} as geography_key,
    kind,
    signed_up_at,
    age_band,
    income_band,
    household_size,
    lifestyle
from history
