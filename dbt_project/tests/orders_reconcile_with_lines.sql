-- The orders' totals are those of their lines, and a return is told from a sale by the same lines.
with

orders as (
    select
        coalesce(sum(line_count), 0) as line_count,
        coalesce(sum(gross_amount), 0) as gross_amount,
        coalesce(sum(discount_amount), 0) as discount_amount,
        coalesce(sum(returned_amount), 0) as returned_amount,
        coalesce(sum(net_amount), 0) as net_amount,
        coalesce(sum(cost_amount), 0) as cost_amount,
        coalesce(sum(margin_amount), 0) as margin_amount,
        coalesce(sum(net_amount) filter (where not is_cancelled), 0) as counted_amount
    from {{ ref('fct_orders') }}
    where {{ is_touched('order_id', table='fct_orders') }}
),

lines as (
    select
        count(*) as line_count,
        coalesce(sum(gross_amount), 0) as gross_amount,
        coalesce(sum(discount_amount), 0) as discount_amount,
        coalesce(-sum(net_amount) filter (where is_return), 0) as returned_amount,
        coalesce(sum(net_amount), 0) as net_amount,
        coalesce(sum(cost_amount), 0) as cost_amount,
        coalesce(sum(margin_amount), 0) as margin_amount,
        coalesce(sum(net_amount) filter (where is_counted), 0) as counted_amount
    from {{ ref('fct_order_lines') }}
    where {{ is_touched('order_id', table='fct_orders') }}
)

-- Each side is one row; what is left is one that the other side does not agree with.
select * from orders
except
select * from lines
