{%- set facts = {
    'fct_orders': ('sales_orders', 'trim(order_id)'),
    'fct_web_events': ('web_events', 'trim(event_id)'),
    'fct_calls': ('call_center_calls', 'trim(call_id)'),
    'fct_cases': ('call_center_cases', 'trim(case_id)'),
    'fct_opportunities': ('sales_opportunities', 'trim(opportunity_id)'),
    'fct_campaign_contacts': ('marketing_contacts', 'trim(contact_id)'),
    'fct_consents': ('marketing_consents', "trim(customer_id) || '|' || channel || '|' || cast(changed_at as varchar)"),
    'fct_surveys': ('marketing_surveys', "trim(survey_id) || '|' || trim(customer_id) || '|' || trim(topic)"),
} -%}

-- Every key that raw holds is one row of its fact, no more and no less.
with

counts as (
    {% for fact, (feed, key) in facts.items() %}
        select
            '{{ fact }}' as fact,
            (select count(distinct {{ key }}) from {{ source('raw', feed) }}) as raw_count,
            (select count(*) from {{ ref(fact) }}) as fact_count
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from counts
where raw_count <> fact_count
