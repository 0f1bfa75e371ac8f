"""Next best offers as of the night, and whether those of an earlier date were taken. The science is in `mining/`."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import ModuleType

import ibis
import ibis.expr.types as ir

from mining import (
    coded_events,
    intervals,
    items,
    known_rows,
    next_best_offers,
    offer_clocks,
    offer_hit_rates,
    popular_offers,
    purchase_arrays,
    purchase_days,
    rule_antecedents,
    rule_counts,
    rule_explanations,
    rule_notes,
    rule_parts,
    rule_statistics,
    rule_tables,
    rule_tests,
    sequence_candidates,
    sequence_ends,
    sequence_growth,
    sequential_rules,
)
from mining.as_of_dates import month_end
from pipelines.mined import Module, Store
from workspace.mining_settings import Mining

SALES = ("fct_order_lines", "fct_orders", "dim_product")
COUNTING: list[ModuleType] = [items, known_rows, purchase_days, rule_notes, coded_events, rule_statistics]
RULE_CODE = [
    *COUNTING,
    sequential_rules,
    purchase_arrays,
    rule_antecedents,
    rule_counts,
    rule_explanations,
    rule_parts,
    rule_tables,
    rule_tests,
    sequence_candidates,
    sequence_ends,
    sequence_growth,
]
OFFER_CODE = [*RULE_CODE, next_best_offers, offer_clocks, popular_offers]
# A share among so many is known to a third of a percentage point: more of them make a check dearer, not truer.
CHECKED_CUSTOMERS = 100_000


def sales_lines(store: Store, as_of: date) -> ir.Table:
    """The order lines with their items, as they stood on a date."""
    lines = known_rows.known_lines(store.star("fct_order_lines"), store.star("fct_orders"), as_of)
    return items.lines_with_items(lines, store.star("dim_product"), as_of=as_of)


def find_offers(store: Store, as_of: date, settings: Mining) -> Mapping[str, ir.Table]:
    """The best few products, and categories, for every customer, with the reason and the day to act by."""
    chosen, lines, found = settings.offers, sales_lines(store, as_of), []
    called = items.item_names(store.star("dim_product"), as_of=as_of).cache()
    for level in items.LEVELS:
        names = called if level == "product" else None
        rules, clocks = (
            store.backend.table(table, database="mining").filter(ibis._.level == level)
            for table in ("sequential_rules", "rule_clocks")
        )
        offers = next_best_offers.next_best_offers(
            purchase_days.purchase_days(lines, as_of=as_of, item=level).cache(),
            rules,
            clocks,
            as_of=as_of,
            margins=items.item_margins(lines, as_of=as_of, item=level),
            names=names,
            offers_per_customer=chosen.per_customer,
            min_repurchase_days=chosen.min_repurchase_days,
            # That most people buy a category says nothing about whom to tell of it: of these, only what a rule says.
            popular_days=chosen.popular_days if level == "product" else None,
            active_days=chosen.active_days,
        )
        first = rules.select("antecedent_name", rule="rule_key")
        offers = offers.left_join(first, offers.rule_key == first.rule).drop("rule")
        if names is None:
            named = offers.mutate(item_name=offers.item)
        else:
            sold = names.select(key="item", item_name="name")
            named = offers.left_join(sold, offers.item == sold.key).drop("key")
        found.append(named.mutate(level=ibis.literal(level)))
    return {"next_best_offers": ibis.union(*found)}


def last_month_end(as_of: date, needed: Sequence[date], settings: Mining) -> Sequence[date]:
    """The last month end: what is checked changes once a month."""
    return [as_of if as_of == month_end(as_of) else as_of.replace(day=1) - timedelta(days=1)]


def find_checks(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """Offers made some weeks before each date, from what was known then, beside what was bought until the date."""
    return ibis.union(*[check(store, day, level, settings) for day in dates for level in items.LEVELS])


def sampled(purchases: ir.Table, most: int) -> ir.Table:
    """The purchases of at most about `most` customers: of every so many-th by key, which says nothing about them."""
    one_in = max(1, -(-int(purchases.customer_key.nunique().execute()) // most))
    return purchases.filter(purchases.customer_key % one_in == 0)


def check(store: Store, day: date, level: str, settings: Mining) -> ir.Table:
    """The offers of one level, ordered by chance times margin as they are made, and by chance alone.

    Rules are searched among all customers; of more than `CHECKED_CUSTOMERS` a sample is offered what they say.
    """
    chosen = settings.offers
    made_on = day - timedelta(days=chosen.check_days)
    lines = sales_lines(store, made_on)
    bought = purchase_days.purchase_days(lines, as_of=made_on, item=level).cache()
    later = purchase_days.purchase_days(sales_lines(store, day), as_of=day, item=level).cache()
    rules = sequential_rules.sequential_rules(bought, as_of=made_on, **settings.rules.model_dump())
    orders = {"margin": items.item_margins(lines, as_of=made_on, item=level), "chance": None}
    asked, found = sampled(bought, CHECKED_CUSTOMERS).cache(), []
    for order, margins in orders.items():
        offers = next_best_offers.next_best_offers(
            asked,
            rules.rules,
            rules.clocks,
            as_of=made_on,
            margins=margins,
            offers_per_customer=max(offer_hit_rates.AT),
            min_repurchase_days=chosen.min_repurchase_days,
            popular_days=chosen.popular_days,
            active_days=chosen.active_days,
        ).cache()
        rates = offer_hit_rates.offer_hit_rates(offers, later, as_of=made_on, days=chosen.check_days)
        found.append(rates.mutate(ordered_by=ibis.literal(order)))
    rows = ibis.union(*found).mutate(
        as_of=ibis.literal(day),
        made_on=ibis.literal(made_on),
        days=ibis.literal(chosen.check_days, "int64"),
        level=ibis.literal(level),
        rule_count=ibis.literal(int(rules.rules.filter(ibis._.is_used).count().execute()), "int64"),
    )
    return rows.relocate("as_of", "made_on", "days", "level", "ordered_by", "rule_count")


MODULES = {
    "offer_checks": Module(
        "Whether offers made before the last month end were taken, beside what is popular.",
        find_checks,
        SALES,
        [],
        [*OFFER_CODE, offer_hit_rates, intervals],
        settings=frozenset({"rules", "offers"}),
        dates=last_month_end,
    ),
}
