-- How many went from which loyalty stage to which, those who stayed included: month end to month end, the last night.
with

places as (
    select as_of, customer_key, loyalty_stage, net_margin from {{ source('mining', 'customer_loyalty') }}
),

dates as (
    select distinct as_of from places
),

pairs as (
    select compared.as_of, compared.previous_as_of, compared.period
    from {{ ref('int_compared_dates') }} as compared
    inner join dates as later on compared.as_of = later.as_of
    inner join dates as earlier on compared.previous_as_of = earlier.as_of
),

sides as (
    select pairs.*, places.customer_key, cast(null as varchar) as stage_from, places.loyalty_stage as stage_to
    from pairs
    inner join places on pairs.as_of = places.as_of
    union all
    select pairs.*, places.customer_key, places.loyalty_stage, cast(null as varchar)
    from pairs
    inner join places on pairs.previous_as_of = places.as_of
),

both_sides as (
    select as_of, previous_as_of, period, customer_key, max(stage_from) as stage_from, max(stage_to) as stage_to
    from sides
    group by as_of, previous_as_of, period, customer_key
)

select as_of, previous_as_of, period, stage_from, stage_to, count(*) as customer_count
from both_sides
group by as_of, previous_as_of, period, stage_from, stage_to
order by as_of, period, stage_from, stage_to
