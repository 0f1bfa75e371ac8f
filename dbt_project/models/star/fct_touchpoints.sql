{{ config(meta={'touched_by': ['touchpoint_key']}) }}
{%- set touches = {
    'fct_orders': touch_key('order', 'order_key'),
    'fct_web_sessions': touch_key('visit', 'session_key'),
    'fct_calls': touch_key('call', 'call_key'),
    'fct_cases': touch_key('case', 'case_key'),
    'fct_campaign_contacts': touch_key('contact', 'contact_key'),
    'fct_surveys': touch_key('survey', 'survey_key'),
    'fct_opportunities': touch_key('opportunity', 'opportunity_key'),
    'fct_consents': touch_key('consent', 'consent_key'),
    'stg_marketing__responses': touch_key('response', surrogate_key(['response_id'])),
} %}

{% call touched() %}
    select touchpoint_key from ({{ each_changed(touches) }}) as touches (touchpoint_key)
    union all
    -- A contact is called by its campaign, and a response is whose its contact is.
    select {{ touch_key('contact', 'contact_key') }} from {{ ref('fct_campaign_contacts') }}
    where campaign_key in (select campaign_key from {{ changed('dim_campaign') }})
    union all
    select {{ touch_key('response', surrogate_key(['response_id'])) }} from {{ ref('stg_marketing__responses') }}
    where contact_id in (select contact_id from {{ changed('fct_campaign_contacts') }})
{% endcall %}

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
    where {{ is_changed('order_key', 'fct_orders') }}
    union all
    select
        customer_key, started_at, started_on, 'visit', 'in', cast(session_key as varchar),
        {{ touch_key('visit', 'session_key') }},
        'Visit of ' || {{ counted('event_count', 'page') }}, null
    from {{ ref('fct_web_sessions') }}
    where {{ is_changed('session_key', 'fct_web_sessions') }}
    union all
    select
        customer_key, started_at, started_on, 'call', case when direction = 'inbound' then 'in' else 'out' end, call_id,
        {{ touch_key('call', 'call_key') }},
        case when is_abandoned then 'Abandoned call' else 'Call' end || coalesce(' about ' || reason, ''), null
    from {{ ref('fct_calls') }}
    where {{ is_changed('call_key', 'fct_calls') }}
    union all
    select
        customer_key, opened_at, opened_on, 'case', 'in', case_id,
        {{ touch_key('case', 'case_key') }},
        'Case' || coalesce(' about ' || category, '') || coalesce(', ' || severity, ''), null
    from {{ ref('fct_cases') }}
    where {{ is_changed('case_key', 'fct_cases') }}
    union all
    select
        contacts.customer_key, contacts.contacted_at, contacts.contacted_on, 'contact', 'out', contacts.contact_id,
        {{ touch_key('contact', 'contacts.contact_key') }},
        contacts.channel || coalesce(': ' || campaigns.name, ''), null
    from {{ ref('fct_campaign_contacts') }} as contacts
    left join {{ ref('dim_campaign') }} as campaigns on contacts.campaign_key = campaigns.campaign_key
    where
        contacts.arm = 'treatment'
        and (
            {{ is_changed('contacts.contact_key', 'fct_campaign_contacts') }}
            or {{ is_changed('contacts.campaign_key', 'dim_campaign') }}
        )
    union all
    select
        contacts.customer_key, responses.responded_at, responses.responded_on, 'response', 'in', responses.response_id,
        {{ touch_key('response', surrogate_key(['responses.response_id'])) }},
        'Response: ' || responses.kind, null
    from {{ ref('stg_marketing__responses') }} as responses
    inner join {{ ref('fct_campaign_contacts') }} as contacts on responses.contact_id = contacts.contact_id
    where
        {{ is_changed('responses.response_id', 'stg_marketing__responses') }}
        or {{ is_changed('contacts.contact_id', 'fct_campaign_contacts') }}
    union all
    select
        customer_key, answered_at, answered_on, 'survey', 'in', survey_id,
        {{ touch_key('survey', 'survey_key') }},
        'Survey on ' || topic || coalesce(': gap ' || gap, ''), null
    from {{ ref('fct_surveys') }}
    where {{ is_changed('survey_key', 'fct_surveys') }}
    union all
    select
        customer_key, opened_at, opened_on, 'opportunity', 'out', opportunity_id,
        {{ touch_key('opportunity', 'opportunity_key') }},
        'Opportunity, now ' || coalesce(outcome, stage), amount
    from {{ ref('fct_opportunities') }}
    where {{ is_changed('opportunity_key', 'fct_opportunities') }}
    union all
    select
        customer_key, changed_at, changed_on, 'consent', 'in', cast(consent_key as varchar),
        {{ touch_key('consent', 'consent_key') }},
        'Consent to ' || channel || ' ' || status, null
    from {{ ref('fct_consents') }}
    where {{ is_changed('consent_key', 'fct_consents') }}
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
