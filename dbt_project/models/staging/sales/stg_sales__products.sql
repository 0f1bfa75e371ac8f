{{ config(unique_key=['product_id', 'updated_at']) }}

with

source as (
    {{ newest(source('raw', 'sales_products'), key=['trim(product_id)', 'updated_at']) }}
),

renamed as (
    select
        {{ clean_key('product_id') }} as product_id,
        {{ clean('name') }} as name,
        {{ clean('category') }} as category,
        {{ clean('subcategory') }} as subcategory,
        {{ clean('brand') }} as brand,
        unit_cost,
        list_price,
        updated_at,
        _delivery_id,
        _row
    from source
)

select * from renamed
