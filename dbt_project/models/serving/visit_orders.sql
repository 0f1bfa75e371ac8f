-- Through which channel known visitors of the last 3 months ordered within 7 days.
select
    as_of,
    cast(channel as varchar) as channel,
    cast(visit_day_count as bigint) as visit_day_count,
    cast(visit_day_share as double) as visit_day_share,
    cast(share_low as double) as share_low,
    cast(share_high as double) as share_high
from {{ source('mining', 'visit_orders') }}
where as_of = {{ as_of() }}
order by channel
