select
    deliver_on, flaw, "at" as sort_1, account as sort_2, place * 1000 + postcode as sort_3,
    subject_kind,
    case when account >= 0 then customer_code(account) else postcode_text(country, postcode_start, postcode) end as subject,
    age_band, income as income_band, household as household_size, lifestyle
from incoming
