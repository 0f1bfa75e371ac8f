-- Lines whose order was never delivered cannot be dated, so they are in no fact; they are kept here and counted.
select
    {{ surrogate_key(['lines.order_id', 'lines.line_number']) }} as order_line_key,
    lines.order_id,
    lines.line_number,
    lines.product_id,
    lines.quantity,
    cast(lines.quantity * lines.unit_price as decimal(18, 4)) as gross_amount,
    lines.discount as discount_amount
from {{ ref('stg_sales__order_lines') }} as lines
left join {{ ref('stg_sales__orders') }} as orders on lines.order_id = orders.order_id
where orders.order_id is null
