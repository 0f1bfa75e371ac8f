select
    deliver_on, flaw, "at" as sort_1, response as sort_2, 0 as sort_3,
    'R' || (10000000000 + response) as "responseId",
    contact_code(contact) as "contactId",
    offset_text("at", ahead) as "respondedAt",
    kind as "kind",
    case when "order" >= 0 then order_code("order") end as "orderId"
from incoming
