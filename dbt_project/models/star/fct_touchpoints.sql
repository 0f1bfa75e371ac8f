-- Stored by customer and time: one customer's timeline is a few neighbouring rows.
with

touches as (
    select
        customer_key, ordered_at as touched_at, ordered_on as touched_on,
        case when is_return then 'return' else 'order' end as kind, 'in' as direction, order_id as subject_id,
        {{ touch_key('order', 'order_key') }} as touchpoint_key,
        case
            when is_return then 'Return of ' || {{ counted('returned_quantity', 'item') }}
            when is_cancelled then 'Cancelled order of ' || {{ counted('item_quantity', 'item') }}
            else 'Order of ' || {{ counted('item_quantity', 'item') }}
        end as summary,
        case when not is_cancelled then net_amount end as amount
    from {{ ref('fct_orders') }}
    union all
    select
        customer_key, started_at, started_on, 'visit', 'in', cast(session_key as varchar),
        {{ touch_key('visit', 'session_key') }},
        'Visit of ' || {{ counted('event_count', 'page') }}, null
    from {{ ref('fct_web_sessions') }}
    union all
    select
        customer_key, started_at, started_on, 'call', case when direction = 'inbound' then 'in' else 'out' end, call_id,
        {{ touch_key('call', 'call_key') }},
        case when is_abandoned then 'Abandoned call' else 'Call' end || coalesce(' about ' || reason, ''), null
    from {{ ref('fct_calls') }}
    union all
    select
        customer_key, opened_at, opened_on, 'case', 'in', case_id,
        {{ touch_key('case', 'case_key') }},
        'Case' || coalesce(' about ' || category, '') || coalesce(', ' || severity, ''), null
    from {{ ref('fct_cases') }}
    union all
    select
        contacts.customer_key, contacts.contacted_at, contacts.contacted_on, 'contact', 'out', contacts.contact_id,
        {{ touch_key('contact', 'contacts.contact_key') }},
        contacts.channel || coalesce(': ' || campaigns.name, ''), null
    from {{ ref('fct_campaign_contacts') }} as contacts
    left join {{ ref('dim_campaign') }} as campaigns on contacts.campaign_key = campaigns.campaign_key
    where contacts.arm = 'treatment'
    union all
    select
        contacts.customer_key, responses.responded_at, responses.responded_on, 'response', 'in', responses.response_id,
        {{ touch_key('response', surrogate_key(['responses.response_id'])) }},
        'Response: ' || responses.kind, null
    from {{ ref('stg_marketing__responses') }} as responses
    inner join {{ ref('fct_campaign_contacts') }} as contacts on responses.contact_id = contacts.contact_id
    union all
    select
        customer_key, answered_at, answered_on, 'survey', 'in', survey_id,
        {{ touch_key('survey', 'survey_key') }},
        'Survey on ' || topic || coalesce(': gap ' || gap, ''), null
    from {{ ref('fct_surveys') }}
    union all
    select
        customer_key, opened_at, opened_on, 'opportunity', 'out', opportunity_id,
        {{ touch_key('opportunity', 'opportunity_key') }},
        'Opportunity, now ' || coalesce(outcome, stage), amount
    from {{ ref('fct_opportunities') }}
    union all
    select
        customer_key, changed_at, changed_on, 'consent', 'in', cast(consent_key as varchar),
        {{ touch_key('consent', 'consent_key') }},
        'Consent to ' || channel || ' ' || status, null
    from {{ ref('fct_consents') }}
)

select
    touchpoint_key,
    customer_key,
    touched_at,
    touched_on,
    kind,
    direction,
    subject_id,
    summary,
    cast(amount as decimal(18, 4)) as amount
from touches
where customer_key is not null
order by customer_key, touched_at
