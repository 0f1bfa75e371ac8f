"""Loyalty, the value pyramid and concentration as tables of schema `mining`. The science is in `mining/`."""

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining import (
    abc_tiers,
    column_statistics,
    concentration,
    instants,
    known_rows,
    loyalty,
    loyalty_index,
    loyalty_stages,
    loyalty_trends,
    movements,
    net_margins,
    next_orders,
    people,
    product_margins,
    purchase_gaps,
    seasonality,
    value_pyramid,
)
from mining.as_of_dates import months_before
from pipelines.mined import Module, Store, comparisons_of, only_the_night
from workspace.mining_settings import Mining

STAGE_SETTINGS = ("horizon_days", "new_days", "new_orders", "established_days", "loyal_percent")
# What tells customers apart when concentration is asked by attribute; products are told apart by category.
ATTRIBUTES = ("region", "country", "kind", "age_band", "gender")


def find_loyalty(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """Stage, index, next order and level of the pyramid of every buyer."""
    # Each date is stored on the way: one statement over many dates takes longer to write than all of them to run.
    found = [loyalty_on(store, day, settings).cache() for day in dates]
    return ibis.union(*found) if len(found) > 1 else found[0]


def loyalty_on(store: Store, day: date, settings: Mining) -> ir.Table:
    """As `find_loyalty`, on one date."""
    # Buyers only: who has not bought is 'potential' whatever else is known, and serving knows who there is.
    nobody = ibis.memtable([], schema={"customer_key": "int64"})
    rules = settings.loyalty
    standing = loyalty.customer_standing(
        store.star("fct_orders"),
        store.star("fct_cases"),
        nobody,
        as_of=day,
        **rules.model_dump(include=set(STAGE_SETTINGS)),
    ).cache()
    margins = store.mined("customer_margins", [day]).drop("as_of")
    pyramid = value_pyramid.value_pyramid(
        margins, standing, dormant_days=rules.horizon_days, cut_percent=rules.top_percent
    )
    pyramid = pyramid.select(
        "customer_key", "pyramid_level", "net_margin", "cost_to_serve_amount", "yearly_pace_margin"
    )
    return loyalty.beside(standing, pyramid).mutate(as_of=ibis.literal(day))


def find_stage_moves(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """Who changed loyalty stage: since the day before, and at month ends since the month end before."""
    known = store.dates("customer_loyalty")
    pairs = [pair for day in dates for pair in comparisons_of(day, known)]
    # The first date of all has nothing before it: nobody has moved, and the table is there all the same.
    pairs = pairs or [movements.Comparison(date.min, date.min, "night")]
    columns = ("customer_key", "loyalty_stage", "stage_reason", "order_count")

    def on(day: date) -> ir.Table:
        return store.mined("customer_loyalty", [day]).select(*columns)

    found = [
        loyalty_stages.stage_moves(on(pair.previous_as_of), on(pair.as_of)).mutate(
            **{name: ibis.literal(value) for name, value in pair._asdict().items()}
        )
        for pair in pairs
    ]
    return ibis.union(*found) if len(found) > 1 else found[0]


def find_trends(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """Trend and season of every buyer."""
    [day] = dates
    trends = loyalty.customer_trends(store.star("fct_orders"), as_of=day)
    return trends.mutate(as_of=ibis.literal(day))


def find_concentration(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """How unevenly net margin lies among buyers, on every date."""
    margins = store.mined("customer_margins", dates)
    found = concentration.concentration(margins, by="as_of")
    return found.mutate(as_of=_.group_name.cast("date")).drop("group_name")


def find_concentration_by(store: Store, dates: Sequence[date], settings: Mining) -> ir.Table:
    """The same within each kind of customer, and among products within each category."""
    [day] = dates
    margins = store.mined("customer_margins", [day]).select("customer_key", "net_margin")
    customers = people.customers_as_of(store.star("dim_customer"), as_of=day, time_zone=store.time_zone)
    held = margins.inner_join(customers.select("customer_key", *ATTRIBUTES), "customer_key")
    parts: list[tuple[str, str | None, ir.Table]] = [
        ("customers", name, held.select("net_margin", name)) for name in ATTRIBUTES
    ]
    star = map(store.star, ("fct_order_lines", "fct_orders", "dim_product"))
    products = product_margins.product_margins(*star, as_of=day, window_months=settings.abc.window_months)
    parts += [("products", "category", products), ("products", None, products)]
    found = [
        concentration.concentration(values, by=by).mutate(
            holders=ibis.literal(holders), attribute=ibis.literal(by or "all")
        )
        for holders, by, values in parts
    ]
    return ibis.union(*found).mutate(as_of=ibis.literal(day))


def recent_dates(as_of: date, needed: Sequence[date], settings: Mining) -> Sequence[date]:
    """The day, the day before, and the last month ends: stages and levels before that are not kept."""
    after = months_before(as_of, settings.loyalty.history_months)
    return [day for day in needed if day >= after]


STAGE_CODE = [
    loyalty, loyalty_stages, loyalty_index, purchase_gaps, next_orders, known_rows, column_statistics, instants,
    value_pyramid, abc_tiers, net_margins,
]  # fmt: skip
CONCENTRATION_CODE = [concentration, net_margins, known_rows]
LOYALTY_SETTINGS = frozenset({"abc", "loyalty"})
MODULES = {
    "customer_loyalty": Module(
        "Loyalty stage and index, next order and level of the value pyramid of every buyer, as of a date.",
        find_loyalty,
        ["fct_orders", "fct_cases"],
        ["customer_margins"],
        STAGE_CODE,
        settings=LOYALTY_SETTINGS,
        dates=recent_dates,
    ),
    "stage_moves": Module(
        "Who changed loyalty stage, and why.",
        find_stage_moves,
        [],
        ["customer_loyalty"],
        [*STAGE_CODE, movements],
        settings=LOYALTY_SETTINGS,
        dates=recent_dates,
    ),
    "customer_trends": Module(
        "Who buys more and more or less and less, and in which season, as of the night's date.",
        find_trends,
        ["fct_orders"],
        [],
        [loyalty_trends, seasonality, purchase_gaps, known_rows, column_statistics],
        settings=frozenset(),
        dates=only_the_night,
    ),
    "value_concentration": Module(
        "How unevenly net margin lies among buyers, as of a date.",
        find_concentration,
        [],
        ["customer_margins"],
        CONCENTRATION_CODE,
        settings=frozenset({"abc"}),
    ),
    "concentration_by_attribute": Module(
        "How unevenly net margin lies among customers of each kind and among products, as of the night's date.",
        find_concentration_by,
        ["fct_order_lines", "fct_orders", "dim_customer", "dim_product"],
        ["customer_margins"],
        [*CONCENTRATION_CODE, people, product_margins],
        settings=frozenset({"abc"}),
        dates=only_the_night,
        is_anew=True,
    ),
}
