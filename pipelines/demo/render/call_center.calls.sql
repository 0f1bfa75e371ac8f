-- The telephone system speaks German: dates, letters for yes and no, words for reasons.
select
    deliver_on, flaw, "at" as sort_1, call as sort_2, 0 as sort_3,
    'C' || (10000000000 + call) as "Vorgang",
    german_text("at") as "Beginn",
    case when reason = 'follow-up' then 'A' else 'E' end as "Richtung",
    phone_text(phone_kind, 5, phone_person) as "Rufnummer",
    customer_code(account) as "Kundennr",
    case when agent > 0 then agent_code(agent) end as "Agent",
    case reason
        when 'delivery' then 'Lieferung' when 'complaint' then 'Beschwerde' when 'question' then 'Frage'
        when 'billing' then 'Rechnung' when 'return' then 'Rückgabe' else 'Nachfassen'
    end as "Grund",
    queue_seconds as "Wartezeit",
    talk_seconds as "Gesprächszeit",
    outcome as "Ergebnis",
    case is_resolved when 1 then 'J' when 0 then 'N' end as "Erledigt",
    nullif(satisfaction, 0) as "Note"
from incoming
