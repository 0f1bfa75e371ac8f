with

agents as (
    select * from {{ ref('stg_call_center__agents') }}
),

seen as (
    select agent_id from agents
    union
    select agent_id from {{ ref('stg_call_center__calls') }}
    union
    select agent_id from {{ ref('stg_call_center__cases') }}
)

select
    {{ surrogate_key(['seen.agent_id']) }} as agent_key,
    seen.agent_id,
    agents.name,
    agents.team,
    agents.capacity_per_day,
    cast(coalesce(agents.cost_per_hour, {{ var('cost_agent_hour') | float }}) as decimal(18, 4)) as hour_cost_amount
from seen
left join agents on seen.agent_id = agents.agent_id
where seen.agent_id is not null
