"""What the models of one night are given: features and labels as of any day, each made once, and where results go."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mining.features import LEAST_TENURE_DAYS, customer_features, later_outcomes
from models.churn_horizon import HorizonChoice, horizon_errors
from models.feature_contract import NAMES
from models.registry import Registry
from models.seasonal_clock import SeasonalClock
from models.seasonal_process import OrderDays, season_with_process
from pipelines.mined import FIRST_ORDER, Store
from pipelines.predict import tables
from workspace.folders import Workspace
from workspace.models_settings import Models

EPOCH = date(1970, 1, 1)
BY_RHYTHM = ("alive_probability", "no_order_probability")  # added from the fitted process, not by features
TABULAR = tuple(name for name in NAMES if name not in BY_RHYTHM)
HISTORY = ("repeat_count", "last_order_age_days", "age_days")
MARGINS = ("mean_margin_amount", "margin_amount", "margin_365d_amount")

Array = np.ndarray[Any, Any]


class Frame(NamedTuple):
    """Customers as of a day: their keys and features."""

    rows: pd.DataFrame

    @property
    def too_young_count(self) -> int:
        """Customers whose first order is too young for a judgement."""
        return int((self.rows["tenure_days"] < LEAST_TENURE_DAYS).sum())

    def old_enough(self) -> "Frame":
        """Without those who are too young to judge."""
        return Frame(self.rows[self.rows["tenure_days"] >= LEAST_TENURE_DAYS].reset_index(drop=True))

    @property
    def histories(self) -> Array:
        """(x, t_x, T) in days, as the processes want them."""
        return self.rows[list(HISTORY)].to_numpy(np.float64)

    @property
    def value_rows(self) -> Array:
        """(x, t_x, T, order days, mean margin of one), as `LifetimeValue` wants them."""
        return self.rows.assign(days=self.rows["repeat_count"] + 1)[[*HISTORY, "days", MARGINS[0]]].to_numpy(np.float64)


@dataclass
class Night:
    """One night of one workspace."""

    workspace: Workspace
    store: Store
    as_of: date
    frames: dict[date, Frame] = field(default_factory=dict)
    labels: dict[tuple[date, int], pd.DataFrame] = field(default_factory=dict)
    clocks: dict[date, SeasonalClock] = field(default_factory=dict)

    @property
    def settings(self) -> Models:
        """Settings of the models."""
        return self.workspace.settings.models

    @property
    def registry(self) -> Registry:
        """The models of this workspace."""
        return Registry(self.workspace.models)

    @property
    def first_day(self) -> date | None:
        """Day of the first sale by the night's date; `None` without one."""
        row = self.store.connection.execute(FIRST_ORDER, [self.as_of]).fetchone()
        return row[0] if row else None

    def frame(self, day: date) -> Frame:
        """Every buyer as of a day."""
        if day not in self.frames:
            self.frames[day] = self.made_frame(day)
        return self.frames[day]

    def made_frame(self, day: date) -> Frame:
        """As `frame`, from the star."""
        star = self.store.star
        found = customer_features(
            orders=star("fct_orders"),
            sessions=star("fct_web_sessions"),
            calls=star("fct_calls"),
            cases=star("fct_cases"),
            contacts=star("fct_campaign_contacts"),
            consents=star("fct_consents"),
            as_of=day,
            time_zone=self.workspace.settings.company.time_zone,
        )
        numbers = {name: found[name].cast("float64") for name in (*TABULAR, *HISTORY, *MARGINS)}
        return Frame(found.select("customer_key", "last_channel", **numbers).order_by("customer_key").to_pandas())

    def outcomes(self, frame: Frame, day: date, horizon_days: int) -> pd.DataFrame:
        """What the customers of a frame as of `day` did in the window after it, in the frame's order.

        Raises
        ------
        ValueError
            If the window reaches past the night's date: it is not over yet.
        """
        if day + timedelta(days=horizon_days) > self.as_of:
            raise ValueError(f"the {horizon_days} days after {day} are not over on {self.as_of}")
        if (day, horizon_days) not in self.labels:
            orders = self.store.star("fct_orders")
            found = later_outcomes(orders, as_of=day, horizon_days=horizon_days)
            numbers = {name: found[name].cast("float64") for name in ("later_order_count", "later_margin_amount")}
            later = found.select("customer_key", "has_left", **numbers).to_pandas()
            self.labels[day, horizon_days] = later
        return frame.rows[["customer_key"]].merge(
            self.labels[day, horizon_days], on="customer_key", how="left", validate="1:1"
        )

    def clock(self, day: date) -> SeasonalClock:
        """Seasonal days as known on a day: from the sales of two years, or with the process from those of one."""
        if day not in self.clocks:
            orders = self.store.star("fct_orders")
            sales = orders.filter(orders.is_sale, orders.ordered_on <= day)
            counts = sales.group_by("ordered_on").agg(order_count=sales.count()).to_pandas()
            days = pd.to_datetime(counts["ordered_on"]).map(pd.Timestamp.toordinal)
            clock = SeasonalClock().fit(np.column_stack([days, counts["order_count"]]))
            if clock.warnings_:
                clock = season_with_process(self.order_days(day), as_of=day.toordinal())
            self.clocks[day] = clock
        return self.clocks[day]

    def order_days(self, day: date) -> OrderDays:
        """The days until then on which each known customer ordered."""
        orders = self.store.star("fct_orders")
        sales = orders.filter(orders.is_sale, orders.customer_key.notnull(), orders.ordered_on <= day)
        found = sales.select("customer_key", "ordered_on").distinct().order_by("customer_key", "ordered_on").to_pandas()
        return OrderDays(
            found["customer_key"].to_numpy(),
            pd.to_datetime(found["ordered_on"]).map(pd.Timestamp.toordinal).to_numpy(),
        )

    def horizon_choice(self) -> HorizonChoice:
        """The errors of every candidate horizon on the orders known by now."""
        orders = self.store.star("fct_orders")
        sales = orders.filter(orders.is_sale, orders.customer_key.notnull(), orders.ordered_on <= self.as_of)
        found = sales.select("customer_key", day=sales.ordered_on.delta(EPOCH, unit="day").cast("int64")).to_pandas()
        return horizon_errors(found["customer_key"].to_numpy(), found["day"].to_numpy(), end_day=number(self.as_of))

    def write(self, table: str, rows: pd.DataFrame | list[dict[str, Any]]) -> None:
        """Put results of this night into a table of schema `models`."""
        tables.write(self.store.connection, table, self.as_of, rows)


def number(day: date) -> int:
    """A day as a whole number, as the models count them."""
    return (day - EPOCH).days


def day_of(day_number: int) -> date:
    """The day with this number."""
    return EPOCH + timedelta(days=day_number)
