select
    deliver_on, flaw, "at" as sort_1, "order" as sort_2, 0 as sort_3,
    order_code("order") as order_id,
    customer_code(account) as customer_id,
    instant_text(ordered_at) as ordered_at,
    channel,
    case when store > 0 then 'S' || lpad(cast(store as varchar), 2, '0') end as store_id,
    case when representative > 0 then 'V' || representative end as sales_rep_id,
    case when campaign >= 0 then campaign_code(campaign) end as campaign_id,
    'EUR' as currency,
    status,
    instant_text("at") as updated_at
from incoming
