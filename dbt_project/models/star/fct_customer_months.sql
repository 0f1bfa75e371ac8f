{{ config(meta={'touched_by': ['customer_key', 'month_on']}) }}
{#- Each fact's part of a month: the columns it counts, and zeros for all others. -#}
{%- set parts = {
    'fct_orders': {
        'on': 'ordered_on', 'where': 'not is_cancelled',
        'order_count': 'count(*) filter (where is_sale)',
        'net_amount': 'sum(net_amount)', 'margin_amount': 'sum(margin_amount)',
    },
    'fct_calls': {'on': 'started_on', 'where': 'true', 'call_count': 'count(*)', 'cost_to_serve_amount': 'sum(cost_amount)'},
    'fct_cases': {'on': 'opened_on', 'where': 'true', 'case_count': 'count(*)', 'cost_to_serve_amount': 'sum(cost_amount)'},
    'fct_campaign_contacts': {
        'on': 'contacted_on', 'where': "arm = 'treatment'",
        'contact_count': 'count(*)', 'cost_to_serve_amount': 'sum(cost_amount)',
    },
    'fct_web_sessions': {'on': 'started_on', 'where': 'true', 'visit_count': 'count(*)'},
} -%}
{%- set amounts = ['net_amount', 'margin_amount', 'cost_to_serve_amount'] -%}
{%- set counts = ['order_count', 'visit_count', 'call_count', 'case_count', 'contact_count'] -%}
{%- set months = {} -%}
{%- for fact, part in parts.items() -%}
    {%- do months.update({fact: "customer_key, cast(date_trunc('month', " ~ part['on'] ~ ") as date)"}) -%}
{%- endfor %}

{% call touched() %}
    select customer_key, month_on from ({{ each_changed(months) }}) as months (customer_key, month_on)
{% endcall %}

with

months as (
    {% for fact, part in parts.items() %}
        select
            {% for column in counts + amounts %}
                {{ part.get(column, 0) }} as {{ column }},
            {% endfor %}
            customer_key,
            cast(date_trunc('month', {{ part['on'] }}) as date) as month_on
        from {{ ref(fact) }}
        where customer_key is not null and {{ part['where'] }} and {{ is_touched('customer_key') }}
        group by customer_key, month_on
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    customer_key,
    month_on,
    cast(sum(order_count) as integer) as order_count,
    cast(sum(net_amount) as decimal(18, 4)) as net_amount,
    cast(sum(margin_amount) as decimal(18, 4)) as margin_amount,
    cast(sum(cost_to_serve_amount) as decimal(18, 4)) as cost_to_serve_amount,
    cast(sum(visit_count) as integer) as visit_count,
    cast(sum(call_count) as integer) as call_count,
    cast(sum(case_count) as integer) as case_count,
    cast(sum(contact_count) as integer) as contact_count
from months
group by customer_key, month_on
