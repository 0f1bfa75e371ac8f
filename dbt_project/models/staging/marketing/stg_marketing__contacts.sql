{{ config(unique_key=['contact_id']) }}

with

source as (
    {{ newest(source('raw', 'marketing_contacts'), key=['trim(contact_id)']) }}
),

renamed as (
    select
        {{ clean_key('contact_id') }} as contact_id,
        {{ clean('campaign_id') }} as campaign_id,
        {{ clean('customer_id') }} as customer_id,
        contacted_at,
        {{ local_date('contacted_at') }} as contacted_on,
        {{ clean_word('channel') }} as channel,
        arm,
        cost,
        _delivery_id,
        _row
    from source
)

select * from renamed
