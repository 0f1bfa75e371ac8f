-- Categories that people looked at before their first order, and terms searched for, of the last 12 months.
select
    as_of,
    cast(kind as varchar) as kind,
    cast(sought as varchar) as sought,
    cast(people_count as bigint) as people_count,
    cast(success_count as bigint) as success_count,
    cast(success_share as double) as success_share,
    cast(share_low as double) as share_low,
    cast(share_high as double) as share_high
from {{ source('mining', 'sought_things') }}
where as_of = {{ as_of() }}
order by kind, sought
