{{ config(unique_key=['customer_id', 'updated_at']) }}

with

source as (
    {{ newest(source('raw', 'sales_customers'), key=['trim(customer_id)', 'updated_at']) }}
),

renamed as (
    select
        {{ clean_key('customer_id') }} as customer_id,
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
        kind,
        signed_up_at,
        updated_at,
        _delivery_id,
        _row
    from source
)

select * from renamed
