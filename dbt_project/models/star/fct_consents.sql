with

consents as (
    select
        consents.*,
        coalesce(by_number.customer_key, by_prospect.customer_key) as customer_key
    from {{ ref('stg_marketing__consents') }} as consents
    {{ join_owner('by_number', "'customer_id'", 'consents.customer_id') }}
    {{ join_owner('by_prospect', "'prospect_id'", 'consents.customer_id') }}
)

select
    {{ surrogate_key(['customer_id', 'channel', 'changed_at']) }} as consent_key,
    customer_key,
    channel,
    changed_at,
    changed_on,
    status,
    source,
    -- Said at the same instant under two numbers, the no counts.
    row_number() over (
        partition by customer_key, case when customer_key is null then customer_id end, channel
        order by changed_at desc, status desc, customer_id
    ) = 1 as is_current
from consents
