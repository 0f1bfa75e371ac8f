select person as person_id, make_timestamp("at" * 1000000) as felt_at, word as cause, hazard as hazard_per_day
from experiences_stored
join causes on causes.code = cause
order by person, "at", cause
