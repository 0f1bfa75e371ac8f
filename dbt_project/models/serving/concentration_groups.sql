-- How unevenly net margin lies among customers of each kind and among products, as of the date.
select
    as_of,
    holders,
    attribute,
    group_name,
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
from {{ source('mining', 'concentration_by_attribute') }}
where as_of = {{ as_of() }}
order by holders, attribute, group_name
