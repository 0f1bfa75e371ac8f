select
    person as person_id,
    case when arrive_at < until then customer_code(customer_number(person, 0)) end as customer_id,
    is_company, types.word as campaign_type, channels.word as main_channel,
    order_rate as orders_per_year, leave_rate as own_leaves_per_year, spend, sensitivity, demanding, browse_rate as visits_per_year,
    segment as taste, age, household as household_size, income as income_level,
    case when prospect_at >= 0 and prospect_at < until then make_timestamp(prospect_at * 1000000) end as prospect_at,
    case when arrive_at < until then make_timestamp(arrive_at * 1000000) end as arrived_at,
    case when leave_at < until then make_timestamp(leave_at * 1000000) end as left_at,
    case when leave_at < until then causes.word end as left_because
from folk
join types on types.code = type
join channels on channels.code = main_channel
join causes on causes.code = leave_cause
cross join horizon
order by person
