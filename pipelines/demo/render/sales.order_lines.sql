select
    deliver_on, flaw, "at" as sort_1, "order" as sort_2, line_number as sort_3,
    order_code("order") as order_id,
    line_number,
    product_code(product) as product_id,
    quantity,
    money(unit_price) as unit_price,
    money(discount) as discount,
    case when unit_cost >= 0 then money(unit_cost) end as unit_cost
from incoming
