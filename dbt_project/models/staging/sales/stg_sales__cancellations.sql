{{ config(unique_key=['order_id', 'updated_at']) }}

-- When an order was cancelled is only in its older versions: those are kept apart.
with

source as (
    {{ newest(source('raw', 'sales_orders'), key=['trim(order_id)', 'updated_at'], only="status = 'cancelled'") }}
),

renamed as (
    select
        {{ clean_key('order_id') }} as order_id,
        updated_at,
        _delivery_id,
        _row
    from source
)

select * from renamed
