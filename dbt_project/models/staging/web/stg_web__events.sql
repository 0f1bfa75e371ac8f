{{ config(unique_key=['event_id']) }}

with

source as (
    {{ newest(source('raw', 'web_events'), key=['trim(event_id)']) }}
),

renamed as (
    select
        {{ clean_key('event_id') }} as event_id,
        {{ clean_key('visitor_id') }} as visitor_id,
        {{ clean('customer_id') }} as customer_id,
        {{ email_normalised('email') }} as email_normalised,
        occurred_at,
        {{ local_date('occurred_at') }} as occurred_on,
        event_type,
        {{ clean('page') }} as page,
        {{ clean('product_id') }} as product_id,
        {{ clean('search_term') }} as search_term,
        {{ clean('referrer') }} as referrer,
        {{ clean('utm_source') }} as utm_source,
        {{ clean('utm_medium') }} as utm_medium,
        {{ clean('utm_campaign') }} as utm_campaign,
        device,
        _delivery_id,
        _row
    from source
)

select * from renamed
