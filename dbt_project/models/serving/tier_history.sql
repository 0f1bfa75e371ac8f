-- Every tier on every date that history holds, empty tiers too.
with

-- Equal margins share a tier and a higher margin never has a lower one, so the lowest margin of A and B says who is
-- where: customers of all dates need not be joined to each other.
cut_offs as (
    select
        as_of,
        min(net_margin) filter (where tier = 'A') as lowest_a,
        min(net_margin) filter (where tier = 'B') as lowest_b
    from {{ source('mining', 'customer_tiers') }}
    where as_of <= {{ as_of() }}
    group by as_of
),

customers as (
    select
        margins.*,
        case
            when margins.net_margin >= cut_offs.lowest_a then 'A'
            when margins.net_margin >= cut_offs.lowest_b then 'B'
            when margins.net_margin >= 0 then 'C'
            else 'D'
        end as tier
    from {{ source('mining', 'customer_margins') }} as margins
    inner join cut_offs on margins.as_of = cut_offs.as_of
),

totals as (
    select
        as_of,
        tier,
        count(*) as customer_count,
        sum(revenue_amount) as revenue_amount,
        sum(net_margin) as net_margin,
        sum(cost_to_serve_amount) as cost_to_serve_amount
    from customers
    group by as_of, tier
),

every_tier as (
    select
        cut_offs.as_of,
        tiers.tier,
        coalesce(totals.customer_count, 0) as customer_count,
        coalesce(totals.revenue_amount, 0) as revenue_amount,
        coalesce(totals.net_margin, 0) as net_margin,
        coalesce(totals.cost_to_serve_amount, 0) as cost_to_serve_amount
    from cut_offs
    cross join ({{ tier_rows() }}) as tiers
    left join totals on cut_offs.as_of = totals.as_of and tiers.tier = totals.tier
)

select
    as_of,
    as_of = {{ month_end('as_of') }} as is_month_end,
    tier,
    customer_count,
    customer_count / cast(sum(customer_count) over (partition by as_of) as double) as customer_share,
    cast(revenue_amount as decimal(18, 4)) as revenue_amount,
    cast(net_margin as decimal(18, 4)) as net_margin,
    -- Of all that is brought: D brings nothing, so its share is 0 and A's can be held against the cut-off.
    case when tier = 'D' then 0 else cast(net_margin as double) end
    / nullif(sum(case when tier = 'D' then 0 else cast(net_margin as double) end) over (partition by as_of), 0)
        as margin_share,
    cast(cost_to_serve_amount as decimal(18, 4)) as cost_to_serve_amount
from every_tier
order by as_of, tier
