-- How many sessions of the last 3 months went how far, from visit to order.
select
    as_of,
    cast(attribute as varchar) as attribute,
    cast(group_name as varchar) as group_name,
    cast(place as bigint) as place,
    cast(step as varchar) as step,
    cast(session_count as bigint) as session_count,
    cast(of_visits_share as double) as of_visits_share,
    cast(of_visits_low as double) as of_visits_low,
    cast(of_visits_high as double) as of_visits_high,
    cast(of_step_share as double) as of_step_share,
    cast(funnel_status as varchar) as funnel_status
from {{ source('mining', 'web_funnel') }}
where as_of = {{ as_of() }}
order by attribute, group_name, place
