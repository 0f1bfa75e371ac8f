{{ config(unique_key=['response_id']) }}

with

source as (
    {{ newest(source('raw', 'marketing_responses'), key=['trim(response_id)']) }}
),

renamed as (
    select
        {{ clean_key('response_id') }} as response_id,
        {{ clean('contact_id') }} as contact_id,
        responded_at,
        {{ local_date('responded_at') }} as responded_on,
        kind,
        {{ clean('order_id') }} as order_id,
        _delivery_id,
        _row
    from source
)

select * from renamed
