"""Are new customers worth more than existing ones were at the same age?"""

from datetime import date, timedelta

import ibis.expr.types as ir
from ibis import _

from mining.instants import days_between
from mining.intervals import Sample, welch
from mining.known_rows import known_orders
from mining.questions.answers import (
    MIN_GROUP,
    Answer,
    Asked,
    bar,
    chart_of,
    empty_feeds,
    is_unsure,
    sample_of,
    sample_table,
    spoken,
)

MONTH_DAYS = 30


def new_customers_worth(
    orders: ir.Table,
    customers: ir.Table,
    *,
    as_of: date,
    age_months: int = 6,
    new_days: int = 365,
    lead_in_days: int = 180,
) -> Answer:
    """Compare the margin of customers' first months: those won lately against those won before.

    Parameters
    ----------
    orders : fct_orders: customer_key, ordered_on, margin_amount, item_quantity, is_sale, is_cancelled, cancelled_at
    customers : dim_customer: customer_key, signed_up_at; who signed up before the first order on record is left out,
        as the customer's own first orders are not on record
    as_of : last day that counts
    age_months : months of 30 days after the first order that count, for both
    new_days : who reached that age within the last so many days is new
    lead_in_days : of whom no sign-up is on record, a first order so soon after the beginning of the records is
        taken for a later one, and left out

    Returns
    -------
    Answer: the mean margin of new customers less that of existing ones, at that age; chart: the course by month of
    age (label 'new' or 'existing', month); customers: the new ones
    """
    asked = Asked(
        f"Are new customers worth more than existing ones in their first {age_months} months?",
        "money",
        f"Margin of a customer's orders within {age_months} x {MONTH_DAYS} days of the first, returns taken off, costs "
        f"to serve not. New: reached that age in the last {new_days} days; existing: before.",
        "Difference of means with Welch's interval (1947). Same age, not same calendar time: seasons may differ.",
    )
    if missing := empty_feeds(orders=orders):
        return asked.missing(missing)
    first = first_orders(orders, customers, as_of=as_of, lead_in_days=lead_in_days)
    grown = first_months(orders, first, as_of=as_of, age_months=age_months, new_days=new_days)
    query = sample_table(grown, "cohort", f"month_{age_months}")
    courses = monthly_samples(grown, age_months)
    new, old = (courses[age_months].get(name, Sample(0, 0, 0)) for name in ("new", "existing"))
    if min(new.size, old.size) < MIN_GROUP:
        return asked.too_little(
            f"Only {new.size} new and {old.size} existing customers have reached that age on record; {MIN_GROUP} of "
            "each are needed.",
            query=query,
        )
    interval, _p = welch(new, old)
    verdict = "no difference can be seen" if is_unsure(interval) else "more" if interval.estimate > 0 else "less"
    sentence = (
        f"{new.size} new customers brought {new.mean:,.2f} each in their first {age_months} months, {old.size} "
        f"existing ones {old.mean:,.2f} at that age: a difference of {spoken(interval)}: {verdict}."
    )
    rows = [
        bar(name, sample) | {"month": month}
        for month, samples in courses.items()
        for name, sample in sorted(samples.items())
    ]
    listed = grown.filter(_.cohort == "new").select("customer_key")
    return asked.answered(sentence, interval, chart=chart_of(rows, month="int64"), customers=listed, query=query)


def monthly_samples(grown: ir.Table, age_months: int) -> dict[int, dict[str, Sample]]:
    """The samples of both cohorts at each age in months, counted in one pass over everybody's orders."""
    months = range(1, age_months + 1)
    counted = grown.group_by("cohort").agg(
        size=_.count(),
        **{f"mean_{n}": grown[f"month_{n}"].mean() for n in months},
        **{f"deviation_{n}": grown[f"month_{n}"].std(how="sample") for n in months},
    )
    rows = counted.execute().to_dict("records")
    return {
        n: {row["cohort"]: sample_of(row[f"mean_{n}"], row[f"deviation_{n}"], row["size"]) for row in rows}
        for n in months
    }


def first_orders(orders: ir.Table, customers: ir.Table, *, as_of: date, lead_in_days: int) -> ir.Table:
    """(customer_key, first_on) of those whose first order is on record."""
    known = known_orders(orders, {as_of: date.min}).filter(_.is_sale)
    first = known.group_by("customer_key").agg(first_on=_.ordered_on.min())
    begin = first.agg(begins_on=_.first_on.min())
    signed = customers.group_by("customer_key").agg(signed_on=_.signed_up_at.min().cast("date"))
    dated = first.cross_join(begin).left_join(signed, "customer_key").drop("customer_key_right")
    has_led_in = days_between(dated.first_on, dated.begins_on) >= lead_in_days
    return dated.filter((dated.signed_on >= dated.begins_on).fill_null(has_led_in)).select("customer_key", "first_on")


def first_months(orders: ir.Table, first: ir.Table, *, as_of: date, age_months: int, new_days: int) -> ir.Table:
    """(customer_key, cohort, month_1 .. month_n: margin up to that age) of customers old enough."""
    age_days = age_months * MONTH_DAYS
    grown = first.filter(_.first_on <= as_of - timedelta(days=age_days))
    is_new = _.first_on > as_of - timedelta(days=age_days + new_days)
    cohorts = grown.mutate(cohort=is_new.ifelse("new", "existing"))
    known = known_orders(orders, {as_of: date.min})
    aged = known.inner_join(cohorts, "customer_key")
    aged = aged.mutate(age=days_between(aged.ordered_on, aged.first_on))
    sums = {
        f"month_{n}": _.margin_amount.sum(where=(_.age >= 0) & (_.age < n * MONTH_DAYS)).cast("float64").fill_null(0.0)
        for n in range(1, age_months + 1)
    }
    return aged.group_by("customer_key", "cohort").agg(**sums)
