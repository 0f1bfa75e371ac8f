"""What a predictor may know of each customer as of a date: one row a customer, nothing from after that date."""

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.feature_families import campaign_features, order_features, service_features, visit_features
from mining.known_rows import known_orders

LEAST_TENURE_DAYS = 30  # younger customers have no rhythm yet that could be judged
COUNTS = (
    "visits_30d",
    "visits_90d",
    "abandoned_carts_90d",
    "complaints_90d",
    "open_case_count",
    "calls_90d",
    "unresolved_calls_90d",
    "long_waits_90d",
    "contacts_90d",
    "responses_365d",
    "has_unsubscribed",
)


def customer_features(
    *,
    orders: ir.Table,
    sessions: ir.Table,
    calls: ir.Table,
    cases: ir.Table,
    contacts: ir.Table,
    consents: ir.Table,
    as_of: date,
    time_zone: str = "UTC",
) -> ir.Table:
    """Features of every buyer by the end of `as_of`; the same whether or not the tables hold later rows.

    Windows end with the day: `_90d` is (as_of - 90 days, as_of]. Counts are 0 where there is nothing; null is only
    what is not defined, such as the usual gap of somebody with one order. Each column's unit and meaning stands in
    docs/reference/models.md. Rates and shares are floats: statistics, not money.

    Parameters
    ----------
    orders : fct_orders: customer_key, ordered_at, ordered_on, channel, gross_amount, discount_amount, returned_amount,
        net_amount, margin_amount, item_quantity, is_sale, is_cancelled, cancelled_at
    sessions : fct_web_sessions: customer_key, started_on, has_cart, has_purchase
    calls : fct_calls: customer_key, started_at, started_on, direction, queue_seconds, is_abandoned, is_resolved,
        satisfaction
    cases : fct_cases, as for `mining.service_cases.cases_as_of`
    contacts : fct_campaign_contacts: customer_key, contacted_on, arm, first_response_at
    consents : fct_consents: customer_key, changed_on, status
    as_of : last day that counts
    time_zone : the company's, in which the day ends

    Returns
    -------
    table of (as_of, customer_key, the features, repeat_count, last_order_age_days, age_days, margin_amount,
    mean_margin_amount, margin_365d_amount, last_channel), one row per customer with a sale by then

    Source: recency, frequency, money: Hughes 1994; service and web signals: Buckinx, Van den Poel, "Customer base
    analysis", European Journal of Operational Research 164, 2005.
    """
    found = order_features(orders, as_of)
    for family in (
        visit_features(sessions, as_of),
        service_features(calls, cases, as_of, time_zone),
        campaign_features(contacts, consents, as_of, time_zone),
    ):
        found = found.left_join(family, "customer_key").drop("customer_key_right")
    found = found.mutate(**{name: _[name].fill_null(0) for name in COUNTS})
    return found.mutate(as_of=ibis.literal(as_of)).relocate("as_of", "customer_key")


def old_enough(features: ir.Table, *, least_days: int = LEAST_TENURE_DAYS) -> ir.Table:
    """The customers whose first order is old enough for a judgement."""
    return features.filter(features.tenure_days >= least_days)


def later_outcomes(orders: ir.Table, *, as_of: date, horizon_days: int) -> ir.Table:
    """Labels: what every buyer known by `as_of` did in the window (as_of, as_of + horizon_days].

    An order counts that stood at the end of the window; what was cancelled within it never came to be.

    Parameters
    ----------
    orders : as for `customer_features`; rows until the end of the window must have been delivered
    as_of : the day that features are of
    horizon_days : length of the window, 1 or more

    Returns
    -------
    table of (as_of, customer_key, has_left: no sale in the window, later_order_count, later_net_amount,
    later_margin_amount: of all orders and returns in it), one row per customer with a sale by `as_of`

    Raises
    ------
    ValueError
        If `horizon_days` is below 1.
    """
    if horizon_days < 1:
        raise ValueError(f"a label looks 1 day ahead or more, got {horizon_days}")
    buyers = order_features(orders, as_of).select("customer_key")
    until = as_of + timedelta(days=horizon_days)
    window = orders.filter(_.ordered_on > as_of, _.ordered_on <= until)
    later = known_orders(window, {until: date.min}).group_by("customer_key")
    later = later.agg(count=_.is_sale.sum(), net=_.net_amount.sum(), margin=_.margin_amount.sum())
    found = buyers.left_join(later, "customer_key").drop("customer_key_right")
    return found.select(
        "customer_key",
        as_of=ibis.literal(as_of),
        has_left=_["count"].fill_null(0) == 0,
        later_order_count=_["count"].fill_null(0),
        later_net_amount=_.net.fill_null(0),
        later_margin_amount=_.margin.fill_null(0),
    )
