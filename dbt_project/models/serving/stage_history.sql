-- Every loyalty stage on every date that history holds, empty stages too. Who had not bought yet is counted on the
-- date alone: since when somebody is known is not on record for everybody.
with

totals as (
    select
        as_of,
        loyalty_stage,
        count(*) as customer_count,
        sum(net_margin) as net_margin,
        avg(loyalty_index) as mean_index,
        avg(durability) as mean_durability,
        avg(firmness) as mean_firmness,
        avg(stability) as mean_stability
    from {{ source('mining', 'customer_loyalty') }}
    where as_of <= {{ as_of() }}
    group by as_of, loyalty_stage
),

dates as (
    select distinct as_of from totals
),

potential as (
    select {{ as_of() }} as as_of, 'potential' as loyalty_stage, count(*) as customer_count
    from {{ ref('customer_360') }}
    where is_prospect
),

every_stage as (
    select
        dates.as_of,
        stages.loyalty_stage,
        coalesce(totals.customer_count, potential.customer_count, 0) as customer_count,
        coalesce(totals.net_margin, 0) as net_margin,
        totals.mean_index,
        totals.mean_durability,
        totals.mean_firmness,
        totals.mean_stability
    from dates
    cross join ({{ stage_rows() }}) as stages
    left join totals on dates.as_of = totals.as_of and stages.loyalty_stage = totals.loyalty_stage
    left join potential on dates.as_of = potential.as_of and stages.loyalty_stage = potential.loyalty_stage
    where stages.loyalty_stage <> 'potential' or dates.as_of = {{ as_of() }}
)

select
    as_of,
    as_of = {{ month_end('as_of') }} as is_month_end,
    loyalty_stage,
    customer_count,
    customer_count / nullif(cast(sum(customer_count) over (partition by as_of) as double), 0) as customer_share,
    cast(net_margin as decimal(18, 4)) as net_margin,
    mean_index,
    mean_durability,
    mean_firmness,
    mean_stability
from every_stage
order by as_of, loyalty_stage
