with

cases as (
    select * from {{ ref('stg_call_center__cases') }}
),

agents as (
    select * from {{ ref('dim_agent') }}
)

select
    {{ surrogate_key(['cases.case_id']) }} as case_key,
    cases.case_id,
    coalesce(by_number.customer_key, by_email.customer_key, by_phone.customer_key) as customer_key,
    agents.agent_key,
    cases.channel,
    channels.channel_key,
    cases.category,
    cases.severity,
    cases.opened_at,
    cases.opened_on,
    cases.assigned_at,
    cases.resolved_at,
    cases.followed_up_at,
    {{ seconds_between('cases.opened_at', 'cases.assigned_at') }} / 3600 as hours_to_assign,
    {{ seconds_between('cases.opened_at', 'cases.resolved_at') }} / 3600 as hours_to_resolve,
    cases.resolved_at is null as is_open,
    cases.satisfaction,
    cast(
        {{ var('cost_case_minutes') | float }}
        * coalesce(agents.hour_cost_amount, {{ var('cost_agent_hour') | float }}) / 60 as decimal(18, 4)
    ) as cost_amount
from cases
left join agents on cases.agent_id = agents.agent_id
left join {{ ref('dim_channel') }} as channels on channels.kind = 'service' and cases.channel = channels.channel
{{ join_owner('by_number', "'customer_id'", 'cases.customer_id') }}
{{ join_owner('by_email', "'email'", 'cases.email_normalised') }}
{{ join_owner('by_phone', "'phone'", 'cases.phone_normalised') }}
