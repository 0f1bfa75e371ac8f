select
    deliver_on, flaw, "at" as sort_1, person as sort_2, 0 as sort_3,
    prospect_code(person) as prospect_id,
    first || ' ' || last as name,
    email_text(email_kind, email_style, first_plain, last_plain, email_person, email_version) as email,
    phone_text(phone_kind, phone_style, phone_person) as phone,
    case when person % 3 > 0 then date_text(birth_day) end as birth_date,
    gender, city, region, country, postcode_text(country, postcode_start, postcode) as postcode,
    age_band, income as income_band, household as household_size, lifestyle,
    instant_text("at") as updated_at
from incoming
