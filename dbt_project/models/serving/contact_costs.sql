-- What one contact cost over the last 12 months, by channel, served and sent.
select
    as_of,
    cast(kind as varchar) as kind,
    cast(channel as varchar) as channel,
    cast(contact_count as bigint) as contact_count,
    cast(total_cost_amount as decimal(18, 4)) as total_cost_amount,
    cast(mean_cost as double) as mean_cost,
    cast(mean_cost_low as double) as mean_cost_low,
    cast(mean_cost_high as double) as mean_cost_high
from {{ source('mining', 'contact_costs') }}
where as_of = {{ as_of() }}
order by kind, channel
