{{ config(unique_key=['prospect_id', 'updated_at']) }}

with

source as (
    {{ newest(source('raw', 'external_prospects'), key=['trim(prospect_id)', 'updated_at']) }}
),

renamed as (
    select
        {{ clean_key('prospect_id') }} as prospect_id,
        {{ clean('name') }} as name,
        {{ clean('email') }} as email,
        {{ email_normalised('email') }} as email_normalised,
        {{ clean('phone') }} as phone,
        {{ phone_normalised('phone') }} as phone_normalised,
        birth_date,
        gender,
        {{ clean('city') }} as city,
        {{ clean('region') }} as region,
        {{ clean('country') }} as country,
        {{ clean('postcode') }} as postcode,
        {{ clean('age_band') }} as age_band,
        income_band,
        household_size,
        {{ clean('lifestyle') }} as lifestyle,
        updated_at,
        _delivery_id,
        _row
    from source
)

select * from renamed
