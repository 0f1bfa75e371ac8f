"""Who was known by the end of a day, and what was known of them. Tables in, tables out."""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.instants import end_of_day


def customers_as_of(customers: ir.Table, *, as_of: date, time_zone: str = "UTC") -> ir.Table:
    """The one version of every customer that held at the end of `as_of`, with the age in whole years.

    Parameters
    ----------
    customers : dim_customer: customer_key, valid_from, valid_to, birth_date, and any attributes
    as_of : last day that counts
    time_zone : the company's, in which the day ends

    Returns
    -------
    the table without valid_from, valid_to, is_current and customer_version_key, with age_years (null without a birth
    date), one row per customer
    """
    end = ibis.literal(end_of_day(as_of, time_zone))
    held = customers.filter(_.valid_from < end, _.valid_to >= end)
    history = {"valid_from", "valid_to", "is_current", "customer_version_key"}
    columns = [name for name in customers.columns if name not in history]
    return held.select(*columns).mutate(age_years=age_years(_.birth_date, as_of))


def age_years(birth_date: ir.DateValue, as_of: date) -> ir.IntegerValue:
    """Whole years lived by `as_of`."""
    has_had_birthday = birth_date.month() * 100 + birth_date.day() <= as_of.month * 100 + as_of.day
    return (as_of.year - birth_date.year() - has_had_birthday.ifelse(0, 1)).cast("int64")


def known_people(customers: ir.Table, touchpoints: ir.Table, *, as_of: date, time_zone: str = "UTC") -> ir.Table:
    """Everybody whom the company knew by the end of `as_of`.

    A person is known from the day they signed up or were first in touch, whichever was sooner. Of whom neither is on
    record (a bought address) the star does not say since when they are known: they count as always known.

    Parameters
    ----------
    customers : dim_customer: customer_key, valid_from, valid_to, birth_date, signed_up_at
    touchpoints : fct_touchpoints: customer_key, touched_on
    as_of : last day that counts

    Returns
    -------
    table of (customer_key), one row per person
    """
    end = ibis.literal(end_of_day(as_of, time_zone))
    people = customers.group_by("customer_key").agg(signed_up_at=_.signed_up_at.min())
    first = touchpoints.group_by("customer_key").agg(first_touched_on=_.touched_on.min())
    known = people.left_join(first, "customer_key").drop("customer_key_right")
    is_known = (_.signed_up_at < end).fill_null(False) | (_.first_touched_on <= as_of).fill_null(False)
    is_dateless = _.signed_up_at.isnull() & _.first_touched_on.isnull()
    return known.filter(is_known | is_dateless).select("customer_key")
