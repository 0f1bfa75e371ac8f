{{ config(meta={'touched_by': ['contact_id']}) }}

{% call touched() %}
    select contact_id from {{ changed('stg_marketing__contacts') }}
    union all
    select contact_id from {{ changed('stg_marketing__responses') }}
    union all
    -- A response may name an order that is delivered after it.
    select contact_id from {{ ref('stg_marketing__responses') }}
    where order_id in (select order_id from {{ changed('fct_orders') }})
    union all
    {{ owned_anew(
        'contact_id', ref('stg_marketing__contacts'), {'customer_id': 'customer_id', 'prospect_id': 'customer_id'}
    ) }}
{% endcall %}

with

contacts as (
    select * from {{ ref('stg_marketing__contacts') }}
    where {{ is_touched('contact_id') }}
),

numbered as (
    select
        *,
        row_number() over (partition by contact_id order by responded_at, response_id) as response_number
    from {{ ref('stg_marketing__responses') }}
    where {{ is_touched('contact_id') }}
),

responses as (
    select
        contact_id,
        count(*) as response_count,
        min(responded_at) as first_response_at,
        {% for column, kind in {
            'is_opened': 'open', 'is_clicked': 'click', 'is_replied': 'reply', 'is_redeemed': 'redeem',
            'is_purchased': 'purchase', 'is_unsubscribed': 'unsubscribe', 'is_complained': 'complain',
        }.items() %}
            count(*) filter (where kind = '{{ kind }}') > 0 as {{ column }},
        {% endfor %}
        min_by(order_id, response_number) filter (where order_id is not null) as order_id
    from numbered
    group by contact_id
)

select
    {{ surrogate_key(['contacts.contact_id']) }} as contact_key,
    contacts.contact_id,
    campaigns.campaign_key,
    coalesce(by_number.customer_key, by_prospect.customer_key) as customer_key,
    contacts.contacted_at,
    contacts.contacted_on,
    contacts.channel,
    channels.channel_key,
    contacts.arm,
    case
        when contacts.arm = 'control' then 0
        else coalesce(contacts.cost, channels.contact_cost_amount)
    end as cost_amount,
    cast(coalesce(responses.response_count, 0) as integer) as response_count,
    responses.first_response_at,
    coalesce(responses.is_opened, false) as is_opened,
    coalesce(responses.is_clicked, false) as is_clicked,
    coalesce(responses.is_replied, false) as is_replied,
    coalesce(responses.is_redeemed, false) as is_redeemed,
    coalesce(responses.is_purchased, false) as is_purchased,
    coalesce(responses.is_unsubscribed, false) as is_unsubscribed,
    coalesce(responses.is_complained, false) as is_complained,
    orders.order_key as response_order_key
from contacts
left join responses on contacts.contact_id = responses.contact_id
left join {{ ref('dim_campaign') }} as campaigns on contacts.campaign_id = campaigns.campaign_id
left join {{ ref('dim_channel') }} as channels on channels.kind = 'marketing' and contacts.channel = channels.channel
left join {{ ref('fct_orders') }} as orders on responses.order_id = orders.order_id
{{ join_owner('by_number', "'customer_id'", 'contacts.customer_id') }}
{{ join_owner('by_prospect', "'prospect_id'", 'contacts.customer_id') }}
