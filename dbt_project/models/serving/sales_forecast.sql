-- What open opportunities will bring, by the month in which they should be decided.
select
    as_of,
    cast(close_month as varchar) as close_month,
    cast(open_count as bigint) as open_count,
    cast(open_amount as decimal(18, 4)) as open_amount,
    cast(expected_amount as double) as expected_amount,
    cast(expected_low as double) as expected_low,
    cast(expected_high as double) as expected_high,
    cast(unrated_count as bigint) as unrated_count
from {{ source('mining', 'sales_forecast') }}
where as_of = {{ as_of() }}
order by close_month
