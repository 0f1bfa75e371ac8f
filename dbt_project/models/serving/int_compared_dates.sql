-- The pairs of dates whose movement is served: month end to month end, and the last night.
{{ config(materialized='ephemeral') }}

with

dates as (
    select distinct as_of from {{ source('mining', 'customer_tiers') }} where as_of <= {{ as_of() }}
),

months as (
    select as_of, lag(as_of) over (order by as_of) as previous_as_of
    from dates
    where as_of = {{ month_end('as_of') }}
)

select as_of, previous_as_of, 'month' as period from months where previous_as_of is not null
union all
select {{ as_of() }}, as_of, 'night' from dates where as_of = {{ days_before_as_of(1) }}
