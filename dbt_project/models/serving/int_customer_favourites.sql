-- Where each customer orders most and what they spend most on, by the as-of date. The later, then the name, decides
-- ties.
{{ config(materialized='ephemeral') }}

with

channels as (
    select customer_key, channel, count(*) as orders, max(ordered_on) as last_on
    from {{ ref('fct_orders') }}
    where is_sale and ordered_on <= {{ as_of() }} and customer_key is not null and channel is not null
    group by customer_key, channel
),

main_channels as (
    select customer_key, channel as main_channel
    from channels
    qualify row_number() over (partition by customer_key order by orders desc, last_on desc, channel) = 1
),

categories as (
    select lines.customer_key, products.category, sum(lines.net_amount) as amount
    from {{ ref('fct_order_lines') }} as lines
    inner join {{ ref('dim_product') }} as products on lines.product_key = products.product_key and products.is_current
    where
        lines.is_counted and lines.ordered_on <= {{ as_of() }}
        and lines.customer_key is not null and products.category is not null
    group by lines.customer_key, products.category
),

main_categories as (
    select customer_key, category as main_category
    from categories
    where amount > 0
    qualify row_number() over (partition by customer_key order by amount desc, category) = 1
)

select
    coalesce(main_channels.customer_key, main_categories.customer_key) as customer_key,
    main_channels.main_channel,
    main_categories.main_category
from main_channels
full outer join main_categories on main_channels.customer_key = main_categories.customer_key
