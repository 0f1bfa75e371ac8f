-- How unevenly net margin lies among buyers, on every date that history holds.
select
    as_of,
    as_of = {{ month_end('as_of') }} as is_month_end,
    cast(holder_count as bigint) as holder_count,
    cast(positive_total as double) as positive_total,
    cast(not_positive_count as bigint) as not_positive_count,
    cast(not_positive_total as double) as not_positive_total,
    cast(gini as double) as gini,
    cast(gini_low as double) as gini_low,
    cast(gini_high as double) as gini_high,
    cast(top_fifth_share as double) as top_fifth_share,
    cast(bottom_half_share as double) as bottom_half_share,
    cast(head_count as bigint) as head_count,
    cast(tail_count as bigint) as tail_count,
    cast(tail_share as double) as tail_share,
    cast(concentration_status as varchar) as concentration_status
from {{ source('mining', 'value_concentration') }}
where as_of <= {{ as_of() }}
order by as_of
