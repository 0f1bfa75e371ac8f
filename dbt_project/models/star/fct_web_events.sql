{{ config(meta={'touched_by': ['visitor_id']}) }}

-- A late event may join or part sessions: all events of its visitor are looked at.
{% call touched() %}
    select visitor_id from {{ changed('stg_web__events') }}
    union all
    {{ owned_anew(
        'visitor_id', ref('stg_web__events'),
        {'customer_id': 'customer_id', 'visitor_id': 'visitor_id', 'email': 'email_normalised'},
    ) }}
{% endcall %}

with

events as (
    select
        {{ surrogate_key(['event_id']) }} as web_event_key,
        *
    from {{ ref('stg_web__events') }}
    where {{ is_touched('visitor_id') }}
),

-- Only three narrow columns are sorted; the wide rows are joined back by key.
moments as (
    select
        web_event_key,
        visitor_id,
        occurred_at
    from events
),

gaps as (
    select
        web_event_key,
        visitor_id,
        occurred_at,
        lag(occurred_at) over (partition by visitor_id order by occurred_at, web_event_key) as previous_at
    from moments
),

-- Thirty minutes of silence end a session. It is called after its first event, so that a later delivery of older
-- events leaves the keys of other sessions as they are.
sessions as (
    select
        web_event_key,
        last_value(
            case
                when previous_at is null or {{ seconds_between('previous_at', 'occurred_at') }} >= 1800
                    then web_event_key
            end ignore nulls
        ) over (
            partition by visitor_id
            order by occurred_at, web_event_key
            rows between unbounded preceding and current row
        ) as session_key
    from gaps
)

select
    events.web_event_key,
    events.event_id,
    sessions.session_key,
    events.visitor_id,
    coalesce(by_number.customer_key, by_visitor.customer_key, by_email.customer_key) as customer_key,
    events.occurred_at,
    events.occurred_on,
    events.event_type,
    events.page,
    products.product_key,
    events.search_term,
    events.referrer,
    events.utm_source,
    events.utm_medium,
    events.utm_campaign,
    events.device
from events
inner join sessions on events.web_event_key = sessions.web_event_key
left join {{ ref('dim_product') }} as products on events.product_id = products.product_id and products.is_current
{{ join_owner('by_number', "'customer_id'", 'events.customer_id') }}
{{ join_owner('by_visitor', "'visitor_id'", 'events.visitor_id') }}
{{ join_owner('by_email', "'email'", 'events.email_normalised') }}
