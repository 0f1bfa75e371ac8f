{{ config(unique_key=['order_id', 'line_number']) }}

with

source as (
    {{ newest(source('raw', 'sales_order_lines'), key=['trim(order_id)', 'line_number']) }}
),

renamed as (
    select
        {{ clean_key('order_id') }} as order_id,
        line_number,
        {{ clean('product_id') }} as product_id,
        quantity,
        unit_price,
        coalesce(discount, 0) as discount,
        unit_cost,
        _delivery_id,
        _row
    from source
)

select * from renamed
