select
    source,
    kind,
    identifier,
    customer_key
from {{ source('identity', 'customer_identifiers') }}
