-- What the searches went through, and what is missing where there is too little data.
with

searches as (
    select * from {{ source('mining', 'rule_searches') }}
    union all
    select * from {{ source('mining', 'basket_searches') }}
    union all
    select * from {{ source('mining', 'path_searches') }}
)

select
    kind,
    level,
    case_count,
    tried_count,
    found_count,
    used_count,
    note,
    found_on
from searches
where as_of = {{ as_of() }}
order by kind, level
