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
    max(case when channel = 'email' and status = 'granted' then 1 else 0 end) = 1 as consent_email,
    max(case when channel = 'sms' and status = 'granted' then 1 else 0 end) = 1 as consent_sms,
    max(case when channel = 'phone' and status = 'granted' then 1 else 0 end) = 1 as consent_phone,
    max(case when channel = 'post' and status = 'granted' then 1 else 0 end) = 1 as consent_post
from last_words
group by customer_key
