-- Open opportunities with the chance that their stage gives them.
with

names as (
    select customer_key, name from {{ ref('dim_customer') }} where is_current
)

select
    found.as_of,
    cast(found.opportunity_key as bigint) as opportunity_key,
    cast(found.customer_key as bigint) as customer_key,
    names.name,
    cast(found.owner_id as varchar) as owner_id,
    cast(found.lead_source as varchar) as lead_source,
    cast(found.stage as varchar) as stage,
    cast(found.place as bigint) as place,
    cast(found.amount as decimal(18, 4)) as amount,
    cast(found.expected_close_on as date) as expected_close_on,
    cast(found.win_share as double) as win_share,
    cast(found.win_basis as varchar) as win_basis,
    cast(found.closed_count as bigint) as closed_count,
    cast(found.expected_amount as double) as expected_amount
from {{ source('mining', 'open_opportunities') }} as found
left join names on found.customer_key = names.customer_key
where found.as_of = {{ as_of() }}
order by found.expected_amount desc, found.opportunity_key
