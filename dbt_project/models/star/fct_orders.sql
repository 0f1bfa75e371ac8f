{{ config(meta={'touched_by': ['order_id']}) }}

{% call touched() %}
    select order_id from {{ changed('stg_sales__orders') }}
    union all
    select order_id from {{ changed('stg_sales__cancellations') }}
    union all
    select order_id from {{ changed('fct_order_lines') }}
    union all
    {{ owned_anew('order_id', ref('stg_sales__orders'), {'customer_id': 'customer_id'}) }}
{% endcall %}

with

orders as (
    select * from {{ ref('stg_sales__orders') }}
    where {{ is_touched('order_id') }}
),

cancellations as (
    select
        order_id,
        min(updated_at) as cancelled_at
    from {{ ref('stg_sales__cancellations') }}
    where {{ is_touched('order_id') }}
    group by order_id
),

lines as (
    select
        order_id,
        count(*) as line_count,
        coalesce(sum(quantity) filter (where quantity > 0), 0) as item_quantity,
        coalesce(-sum(quantity) filter (where quantity < 0), 0) as returned_quantity,
        count(*) filter (where quantity > 0) > 0 as has_sale_line,
        count(*) filter (where quantity < 0) > 0 as has_return_line,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        coalesce(-sum(net_amount) filter (where is_return), 0) as returned_amount,
        sum(net_amount) as net_amount,
        sum(cost_amount) as cost_amount,
        sum(margin_amount) as margin_amount
    from {{ ref('fct_order_lines') }}
    where {{ is_touched('order_id') }}
    group by order_id
)

select
    {{ surrogate_key(['orders.order_id']) }} as order_key,
    orders.order_id,
    by_number.customer_key,
    orders.ordered_at,
    orders.ordered_on,
    orders.channel,
    channels.channel_key,
    orders.store_id,
    orders.sales_rep_id,
    campaigns.campaign_key,
    orders.currency,
    orders.status,
    case when orders.status = 'cancelled' then cancellations.cancelled_at end as cancelled_at,
    case when orders.status = 'cancelled' then {{ local_date('cancellations.cancelled_at') }} end as cancelled_on,
    cast(coalesce(lines.line_count, 0) as integer) as line_count,
    cast(coalesce(lines.item_quantity, 0) as decimal(18, 3)) as item_quantity,
    cast(coalesce(lines.returned_quantity, 0) as decimal(18, 3)) as returned_quantity,
    cast(coalesce(lines.gross_amount, 0) as decimal(18, 4)) as gross_amount,
    cast(coalesce(lines.discount_amount, 0) as decimal(18, 4)) as discount_amount,
    cast(coalesce(lines.returned_amount, 0) as decimal(18, 4)) as returned_amount,
    cast(coalesce(lines.net_amount, 0) as decimal(18, 4)) as net_amount,
    cast(lines.cost_amount as decimal(18, 4)) as cost_amount,
    cast(coalesce(lines.margin_amount, 0) as decimal(18, 4)) as margin_amount,
    orders.status <> 'cancelled' and coalesce(lines.has_sale_line, false) as is_sale,
    orders.status <> 'cancelled' and coalesce(lines.has_return_line and not lines.has_sale_line, false) as is_return,
    orders.status = 'cancelled' as is_cancelled
from orders
left join lines on orders.order_id = lines.order_id
left join cancellations on orders.order_id = cancellations.order_id
left join {{ ref('dim_channel') }} as channels on channels.kind = 'sales' and orders.channel = channels.channel
left join {{ ref('dim_campaign') }} as campaigns on orders.campaign_id = campaigns.campaign_id
{{ join_owner('by_number', "'customer_id'", 'orders.customer_id') }}
-- What is mined reads it customer by customer: kept together, grouping by customer touches few rows at a time.
order by by_number.customer_key, orders.ordered_at
