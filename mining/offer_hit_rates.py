"""Were the offers taken? Offers of an earlier date beside what is popular, on what the same customers then bought."""

from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from mining.coded_events import known
from mining.intervals import paired_difference, wilson
from mining.purchase_days import day_number

AT = (1, 3, 5)
_MORE_POPULAR = 50
_COUNTS = ("offer_count", "customer_count", "hit_count", "popular_hit_count")
_SHARES = ("hit_share", "popular_hit_share", "difference")
_SCHEMA = dict.fromkeys(_COUNTS, "int64") | {
    f"{name}{end}": "float64" for name in _SHARES for end in ("", "_low", "_high")
}


def offer_hit_rates(
    offers: ir.Table, purchases: ir.Table, *, as_of: date, days: int = 60, at: tuple[int, ...] = AT
) -> ir.Table:
    """Compare the offers with the most popular items on what the same customers bought afterwards.

    The popular items are those that most customers bought in as many days up to `as_of`; each customer is offered
    the first ones that they did not themselves buy in that time. Only customers with an offer by a rule are compared:
    the others are offered what is popular anyway.

    Parameters
    ----------
    offers : as from `next_best_offers` as of `as_of`, with at least max(at) offers per customer where there are so many
    purchases : as for `next_best_offers`, reaching at least `days` past `as_of`
    as_of : the day on which the offers are made
    at : how many offers are made

    Returns
    -------
    one row per number of offers: (offer_count, customer_count, hit_count: customers who bought any of the first
    `offer_count` within `days` after `as_of`, popular_hit_count, hit_share, popular_hit_share and their difference,
    each with `_low` and `_high` of its 95 % interval; null without a customer), in memory
    """
    today = day_number(as_of)
    events = known(purchases).filter(_.time > today - days, _.time <= today + days)
    before = events.filter(_.time <= today).select("customer_key", "item").distinct()
    after = events.filter(_.time > today).select("customer_key", "item").distinct()
    pointed = offers.semi_join(offers.filter(_.basis == "rule"), "customer_key")
    ours = pointed.select("customer_key", "item", place=_.offer_rank - 1)
    popular = _popular_offers(before, pointed.select("customer_key").distinct(), max(at))
    total = int(pointed.customer_key.nunique().execute())
    taken = pd.DataFrame({name: _hits_by_place(made, after) for name, made in (("ours", ours), ("popular", popular))})
    rows = [_row(n, total, taken["ours"] < n, taken["popular"] < n) for n in at]
    return ibis.memtable(pd.DataFrame(rows, columns=list(_SCHEMA)), schema=_SCHEMA)


def _row(offers: int, total: int, ours: pd.Series, popular: pd.Series) -> tuple:
    """Counts, shares and intervals for one number of offers."""
    hits = int(ours.sum()), int(popular.sum())
    if not total:
        return (offers, total, *hits, *[None] * 9)
    difference = paired_difference(int((ours & ~popular).sum()), int((popular & ~ours).sum()), total)
    told = [wilson(count, total) for count in hits] + [difference]
    return (offers, total, *hits, *[value for one in told for value in (one.estimate, one.low, one.high)])


def _popular_offers(before: ir.Table, customers: ir.Table, most: int) -> ir.Table:
    """For each customer the most popular items that they did not buy: (customer_key, item, place from 0)."""
    ranked = before.group_by("item").agg(customers=_.customer_key.nunique())
    # Enough of them that the first few are left however many of them a customer bought.
    ranked = ranked.order_by(ibis.desc("customers"), "item").limit(most + _MORE_POPULAR)
    made = customers.cross_join(ranked).anti_join(before, ["customer_key", "item"])
    order = [ibis.desc("customers"), "item"]
    return made.mutate(place=ibis.row_number().over(group_by="customer_key", order_by=order)).filter(_.place < most)


def _hits_by_place(made: ir.Table, after: ir.Table) -> pd.Series:
    """The place of each customer's first offer that was bought, by customer."""
    hits = made.semi_join(after, ["customer_key", "item"]).group_by("customer_key").agg(place=_.place.min())
    return hits.execute().set_index("customer_key")["place"]
