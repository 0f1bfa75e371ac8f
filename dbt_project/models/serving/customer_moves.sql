-- Who moved tier, group or loyalty stage, and why, with the name that a person reads.
with

names as (
    select customer_key, name from {{ ref('dim_customer') }} where is_current
),

every_move as (
    select
        as_of, previous_as_of, period, customer_key, measure, value_from, value_to, direction, changed, reason,
        net_margin, net_margin_change
    from {{ source('mining', 'customer_moves') }}
    union all
    select
        as_of, previous_as_of, period, customer_key, measure, value_from, value_to, direction, changed, reason,
        net_margin, net_margin_change
    from {{ source('mining', 'stage_moves') }}
)

select
    moves.as_of,
    moves.previous_as_of,
    moves.period,
    moves.customer_key,
    names.name,
    moves.measure,
    moves.value_from,
    moves.value_to,
    moves.direction,
    moves.changed,
    moves.reason,
    cast(moves.net_margin as decimal(18, 4)) as net_margin,
    cast(moves.net_margin_change as decimal(18, 4)) as net_margin_change
from every_move as moves
left join names on moves.customer_key = names.customer_key
where moves.as_of <= {{ as_of() }}
order by moves.as_of, moves.period, moves.customer_key
