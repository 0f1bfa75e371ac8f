-- One row per identifier that belongs to a person; how it can be joined to their other ones.
select person as person_id, 'sales' as source, 'customer_id' as kind, customer_code(customer_number(person, 0)) as identifier, 'first number' as note
from folk cross join horizon where arrive_at < until
union all
select person, 'sales', 'customer_id', customer_code(customer_number(person, 1)), second_kinds.word
from folk join second_kinds on second_kinds.code = second cross join horizon where second > 0 and second_at < least(until, leave_at)
union all
select person, 'sales', 'customer_id', customer_code(account), 'guest checkout, same e-mail'
from orders_stored where account >= 1000000000000
union all
select person, 'external', 'prospect_id', prospect_code(person),
    case when arrive_at < until then 'became a customer' else 'prospect' end
from folk cross join horizon where prospect_at >= 0 and prospect_at < until
union all
select distinct person, 'web', 'visitor_id', lpad(to_hex(visitor), 16, '0'), 'cookie' from visitors_stored
union all
select phone_person, 'any', 'phone', phone_text(0, 5, phone_person), case when count(*) > 1 then 'shared' else 'own' end
from folk where phone_kind = 0 group by phone_person
order by all
