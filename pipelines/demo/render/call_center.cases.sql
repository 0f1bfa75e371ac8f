select
    deliver_on, flaw, "at" as sort_1, "case" as sort_2, 0 as sort_3,
    'F' || (10000000000 + "case") as "Fall",
    german_text("at") as "Stand",
    customer_code(account) as "Kundennr",
    phone_text(phone_kind, phone_style, phone_person) as "Telefon",
    email_text(email_kind, 0, first_plain, last_plain, email_person, email_version) as "E-Mail",
    channel as "Eingang",
    category as "Art",
    case severity when 'low' then 'gering' when 'medium' then 'mittel' else 'hoch' end as "Schwere",
    german_text(opened_at) as "Eröffnet",
    german_text(assigned_at) as "Zugewiesen",
    case when agent > 0 then agent_code(agent) end as "Bearbeiter",
    german_text(resolved_at) as "Gelöst",
    german_text(followed_up_at) as "Nachgefragt",
    nullif(satisfaction, 0) as "Note"
from incoming
