"""What a late row must change although it is not the row that changes, one small case each, worked out by hand."""

from dataclasses import dataclass, field
from typing import Any

from tests.dbt.small_company import Rows

Row = dict[str, Any]


@dataclass(frozen=True)
class Ripple:
    """What came in the first night, what came in the second, and what a figure was and then is."""

    name: str
    first: Rows
    late: Rows
    figure: str
    before: tuple
    after: tuple
    others: Rows = field(default_factory=dict)


def order(number: str, on: str = "2024-03-10", **more: Any) -> Row:
    return {"order_id": number, "customer_id": f"of {number}", "ordered_at": f"{on} 10:00", "status": "placed",
            "updated_at": f"{on} 10:00"} | more  # fmt: skip


def two_pieces(number: str, product: str) -> Row:
    """20.00 of a product."""
    return {"order_id": number, "line_number": 1, "product_id": product, "quantity": 2, "unit_price": 10}


def card(product: str, on: str, cost: int) -> Row:
    return {"product_id": product, "unit_cost": cost, "list_price": 10, "updated_at": on}


def event(number: str, at: str, **more: Any) -> Row:
    return {"event_id": number, "visitor_id": f"visitor {number[0]}", "occurred_at": f"2024-03-10 {at}",
            "event_type": "page_view"} | more  # fmt: skip


NUMBERS = ("same", "twin")
"""Customer numbers that are one person's."""
MARGINS = """
    select lines.margin_amount::double, orders.margin_amount::double, months.margin_amount::double
    from star.fct_orders as orders
    join star.fct_order_lines as lines using (order_id)
    join star.fct_customer_months as months
        on months.customer_key = orders.customer_key and months.month_on = date_trunc('month', orders.ordered_on)
    where order_id = '{}'
"""

RIPPLES = [
    Ripple(
        "a cost told late is that of the sales since",
        {
            "sales.orders": [order("cost")],
            "sales.order_lines": [two_pieces("cost", "dearer")],
            "sales.products": [card("dearer", "2024-01-01", 4)],
        },
        {"sales.products": [card("dearer", "2024-03-01", 5)]},
        MARGINS.format("cost"), (12, 12, 12), (10, 10, 10),
    ),
    Ripple(
        "a cost told late is not that of the sales before",
        {
            "sales.orders": [order("earlier", "2024-02-10")],
            "sales.order_lines": [two_pieces("earlier", "dearer still")],
            "sales.products": [card("dearer still", "2024-01-01", 4)],
        },
        {"sales.products": [card("dearer still", "2024-03-01", 5)]},
        MARGINS.format("earlier"), (12, 12, 12), (12, 12, 12),
    ),
    Ripple(
        "a card that says the same cost again at another time changes nothing, a dearer one between does",
        {
            "sales.orders": [order("between")],
            "sales.order_lines": [two_pieces("between", "twice")],
            "sales.products": [card("twice", "2024-01-01", 4), card("twice", "2024-05-01", 4)],
        },
        {"sales.products": [card("twice", "2024-02-01", 7)]},
        MARGINS.format("between"), (12, 12, 12), (6, 6, 6),
    ),
    Ripple(
        "a product described after its sale has cost what its first card says",
        {"sales.orders": [order("undescribed")], "sales.order_lines": [two_pieces("undescribed", "new")]},
        {"sales.products": [card("new", "2024-06-01", 4)]},
        MARGINS.format("undescribed"), (20, 20, 20), (12, 12, 12),
    ),
    Ripple(
        "an order that comes after its lines stands on its own day",
        {"sales.order_lines": [two_pieces("late order", "thing")]},
        {"sales.orders": [order("late order")]},
        """
        select
            (select count(*) from star.orphan_order_lines where order_id = 'late order'),
            (select count(*) from star.fct_order_lines where order_id = 'late order'),
            (select ordered_on::varchar from star.fct_orders where order_id = 'late order'),
            (select amount::double from star.fct_touchpoints where subject_id = 'late order')
        """,
        (1, 0, None, None), (0, 1, "2024-03-10", 20),
    ),
    Ripple(
        "lines that come after their order are its money",
        {"sales.orders": [order("late lines")]},
        {"sales.order_lines": [two_pieces("late lines", "thing")]},
        """
        select line_count, orders.net_amount::double, touches.amount::double, months.net_amount::double
        from star.fct_orders as orders
        join star.fct_touchpoints as touches on subject_id = order_id
        join star.fct_customer_months as months on months.customer_key = orders.customer_key
        where order_id = 'late lines'
        """,
        (0, 0, 0, 0), (1, 20, 20, 20),
    ),
    Ripple(
        "an order that moves to another month leaves none of its money in the first",
        {"sales.orders": [order("moved")], "sales.order_lines": [two_pieces("moved", "thing")]},
        {"sales.orders": [order("moved", "2024-04-02")]},
        """
        select list((month_on::varchar, months.net_amount::double) order by 1)
        from star.fct_customer_months as months join star.fct_orders using (customer_key) where order_id = 'moved'
        """,
        ([("2024-03-01", 20.0)],), ([("2024-04-01", 20.0)],),
    ),
    Ripple(
        "an older word that an order was cancelled is when it was",
        {"sales.orders": [order("off", status="cancelled", updated_at="2024-03-15")]},
        {"sales.orders": [order("off", status="cancelled", updated_at="2024-03-12")]},
        "select cancelled_on::varchar from star.fct_orders where order_id = 'off'",
        ("2024-03-15",), ("2024-03-12",),
    ),
    Ripple(
        "an agent's wage told late is the cost of calls and cases",
        {
            "call_center.calls": [
                {"call_id": "hour", "started_at": "2024-03-10 10:00", "direction": "inbound", "customer_id": "caller",
                 "agent_id": "dear", "talk_seconds": 3600},
            ],
            "call_center.cases": [
                {"case_id": "complaint", "opened_at": "2024-03-10 11:00", "updated_at": "2024-03-10 11:00",
                 "customer_id": "caller", "agent_id": "dear"},
            ],
        },
        {"call_center.agents": [{"agent_id": "dear", "cost_per_hour": 60}]},
        # An hour and 10 cents; 20 minutes of it; both.
        """
        select calls.cost_amount::double, cases.cost_amount::double, cost_to_serve_amount::double
        from star.fct_calls as calls, star.fct_cases as cases, star.fct_customer_months as months
        where call_id = 'hour' and case_id = 'complaint' and months.customer_key = calls.customer_key
        """,
        (30.1, 10, 40.1), (60.1, 20, 80.1),
    ),
    Ripple(
        "a campaign named late names the contacts made for it",
        {"marketing.contacts": [
            {"contact_id": "mail", "campaign_id": "spring", "customer_id": "reader", "channel": "email",
             "contacted_at": "2024-03-10 10:00", "arm": "treatment"}]},
        {"marketing.campaigns": [{"campaign_id": "spring", "name": "Spring", "channel": "email"}]},
        "select summary from star.fct_touchpoints where subject_id = 'mail'",
        ("email",), ("email: Spring",),
        {"sales.customers": [{"customer_id": "reader", "updated_at": "2024-01-01"}]},
    ),
    Ripple(
        "an order that comes after the response that names it is what came of the contact",
        {
            "marketing.contacts": [
                {"contact_id": "offer", "campaign_id": "autumn", "customer_id": "taker", "channel": "email",
                 "contacted_at": "2024-03-09 10:00", "arm": "treatment"}],
            "marketing.responses": [
                {"response_id": "yes", "contact_id": "offer", "responded_at": "2024-03-10 10:00", "kind": "purchase",
                 "order_id": "taken"}],
        },
        {"sales.orders": [order("taken")]},
        "select response_order_key is not null from star.fct_campaign_contacts where contact_id = 'offer'",
        (False,), (True,),
    ),
    Ripple(
        "a response is known when the contact that it answers is",
        {"marketing.responses": [
            {"response_id": "early", "contact_id": "unheard", "responded_at": "2024-03-10 10:00", "kind": "open"}]},
        {"marketing.contacts": [
            {"contact_id": "unheard", "campaign_id": "winter", "customer_id": "opener", "channel": "email",
             "contacted_at": "2024-03-09 10:00", "arm": "treatment"}]},
        """
        select
            (select is_opened from star.fct_campaign_contacts where contact_id = 'unheard'),
            (select summary from star.fct_touchpoints where subject_id = 'early')
        """,
        (None, None), (True, "Response: open"),
        {"sales.customers": [{"customer_id": "opener", "updated_at": "2024-01-01"}]},
    ),
    Ripple(
        "an event between two sessions makes them one",
        {"web.events": [event("j1", "10:00"), event("j2", "10:50")]},
        {"web.events": [event("j3", "10:25")]},
        "select count(*), max(event_count), max(duration_seconds) from star.fct_web_sessions "
        " where visitor_id like '% j'",
        (2, 1, 0), (1, 3, 3000),
    ),
    Ripple(
        "a visitor who says who they are was it all the time",
        {"web.events": [event("v1", "10:00"), event("v2", "15:00")]},
        {"web.events": [event("v3", "19:00", customer_id="known")]},
        """
        select count(events.customer_key), count(distinct sessions.customer_key)
        from star.fct_web_events as events join star.fct_web_sessions as sessions using (session_key)
        where events.visitor_id like '% v' and occurred_at < '2024-03-10 16:00'
        """,
        (0, 0), (2, 1),
        {"sales.customers": [{"customer_id": "known", "updated_at": "2024-01-01"}]},
    ),
    Ripple(
        "what is learnt of a postcode is known of everybody who lives there",
        {"sales.customers": [{"customer_id": "neighbour", "postcode": "53111", "updated_at": "2024-01-01"}]},
        {"external.demographics": [{"subject_kind": "postcode", "subject": "53111", "age_band": "25-34"}]},
        "select age_band from star.dim_customer where postcode = '53111'",
        (None,), ("25-34",),
    ),
    Ripple(
        "what is learnt of a customer number is known of its person",
        {"sales.customers": [{"customer_id": "surveyed", "postcode": "89073", "updated_at": "2024-01-01"}]},
        {"external.demographics": [{"subject_kind": "customer_id", "subject": "surveyed", "age_band": "35-44"}]},
        "select age_band from star.dim_customer where postcode = '89073'",
        (None,), ("35-44",),
    ),
    Ripple(
        "a prospect's newer word is known of the person",
        {"external.prospects": [{"prospect_id": "hopeful", "postcode": "10115", "updated_at": "2024-01-01"}]},
        {"external.prospects": [
            {"prospect_id": "hopeful", "postcode": "10115", "age_band": "18-24", "updated_at": "2024-02-01"}]},
        "select list(age_band order by valid_from) from star.dim_customer where postcode = '10115'",
        ([None],), ([None, "18-24"],),
    ),
    Ripple(
        "a card that tells a phone and an e-mail tells whose calls, cases and visits they were",
        {
            "call_center.calls": [
                {"call_id": "who", "started_at": "2024-03-10 10:00", "direction": "inbound", "phone": "0171 7654321"}],
            "call_center.cases": [
                {"case_id": "by mail", "opened_at": "2024-03-10 11:00", "updated_at": "2024-03-10 11:00",
                 "email": "late@example.com"},
                {"case_id": "by phone", "opened_at": "2024-03-10 12:00", "updated_at": "2024-03-10 12:00",
                 "phone": "0171 7654321"},
            ],
            "web.events": [event("e1", "10:00", email="late@example.com")],
        },
        {"sales.customers": [
            {"customer_id": "late", "phone": "0171 7654321", "email": "late@example.com", "updated_at": "2024-01-01"}]},
        """
        select count(customer_key), count(distinct customer_key) from (
            select customer_key from star.fct_calls where call_id = 'who'
            union all
            select customer_key from star.fct_cases where case_id like 'by %'
            union all
            select customer_key from star.fct_web_events where event_id = 'e1'
            union all
            select customer_key from identity.identifier_owners where identifier = 'late'
        )
        """,
        # An e-mail that nobody has on a card is a person by itself.
        (2, 1), (5, 1),
    ),
    Ripple(
        "numbers that turn out to be one person's take along whatever came under them",
        {
            "sales.orders": [
                order(f"{kind} {number}", customer_id=number) for kind in ("numbered", "numbered empty")
                for number in NUMBERS],
            "sales.order_lines": [two_pieces(f"numbered {number}", "thing") for number in NUMBERS],
            # The third and fourth visitor are seen with two people and so are nobody; what says its number is not.
            "web.events": [event(number, "10:00", customer_id=number) for number in NUMBERS]
            + [event(f"{place} {number}", "10:00", customer_id=number)
               for place, number in zip("xy", NUMBERS, strict=True)]
            + [event(f"{place} other", "11:00", customer_id="other") for place in "xy"],
            "sales.opportunities": [
                {"opportunity_id": f"numbered {number}", "changed_at": "2024-03-10 10:00", "customer_id": number,
                 "stage": "lead"} for number in NUMBERS],
            "call_center.calls": [
                {"call_id": f"numbered {number}", "started_at": "2024-03-10 10:00", "direction": "inbound",
                 "customer_id": number} for number in NUMBERS],
            "call_center.cases": [
                {"case_id": f"numbered {number}", "opened_at": "2024-03-10 11:00", "updated_at": "2024-03-10 11:00",
                 "customer_id": number} for number in NUMBERS],
            "marketing.contacts": [
                {"contact_id": f"numbered {number}", "campaign_id": "summer", "customer_id": number, "channel": "email",
                 "contacted_at": "2024-03-09 10:00", "arm": "treatment"}
                for number in (*NUMBERS, "lead", "known lead")],
        },
        {
            "sales.customers": [
                {"customer_id": "same", "email": "twin@example.com", "updated_at": "2024-01-01"}],
            "external.prospects": [
                {"prospect_id": lead, "email": "twin@example.com", "updated_at": "2024-02-01"}
                for lead in ("lead", "known lead")],
        },
        """
        select count(customer_key), count(distinct customer_key) from (
            select customer_key from star.fct_orders where order_id like 'numbered %'
            union all
            select customer_key from star.fct_order_lines where order_id like 'numbered %'
            union all
            select customer_key from star.fct_web_events where event_id in ('same', 'twin', 'x same', 'y twin')
            union all
            select customer_key from star.fct_opportunities where opportunity_id like 'numbered %'
            union all
            select customer_key from star.fct_calls where call_id like 'numbered %'
            union all
            select customer_key from star.fct_cases where case_id like 'numbered %'
            union all
            select customer_key from star.fct_campaign_contacts where contact_id like 'numbered %'
        )
        """,
        # A number that nobody has a card of is a person by itself: the same, the twin, the lead; and the known lead.
        (20, 4), (20, 1),
        {
            "sales.customers": [{"customer_id": "twin", "email": "twin@example.com", "updated_at": "2024-01-01"}],
            "external.prospects": [{"prospect_id": "known lead", "updated_at": "2024-01-01"}],
        },
    ),
    Ripple(
        "what is itself late is there",
        {
            "web.events": [event("a1", "09:00")],
            "sales.orders": [order("no lines")],
            "marketing.contacts": [
                {"contact_id": "answered", "campaign_id": "answered", "customer_id": "self", "channel": "email",
                 "contacted_at": "2024-03-09 10:00", "arm": "treatment"}],
        },
        {
            "sales.customers": [{"customer_id": "self", "city": "Essen", "updated_at": "2024-02-01"}],
            "sales.order_lines": [two_pieces("never delivered", "thing")],
            "sales.orders": [order("no lines", status="shipped", updated_at="2024-03-11")],
            "sales.opportunities": [
                {"opportunity_id": "itself", "changed_at": "2024-03-10 10:00", "customer_id": "self", "stage": "lead"}],
            "call_center.calls": [{"call_id": "itself", "started_at": "2024-03-10 10:00", "direction": "inbound"}],
            "call_center.cases": [
                {"case_id": "itself", "opened_at": "2024-03-10 11:00", "updated_at": "2024-03-10 11:00"}],
            "marketing.responses": [
                {"response_id": "itself", "contact_id": "answered", "responded_at": "2024-03-10 10:00",
                 "kind": "click"}],
            "marketing.surveys": [
                {"survey_id": "itself", "customer_id": "self", "answered_at": "2024-03-10 10:00", "topic": "price"}],
            "marketing.consents": [
                {"customer_id": "self", "channel": "email", "changed_at": "2024-03-10 10:00", "status": "granted"}],
            "web.events": [event("a2", "12:00")],
        },
        """
        select
            (select city from star.dim_customer where is_current and city = 'Essen'),
            (select count(*) from star.orphan_order_lines where order_id = 'never delivered'),
            (select status from star.fct_orders where order_id = 'no lines'),
            (select count(*) from star.fct_opportunities where opportunity_id = 'itself'),
            (select count(*) from star.fct_calls where call_id = 'itself'),
            (select count(*) from star.fct_cases where case_id = 'itself'),
            (select is_clicked from star.fct_campaign_contacts where contact_id = 'answered'),
            (select count(*) from star.fct_web_sessions where visitor_id = 'visitor a'),
            (select list(kind order by kind) from star.fct_touchpoints where customer_key = (
                select customer_key from star.fct_campaign_contacts where contact_id = 'answered'
            ))
        """,
        (None, 0, "placed", 0, 0, 0, False, 1, ["contact"]),
        ("Essen", 1, "shipped", 1, 1, 1, True, 2, ["consent", "contact", "opportunity", "response", "survey"]),
    ),
    Ripple(
        "visits by a number, by a visitor and by an e-mail go with the person they belong to",
        {
            "web.events": [
                event("c1", "10:00", email="moves@example.com"),
                event("d1", "10:00", customer_id="moves"), event("d2", "20:00"),
                # Seen with two e-mails: the visitor is nobody's, the visits are.
                event("z1", "10:00", email="moves@example.com"), event("z2", "11:00", email="stays@example.com"),
            ],
        },
        {"sales.customers": [
            {"customer_id": "moves", "email": "moves@example.com", "updated_at": "2024-01-01"}]},
        """
        select count(distinct customer_key), count(customer_key) from star.fct_web_events
        where visitor_id in ('visitor c', 'visitor d') or event_id = 'z1'
        """,
        (2, 4), (1, 4),
    ),
    Ripple(
        "a response that is put right is put right on the customer's timeline",
        {
            "sales.customers": [{"customer_id": "clicker", "updated_at": "2024-01-01"}],
            "marketing.contacts": [
                {"contact_id": "clicked", "campaign_id": "clicked", "customer_id": "clicker", "channel": "email",
                 "contacted_at": "2024-03-08 10:00", "arm": "treatment"}],
            "marketing.responses": [
                {"response_id": f"click {day}", "contact_id": "clicked", "responded_at": f"2024-03-{day} 10:00",
                 "kind": "click"} for day in ("09", "10")],
        },
        {"marketing.responses": [
            {"response_id": "click 10", "contact_id": "clicked", "responded_at": "2024-03-11 10:00",
             "kind": "click"}]},
        "select list(touched_on::varchar order by 1) from star.fct_touchpoints where subject_id like 'click %'",
        (["2024-03-09", "2024-03-10"],), (["2024-03-09", "2024-03-11"],),
    ),
]  # fmt: skip
