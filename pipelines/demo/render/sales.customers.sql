select
    deliver_on, flaw, "at" as sort_1, account as sort_2, 0 as sort_3,
    customer_code(account) as customer_id,
    case
        when is_company then ['Café', 'Hotel', 'Kanzlei', 'Praxis', 'Kantine', 'Büro'][1 + person % 6] || ' ' || last
            || [' GmbH', ' & Söhne, Inh. ' || first, ' KG'][1 + person % 3]
        when typo = 3 then left(first, 1) || '. ' || last
        when person % 23 = 0 then upper(first || ' ' || last)
        else first || ' ' || surname_text(last, typo)
    end as name,
    email_text(email_kind, email_style, first_plain, last_plain, email_person, email_version) as email,
    phone_text(phone_kind, phone_style, phone_person) as phone,
    case when not is_company and not is_guest and person % 12 > 0 then date_text(birth_day) end as birth_date,
    case when is_guest then 'unknown' else gender end as gender,
    case when not is_guest then city end as city,
    case when not is_guest then region end as region,
    country,
    case when not is_guest then postcode_text(country, postcode_start, postcode) end as postcode,
    case when is_company then 'company' else 'person' end as kind,
    instant_text(signed_up_at) as signed_up_at,
    instant_text("at") as updated_at
from incoming
