{{ config(meta={'touched_by': ['case_id']}) }}

{% call touched() %}
    select case_id from {{ changed('stg_call_center__cases') }}
    union all
    {{ owned_anew(
        'case_id', ref('stg_call_center__cases'),
        {'customer_id': 'customer_id', 'email': 'email_normalised', 'phone': 'phone_normalised'},
    ) }}
    union all
    select case_id from {{ ref('stg_call_center__cases') }}
    where agent_id in (select agent_id from {{ changed('dim_agent') }})
{% endcall %}

with

cases as (
    select * from {{ ref('stg_call_center__cases') }}
    where {{ is_touched('case_id') }}
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
