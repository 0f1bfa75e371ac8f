select
    deliver_on, flaw, "at" as sort_1, person as sort_2, hash(channel) % 1000 as sort_3,
    case when account >= 0 then customer_code(account) else prospect_code(person) end as "customerNo",
    channel as "channel",
    offset_text("at", ahead) as "changedAt",
    case when granted then 'granted' else 'withdrawn' end as "status",
    source as "source"
from incoming
