-- How many went from which RFM group to which, those who stayed included: who was there less who left.
with

moved as (
    select
        moves.as_of, pairs.previous_as_of, moves.period,
        moves.value_from as group_from, moves.value_to as group_to,
        count(*) as customer_count
    from {{ source('mining', 'customer_moves') }} as moves
    inner join {{ ref('int_compared_dates') }} as pairs
        on moves.as_of = pairs.as_of and moves.previous_as_of = pairs.previous_as_of and moves.period = pairs.period
    where moves.measure = 'rfm_group'
    group by all
),

left_behind as (
    select as_of, period, group_from, sum(customer_count) as customer_count
    from moved
    group by all
),

stayed as (
    select
        pairs.as_of, pairs.previous_as_of, pairs.period, was.rfm_group as group_from, was.rfm_group as group_to,
        was.customer_count - coalesce(left_behind.customer_count, 0) as customer_count
    from {{ ref('int_compared_dates') }} as pairs
    inner join {{ ref('rfm_group_history') }} as was on pairs.previous_as_of = was.as_of
    left join left_behind
        on pairs.as_of = left_behind.as_of and pairs.period = left_behind.period
        and was.rfm_group = left_behind.group_from
),

every_move as (
    select * from moved
    union all
    select * from stayed where customer_count <> 0
)

select as_of, previous_as_of, period, group_from, group_to, cast(customer_count as bigint) as customer_count
from every_move
order by as_of, period, group_from, group_to
