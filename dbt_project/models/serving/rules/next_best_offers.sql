-- What to offer to whom, why, and by when; the best first.
select
    customer_key,
    offer_rank,
    cast(item as bigint) as product_key,
    product_name,
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
order by customer_key, offer_rank
