with

lines as (
    select
        *,
        {{ line_amount('quantity', 'unit_price') }} as gross_amount
    from {{ ref('stg_sales__order_lines') }}
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
