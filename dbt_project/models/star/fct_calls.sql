{{ config(meta={'touched_by': ['call_id']}) }}

{% call touched() %}
    select call_id from {{ changed('stg_call_center__calls') }}
    union all
    {{ owned_anew(
        'call_id', ref('stg_call_center__calls'), {'customer_id': 'customer_id', 'phone': 'phone_normalised'}
    ) }}
    union all
    select call_id from {{ ref('stg_call_center__calls') }}
    where agent_id in (select agent_id from {{ changed('dim_agent') }})
{% endcall %}

with

calls as (
    select * from {{ ref('stg_call_center__calls') }}
    where {{ is_touched('call_id') }}
),

agents as (
    select * from {{ ref('dim_agent') }}
)

select
    {{ surrogate_key(['calls.call_id']) }} as call_key,
    calls.call_id,
    coalesce(by_number.customer_key, by_phone.customer_key) as customer_key,
    agents.agent_key,
    calls.started_at,
    calls.started_on,
    calls.direction,
    calls.reason,
    calls.queue_seconds,
    calls.talk_seconds,
    calls.outcome,
    coalesce(calls.outcome = 'abandoned', false) as is_abandoned,
    calls.is_resolved,
    calls.satisfaction,
    cast(
        coalesce(calls.talk_seconds, 0)
        * coalesce(agents.hour_cost_amount, cast({{ var('cost_agent_hour') | float }} as decimal(18, 4))) / 3600
        + {{ var('cost_call') | float }} as decimal(18, 4)
    ) as cost_amount
from calls
left join agents on calls.agent_id = agents.agent_id
{{ join_owner('by_number', "'customer_id'", 'calls.customer_id') }}
{{ join_owner('by_phone', "'phone'", 'calls.phone_normalised') }}
