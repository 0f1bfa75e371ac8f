{{ config(meta={'touched_by': ['order_id']}) }}

{% call touched() %}
    select order_id from {{ changed('stg_sales__order_lines') }}
    union all
    select order_id from {{ changed('stg_sales__orders') }}
    union all
    {{ owned_anew('order_id', ref('stg_sales__orders'), {'customer_id': 'customer_id'}) }}
    union all
    -- What a product cost at the time of the sale is another amount now.
    select lines.order_id
    from {{ this }} as lines
    inner join {{ changed('dim_product') }} as gone
        on not gone.is_new and lines.product_key = gone.product_key
        and lines.ordered_at >= gone.valid_from and lines.ordered_at < gone.valid_to
    left join {{ changed('dim_product') }} as come
        on come.is_new and lines.product_key = come.product_key
        and lines.ordered_at >= come.valid_from and lines.ordered_at < come.valid_to
    where gone.unit_cost is distinct from come.unit_cost
{% endcall %}

with

lines as (
    select
        *,
        {{ line_amount('quantity', 'unit_price') }} as gross_amount
    from {{ ref('stg_sales__order_lines') }}
    where {{ is_touched('order_id') }}
),

orders as (
    select
        {{ surrogate_key(['orders.order_id']) }} as order_key,
        orders.order_id,
        orders.ordered_at,
        orders.ordered_on,
        orders.channel,
        orders.status,
        by_number.customer_key
    from {{ ref('stg_sales__orders') }} as orders
    {{ join_owner('by_number', "'customer_id'", 'orders.customer_id') }}
    where {{ is_touched('orders.order_id') }}
),

costed as (
    select
        lines.*,
        orders.order_key,
        orders.customer_key,
        orders.ordered_at,
        orders.ordered_on,
        orders.channel,
        orders.status,
        products.product_key,
        -- The cost at the time of sale: the line's own, else what the product's card said then.
        {{ line_amount('lines.quantity', 'coalesce(lines.unit_cost, products.unit_cost)') }} as cost_amount
    from lines
    inner join orders on lines.order_id = orders.order_id
    left join {{ ref('dim_product') }} as products
        on lines.product_id = products.product_id
        and orders.ordered_at >= products.valid_from and orders.ordered_at < products.valid_to
    where {{ is_countable('lines.gross_amount', 'lines.discount') }}
)

select
    {{ surrogate_key(['order_id', 'line_number']) }} as order_line_key,
    order_key,
    order_id,
    line_number,
    customer_key,
    product_key,
    ordered_at,
    ordered_on,
    channel,
    quantity,
    unit_price as unit_price_amount,
    gross_amount,
    discount as discount_amount,
    gross_amount - discount as net_amount,
    cost_amount,
    gross_amount - discount - coalesce(cost_amount, 0) as margin_amount,
    quantity < 0 as is_return,
    status <> 'cancelled' as is_counted
from costed
