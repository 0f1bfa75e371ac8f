{{ config(unique_key=['customer_id', 'channel', 'changed_at']) }}

with

source as (
    {{ newest(source('raw', 'marketing_consents'), key=['trim(customer_id)', 'channel', 'changed_at']) }}
),

renamed as (
    select
        {{ clean_key('customer_id') }} as customer_id,
        channel,
        changed_at,
        {{ local_date('changed_at') }} as changed_on,
        status,
        {{ clean('source') }} as source,
        _delivery_id,
        _row
    from source
)

select * from renamed
