"""A company whose truth is known: gamma rates, exponential lifetimes shortened by service shocks, gamma spending.

Small enough for tests, and written apart from the demo company, so that the two cannot share a mistake.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
YEAR = 365.25
RATE_SHAPE, RATE_MEAN = 0.9, 6.2 / YEAR
LEAVE_SHAPE, LEAVE_MEAN = 2.0, 0.24 / YEAR
SHOCK_RATE = 0.5 / YEAR
SHOCK_HAZARD, SHOCK_DAYS = 0.010, 60
P, Q, GAMMA = 4.0, 4.0, 90.0  # mean order value p gamma / (q - 1) = 120

# What is known of a customer as of a day, in the order of the columns of `Company.features`.
FEATURES = (
    "recency_days",
    "tenure_days",
    "order_count",
    "orders_90d",
    "orders_previous_90d",
    "orders_365d",
    "usual_gap_days",
    "gap_factor",
    "mean_order_amount",
    "complaints_90d",
    "days_since_complaint",
    "visits_30d",
)


@dataclass(frozen=True)
class Company:
    """Events by customer and day (fractions of a day are kept), and the rates behind them."""

    days: int
    rate: Floats
    leave_rate: Floats
    leave_at: Floats
    order_customer: NDArray[np.int64]
    order_day: Floats
    order_amount: Floats
    shock_customer: NDArray[np.int64]
    shock_day: Floats
    visit_customer: NDArray[np.int64]
    visit_day: Floats

    @property
    def customers(self) -> int:
        return len(self.rate)

    def known(self, as_of: float) -> NDArray[np.int64]:
        """Customers with an order by then."""
        return np.flatnonzero(self._count(as_of, np.inf) > 0)

    def histories(self, as_of: float) -> Floats:
        """(x, t_x, T) of every known customer."""
        rows = self.known(as_of)
        first, last = self._first(as_of), self._last(as_of)
        count = self._count(as_of, np.inf)
        return np.column_stack([count - 1, last - first, as_of - first])[rows]

    def spending(self, as_of: float) -> Floats:
        """(orders, mean value) of every known customer."""
        rows = self.known(as_of)
        count = self._count(as_of, np.inf)
        return np.column_stack([count, self._spent(0, as_of) / np.maximum(count, 1)])[rows]

    def value(self, after: float, until: float) -> Floats:
        """Spent after one day and until another, by every customer known on the first."""
        return self._spent(after, until)[self.known(after)]

    def left(self, as_of: float, horizon: float) -> NDArray[np.int64]:
        """1 for every known customer without an order in the horizon after."""
        rows = self.known(as_of)
        within = (self.order_day > as_of) & (self.order_day <= as_of + horizon)
        return (np.bincount(self.order_customer[within], minlength=self.customers)[rows] == 0).astype(np.int64)

    def features(self, as_of: float) -> Floats:
        """What can be seen of every known customer on that day, (known customers, FEATURES); nan: not defined."""
        rows = self.known(as_of)
        first, last, count = self._first(as_of), self._last(as_of), self._count(as_of, np.inf)
        with np.errstate(divide="ignore", invalid="ignore"):
            gap = np.where(count > 1, (last - first) / (count - 1), np.nan)
            columns = [
                as_of - last,
                as_of - first,
                count,
                self._count(as_of, 90),
                self._count(as_of - 90, 90),
                self._count(as_of, 365),
                gap,
                (as_of - last) / gap,
                self._spent(0, as_of) / count,
                self._counted(self.shock_customer, self.shock_day, as_of, 90),
                as_of - self._latest(self.shock_customer, self.shock_day, as_of),
                self._counted(self.visit_customer, self.visit_day, as_of, 30),
            ]
        return np.column_stack(columns)[rows]

    def oracle(self, as_of: float, horizon: float, step: float = 2.0) -> Floats:
        """P(no order in the horizon) by one who knows each customer's rates and all events, but not who has left."""
        rows = self.known(as_of)
        rate, leave, last = self.rate[rows], self.leave_rate[rows], self._last(as_of)[rows]
        back = np.arange(0, as_of + step, step)
        alive = np.zeros(len(rows))  # cumulative hazard from the last order to today
        gone = np.zeros(len(rows))
        hazard_sum = np.zeros(len(rows))
        for start in back:
            inside = np.clip(start + step - np.maximum(last, start), 0, step) * (start + step > last)
            inside = np.minimum(inside, np.clip(as_of - np.maximum(last, start), 0, step))
            hazard = leave + self._shock_hazard(start)[rows]
            survived = np.exp(-hazard_sum)
            silent = np.exp(-rate * np.maximum(start + step / 2 - last, 0))
            gone += survived * (1 - np.exp(-hazard * inside)) * silent
            hazard_sum += hazard * inside
        alive = np.exp(-hazard_sum - rate * (as_of - last))
        p_alive = alive / (alive + gone)
        # Ahead: the shocks already had are known, those to come are not.
        none, stays = np.zeros(len(rows)), np.ones(len(rows))
        for start in np.arange(as_of, as_of + horizon, step):
            hazard = leave + self._shock_hazard(start)[rows]
            total = hazard + rate
            acts = stays * (1 - np.exp(-total * step))
            none += acts * hazard / total
            stays = stays - acts
        return 1 - p_alive * (1 - none - stays)

    def _shock_hazard(self, day: float) -> Floats:
        fresh = (self.shock_day <= day) & (self.shock_day > day - SHOCK_DAYS)
        return SHOCK_HAZARD * np.bincount(self.shock_customer[fresh], minlength=self.customers)

    def _counted(self, customer: NDArray[np.int64], day: Floats, as_of: float, window: float) -> Floats:
        within = (day <= as_of) & (day > as_of - window)
        return np.bincount(customer[within], minlength=self.customers).astype(np.float64)

    def _count(self, as_of: float, window: float) -> Floats:
        return self._counted(self.order_customer, self.order_day, as_of, window)

    def _latest(self, customer: NDArray[np.int64], day: Floats, as_of: float) -> Floats:
        latest = np.full(self.customers, np.nan)
        known = day <= as_of
        np.fmax.at(latest, customer[known], day[known])
        return latest

    def _last(self, as_of: float) -> Floats:
        return self._latest(self.order_customer, self.order_day, as_of)

    def _first(self, as_of: float) -> Floats:
        return -self._latest(self.order_customer, -self.order_day, np.inf)

    def _spent(self, after: float, until: float) -> Floats:
        within = (self.order_day > after) & (self.order_day <= until)
        return np.bincount(self.order_customer[within], self.order_amount[within], minlength=self.customers)


def company(customers: int = 6000, days: int = 1095, seed: int = 5, shock_hazard: float = SHOCK_HAZARD) -> Company:
    """Customers who come evenly over the first two thirds of the time, order, complain, visit and leave."""
    rng = np.random.default_rng(seed)
    comes = rng.uniform(0, days * 2 / 3, customers)
    rate = rng.gamma(RATE_SHAPE, RATE_MEAN / RATE_SHAPE, customers)
    leave = rng.gamma(LEAVE_SHAPE, LEAVE_MEAN / LEAVE_SHAPE, customers)
    shock_customer, shock_day = events(rng, np.full(customers, SHOCK_RATE), comes, np.full(customers, float(days)))
    leave_at = comes + rng.exponential(1, customers) / leave
    # A shock adds a hazard for a while: the first arrival of the added process, if any, comes before the own leaving.
    wait = rng.exponential(1 / shock_hazard, len(shock_day)) if shock_hazard else np.full(len(shock_day), np.inf)
    hit = wait < SHOCK_DAYS
    np.minimum.at(leave_at, shock_customer[hit], (shock_day + wait)[hit])
    known = shock_day < leave_at[shock_customer]
    end = np.minimum(leave_at, days)
    again_customer, again_day = events(rng, rate, comes, end)
    order_customer = np.concatenate([np.arange(customers), again_customer])
    order_day = np.concatenate([comes, again_day])
    value_rate = rng.gamma(Q, 1 / GAMMA, customers)
    order_amount = rng.gamma(P, 1 / value_rate[order_customer])
    visit_customer, visit_day = events(rng, np.full(customers, 12 / YEAR), comes, end)
    return Company(
        days, rate, leave, leave_at, order_customer, order_day, order_amount,
        shock_customer[known], shock_day[known], visit_customer, visit_day,
    )  # fmt: skip


def events(rng: np.random.Generator, rate: Floats, start: Floats, end: Floats) -> tuple[NDArray[np.int64], Floats]:
    """A Poisson process for each customer between two days: customer and day of each event."""
    span = np.maximum(end - start, 0)
    count = rng.poisson(rate * span)
    customer = np.repeat(np.arange(len(rate)), count)
    return customer, start[customer] + rng.random(len(customer)) * span[customer]
