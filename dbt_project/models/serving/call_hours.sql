-- Inbound calls of the last 3 months by hour of the company's clock: waiting, abandonment, load.
select
    as_of,
    cast(weekday as bigint) as weekday,
    cast(hour as bigint) as hour,
    cast(call_count as bigint) as call_count,
    cast(answered_count as bigint) as answered_count,
    cast(abandoned_count as bigint) as abandoned_count,
    cast(mean_wait_seconds as double) as mean_wait_seconds,
    cast(ninetieth_wait_seconds as double) as ninetieth_wait_seconds,
    cast(mean_talk_seconds as double) as mean_talk_seconds,
    cast(day_count as bigint) as day_count,
    cast(calls_per_hour as double) as calls_per_hour,
    cast(abandoned_share as double) as abandoned_share,
    cast(abandoned_low as double) as abandoned_low,
    cast(abandoned_high as double) as abandoned_high,
    cast(prompt_share as double) as prompt_share,
    cast(agents_on_duty as double) as agents_on_duty,
    cast(offered_load as double) as offered_load,
    cast(occupancy as double) as occupancy,
    cast(load_status as varchar) as load_status
from {{ source('mining', 'call_hours') }}
where as_of = {{ as_of() }}
order by weekday, hour
