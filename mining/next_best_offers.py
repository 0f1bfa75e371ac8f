"""Next best offer: what to offer to whom, by when and why. Purchases and rules that hold in, offers out."""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.coded_events import known
from mining.offer_clocks import completions, offer_clocks
from mining.popular_offers import BEST_FIRST, popular_items, popular_offers, with_margins
from mining.purchase_days import EPOCH, day_number

_OFFER = (
    "customer_key", "item", "rule_key", "bought", "days_since", "chance", "contact_days", "margin_amount",
    "expected_margin",
)  # fmt: skip
_MORE_POPULAR = 10


def next_best_offers(
    purchases: ir.Table,
    rules: ir.Table,
    clocks: ir.Table,
    *,
    as_of: date,
    margins: ir.Table | None = None,
    names: ir.Table | None = None,
    offers_per_customer: int = 3,
    min_repurchase_days: int = 30,
    popular_days: int | None = 90,
    active_days: int = 365,
) -> ir.Table:
    """List the best few offers of every customer: what the rules that hold point to, filled up with what is popular.

    A customer who last completed A less than a window ago and has not bought B since will buy B within what is left of
    the window with chance (F(w) - F(d)) / (1 - F(d)): F is the rule's clock, w its window, d the days since. The
    clock was counted from first purchases of A and is taken for later ones too. Offers are ordered by that chance
    times the margin of B. What was bought within its own repurchase time is not offered.

    A popular item's chance is the share of buyers who bought it in the last `popular_days`; with it, the list has
    something for every customer who bought within `active_days`, and a rule must promise more to come before it.

    Parameters
    ----------
    purchases : table of (customer_key, item, time: days since 1970-01-01), as from `purchase_days`; nothing after
        `as_of` is used
    rules, clocks : as from `sequential_rules`; only rules with `is_used`
    margins : table of (item, margin_amount of one purchase); items without a positive margin are not offered. None
        weighs all alike
    names : table of (item, name) for the reasons; None names items by their key
    offers_per_customer : 1 or more
    min_repurchase_days : floor of every item's repurchase time
    popular_days : None offers nothing without a rule

    Returns
    -------
    table of (customer_key, offer_rank from 1, item, basis: rule or popular, rule_key, bought_on: the day on which A was
    last completed, days_since, chance: 0 to 1, margin_amount, expected_margin: chance times margin, contact_by: the day
    by which half of the purchases still to come will have been made, reason: in words); what belongs to a rule is null
    without

    Raises
    ------
    ValueError
        If `offers_per_customer` or `min_repurchase_days` is below 1.
    """
    if min(offers_per_customer, min_repurchase_days) < 1:
        raise ValueError("offers_per_customer and min_repurchase_days must be 1 or more")
    today = day_number(as_of)
    events = known(purchases).filter(_.time <= today)
    clock = offer_clocks(rules, clocks, names)
    offered = clock.select("item")
    popular = None
    if popular_days is not None:
        most = offers_per_customer + _MORE_POPULAR
        popular = popular_items(events, names, margins, today=today, days=popular_days, limit=most).cache()
        offered = offered.union(popular.select("item"))
    # Of the items that nobody is offered nothing need be known.
    asked = events.semi_join(offered.distinct(), "item").cache()
    just = _just_bought(asked, today, min_repurchase_days).cache()
    ruled = _open_rules(asked, completions(events, rules, today), clock, today).anti_join(
        just, ["customer_key", "item"]
    )
    ruled = with_margins(ruled, margins).select(*_OFFER)
    if popular is None:
        return _told(_best(ruled, offers_per_customer), clock, None)
    made = popular_offers(events, popular, just, since=today - active_days, most=offers_per_customer)
    return _told(_side_by_side(ruled.cache(), made, offers_per_customer), clock, popular)


def repurchase_days(purchases: ir.Table, *, floor: int = 30, min_gaps: int = 20) -> ir.Table:
    """Estimate after how many days each item is due again: the median gap between a customer's purchases of it.

    Items with fewer than `min_gaps` gaps get no row: they are bought once.

    Returns
    -------
    table of (item, repurchase_days: at least `floor`)
    """
    days = known(purchases).distinct()
    own = ibis.window(group_by=["customer_key", "item"], order_by="time")
    gaps = days.mutate(gap=_.time - _.time.lag().over(own)).filter(_.gap.notnull())
    medians = gaps.group_by("item").agg(gaps=_.count(), gap=_.gap.median()).filter(_.gaps >= min_gaps)
    return medians.select("item", repurchase_days=ibis.greatest(_.gap.cast("float64"), float(floor)))


def _just_bought(events: ir.Table, today: int, floor: int) -> ir.Table:
    """What each customer bought within its repurchase time, or what is bought only once: (customer_key, item)."""
    due = repurchase_days(events, floor=floor)
    last = events.group_by("customer_key", "item").agg(last_bought=_.time.max()).left_join(due, "item")
    is_due = (today - last.last_bought >= last.repurchase_days).fill_null(False)
    return last.filter(~is_due).select("customer_key", "item")


def _open_rules(events: ir.Table, started: ir.Table, clock: ir.Table, today: int) -> ir.Table:
    """Customers within a rule's window who have not bought its consequent since: one row per customer and rule."""
    last = events.group_by("customer_key", "item").agg(last_bought=_.time.max())
    begun = started.mutate(days_since=today - _.bought).inner_join(clock, ["antecedent_key", "days_since"])
    since = begun.inner_join(last, ["customer_key", "item"])
    return begun.anti_join(since.filter(_.last_bought >= _.bought), ["customer_key", "rule_key"])


def _side_by_side(ruled: ir.Table, popular: ir.Table, most: int) -> ir.Table:
    """The best offers of every customer by a rule or because they are popular, with their place."""
    absent = {name: ibis.null("int64") for name in ("rule_key", "bought", "days_since", "contact_days")}
    popular = popular.mutate(**absent)
    # Who has no offer by a rule gets the popular ones in the order that they are in.
    others = popular.anti_join(ruled, "customer_key").select(*_OFFER, "place")
    both = ruled.union(popular.semi_join(ruled, "customer_key").select(*_OFFER))
    return _best(both, most).select(*_OFFER, "place").union(others)


def _best(offers: ir.Table, most: int) -> ir.Table:
    """Each customer's first few offers, each item once."""
    single = _placed(offers, ["customer_key", "item"]).filter(_.place == 0).drop("place")
    return _placed(single, ["customer_key"]).filter(_.place < most)


def _placed(offers: ir.Table, keys: list[str]) -> ir.Table:
    """The offers with their place, from 0, among those with the same keys."""
    order = [*map(ibis.desc, BEST_FIRST), "item", "rule_key"]
    return offers.mutate(place=ibis.row_number().over(group_by=keys, order_by=order))


def _told(ranked: ir.Table, clock: ir.Table, popular: ir.Table | None) -> ir.Table:
    """The offers that are left as they are returned, with the reason in words."""
    told = ranked.left_join(
        clock.select("rule_key", "days_since", "reason_start", "reason_end"), ["rule_key", "days_since"]
    ).drop("rule_key_right", "days_since_right")
    reason = _reason(told)
    if popular is not None:
        told = told.left_join(popular.select("item", popular_reason="reason"), "item").drop("item_right")
        reason = ibis.ifelse(told.rule_key.isnull(), told.popular_reason, _reason(told))
    return told.select(
        "customer_key",
        (_.place + 1).cast("int64").name("offer_rank"),
        "item",
        told.rule_key.isnull().ifelse("popular", "rule").name("basis"),
        "rule_key",
        _date_of(told.bought).name("bought_on"),
        "days_since",
        "chance",
        "margin_amount",
        "expected_margin",
        _date_of(told.bought + told.contact_days).name("contact_by"),
        reason=reason,
    )


def _date_of(number: ir.IntegerValue) -> ir.DateValue:
    """The date of a day number."""
    return (ibis.literal(EPOCH).cast("timestamp") + number.as_interval("D")).cast("date")


def _reason(offers: ir.Table) -> ir.StringValue:
    """Why, in words: the rule's own with the days since put in."""
    days = offers.days_since
    ago = ibis.cases((days == 0, "today"), (days == 1, "1 day ago"), else_=days.cast("string") + " days ago")
    return offers.reason_start + ago + offers.reason_end
