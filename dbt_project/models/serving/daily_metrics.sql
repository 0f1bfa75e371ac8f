-- One row for every day from the first fact to the as-of date, quiet days too.
with

first_orders as (
    select customer_key, min(ordered_on) as first_order_on
    from {{ ref('fct_orders') }}
    where is_sale and customer_key is not null
    group by customer_key
),

new_customers as (
    select first_order_on as date_on, count(*) as new_customer_count from first_orders group by first_order_on
),

orders as (
    select
        ordered_on as date_on,
        count(*) filter (where is_sale) as order_count,
        count(distinct case when is_sale then customer_key end) as buyer_count,
        sum(net_amount) filter (where not is_cancelled) as revenue_amount,
        sum(margin_amount) filter (where not is_cancelled) as margin_amount,
        sum(returned_amount) filter (where not is_cancelled) as returned_amount,
        count(*) filter (where is_sale and customer_key is null) as unknown_buyer_order_count
    from {{ ref('fct_orders') }}
    group by ordered_on
),

{% set counted = {
    'visit': ('fct_web_sessions', 'started_on', 'true'),
    'call': ('fct_calls', 'started_on', 'true'),
    'case': ('fct_cases', 'opened_on', 'true'),
    'contact': ('fct_campaign_contacts', 'contacted_on', "arm = 'treatment'"),
    'response': ('fct_campaign_contacts', local_date('first_response_at'), 'first_response_at is not null'),
} %}
{% for name, (fact, day, condition) in counted.items() %}
{{ name }}s as (
    select {{ day }} as date_on, count(*) as {{ name }}_count from {{ ref(fact) }} where {{ condition }} group by 1
),

{% endfor %}
first_days as (
    select min(date_on) as date_on from orders
    {% for name in counted %}
        union all select min(date_on) from {{ name }}s
    {% endfor %}
),

days as (
    select date_on from {{ ref('dim_date') }}
    where date_on <= {{ as_of() }} and date_on >= (select min(date_on) from first_days)
)

select
    days.date_on,
    coalesce(orders.order_count, 0) as order_count,
    coalesce(orders.buyer_count, 0) as buyer_count,
    coalesce(new_customers.new_customer_count, 0) as new_customer_count,
    {% for column in ['revenue_amount', 'margin_amount', 'returned_amount'] %}
        cast(coalesce(orders.{{ column }}, 0) as decimal(18, 4)) as {{ column }},
    {% endfor %}
    coalesce(orders.unknown_buyer_order_count, 0) as unknown_buyer_order_count,
    {% for name in counted %}
        coalesce({{ name }}s.{{ name }}_count, 0) as {{ name }}_count{{ ',' if not loop.last }}
    {% endfor %}
from days
left join orders on days.date_on = orders.date_on
left join new_customers on days.date_on = new_customers.date_on
{% for name in counted %}
    left join {{ name }}s on days.date_on = {{ name }}s.date_on
{% endfor %}
order by days.date_on
