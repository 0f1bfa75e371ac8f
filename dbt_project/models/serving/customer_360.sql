-- Everything about a customer on one row, as of the date; people without an order are prospects.
with

people as (
    select * from {{ ref('dim_customer') }}
    where {{ local_date('valid_from') }} <= {{ as_of() }} and {{ local_date('valid_to') }} > {{ as_of() }}
),

margins as (
    select * from {{ source('mining', 'customer_margins') }} where as_of = {{ as_of() }}
),

tiers as (
    select
        customer_key,
        max(tier) filter (where as_of = {{ as_of() }}) as tier,
        max(tier) filter (where as_of = {{ days_before_as_of(1) }}) as previous_tier
    from {{ source('mining', 'customer_tiers') }}
    where as_of in ({{ as_of() }}, {{ days_before_as_of(1) }})
    group by customer_key
),

scores as (
    select * from {{ source('mining', 'customer_rfm') }} where as_of = {{ as_of() }}
),

previous_scores as (
    select customer_key, rfm_group from {{ source('mining', 'customer_rfm') }} where as_of = {{ days_before_as_of(1) }}
),

loyalty as (
    select * from {{ source('mining', 'customer_loyalty') }} where as_of = {{ as_of() }}
),

trends as (
    select customer_key, order_trend, season, peak_month
    from {{ source('mining', 'customer_trends') }}
    where as_of = {{ as_of() }}
),

identifiers as (
    select customer_key, count(distinct kind || identifier) as identifier_count
    from {{ ref('bridge_customer_identity') }}
    group by customer_key
)

select
    people.customer_key,
    people.name,
    people.email,
    people.phone,
    people.birth_date,
    {{ full_years('people.birth_date') }} as age_years,
    {% for column in ['age_band', 'gender', 'city', 'region', 'country', 'postcode', 'kind', 'signed_up_at'] %}
        people.{{ column }},
    {% endfor %}
    scores.customer_key is null as is_prospect,
    tiers.tier,
    coalesce(scores.rfm_group, 'Prospects') as rfm_group,
    {% for column in ['r_score', 'f_score', 'm_score', 'fm_score', 'recency_days', 'frequency', 'monetary_amount'] %}
        scores.{{ column }},
    {% endfor %}
    margins.revenue_amount as revenue_12m_amount,
    margins.cost_of_goods_amount as cost_of_goods_12m_amount,
    margins.cost_to_serve_amount as cost_to_serve_12m_amount,
    margins.net_margin as net_margin_12m,
    scores.first_order_on,
    scores.last_order_on,
    favourites.main_channel,
    favourites.main_category,
    {% for channel in ['email', 'sms', 'phone', 'post'] %}
        coalesce(consents.consent_{{ channel }}, false) as consent_{{ channel }},
    {% endfor %}
    activity.last_contacted_on,
    {% for column in ['contacts_30d', 'visits_90d', 'calls_12m', 'open_case_count'] %}
        cast(coalesce(activity.{{ column }}, 0) as integer) as {{ column }},
    {% endfor %}
    activity.last_satisfaction,
    activity.last_touch_on,
    cast(coalesce(identifiers.identifier_count, 0) as integer) as identifier_count,
    belonging.household_key,
    belonging.company_key,
    tiers.previous_tier,
    coalesce(previous_scores.rfm_group, 'Prospects') as previous_rfm_group,
    coalesce(loyalty.loyalty_stage, 'potential') as loyalty_stage,
    coalesce(loyalty.stage_reason, 'known, has not bought yet') as stage_reason,
    {% for column in ['loyalty_index', 'index_low', 'index_high', 'index_basis', 'durability', 'firmness', 'stability',
        'typical_gap_days', 'next_order_status', 'next_order_on', 'next_order_low_on', 'next_order_high_on',
        'is_overdue', 'pyramid_level'] %}
        loyalty.{{ column }},
    {% endfor %}
    trends.order_trend,
    trends.season as order_season,
    trends.peak_month,
    {% for column in ['churn_probability', 'churn_band', 'expected_loss_amount', 'is_worth_contacting', 'clv_amount',
        'alive_probability', 'expected_orders', 'likely_order_on', 'response_probability'] %}
        predictions.{{ column }},
    {% endfor %}
    predictions.likely_tier
from people
left join tiers on people.customer_key = tiers.customer_key
left join margins on people.customer_key = margins.customer_key
left join scores on people.customer_key = scores.customer_key
left join previous_scores on people.customer_key = previous_scores.customer_key
left join {{ ref('int_customer_favourites') }} as favourites on people.customer_key = favourites.customer_key
left join {{ ref('int_customer_consents') }} as consents on people.customer_key = consents.customer_key
left join {{ ref('int_customer_activity') }} as activity on people.customer_key = activity.customer_key
left join loyalty on people.customer_key = loyalty.customer_key
left join trends on people.customer_key = trends.customer_key
left join {{ ref('customer_predictions') }} as predictions on people.customer_key = predictions.customer_key
left join identifiers on people.customer_key = identifiers.customer_key
left join {{ ref('bridge_customer_groups') }} as belonging on people.customer_key = belonging.customer_key
-- Who signed up after the date and left no trace before it was not known then.
where
    activity.last_touch_on is not null
    or people.signed_up_at is null
    or {{ local_date('people.signed_up_at') }} <= {{ as_of() }}
order by people.customer_key
