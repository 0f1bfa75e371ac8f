"""What the Explore page asks: any measures by any dimensions over time, and the customers behind a number."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import ibis.expr.types as ir
import pandas as pd
from ibis import _

from dashboards.app_data.asking import Asked
from dashboards.app_data.reader import Where, cached, record
from mining import measures
from mining.measures import MEASURES

BEHIND = 1000  # customers shown; the file has all of them


class View(NamedTuple):
    """What is looked at: measures by dimensions, over a period in steps of a grain (none: in one)."""

    names: tuple[str, ...]
    by: tuple[str, ...]
    grain: str | None
    first_on: date
    last_on: date


@cached
def first_day(file: str) -> date | None:
    """The first day with anything on it."""
    found: date | None = record(file, "select min(date_on) as first_on from serving.daily_metrics").get("first_on")
    return found


def dimensions(names: Sequence[str]) -> list[str]:
    """What all of the measures can be split by."""
    own = [MEASURES[name].dimensions for name in names]
    return [dimension for dimension in own[0] if all(dimension in others for others in own)]


@cached
def explored(where: Where, view: View) -> pd.DataFrame:
    """One row for each combination and period, one column for each measure: latest first, then largest."""
    asked = Asked(where)
    found = [asked.backend.execute(table) for table in measures.explore(named(asked), view.names, **rest(view))]
    keys = [name for name in (*view.by, "period_on") if any(name in table for table in found)]
    joined = found[0]
    for table in found[1:]:
        shared = [name for name in keys if name in joined and name in table]
        joined = joined.merge(table, on=shared, how="outer") if shared else joined.merge(table, how="cross")
    values = [name for name in joined if name not in keys]
    joined[values] = joined[values].astype("float64")
    dated = [name for name in keys if name == "period_on"]
    order = [*dated, view.names[0], *view.by]
    down = [False] * (len(dated) + 1) + [True] * len(view.by)
    columns = [*keys, *view.names, *(name for name in values if name not in view.names)]
    return joined.sort_values(order, ascending=down, ignore_index=True)[columns]


@cached
def behind(where: Where, name: str, of: tuple[tuple[str, str], ...], first_on: date, last_on: date) -> pd.DataFrame:
    """The customers behind a number, those who bring most first; the key as text, which loses no digit."""
    asked = Asked(where)
    found = measures.customers_behind(named(asked), name, of=dict(of), first_on=first_on, last_on=last_on)
    people = asked.serving("customer_360").select("customer_key", "tier", "rfm_group", "loyalty_stage", "region")
    found = found.left_join(people, "customer_key").drop("customer_key_right")
    table = asked.backend.execute(found.order_by(_.value.desc(), "customer_key"))
    return table.assign(customer_key=table["customer_key"].astype(str), value=table["value"].astype("float64"))


def named(asked: Asked) -> Any:
    """The tables that measures read, by their names."""

    def table(name: str) -> ir.Table:
        return asked.serving(name) if name == "customer_360" else asked.star(name)

    return table


def rest(view: View) -> dict[str, Any]:
    """A view's dimensions, grain and period as arguments."""
    return {"by": view.by, "grain": view.grain, "first_on": view.first_on, "last_on": view.last_on}
