-- Every level of the value pyramid on every date that history holds, empty levels too, from the top down.
with

levels as (
    select 1 as place, 'top' as pyramid_level, 'look after' as pyramid_action, 'service budget first' as pyramid_budget
    union all
    select 2, 'could join the top', 'develop', 'marketing budget first'
    union all
    select 3, 'small', 'serve cheaply', 'self-service'
    union all
    select 4, 'dormant', 'reactivate or archive', 'one attempt, then none'
    union all
    select 5, 'cost money', 'fix or let go', 'none before the cause is known'
),

totals as (
    select
        as_of,
        pyramid_level,
        count(*) as customer_count,
        sum(net_margin) as net_margin,
        sum(cost_to_serve_amount) as cost_to_serve_amount
    from {{ source('mining', 'customer_loyalty') }}
    where as_of <= {{ as_of() }}
    group by as_of, pyramid_level
),

dates as (
    select as_of, sum(customer_count) as customers, sum(net_margin) as margin from totals group by as_of
)

select
    dates.as_of,
    dates.as_of = {{ month_end('dates.as_of') }} as is_month_end,
    levels.place,
    levels.pyramid_level,
    levels.pyramid_action,
    levels.pyramid_budget,
    coalesce(totals.customer_count, 0) as customer_count,
    coalesce(totals.customer_count, 0) / cast(dates.customers as double) as customer_share,
    cast(coalesce(totals.net_margin, 0) as decimal(18, 4)) as net_margin,
    case when dates.margin > 0 then cast(coalesce(totals.net_margin, 0) as double) / cast(dates.margin as double) end
        as margin_share,
    cast(coalesce(totals.cost_to_serve_amount, 0) as decimal(18, 4)) as cost_to_serve_amount
from dates
cross join levels
left join totals on dates.as_of = totals.as_of and levels.pyramid_level = totals.pyramid_level
order by dates.as_of, levels.place
