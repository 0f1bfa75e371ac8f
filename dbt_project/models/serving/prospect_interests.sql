-- What each prospect looked at on the web in the last 6 months.
with

names as (
    select customer_key, name from {{ ref('dim_customer') }} where is_current
)

select
    found.as_of,
    cast(found.customer_key as bigint) as customer_key,
    names.name,
    cast(found.visit_count as bigint) as visit_count,
    cast(found.view_count as bigint) as view_count,
    cast(found.search_count as bigint) as search_count,
    cast(found.main_category as varchar) as main_category,
    cast(found.last_search as varchar) as last_search,
    cast(found.has_cart as boolean) as has_cart,
    cast(found.last_seen_on as date) as last_seen_on
from {{ source('mining', 'prospect_interests') }} as found
left join names on found.customer_key = names.customer_key
where found.as_of = {{ as_of() }}
order by found.view_count desc, found.customer_key
