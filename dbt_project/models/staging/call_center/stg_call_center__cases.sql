{{ config(unique_key=['case_id'], meta={'version': 'updated_at'}) }}

with

source as (
    {{ newest(source('raw', 'call_center_cases'), key=['trim(case_id)'], version='updated_at') }}
),

renamed as (
    select
        {{ clean_key('case_id') }} as case_id,
        {{ clean('customer_id') }} as customer_id,
        {{ clean('phone') }} as phone,
        {{ phone_normalised('phone') }} as phone_normalised,
        {{ clean('email') }} as email,
        {{ email_normalised('email') }} as email_normalised,
        {{ clean_word('channel') }} as channel,
        {{ clean('category') }} as category,
        severity,
        opened_at,
        {{ local_date('opened_at') }} as opened_on,
        assigned_at,
        {{ clean('agent_id') }} as agent_id,
        resolved_at,
        followed_up_at,
        satisfaction,
        updated_at,
        _delivery_id,
        _row
    from source
)

select * from renamed
