select
    contact_code(contact) as contact_id, person as person_id, campaign_code(campaign) as campaign_id,
    make_timestamp("at" * 1000000) as contacted_at, arms.word as arm, types.word as campaign_type
from contacts_stored
join arms on arms.code = arm
join types on types.code = type
order by contact
