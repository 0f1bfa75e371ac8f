-- How many went from which tier to which, those who stayed included. Who stayed is who was there less who left: the
-- movers are few, and joining all customers of all dates to each other is not needed.
with

moved as (
    select
        moves.as_of, pairs.previous_as_of, moves.period,
        moves.value_from as tier_from, moves.value_to as tier_to,
        count(*) as customer_count,
        sum(moves.net_margin) as net_margin,
        sum(moves.net_margin_change) as net_margin_change
    from {{ source('mining', 'customer_moves') }} as moves
    inner join {{ ref('int_compared_dates') }} as pairs
        on moves.as_of = pairs.as_of and moves.previous_as_of = pairs.previous_as_of and moves.period = pairs.period
    where moves.measure = 'tier'
    group by all
),

left_behind as (
    select
        as_of, period, tier_from,
        sum(customer_count) as customer_count,
        sum(net_margin - net_margin_change) as net_margin
    from moved
    group by all
),

arrived as (
    select as_of, period, tier_to, sum(net_margin) as net_margin
    from moved
    group by all
),

stayed as (
    select
        pairs.as_of, pairs.previous_as_of, pairs.period, was.tier as tier_from, was.tier as tier_to,
        was.customer_count - coalesce(left_behind.customer_count, 0) as customer_count,
        (now.net_margin - coalesce(arrived.net_margin, 0))
        - (was.net_margin - coalesce(left_behind.net_margin, 0)) as net_margin_change
    from {{ ref('int_compared_dates') }} as pairs
    inner join {{ ref('tier_history') }} as was on pairs.previous_as_of = was.as_of
    inner join {{ ref('tier_history') }} as now on pairs.as_of = now.as_of and was.tier = now.tier
    left join left_behind
        on pairs.as_of = left_behind.as_of and pairs.period = left_behind.period and was.tier = left_behind.tier_from
    left join arrived on pairs.as_of = arrived.as_of and pairs.period = arrived.period and was.tier = arrived.tier_to
),

every_move as (
    select as_of, previous_as_of, period, tier_from, tier_to, customer_count, net_margin_change from moved
    union all
    select * from stayed where customer_count <> 0
)

select
    as_of,
    previous_as_of,
    period,
    tier_from,
    tier_to,
    cast(customer_count as bigint) as customer_count,
    cast(net_margin_change as decimal(18, 4)) as net_margin_change
from every_move
order by as_of, period, tier_from, tier_to
