-- How much of all positive margin the best 0.5, 1, 1.5 ... 100 percent of the earners bring, as of the date.
with

earners as (
    select
        net_margin,
        row_number() over (order by net_margin desc) as place,
        sum(net_margin) over (order by net_margin desc rows unbounded preceding) as cumulative_margin
    from {{ source('mining', 'customer_tiers') }}
    where as_of = {{ as_of() }} and net_margin > 0
),

total as (
    select count(*) as customers, sum(net_margin) as margin from earners
),

digits as (
    {{ number_rows('digit', range(10)) }}
),

half_percents as (
    select 100 * hundreds.digit + 10 * tens.digit + ones.digit as point
    from digits as hundreds
    cross join digits as tens
    cross join digits as ones
    where 100 * hundreds.digit + 10 * tens.digit + ones.digit <= 200
),

points as (
    -- The first customers that make up at least this share of them: 1 of 3 for 0.5 percent.
    select half_percents.point, cast(ceil(half_percents.point * total.customers / 200.0) as bigint) as place
    from half_percents
    cross join total
)

select
    {{ as_of() }} as as_of,
    points.point,
    points.place / cast(total.customers as double) as customer_share,
    coalesce(cast(earners.cumulative_margin as double), 0) / cast(total.margin as double) as margin_share
from points
cross join total
left join earners on points.place = earners.place
where total.customers > 0
order by points.point
