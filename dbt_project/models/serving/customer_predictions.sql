-- What the models say of each customer, as of the date; who is in no model has no row.
with

churn as (
    select * from {{ source('models', 'churn_scores') }} where as_of = {{ as_of() }}
),

worth as (
    select * from {{ source('models', 'customer_values') }} where as_of = {{ as_of() }}
),

responses as (
    select * from {{ source('models', 'response_scores') }} where as_of = {{ as_of() }}
),

newcomers as (
    select * from {{ source('models', 'newcomer_tiers') }} where as_of = {{ as_of() }}
),

people as (
    select customer_key from churn
    union
    select customer_key from worth
    union
    select customer_key from responses
    union
    select customer_key from newcomers
)

select
    people.customer_key,
    churn.probability as churn_probability,
    churn.band as churn_band,
    churn.reason_1 as churn_reason_1,
    churn.reason_2 as churn_reason_2,
    churn.reason_3 as churn_reason_3,
    churn.expected_loss_amount,
    churn.is_worth_contacting,
    churn.horizon_days as churn_horizon_days,
    churn.model_version as churn_model_version,
    worth.clv_amount,
    worth.clv_low_amount,
    worth.clv_high_amount,
    worth.alive_probability,
    worth.expected_orders,
    worth.next_order_on as likely_order_on,
    worth.horizon_days as value_horizon_days,
    worth.model_version as value_model_version,
    responses.probability as response_probability,
    responses.reason_1 as response_reason_1,
    responses.reason_2 as response_reason_2,
    responses.reason_3 as response_reason_3,
    newcomers.likely_tier,
    newcomers.rule as likely_tier_rule
from people
left join churn on people.customer_key = churn.customer_key
left join worth on people.customer_key = worth.customer_key
left join responses on people.customer_key = responses.customer_key
left join newcomers on people.customer_key = newcomers.customer_key
order by people.customer_key
