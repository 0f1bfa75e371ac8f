with

places as (
    select country, region, city from {{ ref('stg_sales__customers') }}
    union
    select country, region, city from {{ ref('stg_external__prospects') }}
)

select
    {{ geography_key('country', 'region', 'city') }} as geography_key,
    country,
    region,
    city
from places
where coalesce(country, region, city) is not null
