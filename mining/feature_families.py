"""The families that features come in: orders, visits, service and campaigns, each as of a date."""

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.instants import days_until, end_of_day, hours_between, known_instant
from mining.known_rows import days_before, known_orders, known_rows
from mining.service_cases import cases_as_of

LONG_WAIT_SECONDS = 300
COMPLAINT = "complaint"


def order_features(orders: ir.Table, as_of: date) -> ir.Table:
    """Recency, frequency, money, rhythm, discounts and returns of every customer with a sale by `as_of`."""
    known = known_orders(orders, {as_of: days_before(as_of, 365)})
    in_90 = _.ordered_on > as_of - timedelta(days=90)
    in_180 = _.ordered_on > as_of - timedelta(days=180)
    sums = known.group_by("customer_key").agg(
        first_on=_.ordered_on.min(where=_.is_sale),
        last_on=_.ordered_on.max(where=_.is_sale),
        order_count=_.count(where=_.is_sale),
        order_days=_.ordered_on.nunique(where=_.is_sale),
        orders_90d=_.count(where=_.is_sale & in_90),
        orders_previous_90d=_.count(where=_.is_sale & in_180 & ~in_90),
        orders_365d=_.count(where=_.is_sale & _.is_recent),
        net=_.net_amount.sum(),
        revenue_365d_amount=_.net_amount.sum(where=_.is_recent).fill_null(0),
        gross_365d=_.gross_amount.sum(where=_.is_sale & _.is_recent),
        discount_365d=_.discount_amount.sum(where=_.is_sale & _.is_recent),
        returned_365d=_.returned_amount.sum(where=_.is_recent),
        margin_amount=_.margin_amount.sum(),
        margin_365d_amount=_.margin_amount.sum(where=_.is_recent).fill_null(0),
        # Of orders at one instant the channel decides: the rows' order must not.
        last_channel=_.channel.argmax(ibis.struct({"at": _.ordered_at, "channel": _.channel}), where=_.is_sale),
    )
    return rhythm(sums.filter(_.order_count > 0), as_of)


def rhythm(sums: ir.Table, as_of: date) -> ir.Table:
    """Days and rates out of the sums of a customer's orders."""
    recency, tenure = days_until(as_of, sums.last_on), days_until(as_of, sums.first_on)
    gaps = sums.mutate(
        recency_days=recency,
        tenure_days=tenure,
        order_change_90d=sums.orders_90d - sums.orders_previous_90d,
        mean_order_amount=sums.net.cast("float64") / sums.order_count,
        usual_gap_days=(tenure - recency).cast("float64") / (sums.order_days - 1).nullif(0),
        repeat_count=sums.order_days - 1,
        last_order_age_days=tenure - recency,
        age_days=tenure,
        mean_margin_amount=sums.margin_amount.cast("float64") / sums.order_days,
        discount_share_365d=share(sums.discount_365d, sums.gross_365d),
        return_share_365d=share(sums.returned_365d, sums.gross_365d),
    )
    everybody = gaps.agg(everybodys_gap=_.usual_gap_days.median())
    gaps = gaps.cross_join(everybody)
    # Without any gap in the whole company a silence is as long as usual by definition.
    usual = ibis.coalesce(gaps.usual_gap_days, gaps.everybodys_gap, gaps.recency_days.cast("float64"))
    gaps = gaps.mutate(gap_factor=_.recency_days / ibis.greatest(usual, 1))
    return gaps.drop(
        "first_on", "last_on", "order_days", "net", "gross_365d", "discount_365d", "returned_365d", "everybodys_gap"
    )


def share(part: ir.Value, whole: ir.Value) -> ir.Value:
    """A part of a whole as a float; null where the whole is nothing."""
    return part.cast("float64") / whole.cast("float64").nullif(0)


def visit_features(sessions: ir.Table, as_of: date) -> ir.Table:
    """Visits to the site and carts left behind."""
    known = known_rows(sessions, "started_on", {as_of: days_before(as_of, 90)})
    in_30 = _.started_on > as_of - timedelta(days=30)
    found = known.group_by("customer_key").agg(
        visits_30d=_.count(where=in_30),
        visits_90d=_.count(where=_.is_recent),
        last_visit_on=_.started_on.max(),
        abandoned_carts_90d=_.count(where=_.is_recent & _.has_cart & ~_.has_purchase),
    )
    return found.mutate(days_since_visit=days_until(as_of, found.last_visit_on)).drop("last_visit_on")


def service_features(calls: ir.Table, cases: ir.Table, as_of: date, time_zone: str) -> ir.Table:
    """Complaints, open cases, calls, waiting and the last answer on satisfaction; one row for who had any."""
    known_calls = known_rows(calls, "started_on", {as_of: days_before(as_of, 90)})
    known_cases = cases_as_of(cases, as_of=as_of, time_zone=time_zone).filter(_.customer_key.notnull())
    by_call = known_calls.group_by("customer_key").agg(
        calls_90d=_.count(where=_.is_recent),
        unresolved_calls_90d=_.count(
            where=_.is_recent & (_.direction == "inbound") & ~_.is_resolved.fill_null(False),
        ),
        long_waits_90d=_.count(where=_.is_recent & (_.is_abandoned | (_.queue_seconds > LONG_WAIT_SECONDS))),
    )
    everybody = ibis.union(known_calls.select("customer_key"), known_cases.select("customer_key"), distinct=True)
    for part in (by_call, case_features(known_cases, as_of), last_answers(known_calls, known_cases)):
        everybody = everybody.left_join(part, "customer_key").drop("customer_key_right")
    return everybody


def case_features(known: ir.Table, as_of: date) -> ir.Table:
    """Complaints, the slowest case and what is open, of cases as they stood."""
    is_recent = _.opened_on > as_of - timedelta(days=90)
    is_complaint = _.category == COMPLAINT
    taken = hours_between(known.resolved_at, known.opened_at)
    hours = ibis.ifelse(known.resolved_at.notnull(), taken, known.age_hours)
    found = (
        known.mutate(hours=hours)
        .group_by("customer_key")
        .agg(
            complaints_90d=_.count(where=is_recent & is_complaint),
            last_complaint_on=_.opened_on.max(where=is_complaint),
            slowest_case_90d_hours=_.hours.max(where=is_recent),
            open_case_count=_.count(where=_.resolved_at.isnull()),
        )
    )
    return found.mutate(days_since_complaint=days_until(as_of, found.last_complaint_on)).drop("last_complaint_on")


def last_answers(known_calls: ir.Table, known_cases: ir.Table) -> ir.Table:
    """The latest rating of a call or a case followed up; of several at one instant the worst."""
    rated = ibis.union(
        known_calls.filter(_.satisfaction.notnull()).select(
            "customer_key", at=_.started_at.cast("timestamp"), satisfaction=_.satisfaction.cast("float64")
        ),
        known_cases.filter(_.satisfaction.notnull()).select(
            "customer_key", at=_.followed_up_at.cast("timestamp"), satisfaction=_.satisfaction.cast("float64")
        ),
    )
    latest = ibis.struct({"at": _["at"], "worse": -_.satisfaction})
    return rated.group_by("customer_key").agg(last_satisfaction=_.satisfaction.argmax(latest))


def campaign_features(contacts: ir.Table, consents: ir.Table, as_of: date, time_zone: str) -> ir.Table:
    """Contacts sent, answers to them by then, and whether a consent was ever withdrawn; one row for who had any."""
    known = known_rows(contacts, "contacted_on", {as_of: days_before(as_of, 90)})
    year_ago = ibis.literal(end_of_day(as_of - timedelta(days=365), time_zone))
    by_contact = known.mutate(answered_at=known_instant(known.first_response_at, as_of, time_zone))
    by_contact = by_contact.group_by("customer_key").agg(
        contacts_90d=_.count(where=_.is_recent & (_.arm == "treatment")),
        responses_365d=_.count(where=_.answered_at >= year_ago),
    )
    withdrawn = known_rows(consents, "changed_on", {as_of: date.min}).filter(_.status == "withdrawn")
    withdrawn = withdrawn.group_by("customer_key").agg(has_unsubscribed=_.count().clip(upper=1))
    everybody = ibis.union(by_contact.select("customer_key"), withdrawn.select("customer_key"), distinct=True)
    for part in (by_contact, withdrawn):
        everybody = everybody.left_join(part, "customer_key").drop("customer_key_right")
    return everybody
