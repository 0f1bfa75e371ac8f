-- Every RFM group on every date that history holds, empty groups too.
with

totals as (
    select
        as_of,
        rfm_group,
        count(*) as customer_count,
        sum(monetary_amount) as monetary_amount,
        avg(recency_days) as mean_recency_days,
        avg(frequency) as mean_frequency
    from {{ source('mining', 'customer_rfm') }}
    where as_of <= {{ as_of() }}
    group by as_of, rfm_group
),

dates as (
    select distinct as_of from totals
)

select
    dates.as_of,
    dates.as_of = {{ month_end('dates.as_of') }} as is_month_end,
    every_group.rfm_group,
    coalesce(totals.customer_count, 0) as customer_count,
    cast(coalesce(totals.monetary_amount, 0) as decimal(18, 4)) as monetary_amount,
    totals.mean_recency_days,
    totals.mean_frequency
from dates
cross join ({{ group_rows() }}) as every_group
left join totals on dates.as_of = totals.as_of and every_group.rfm_group = totals.rfm_group
order by dates.as_of, every_group.rfm_group
