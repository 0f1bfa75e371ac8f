select
    order_code("order") as order_id,
    case when person >= 0 then person end as person_id,
    customer_code(account) as customer_id,
    make_timestamp("at" * 1000000) as ordered_at,
    origins.word as origin,
    case when rule >= 0 then rule end as rule,
    case when campaign >= 0 then campaign_code(campaign) end as campaign_id,
    case when contact >= 0 then contact_code(contact) end as contact_id,
    is_late, is_cancelled
from orders_stored
join origins on origins.code = origin
order by "order"
