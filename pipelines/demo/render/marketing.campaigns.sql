select
    deliver_on, flaw, "at" as sort_1, campaign as sort_2, 0 as sort_3,
    campaign_code(campaign) as "campaignId",
    objective || ': ' || offer || ' (' || category || ')' as "name",
    objective as "objective", channel as "channel", offer as "offer", category as "category",
    date_text(start_day) as "startsOn", date_text(start_day + 14) as "endsOn", money(budget) as "budget"
from incoming
