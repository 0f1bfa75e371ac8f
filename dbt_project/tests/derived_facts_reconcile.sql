-- Sessions, touchpoints and months hold what the facts they come from hold, and nothing else.
with

counts as (
    select
        'events of sessions' as what,
        (select coalesce(sum(event_count), 0) from {{ ref('fct_web_sessions') }}) as derived,
        (select count(*) from {{ ref('fct_web_events') }}) as origin
    union all
    select
        'order touches',
        (select count(*) from {{ ref('fct_touchpoints') }} where kind in ('order', 'return')),
        (select count(*) from {{ ref('fct_orders') }} where customer_key is not null)
    union all
    select
        'visit touches',
        (select count(*) from {{ ref('fct_touchpoints') }} where kind = 'visit'),
        (select count(*) from {{ ref('fct_web_sessions') }} where customer_key is not null)
    union all
    select
        'response touches',
        (select count(*) from {{ ref('fct_touchpoints') }} where kind = 'response'),
        (select coalesce(sum(response_count), 0) from {{ ref('fct_campaign_contacts') }} where customer_key is not null)
    union all
    select
        'net revenue of months',
        (select coalesce(sum(net_amount), 0) from {{ ref('fct_customer_months') }}),
        (
            select coalesce(sum(net_amount), 0) from {{ ref('fct_orders') }}
            where customer_key is not null and not is_cancelled
        )
    union all
    select
        'cost to serve of months',
        (select coalesce(sum(cost_to_serve_amount), 0) from {{ ref('fct_customer_months') }}),
        (select coalesce(sum(cost_amount), 0) from {{ ref('fct_calls') }} where customer_key is not null)
        + (select coalesce(sum(cost_amount), 0) from {{ ref('fct_cases') }} where customer_key is not null)
        + (select coalesce(sum(cost_amount), 0) from {{ ref('fct_campaign_contacts') }} where customer_key is not null)
)

select * from counts
where derived <> origin
