"""Contacts of past campaigns with what was known of the person then, and whether they answered."""

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.instants import end_of_day
from mining.people import age_years, customers_as_of

ATTRIBUTES = ("gender", "region", "kind", "age_band", "income_band", "lifestyle", "household_size")


def contact_outcomes(
    contacts: ir.Table,
    customers: ir.Table,
    orders: ir.Table,
    *,
    as_of: date,
    answer_days: int = 60,
    time_zone: str = "UTC",
) -> ir.Table:
    """Every contact whose time to answer is over by `as_of`, with the person as known at the contact.

    An answer is a click, reply, redemption or purchase on record whose first response came within the time; opening
    a message is none. The kinds carry no date of their own: what was clicked late counts from the first response on.

    Parameters
    ----------
    contacts : fct_campaign_contacts: contact_key, campaign_key, customer_key, contacted_at, contacted_on, channel, arm,
        first_response_at, is_clicked, is_replied, is_redeemed, is_purchased
    customers : dim_customer: customer_key, valid_from, valid_to, birth_date and the attributes
    orders : fct_orders: customer_key, ordered_on, is_sale
    as_of : last day that counts
    answer_days : days in which an answer may come
    time_zone : the company's

    Returns
    -------
    table of (contact_key, campaign_key, customer_key, contacted_on, channel, is_answered, is_prospect: no sale before
    the contact, age_years and the attributes), one row per contact in the arm treatment
    """
    sent = contacts.filter(
        _.arm == "treatment", _.customer_key.notnull(), _.contacted_on <= as_of - timedelta(days=answer_days)
    )
    known = customers.select("customer_key", "valid_from", "valid_to", "birth_date", *ATTRIBUTES)
    same = (sent.customer_key == known.customer_key) & (sent.contacted_at >= known.valid_from)
    then = sent.inner_join(known, [same, sent.contacted_at < known.valid_to]).drop("customer_key_right")
    sales = orders.filter(_.is_sale, _.customer_key.notnull())
    firsts = sales.group_by("customer_key").agg(first_on=_.ordered_on.min())
    then = then.left_join(firsts, "customer_key").drop("customer_key_right")
    waited = then.first_response_at.delta(then.contacted_at, unit="second")
    is_in_time = waited < answer_days * 86_400
    is_answer = then.is_clicked | then.is_replied | then.is_redeemed | then.is_purchased
    return then.select(
        "contact_key",
        "campaign_key",
        "customer_key",
        "contacted_on",
        "channel",
        *ATTRIBUTES,
        is_answered=(is_in_time & is_answer).fill_null(False),
        is_prospect=then.first_on.isnull() | (then.first_on >= then.contacted_on),
        age_years=age_years(then.birth_date, as_of),
    )


def prospects_as_of(customers: ir.Table, orders: ir.Table, *, as_of: date, time_zone: str = "UTC") -> ir.Table:
    """People known and without a sale by `as_of`, with their attributes.

    Returns
    -------
    table of (customer_key, age_years and the attributes), one row per person
    """
    buyers = orders.filter(_.is_sale, _.ordered_on <= as_of, _.customer_key.notnull())
    people = customers_as_of(customers, as_of=as_of, time_zone=time_zone)
    end = ibis.literal(end_of_day(as_of, time_zone))
    arrived = people.filter(people.signed_up_at.isnull() | (people.signed_up_at < end))
    return arrived.anti_join(buyers, "customer_key").select("customer_key", "age_years", *ATTRIBUTES)
