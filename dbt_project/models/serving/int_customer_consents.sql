-- Each customer's last word on each channel by the as-of date.
{{ config(materialized='ephemeral') }}

with

words as (
    -- Said at the same instant under two numbers, the no counts: 'withdrawn' sorts after 'granted'.
    select customer_key, channel, changed_at, max(status) as status
    from {{ ref('fct_consents') }}
    where changed_on <= {{ as_of() }} and customer_key is not null
    group by customer_key, channel, changed_at
),

last_words as (
    select customer_key, channel, max_by(status, changed_at) as status
    from words
    group by customer_key, channel
)

select
    customer_key,
    {% for channel in ['email', 'sms', 'phone', 'post'] %}
        max(case when channel = '{{ channel }}' and status = 'granted' then 1 else 0 end) = 1
        as consent_{{ channel }}{{ ',' if not loop.last }}
    {% endfor %}
from last_words
group by customer_key
