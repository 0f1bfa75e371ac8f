-- What customers got against what they expected, by topic and segment, over the last 12 months; one voice per customer.
select
    as_of,
    cast(topic as varchar) as topic,
    cast(attribute as varchar) as attribute,
    cast(segment as varchar) as segment,
    cast(customer_count as bigint) as customer_count,
    cast(expected_mean as double) as expected_mean,
    cast(perceived_mean as double) as perceived_mean,
    cast(gap_mean as double) as gap_mean,
    cast(gap_low as double) as gap_low,
    cast(gap_high as double) as gap_high,
    cast(gap_p as double) as gap_p,
    cast(disappointed_share as double) as disappointed_share,
    cast(disappointed_low as double) as disappointed_low,
    cast(disappointed_high as double) as disappointed_high,
    cast(satisfaction_status as varchar) as satisfaction_status
from {{ source('mining', 'satisfaction_gaps') }}
where as_of = {{ as_of() }}
order by topic, attribute, segment
