with

channels as (
    select 'sales' as kind, channel from {{ ref('stg_sales__orders') }}
    union
    select 'service', channel from {{ ref('stg_call_center__cases') }}
    union
    select 'service', 'phone'
    union
    select 'marketing', channel from {{ ref('stg_marketing__contacts') }}
    union
    select 'marketing', channel from {{ ref('stg_marketing__campaigns') }}
    union
    select 'marketing', channel from {{ ref('stg_marketing__consents') }}
    union
    select 'web', 'web'
)

select
    {{ surrogate_key(['kind', 'channel']) }} as channel_key,
    channel,
    kind,
    case when kind = 'marketing' then {{ channel_cost('channel') }} end as contact_cost_amount
from channels
where channel is not null
