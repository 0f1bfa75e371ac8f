-- What to offer to whom, why, and by when; the best first.
select
    level,
    customer_key,
    offer_rank,
    case when level = 'product' then cast(item as bigint) end as product_key,
    item_name,
    case when level = 'product' then item_name end as product_name,
    basis,
    rule_key,
    antecedent_name,
    bought_on,
    days_since,
    chance,
    cast(margin_amount as decimal(18, 4)) as margin_amount,
    expected_margin,
    contact_by,
    reason
from {{ source('mining', 'next_best_offers') }}
where as_of = {{ as_of() }}
order by level, customer_key, offer_rank
