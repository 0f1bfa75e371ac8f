{{ config(materialized='table') }} -- read by four tables of the star: judged once

with

source as (
    {{ newest(source('raw', 'sales_orders'), key=['trim(order_id)'], version='updated_at') }}
),

-- When an order was first cancelled is only in its older versions.
cancellations as (
    select
        trim(order_id) as order_id,
        min(updated_at) as cancelled_at
    from {{ source('raw', 'sales_orders') }}
    where status = 'cancelled'
    group by 1
),

renamed as (
    select
        {{ clean_key('source.order_id') }} as order_id,
        {{ clean('source.customer_id') }} as customer_id,
        source.ordered_at,
        {{ local_date('source.ordered_at') }} as ordered_on,
        {{ clean_word('source.channel') }} as channel,
        {{ clean('source.store_id') }} as store_id,
        {{ clean('source.sales_rep_id') }} as sales_rep_id,
        {{ clean('source.campaign_id') }} as campaign_id,
        coalesce({{ clean('source.currency') }}, '{{ var("currency") }}') as currency,
        coalesce(source.status, 'completed') as status,
        case when source.status = 'cancelled' then cancellations.cancelled_at end as cancelled_at,
        source.updated_at
    from source
    left join cancellations on trim(source.order_id) = cancellations.order_id
)

select * from renamed
