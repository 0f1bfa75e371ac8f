-- Open cases that should have been resolved, oldest first.
with

names as (
    select customer_key, name from {{ ref('dim_customer') }} where is_current
)

select
    found.as_of,
    cast(found.case_key as bigint) as case_key,
    cast(found.case_id as varchar) as case_id,
    cast(found.customer_key as bigint) as customer_key,
    names.name,
    cast(found.channel as varchar) as channel,
    cast(found.category as varchar) as category,
    cast(found.severity as varchar) as severity,
    cast(found.opened_on as date) as opened_on,
    cast(found.age_hours as double) as age_hours,
    cast(found.waits_for as varchar) as waits_for
from {{ source('mining', 'overdue_cases') }} as found
left join names on found.customer_key = names.customer_key
where found.as_of = {{ as_of() }}
order by found.age_hours desc, found.case_key
