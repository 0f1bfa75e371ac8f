-- Opportunities by stage: how many reached it, went on, were lost or are there, and how long that took.
select
    as_of,
    cast(attribute as varchar) as attribute,
    cast(group_name as varchar) as group_name,
    cast(place as integer) as place,
    cast(stage as varchar) as stage,
    cast(reached_count as bigint) as reached_count,
    cast(gone_on_count as bigint) as gone_on_count,
    cast(lost_count as bigint) as lost_count,
    cast(present_count as bigint) as present_count,
    cast(present_amount as decimal(18, 4)) as present_amount,
    cast(conversion_share as double) as conversion_share,
    cast(conversion_low as double) as conversion_low,
    cast(conversion_high as double) as conversion_high,
    cast(median_days as double) as median_days,
    cast(quarter_days as double) as quarter_days,
    cast(three_quarter_days as double) as three_quarter_days,
    cast(median_age_days as double) as median_age_days,
    cast(funnel_status as varchar) as funnel_status
from {{ source('mining', 'sales_funnel') }}
where as_of = {{ as_of() }}
order by attribute, group_name, place
