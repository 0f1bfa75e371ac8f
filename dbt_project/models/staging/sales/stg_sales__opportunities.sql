{{ config(unique_key=['opportunity_id', 'changed_at']) }}

with

source as (
    {{ newest(source('raw', 'sales_opportunities'), key=['trim(opportunity_id)', 'changed_at']) }}
),

renamed as (
    select
        {{ clean_key('opportunity_id') }} as opportunity_id,
        changed_at,
        {{ local_date('changed_at') }} as changed_on,
        {{ clean('customer_id') }} as customer_id,
        stage,
        amount,
        expected_close_on,
        outcome,
        {{ clean('owner_id') }} as owner_id,
        {{ clean('lead_source') }} as lead_source,
        _delivery_id,
        _row
    from source
)

select * from renamed
