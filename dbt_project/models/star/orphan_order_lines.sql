{{ config(meta={'touched_by': ['order_id']}) }}

{% call touched() %}
    select order_id from {{ changed('stg_sales__order_lines') }}
    union all
    select order_id from {{ changed('stg_sales__orders') }}
{% endcall %}

-- Lines that no fact can hold: without an order they have no date, and an absurd amount would drown every sum.
select
    {{ surrogate_key(['lines.order_id', 'lines.line_number']) }} as order_line_key,
    lines.order_id,
    lines.line_number,
    case when orders.order_id is null then 'its order was never delivered' else 'its amount is absurd' end as reason,
    lines.product_id,
    lines.quantity,
    lines.unit_price as unit_price_amount,
    lines.discount as discount_amount
from {{ ref('stg_sales__order_lines') }} as lines
left join {{ ref('stg_sales__orders') }} as orders on lines.order_id = orders.order_id
where
    {{ is_touched('lines.order_id') }}
    and (
        orders.order_id is null
        or not {{ is_countable(line_amount('lines.quantity', 'lines.unit_price'), 'lines.discount') }}
    )
