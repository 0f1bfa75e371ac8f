{{ config(unique_key=['call_id']) }}

with

source as (
    {{ newest(source('raw', 'call_center_calls'), key=['trim(call_id)']) }}
),

renamed as (
    select
        {{ clean_key('call_id') }} as call_id,
        started_at,
        {{ local_date('started_at') }} as started_on,
        direction,
        {{ clean('phone') }} as phone,
        {{ phone_normalised('phone') }} as phone_normalised,
        {{ clean('customer_id') }} as customer_id,
        {{ clean('agent_id') }} as agent_id,
        {{ clean('reason') }} as reason,
        queue_seconds,
        talk_seconds,
        outcome,
        is_resolved,
        satisfaction,
        _delivery_id,
        _row
    from source
)

select * from renamed
