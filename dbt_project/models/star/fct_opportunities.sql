{{ config(meta={'touched_by': ['opportunity_id']}) }}

{% call touched() %}
    select opportunity_id from {{ changed('stg_sales__opportunities') }}
    union all
    {{ owned_anew('opportunity_id', ref('stg_sales__opportunities'), {'customer_id': 'customer_id'}) }}
{% endcall %}

with

changes as (
    select
        changes.*,
        row_number() over (partition by changes.opportunity_id order by changes.changed_at desc) as newest_first,
        by_number.customer_key
    from {{ ref('stg_sales__opportunities') }} as changes
    {{ join_owner('by_number', "'customer_id'", 'changes.customer_id') }}
    where {{ is_touched('changes.opportunity_id') }}
),

opportunities as (
    select
        opportunity_id,
        min_by(customer_key, newest_first) filter (where customer_key is not null) as customer_key,
        min_by(stage, newest_first) as stage,
        min_by(amount, newest_first) filter (where amount is not null) as amount,
        min(changed_at) as opened_at,
        min(changed_on) as opened_on,
        -- A stage that was skipped keeps no date; a stage entered again keeps its first.
        min(changed_at) filter (where stage = 'qualified') as qualified_at,
        min(changed_at) filter (where stage = 'proposal') as proposed_at,
        min(changed_at) filter (where stage = 'negotiation') as negotiated_at,
        max(changed_at) filter (where stage = 'closed') as last_closed_at,
        min_by(outcome, newest_first) filter (where outcome is not null) as last_outcome,
        min_by(expected_close_on, newest_first) filter (where expected_close_on is not null) as expected_close_on,
        min_by(owner_id, newest_first) filter (where owner_id is not null) as owner_id,
        min_by(lead_source, newest_first) filter (where lead_source is not null) as lead_source
    from changes
    group by opportunity_id
)

select
    {{ surrogate_key(['opportunity_id']) }} as opportunity_key,
    opportunity_id,
    customer_key,
    stage,
    case when stage = 'closed' then last_outcome end as outcome,
    amount,
    opened_at,
    qualified_at,
    proposed_at,
    negotiated_at,
    -- Reopened, it is not closed any more.
    case when stage = 'closed' then last_closed_at end as closed_at,
    opened_on,
    expected_close_on,
    owner_id,
    lead_source
from opportunities
