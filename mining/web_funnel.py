"""The web funnel: from visit to order on the site, and to an order anywhere in the days after."""

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.as_of_dates import months_before
from mining.column_statistics import wilson_columns
from mining.instants import days_between
from mining.known_rows import known_orders

STEPS = ("visit", "product seen", "cart", "checkout", "order")
MIN_SESSIONS = 30


def web_funnel(
    sessions: ir.Table, events: ir.Table, *, as_of: date, window_months: int = 3, by: str | None = None
) -> ir.Table:
    """How many sessions went how far, in the months that end with `as_of`.

    A session that went further counts at every step before: who orders from a link in a mail may never have a cart.

    Parameters
    ----------
    sessions : fct_web_sessions: session_key, started_on, product_view_count, has_cart, has_purchase, and `by`
    events : fct_web_events: session_key, occurred_on, event_type (for the checkout, which sessions do not carry)
    as_of : last day that counts
    window_months : length of the window
    by : device, utm_source, landing_page or another column of sessions; None: all together

    Returns
    -------
    table of (group_name, place 1 to 5, step, session_count, of_visits_share, of_visits_low, of_visits_high: 95 %,
    of_step_share: of the step before, null at the first; funnel_status 'measured' or 'too few': fewer than 30 visits)
    """
    after = months_before(as_of, window_months)
    known = sessions.filter(_.started_on > after, _.started_on <= as_of)
    paid = events.filter(_.event_type == "checkout", _.occurred_on > after, _.occurred_on <= as_of)
    paid = paid.select("session_key").distinct().mutate(has_checkout=ibis.literal(True))
    known = known.left_join(paid, "session_key")
    group = ibis.literal("all") if by is None else known[by].cast("string").fill_null("unknown")
    depth = ibis.cases(
        (_.has_purchase, 5),
        (_.has_checkout.fill_null(False), 4),
        (_.has_cart, 3),
        (_.product_view_count > 0, 2),
        else_=1,
    )
    depths = known.mutate(group_name=group, depth=depth).group_by("group_name", "depth").agg(sessions=_.count())
    groups = depths.select("group_name").distinct()
    steps = ibis.memtable([{"place": place, "step": step} for place, step in enumerate(STEPS, start=1)])
    grid = groups.cross_join(steps)
    reached = grid.left_join(depths, [grid.group_name == depths.group_name, depths.depth >= grid.place])
    counted = reached.group_by("group_name", "place", "step").agg(session_count=_.sessions.sum().fill_null(0))
    own = ibis.window(group_by="group_name", order_by="place")
    counted = counted.mutate(
        visits=_.session_count.max().over(ibis.window(group_by="group_name")), before=_.session_count.lag().over(own)
    )
    share, low, high = wilson_columns(counted.session_count, counted.visits)
    return counted.mutate(
        of_visits_share=share,
        of_visits_low=low,
        of_visits_high=high,
        of_step_share=counted.session_count.cast("float64") / counted.before.nullif(0),
        funnel_status=(counted.visits >= MIN_SESSIONS).ifelse("measured", "too few"),
    ).drop("visits", "before")


def orders_after_visits(
    sessions: ir.Table, orders: ir.Table, *, as_of: date, days: int = 7, window_months: int = 3
) -> ir.Table:
    """Through which channel known customers ordered in the days after a visit, the day of the visit included.

    Visits of the last `days` days are left out: their time is not over. What a visit is followed by it need not have
    caused.

    Parameters
    ----------
    sessions : fct_web_sessions: customer_key, started_on
    orders : fct_orders: customer_key, ordered_on, channel, item_quantity, is_sale, is_cancelled, cancelled_at
    as_of : last day that counts
    days : how long after a visit an order still counts
    window_months : visits of the window (as_of - window_months, as_of - days]

    Returns
    -------
    table of (channel: of the soonest order, 'no order' without one; visit_day_count: customers and days with a visit,
    visit_day_share, share_low, share_high: 95 %)
    """
    after, until = months_before(as_of, window_months), as_of - timedelta(days=days)
    visits = sessions.filter(_.customer_key.notnull(), _.started_on > after, _.started_on <= until)
    visits = visits.select("customer_key", "started_on").distinct()
    sales = known_orders(orders, {as_of: after}).filter(_.is_sale, _.is_recent)
    # Several orders on a day: the channel that comes first by name, so that the answer does not depend on the engine.
    sales = sales.group_by("customer_key", "ordered_on").agg(channel=_.channel.fill_null("unknown").min())
    pairs = visits.inner_join(sales, "customer_key")
    wait = days_between(pairs.ordered_on, pairs.started_on)
    soon = pairs.mutate(wait=wait).filter(_.wait >= 0, _.wait <= days)
    first = ibis.window(group_by=["customer_key", "started_on"], order_by="wait")
    soon = soon.mutate(turn=ibis.row_number().over(first)).filter(_.turn == 0)
    matched = visits.left_join(soon, ["customer_key", "started_on"])
    counted = matched.group_by(channel=_.channel.fill_null("no order")).agg(visit_day_count=_.count())
    counted = counted.mutate(total=_.visit_day_count.sum().over(ibis.window()))
    share, low, high = wilson_columns(counted.visit_day_count, counted.total)
    return counted.mutate(visit_day_share=share, share_low=low, share_high=high).drop("total")
