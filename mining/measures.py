"""Measures: what each number of the business means, once; and any of them by any dimensions over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import ibis.expr.types as ir
from ibis import _
from ibis.common.deferred import Deferred

from mining.measure_sources import CUSTOMER_DIMENSIONS, SOURCES, Source, Tables

Unit = Literal["count", "money", "share", "seconds"]
GRAINS = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Taken:
    """How a measure is taken of a source: a total, and what it is divided by where it is a mean or a share."""

    total: Deferred
    per: Deferred | None = None


@dataclass(frozen=True)
class Measure:
    """One number of the business: its name, unit, meaning, who answers for it, and how it is taken of which source.

    The first source is the usual one; the others serve dimensions that the first does not have.
    """

    name: str
    title: str
    unit: Unit
    definition: str
    owner: str
    taken: dict[str, Taken]

    @property
    def lineage(self) -> tuple[str, ...]:
        """The tables it is computed from."""
        return tuple(dict.fromkeys(table for source in self.taken for table in SOURCES[source].tables))

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What it can be split by."""
        own = [name for source in self.taken for name in SOURCES[source].dimensions]
        return (*CUSTOMER_DIMENSIONS, *dict.fromkeys(own))

    @property
    def is_dated(self) -> bool:
        """Whether it is known day by day, and not only as of the data's date."""
        return all(SOURCES[source].is_dated for source in self.taken)

    def source(self, by: Sequence[str]) -> str:
        """The source that has these dimensions.

        Raises
        ------
        ValueError
            If none has: the message names those that there are.
        """
        for name in self.taken:
            if set(by) <= {*CUSTOMER_DIMENSIONS, *SOURCES[name].dimensions}:
                return name
        wrong = ", ".join(sorted(set(by) - set(self.dimensions))) or ", ".join(by)
        raise ValueError(f"{self.title} cannot be split by {wrong}; there are {', '.join(self.dimensions)}")


SOLD = _.is_sale
LINES_SOLD = _.quantity > 0
SALES, SERVICE, MARKETING, ANALYTICS = "Sales", "Customer service", "Marketing", "Customer analytics"

MEASURES = {
    measure.name: measure
    for measure in (
        Measure("customers", "Customers", "count", "People and companies who have bought at least once by the "
                "data's date.", ANALYTICS, {"people": Taken((~_.is_prospect).sum())}),
        Measure("new_customers", "New customers", "count", "Known buyers by the day of their first sale.", SALES,
                {"first orders": Taken(_.count())}),
        Measure("buyers", "Active buyers", "count", "Different known customers with at least one sale in the period. "
                "Whoever buys in two periods counts in both, and once in their sum.", SALES,
                {"orders": Taken(_.customer_key.nunique(where=SOLD)),
                 "order lines": Taken(_.customer_key.nunique(where=LINES_SOLD))}),
        Measure("orders", "Orders", "count", "Sales: orders that were not cancelled and have at least one item "
                "bought. By category: orders that hold one of it.", SALES,
                {"orders": Taken(SOLD.sum()), "order lines": Taken(_.order_key.nunique(where=LINES_SOLD))}),
        Measure("revenue", "Revenue", "money", "What was sold less discounts and returns; cancelled orders bring "
                "none.", SALES, {"orders": Taken(_.net_amount.sum()), "order lines": Taken(_.net_amount.sum())}),
        Measure("margin", "Margin", "money", "Revenue less the cost of the goods; where a cost is unknown, revenue "
                "alone.", SALES, {"orders": Taken(_.margin_amount.sum()), "order lines": Taken(_.margin_amount.sum())}),
        Measure("order_value", "Revenue per order", "money", "Revenue, returns taken off, by the number of orders.",
                SALES, {"orders": Taken(_.net_amount.sum(), SOLD.sum()),
                        "order lines": Taken(_.net_amount.sum(), _.order_key.nunique(where=LINES_SOLD))}),
        Measure("returned", "Returns", "money", "What was taken back, at the price paid.", SALES,
                {"orders": Taken(_.returned_amount.sum()),
                 "order lines": Taken((-_.net_amount.sum(where=_.is_return)).fill_null(0))}),
        Measure("cost_to_serve", "Cost to serve", "money", "Agents' time on calls and cases, and the contacts sent, "
                "at each channel's unit cost.", SERVICE, {"services": Taken(_.cost_amount.sum())}),
        Measure("calls", "Calls", "count", "Calls of both directions by the day they began.", SERVICE,
                {"calls": Taken(_.count())}),
        Measure("waiting", "Waiting", "seconds", "Mean time that inbound callers waited, those who gave up "
                "included.", SERVICE,
                {"calls": Taken(_.queue_seconds.sum(where=_.direction == "inbound").cast("float64"),
                                _.queue_seconds.count(where=_.direction == "inbound"))}),
        Measure("cases", "Cases", "count", "Requests and complaints by the day they were opened.", SERVICE,
                {"cases": Taken(_.count())}),
        Measure("visits", "Visits", "count", "Sessions on the web, of known and unknown visitors.", MARKETING,
                {"visits": Taken(_.count())}),
        Measure("conversion", "Conversion", "share", "Share of the visits in which something was bought.", MARKETING,
                {"visits": Taken(_.has_purchase.sum().cast("float64"), _.count())}),
        Measure("contacts", "Contacts", "count", "Messages, calls and letters that campaigns sent.", MARKETING,
                {"contacts": Taken(_.count())}),
        Measure("response", "Response", "share", "Share of the contacts of the period that were answered by the "
                "data's date.", MARKETING,
                {"contacts": Taken((_.response_count > 0).sum().cast("float64"), _.count())}),
        Measure("churn_risk", "Churn risk", "share", "Mean probability of leaving within the horizon, of the "
                "customers for whom one is known.", ANALYTICS,
                {"people": Taken(_.churn_probability.sum(), _.churn_probability.count())}),
        Measure("value", "Lifetime value", "money", "Margin expected of the customers within the horizon, less "
                "interest.", ANALYTICS, {"people": Taken(_.clv_amount.sum())}),
    )
}  # fmt: skip


def explore(
    tables: Tables,
    names: Sequence[str],
    *,
    by: Sequence[str] = (),
    grain: str | None = None,
    first_on: date,
    last_on: date,
) -> list[ir.Table]:
    """Measures by dimensions over time.

    Parameters
    ----------
    tables : gives a table of the star or of serving by its name
    names : measures, keys of `MEASURES`
    by : dimensions that every one of the measures has
    grain : day, week, month, quarter or year; without one the whole period is one
    first_on, last_on : the period, both days included. Measures of customers' state are those of the data's date

    Returns
    -------
    one table for each source: the dimensions as text ('unknown' where it is), period_on: first day of day, week,
    month, quarter or year, where a grain is given and the source is dated; for each measure its value, and for means
    and shares `NAME_of`: what they are a mean or share of

    Raises
    ------
    ValueError
        If a measure, a grain or a dimension is unknown, or a measure cannot be split by a dimension.
    """
    if grain is not None and grain not in GRAINS:
        raise ValueError(f"grain {grain!r} is unknown; there are {', '.join(GRAINS)}")
    sources: dict[str, list[Measure]] = {}
    for name in names:
        sources.setdefault(known(name).source(by), []).append(known(name))
    found = []
    for source, measures in sources.items():
        rows = dimensioned(tables, SOURCES[source], by, first_on, last_on)
        keys = list(by)
        if grain is not None and SOURCES[source].is_dated:
            rows, keys = rows.mutate(period_on=rows.day_on.truncate(GRAINS[grain]).cast("date")), [*keys, "period_on"]
        columns = {column: value for one in measures for column, value in taken(one, source).items()}
        found.append(rows.group_by(keys).agg(**columns) if keys else rows.agg(**columns))
    return found


def customers_behind(tables: Tables, name: str, *, of: dict[str, str], first_on: date, last_on: date) -> ir.Table:
    """The customers behind a number, with what each brings to it.

    Parameters
    ----------
    tables, first_on, last_on : as for `explore`
    name : measure, a key of `MEASURES`
    of : value by dimension, as `explore` writes them

    Returns
    -------
    table of (customer_key, value), known customers only
    """
    measure = known(name)
    source = measure.source(list(of))
    rows = dimensioned(tables, SOURCES[source], list(of), first_on, last_on)
    rows = rows.filter(rows.customer_key.notnull(), *(rows[dimension] == value for dimension, value in of.items()))
    found = rows.group_by("customer_key").agg(value=taken(measure, source)[name])
    # Who brings nothing is not behind it: a prospect is no customer, a visitor who bought nothing no buyer.
    return found.filter(found.value.notnull(), found.value != 0)


def known(name: str) -> Measure:
    """The measure of that name.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in MEASURES:
        raise ValueError(f"measure {name!r} is unknown; there are {', '.join(MEASURES)}")
    return MEASURES[name]


def taken(measure: Measure, source: str) -> dict[str, Deferred]:
    """The columns of a measure."""
    how = measure.taken[source]
    if how.per is None:
        return {measure.name: how.total}
    return {measure.name: how.total / how.per.nullif(0), f"{measure.name}_of": how.per}


def dimensioned(tables: Tables, source: Source, by: Sequence[str], first_on: date, last_on: date) -> ir.Table:
    """The rows of a source within a period, with the dimensions asked for as text."""
    rows = source.rows(tables)
    if source.is_dated:
        rows = rows.filter(rows.day_on >= first_on, rows.day_on <= last_on)
    own = {name: text(rows[name]) for name in by if name in source.dimensions}
    rows = rows.mutate(**own)
    wanted = [name for name in by if name not in source.dimensions]
    if not wanted or not source.is_dated:
        return rows.mutate(**{name: text(rows[name]) for name in wanted})
    rows = rows.drop(*(name for name in wanted if name in rows.columns))
    people: Any = tables("customer_360").select("customer_key", *wanted)
    joined = rows.left_join(people, "customer_key").drop("customer_key_right")
    return joined.mutate(**{name: text(joined[name]) for name in wanted})


def text(column: ir.Value) -> ir.StringValue:
    """A dimension's value as people read it."""
    return column.cast("string").fill_null(UNKNOWN)
