-- Whole years, so that month and week of any fact are there too; without facts, the year of the as-of date.
with

extent as (
    select min(ordered_on) as first_on, max(ordered_on) as last_on from {{ ref('stg_sales__orders') }}
    union all
    select min(occurred_on), max(occurred_on) from {{ ref('stg_web__events') }}
    union all
    select min(started_on), max(started_on) from {{ ref('stg_call_center__calls') }}
    union all
    select min(opened_on), max(opened_on) from {{ ref('stg_call_center__cases') }}
    union all
    select min(contacted_on), max(contacted_on) from {{ ref('stg_marketing__contacts') }}
    union all
    select min(responded_on), max(responded_on) from {{ ref('stg_marketing__responses') }}
    union all
    select min(changed_on), max(changed_on) from {{ ref('stg_marketing__consents') }}
    union all
    select min(answered_on), max(answered_on) from {{ ref('stg_marketing__surveys') }}
    union all
    select min(changed_on), max(changed_on) from {{ ref('stg_sales__opportunities') }}
    union all
    select cast('{{ var("as_of") }}' as date), cast('{{ var("as_of") }}' as date)
),

years as (
    select
        cast(date_trunc('year', min(first_on)) as date) as first_on,
        cast(extract(year from max(last_on)) || '-12-31' as date) as last_on
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
