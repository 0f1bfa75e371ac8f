"""A star of any size, made up in the engine: the facts that mining reads, without deliveries, dbt or identity.

Reproducible without a seed: hashes of row numbers. A few customers and products make up much, most little; every
twenty-fifth product leads to the one beside it, so that there are rules to be found, tested and offered by.
"""

from duckdb import DuckDBPyConnection

from pipelines.sql import identifier
from pipelines.star_reference import tables

# Draws: u is uniform from 0 up to 1; days count from 1 January 2024.
MACROS = """
create temp macro u(i, salt) as (hash(i * 31 + salt) % 1000003) / 1000003.0;
create temp macro pick(i, salt, words) as words[1 + (hash(i * 31 + salt) % len(words))::integer];
create temp macro someone(i, salt, people) as floor(people * power(u(i, salt), 1.4))::bigint * 2654435761;
create temp macro day_on(number) as date '2024-01-01' + number::integer;
create temp macro within(i, salt) as floor(731 * u(i, salt))::integer;
"""
DRAWN = """
create temp table drawn as
select i as order_number, someone(i, 1, $customers) as customer_key, within(i, 2) as day,
    u(i, 3) < 0.02 as is_cancelled, pick(i, 4, ['store', 'web', 'phone']) as channel,
    1 + (hash(i * 31 + 5) % 4)::integer as line_count
from range($customers * 4) as numbers(i)
"""
SOLD = """
create temp table sold as
with own as (
    select order_number, customer_key, day, is_cancelled, channel, line_number,
        floor(500 * power(u(order_number * 8 + line_number, 6), 1.8))::integer as product
    from (select *, unnest(range(line_count)) as line_number from drawn)
),
led as (
    select order_number + 1000000000 as order_number, customer_key,
        day + 5 + floor(40 * u(order_number, 7))::integer as day, false as is_cancelled, channel, 0 as line_number,
        product + 1 as product
    from own where product % 25 = 0 and u(order_number * 8 + line_number, 8) < 0.15
)
from own union all by name from led where day < 731
"""
LINES = """
insert into star.fct_order_lines by name
select order_number * 8 + line_number as order_line_key, order_number as order_key, line_number, customer_key,
    product::bigint * 40503 as product_key, day_on(day) as ordered_on, day_on(day)::timestamp as ordered_at, channel,
    1 as quantity, (product % 97 + 3)::decimal(18, 4) as unit_price_amount, unit_price_amount as gross_amount,
    case when u(order_number, 9) < 0.2 then gross_amount / 10 else 0 end::decimal(18, 4) as discount_amount,
    (gross_amount - discount_amount)::decimal(18, 4) as net_amount, (gross_amount * 0.6)::decimal(18, 4) as cost_amount,
    (net_amount - cost_amount)::decimal(18, 4) as margin_amount, false as is_return, not is_cancelled as is_counted
from sold
"""
ORDERS = """
insert into star.fct_orders by name
select order_key, any_value(customer_key) as customer_key, any_value(ordered_at) as ordered_at,
    any_value(ordered_on) as ordered_on, any_value(channel) as channel, count(*) as line_count,
    count(*) as item_quantity, 0 as returned_quantity, sum(gross_amount) as gross_amount,
    sum(discount_amount) as discount_amount, 0 as returned_amount, sum(net_amount) as net_amount,
    sum(cost_amount) as cost_amount, sum(margin_amount) as margin_amount, bool_and(is_counted) as is_sale,
    false as is_return, not is_sale as is_cancelled,
    case when is_cancelled then any_value(ordered_at) + interval 2 days end as cancelled_at,
    cancelled_at::date as cancelled_on, case when is_cancelled then 'cancelled' else 'completed' end as status
from star.fct_order_lines group by order_key
"""
CUSTOMERS = """
insert into star.dim_customer by name
select i as customer_version_key, i * 2654435761 as customer_key, timestamp '1900-01-01' as valid_from,
    timestamp '9999-12-31' as valid_to, true as is_current, 'Customer ' || i as name,
    pick(i, 10, ['north', 'south', 'east', 'west']) as region, 'DE' as country,
    pick(i, 11, ['person', 'person', 'person', 'company']) as kind, pick(i, 12, ['f', 'm']) as gender,
    date '1950-01-01' + within(i, 13) * 20 as birth_date, day_on(within(i, 14))::timestamp as signed_up_at,
    pick(i, 15, ['18-29', '30-44', '45-59', '60+']) as age_band
from range($customers) as numbers(i)
"""
PRODUCTS = """
insert into star.dim_product by name
select i as product_version_key, i * 40503 as product_key, 'P' || i as product_id, 'Product ' || i as name,
    'Category ' || i % 20 as category, timestamp '1900-01-01' as valid_from, timestamp '9999-12-31' as valid_to,
    true as is_current, (i % 97 + 3) * 0.6 as unit_cost, i % 97 + 3 as list_price
from range(501) as numbers(i)
"""
CALLS = """
insert into star.fct_calls by name
select i as call_key, someone(i, 20, $customers) as customer_key, day_on(within(i, 21)) as started_on,
    started_on + interval (8 + i % 10) hours as started_at,
    pick(i, 22, ['inbound', 'inbound', 'outbound']) as direction,
    pick(i, 23, ['delivery', 'question', 'billing', 'return']) as reason, (hash(i * 24) % 300)::bigint as queue_seconds,
    (hash(i * 25) % 900)::bigint as talk_seconds, u(i, 26) < 0.1 as is_abandoned,
    case when is_abandoned then 'abandoned' else 'answered' end as outcome, u(i, 27) < 0.7 as is_resolved,
    i % 7 as agent_key, 4 as cost_amount
from range($customers) as numbers(i)
"""
CASES = """
insert into star.fct_cases by name
select i as case_key, someone(i, 30, $customers) as customer_key, pick(i, 31, ['phone', 'email', 'web']) as channel,
    pick(i, 32, ['complaint', 'question', 'return']) as category, pick(i, 33, ['low', 'medium', 'high']) as severity,
    day_on(within(i, 34)) as opened_on, opened_on + interval 10 hours as opened_at,
    opened_at + interval 3 hours as assigned_at,
    case when u(i, 35) < 0.95 then opened_at + interval (within(i, 36)) hours end as resolved_at,
    resolved_at + interval 2 days as followed_up_at, 3 as hours_to_assign,
    date_diff('hour', opened_at, resolved_at) as hours_to_resolve, resolved_at is null as is_open,
    1 + (hash(i * 37) % 5)::bigint as satisfaction, i % 7 as agent_key, 9 as cost_amount
from range($customers // 3) as numbers(i)
"""
CONTACTS = """
insert into star.fct_campaign_contacts by name
select i as contact_key, someone(i, 40, $customers) as customer_key, i % 40 as campaign_key,
    day_on(within(i, 41)) as contacted_on, contacted_on::timestamp as contacted_at,
    pick(i, 42, ['email', 'email', 'post', 'sms']) as channel,
    pick(i, 43, ['treatment', 'treatment', 'control']) as arm,
    case when arm = 'control' then 0 else 0.2 end as cost_amount, (u(i, 44) < 0.2)::integer as response_count,
    response_count > 0 as is_clicked
from range($customers * 3) as numbers(i)
"""
SURVEYS = """
insert into star.fct_surveys by name
select i as survey_key, someone(i, 50, $customers) as customer_key,
    pick(i, 51, ['delivery', 'price', 'advice', 'quality']) as topic, day_on(within(i, 52)) as answered_on,
    answered_on::timestamp as answered_at, 1 + (hash(i * 53) % 7)::integer as expected,
    1 + (hash(i * 54) % 7)::integer as perceived, perceived - expected as gap
from range($customers // 2) as numbers(i)
"""
SESSIONS = """
insert into star.fct_web_sessions by name
select i as session_key, 'v' || i % ($customers * 2) as visitor_id,
    case when u(i, 60) < 0.7 then someone(i, 61, $customers) end as customer_key, day_on(within(i, 62)) as started_on,
    started_on + interval 12 hours as started_at, started_at + interval 9 minutes as ended_at, 540 as duration_seconds,
    3 as event_count, (hash(i * 63) % 4)::integer as product_view_count, (u(i, 64) < 0.3)::integer as search_count,
    u(i, 65) < 0.3 as has_cart, u(i, 66) < 0.1 as has_purchase, pick(i, 67, ['desktop', 'mobile', 'tablet']) as device,
    pick(i, 68, ['search', 'newsletter', 'direct']) as utm_source
from range($customers * 4) as numbers(i)
"""
EVENTS = """
insert into star.fct_web_events by name
select session_key * 4 + step as web_event_key, session_key, visitor_id, customer_key, started_on as occurred_on,
    started_at + to_minutes(step * 3) as occurred_at,
    case when step = 1 and search_count > 0 then 'search' when step = 2 and has_cart then 'checkout'
        else 'product_view' end as event_type,
    case when event_type = 'product_view' then floor(500 * power(u(session_key, 70), 1.8))::bigint * 40503
        end as product_key,
    case when event_type = 'search' then 'term ' || hash(session_key) % 300 end as search_term, device
from (select *, unnest(range(3)) as step from star.fct_web_sessions)
"""
OPPORTUNITIES = """
insert into star.fct_opportunities by name
select i as opportunity_key, someone(i, 80, $customers) as customer_key, day_on(within(i, 81)) as opened_on,
    opened_on::timestamp as opened_at, opened_at + interval 9 days as qualified_at,
    opened_at + interval 20 days as proposed_at,
    case when u(i, 82) < 0.9 then opened_at + interval 50 days end as closed_at,
    case when closed_at is null then 'proposal' else 'closed' end as stage,
    case when closed_at is not null then pick(i, 83, ['won', 'lost', 'lost']) end as outcome, 900 as amount,
    opened_on + 60 as expected_close_on, 'rep ' || i % 9 as owner_id, pick(i, 84, ['fair', 'referral']) as lead_source
from range($customers // 20) as numbers(i)
"""
TOUCHES = """
insert into star.fct_touchpoints by name
select customer_key, ordered_at as touched_at, ordered_on as touched_on, 'order' as kind, 'in' as direction,
    net_amount as amount from star.fct_orders where is_sale
union all by name
select customer_key, started_at as touched_at, started_on as touched_on, 'visit' as kind, 'in' as direction
from star.fct_web_sessions where customer_key is not null
union all by name
select customer_key, started_at as touched_at, started_on as touched_on, 'call' as kind,
    case direction when 'inbound' then 'in' else 'out' end as direction from star.fct_calls
union all by name
select customer_key, opened_at as touched_at, opened_on as touched_on, 'case' as kind, 'in' as direction
from star.fct_cases
union all by name
select customer_key, contacted_at as touched_at, contacted_on as touched_on, 'contact' as kind, 'out' as direction
from star.fct_campaign_contacts where arm = 'treatment'
"""
STATEMENTS = [
    DRAWN, SOLD, LINES, ORDERS, CUSTOMERS, PRODUCTS, CALLS, CASES, CONTACTS, SURVEYS, SESSIONS, EVENTS, OPPORTUNITIES,
    TOUCHES,
]  # fmt: skip


def make_star(connection: DuckDBPyConnection, customers: int) -> None:
    """Fill schema `star` with two years of so many customers: about ten order lines each."""
    connection.execute("create schema star")
    for table in tables():
        columns = ", ".join(f"{identifier(column['name'])} {column['data_type']}" for column in table["columns"])
        # Names and types are those of the star's own description.
        connection.execute(f"create table star.{identifier(table['name'])} ({columns})")
    connection.execute(MACROS)
    for statement in STATEMENTS:
        connection.execute(statement, {"customers": customers} if "$customers" in statement else None)
