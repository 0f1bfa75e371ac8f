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

visits as (
    select started_on as date_on, count(*) as visit_count from {{ ref('fct_web_sessions') }} group by started_on
),

calls as (
    select started_on as date_on, count(*) as call_count from {{ ref('fct_calls') }} group by started_on
),

cases as (
    select opened_on as date_on, count(*) as case_count from {{ ref('fct_cases') }} group by opened_on
),

contacts as (
    select contacted_on as date_on, count(*) as contact_count
    from {{ ref('fct_campaign_contacts') }}
    where arm = 'treatment'
    group by contacted_on
),

answered as (
    select {{ local_date('first_response_at') }} as date_on
    from {{ ref('fct_campaign_contacts') }}
    where first_response_at is not null
),

responses as (
    select date_on, count(*) as response_count from answered group by date_on
),

first_days as (
    select min(date_on) as first_on from orders
    union all
    select min(date_on) from visits
    union all
    select min(date_on) from calls
    union all
    select min(date_on) from cases
    union all
    select min(date_on) from contacts
),

days as (
    select dates.date_on
    from {{ ref('dim_date') }} as dates
    where dates.date_on <= {{ as_of() }} and dates.date_on >= (select min(first_days.first_on) from first_days)
)

select
    days.date_on,
    coalesce(orders.order_count, 0) as order_count,
    coalesce(orders.buyer_count, 0) as buyer_count,
    coalesce(new_customers.new_customer_count, 0) as new_customer_count,
    cast(coalesce(orders.revenue_amount, 0) as decimal(18, 4)) as revenue_amount,
    cast(coalesce(orders.margin_amount, 0) as decimal(18, 4)) as margin_amount,
    cast(coalesce(orders.returned_amount, 0) as decimal(18, 4)) as returned_amount,
    coalesce(orders.unknown_buyer_order_count, 0) as unknown_buyer_order_count,
    coalesce(visits.visit_count, 0) as visit_count,
    coalesce(calls.call_count, 0) as call_count,
    coalesce(cases.case_count, 0) as case_count,
    coalesce(contacts.contact_count, 0) as contact_count,
    coalesce(responses.response_count, 0) as response_count
from days
left join orders on days.date_on = orders.date_on
left join new_customers on days.date_on = new_customers.date_on
left join visits on days.date_on = visits.date_on
left join calls on days.date_on = calls.date_on
left join cases on days.date_on = cases.date_on
left join contacts on days.date_on = contacts.date_on
left join responses on days.date_on = responses.date_on
order by days.date_on
