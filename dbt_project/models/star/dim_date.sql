{#- Where facts begin and end; fct_touchpoints stands for the responses, which have no fact of their own. -#}
{%- set days_of_facts = {
    'fct_orders': 'ordered_on', 'fct_web_events': 'occurred_on', 'fct_calls': 'started_on', 'fct_cases': 'opened_on',
    'fct_opportunities': 'opened_on', 'fct_campaign_contacts': 'contacted_on', 'fct_consents': 'changed_on',
    'fct_surveys': 'answered_on', 'fct_touchpoints': 'touched_on',
} -%}

with

extent as (
    select cast('{{ var("as_of") }}' as date) as first_on, cast('{{ var("as_of") }}' as date) as last_on
    {% for fact, day in days_of_facts.items() %}
        union all
        select min({{ day }}), max({{ day }}) from {{ ref(fact) }}
    {% endfor %}
),

-- Whole years, so that the month of any fact is there too, and the year after the last fact, because the star may be
-- looked at as of a day on which nothing has happened yet.
years as (
    select
        cast(date_trunc('year', min(first_on)) as date) as first_on,
        cast((extract(year from max(last_on)) + 1) || '-12-31' as date) as last_on
    from extent
),

days as (
    {{ days_from_to('(select first_on from years)', '(select last_on from years)') }}
)

select
    date_on,
    cast(extract(year from date_on) as integer) as year,
    cast(extract(quarter from date_on) as integer) as quarter,
    cast(extract(month from date_on) as integer) as month,
    cast(date_trunc('month', date_on) as date) as month_start_on,
    cast(date_trunc('week', date_on) as date) as week_start_on,
    cast(extract(week from date_on) as integer) as iso_week,
    cast({{ iso_weekday('date_on') }} as integer) as weekday,
    {{ iso_weekday('date_on') }} >= 6 as is_weekend,
    date_on = {{ month_end('date_on') }} as is_month_end
from days
