-- Whether offers made some weeks before a month's end were taken by its end, beside what is popular.
select
    as_of as checked_on,
    made_on,
    days,
    level,
    ordered_by,
    rule_count,
    offer_count,
    customer_count,
    hit_count,
    popular_hit_count,
    hit_share,
    hit_share_low,
    hit_share_high,
    popular_hit_share,
    popular_hit_share_low,
    popular_hit_share_high,
    difference,
    difference_low,
    difference_high
from {{ source('mining', 'offer_checks') }}
where as_of <= {{ as_of() }}
order by checked_on, level, ordered_by, offer_count
