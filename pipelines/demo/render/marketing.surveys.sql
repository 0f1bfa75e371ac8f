select
    deliver_on, flaw, "at" as sort_1, account as sort_2, hash(topic) % 1000 as sort_3,
    'U' || lpad(cast(survey as varchar), 3, '0') as "surveyId",
    customer_code(account) as "customerNo",
    offset_text("at", ahead) as "answeredAt",
    topic as "topic", expected as "expected", perceived as "perceived"
from incoming
