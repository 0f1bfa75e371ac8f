select
    deliver_on, flaw, "at" as sort_1, opportunity as sort_2, 0 as sort_3,
    'D' || (100000000 + opportunity) as opportunity_id,
    instant_text("at") as changed_at,
    customer_code(account) as customer_id,
    stage,
    money(amount) as amount,
    date_text(expected_day) as expected_close_on,
    outcome,
    'V' || owner as owner_id,
    source as lead_source
from incoming
