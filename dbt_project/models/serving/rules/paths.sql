-- Which steps come before leaving, before a first purchase and before a large one.
select
    outcome,
    path_key,
    path,
    step_count,
    outcome_count,
    control_count,
    outcome_total,
    control_total,
    outcome_share,
    control_share,
    case when control_count > 0 then lift end as lift,
    p_value,
    q_value,
    is_telling,
    found_on
from {{ source('mining', 'paths') }}
where as_of = {{ as_of() }}
order by outcome, path_key
