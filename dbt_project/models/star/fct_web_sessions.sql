{{ config(meta={'touched_by': ['session_key']}) }}

{% call touched() %}
    select session_key from {{ changed('fct_web_events') }}
{% endcall %}

with

sessions as (
    select
        session_key,
        min(visitor_id) as visitor_id,
        -- Two people in one session: it is nobody's.
        case when min(customer_key) = max(customer_key) then min(customer_key) end as customer_key,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        min(occurred_on) as started_on,
        count(*) as event_count,
        count(*) filter (where event_type = 'product_view') as product_view_count,
        count(*) filter (where event_type = 'search') as search_count,
        count(*) filter (where event_type = 'add_to_cart') > 0 as has_cart,
        count(*) filter (where event_type = 'purchase') > 0 as has_purchase
    from {{ ref('fct_web_events') }}
    where {{ is_touched('session_key') }}
    group by session_key
)

select
    sessions.session_key,
    sessions.visitor_id,
    sessions.customer_key,
    sessions.started_at,
    sessions.ended_at,
    sessions.started_on,
    cast({{ seconds_between('sessions.started_at', 'sessions.ended_at') }} as bigint) as duration_seconds,
    cast(sessions.event_count as integer) as event_count,
    cast(sessions.product_view_count as integer) as product_view_count,
    cast(sessions.search_count as integer) as search_count,
    sessions.has_cart,
    sessions.has_purchase,
    first_events.page as landing_page,
    first_events.device,
    first_events.utm_source,
    first_events.utm_medium,
    first_events.utm_campaign
from sessions
-- A session is called after its first event.
inner join {{ ref('fct_web_events') }} as first_events on sessions.session_key = first_events.web_event_key
