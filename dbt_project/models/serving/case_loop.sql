-- How complaints go through their steps over the last 12 months, and all cases by category; a case still open counts
-- with the time it has been open.
select
    as_of,
    cast(scope as varchar) as scope,
    cast(attribute as varchar) as attribute,
    cast(group_name as varchar) as group_name,
    cast(step as varchar) as step,
    cast(case_count as bigint) as case_count,
    cast(done_count as bigint) as done_count,
    cast(open_count as bigint) as open_count,
    cast(median_hours as double) as median_hours,
    cast(ninetieth_hours as double) as ninetieth_hours,
    cast(late_count as bigint) as late_count,
    cast(late_share as double) as late_share,
    cast(late_low as double) as late_low,
    cast(late_high as double) as late_high,
    cast(judged_count as bigint) as judged_count,
    cast(reopened_count as bigint) as reopened_count,
    cast(reopened_share as double) as reopened_share,
    cast(reopened_low as double) as reopened_low,
    cast(reopened_high as double) as reopened_high,
    cast(loop_status as varchar) as loop_status
from {{ source('mining', 'case_loop') }}
where as_of = {{ as_of() }}
order by scope, attribute, group_name, step
