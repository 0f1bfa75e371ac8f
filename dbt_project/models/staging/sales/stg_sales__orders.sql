{{ config(unique_key=['order_id'], meta={'version': 'updated_at'}) }}

with

source as (
    {{ newest(source('raw', 'sales_orders'), key=['trim(order_id)'], version='updated_at') }}
),

renamed as (
    select
        {{ clean_key('order_id') }} as order_id,
        {{ clean('customer_id') }} as customer_id,
        ordered_at,
        {{ local_date('ordered_at') }} as ordered_on,
        {{ clean_word('channel') }} as channel,
        {{ clean('store_id') }} as store_id,
        {{ clean('sales_rep_id') }} as sales_rep_id,
        {{ clean('campaign_id') }} as campaign_id,
        coalesce({{ clean('currency') }}, '{{ var("currency") }}') as currency,
        coalesce(status, 'completed') as status,
        updated_at,
        _delivery_id,
        _row
    from source
)

select * from renamed
