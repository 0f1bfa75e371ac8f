-- Orders and revenue of past weeks and of the weeks ahead, as of the date.
select
    measure,
    split,
    series,
    week_on,
    actual,
    forecast,
    low,
    high,
    seasonal_naive,
    forecast is not null as is_ahead,
    model_version
from {{ source('models', 'weekly_forecasts') }}
where as_of = {{ as_of() }}
order by measure, split, series, week_on
