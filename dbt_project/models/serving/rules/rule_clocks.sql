-- The clock of every rule: who had bought B by which day.
select
    level,
    rule_key,
    lag_days,
    hit_count,
    cumulative_share
from {{ source('mining', 'rule_clocks') }}
where as_of = {{ as_of() }}
order by level, rule_key, lag_days
