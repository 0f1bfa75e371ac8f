select
    customer_key,
    household_key,
    company_key
from {{ source('identity', 'customer_groups') }}
