with

campaigns as (
    select * from {{ ref('stg_marketing__campaigns') }}
),

seen as (
    select campaign_id from campaigns
    union
    select campaign_id from {{ ref('stg_marketing__contacts') }}
    union
    select campaign_id from {{ ref('stg_sales__orders') }}
)

select
    {{ surrogate_key(['seen.campaign_id']) }} as campaign_key,
    seen.campaign_id,
    campaigns.name,
    campaigns.objective,
    campaigns.channel,
    campaigns.offer,
    campaigns.category,
    campaigns.starts_on,
    campaigns.ends_on,
    campaigns.budget as budget_amount
from seen
left join campaigns on seen.campaign_id = campaigns.campaign_id
where seen.campaign_id is not null
