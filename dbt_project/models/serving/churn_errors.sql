-- Every candidate horizon with its two errors, as of the date.
select
    horizon_days,
    left_count,
    came_back_count,
    came_back_count / nullif(cast(left_count as double), 0) as came_back_share,
    leaver_count,
    missed_count,
    missed_count / nullif(cast(leaver_count as double), 0) as missed_share,
    is_chosen
from {{ source('models', 'churn_horizons') }}
where as_of = {{ as_of() }}
order by horizon_days
