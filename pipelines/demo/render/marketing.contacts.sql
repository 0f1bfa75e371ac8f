select
    deliver_on, flaw, "at" as sort_1, contact as sort_2, 0 as sort_3,
    contact_code(contact) as "contactId",
    campaign_code(campaign) as "campaignId",
    case when account >= 0 then customer_code(account) else prospect_code(person) end as "customerNo",
    offset_text("at", ahead) as "sentAt",
    channel as "channel",
    case arm when 'treatment' then 'T' else 'C' end as "group",
    case when cost >= 0 then cast(cost / 10000 as decimal(18, 4)) end as "costEuro"
from incoming
