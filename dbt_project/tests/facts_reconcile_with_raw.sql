{%- set facts = {
    'fct_orders': ('sales_orders', 'order_key', ['trim(order_id)']),
    'fct_web_events': ('web_events', 'web_event_key', ['trim(event_id)']),
    'fct_calls': ('call_center_calls', 'call_key', ['trim(call_id)']),
    'fct_cases': ('call_center_cases', 'case_key', ['trim(case_id)']),
    'fct_opportunities': ('sales_opportunities', 'opportunity_key', ['trim(opportunity_id)']),
    'fct_campaign_contacts': ('marketing_contacts', 'contact_key', ['trim(contact_id)']),
    'fct_consents': ('marketing_consents', 'consent_key', ['trim(customer_id)', 'channel', 'cast(changed_at as varchar)']),
    'fct_surveys': ('marketing_surveys', 'survey_key', ['trim(survey_id)', 'trim(customer_id)', 'trim(topic)']),
} -%}

-- Every key that raw holds is one row of its fact, no more and no less; of new batches, every key has its row.
with

counts as (
    {% for fact, (feed, fact_key, key) in facts.items() %}
        {%- set rows = rows_of(source('raw', feed)) -%}
        {%- set delivered = fact_key ~ ' in (select ' ~ surrogate_key(key) ~ ' from ' ~ rows ~ ')' %}
        select
            '{{ fact }}' as fact,
            (select count(distinct {{ key | join(" || '|' || ") }}) from {{ rows }}) as raw_count,
            (select count(*) from {{ ref(fact) }} where {{ delivered if is_increment() else 'true' }}) as fact_count
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from counts
where raw_count <> fact_count
