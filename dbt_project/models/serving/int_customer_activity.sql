-- What each customer did and had done to them, counted over windows that end with the as-of date.
{{ config(materialized='ephemeral') }}

with

contacts as (
    select
        customer_key,
        max(contacted_on) as last_contacted_on,
        count(*) filter (where contacted_on > {{ days_before_as_of(30) }}) as contacts_30d
    from {{ ref('fct_campaign_contacts') }}
    where arm = 'treatment' and contacted_on <= {{ as_of() }} and customer_key is not null
    group by customer_key
),

visits as (
    select customer_key, count(*) as visits_90d
    from {{ ref('fct_web_sessions') }}
    where started_on > {{ days_before_as_of(90) }} and started_on <= {{ as_of() }} and customer_key is not null
    group by customer_key
),

service as (
    select customer_key, started_at as asked_at, started_on as asked_on, satisfaction, 1 as is_call, 0 as is_open_case
    from {{ ref('fct_calls') }}
    union all
    select
        customer_key, opened_at, opened_on, satisfaction, 0,
        case when resolved_at is null or {{ local_date('resolved_at') }} > {{ as_of() }} then 1 else 0 end
    from {{ ref('fct_cases') }}
),

served as (
    select
        customer_key,
        sum(case when asked_on > {{ year_before_as_of() }} then is_call else 0 end) as calls_12m,
        sum(is_open_case) as open_case_count,
        max(case when satisfaction is not null then asked_at end) as last_rated_at
    from service
    where asked_on <= {{ as_of() }} and customer_key is not null
    group by customer_key
),

ratings as (
    -- Two ratings at the same instant: the worse one, so that every run tells the same.
    select service.customer_key, min(service.satisfaction) as last_satisfaction
    from service
    inner join served on service.customer_key = served.customer_key and service.asked_at = served.last_rated_at
    group by service.customer_key
),

touched as (
    select customer_key, max(touched_on) as last_touch_on
    from {{ ref('fct_touchpoints') }}
    where touched_on <= {{ as_of() }}
    group by customer_key
)

select
    touched.customer_key,
    touched.last_touch_on,
    contacts.last_contacted_on,
    coalesce(contacts.contacts_30d, 0) as contacts_30d,
    coalesce(visits.visits_90d, 0) as visits_90d,
    coalesce(served.calls_12m, 0) as calls_12m,
    coalesce(served.open_case_count, 0) as open_case_count,
    ratings.last_satisfaction
from touched
left join contacts on touched.customer_key = contacts.customer_key
left join visits on touched.customer_key = visits.customer_key
left join served on touched.customer_key = served.customer_key
left join ratings on touched.customer_key = ratings.customer_key
