"""The season learnt together with the process: from one year already, as a customer's rhythm tells months apart."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from models.histories import Floats, Grouped, grouped
from models.pareto_nbd import LIMIT, log_likelihood, stories
from models.seasonal_clock import EPOCH, SeasonalClock, of_mean_one

LEAST_DAYS = 365
MOST_CUSTOMERS = 5_000
# Of a month's logarithm, known beforehand: a third up or down is usual, and what few orders say counts little.
USUAL_SPREAD = 0.3


class OrderDays(NamedTuple):
    """Every customer's order days, one entry a customer and day; days as of `date.toordinal`."""

    customer: Floats  # 0, 1, ...
    day: Floats


def season_with_process(orders: OrderDays, *, as_of: int, seed: int = 0) -> SeasonalClock:
    """Learn the months of the year from the repeat orders of known customers.

    With the sales of two years in hand a month is held against the mean of the year around it. With those of one year
    that cannot tell December from growth: a young record gains customers all year. But what each known customer should
    have ordered in a month, with their own rate and their chance of still being there, follows from the Pareto/NBD;
    what they did order against it is the month's index. Parameters and index are found at once, by maximum likelihood
    with a normal prior on the logarithm of each month.

    Parameters
    ----------
    orders : of known customers, by `as_of`
    as_of : last day of the record
    seed : of the customers it is learnt from where there are more than 5,000

    Returns
    -------
    SeasonalClock; with a warning and an index of ones where the record is shorter than a year

    Source: factors of time in latent attrition models: Bachmann, Meierer, Naef, "The role of time-varying contextual
    factors in latent attrition models for customer base analysis", Marketing Science 40(4), 2021; the gradient is that
    of the expected whole story: Fisher's identity, as in Dempster, Laird, Rubin, JRSS B 39(1), 1977.
    """
    clock = SeasonalClock()
    clock.index_, clock.n_features_in_, clock.warnings_ = np.ones(12), 2, ()
    if not len(orders.day) or as_of - int(orders.day.min()) < LEAST_DAYS:
        clock.warnings_ = (f"less than {LEAST_DAYS} days of orders: no season is learnt",)
        return clock
    orders = thinned_out(orders, seed)
    histories, repeats = histories_of(orders, as_of)
    data, first_day = grouped(histories), int(orders.day.min())
    month = months(first_day, as_of)
    came = np.bincount(month[repeats - first_day], minlength=12).astype(np.float64)
    scale = float(histories[:, 2].mean()) or 1.0

    def downhill(theta: Floats) -> tuple[float, Floats]:
        theta = np.clip(theta, -LIMIT, LIMIT)
        clock.index_ = np.exp(theta[4:])
        process = np.exp(theta[:4]) * (1, scale, 1, scale)
        value, by_process = log_likelihood(process, counted(data, clock, as_of))
        story = told(process, data, clock, as_of, len(month))
        by_month = came + np.bincount(month, story.left, minlength=12)
        by_month -= clock.index_ * np.bincount(month, story.due, minlength=12)
        value += (came * theta[4:]).sum() - (theta[4:] ** 2).sum() / (2 * USUAL_SPREAD**2)
        gradient = np.append(by_process, by_month - theta[4:] / USUAL_SPREAD**2)
        return -value / len(histories), -gradient / len(histories)

    options = {"gtol": 1e-5, "ftol": 1e-9, "maxiter": 60}
    found = minimize(downhill, np.zeros(16), jac=True, method="L-BFGS-B", options=options)
    clock.index_ = of_mean_one(np.exp(found.x[4:]))
    return clock


def months(first_day: int, last_day: int) -> Floats:
    """The month of each day, 0 to 11."""
    days = (np.arange(first_day, last_day + 1) - EPOCH).astype("datetime64[D]")
    return np.asarray(days.astype("datetime64[M]").astype(np.int64) % 12)


def counted(data: Grouped, clock: SeasonalClock, as_of: int) -> Grouped:
    """The same histories, in whole days, counted by a clock."""
    _, t_x, age = clock.transform(np.column_stack([data.x, data.t_x, data.age]), as_of).T
    return data._replace(t_x=t_x, age=age)


def thinned_out(orders: OrderDays, seed: int) -> OrderDays:
    """The orders of at most `MOST_CUSTOMERS` customers, numbered anew."""
    names, customer = np.unique(orders.customer, return_inverse=True)
    if len(names) > MOST_CUSTOMERS:
        keep = np.zeros(len(names), dtype=bool)
        keep[np.random.default_rng(seed).choice(len(names), MOST_CUSTOMERS, replace=False)] = True
        within = keep[customer]
        return OrderDays(np.unique(customer[within], return_inverse=True)[1], orders.day[within])
    return OrderDays(customer, orders.day)


def histories_of(orders: OrderDays, as_of: int) -> tuple[Floats, Floats]:
    """(x, t_x, T) of every customer in whole days, and the days of all repeat orders."""
    count = int(orders.customer.max()) + 1
    first = np.full(count, np.iinfo(np.int64).max)
    last = np.zeros(count, dtype=np.int64)
    np.minimum.at(first, orders.customer, orders.day)
    np.maximum.at(last, orders.customer, orders.day)
    x = np.bincount(orders.customer, minlength=count) - 1
    is_repeat = orders.day > first[orders.customer]
    return np.column_stack([x, last - first, as_of - first]).astype(np.float64), orders.day[is_repeat]


class Told(NamedTuple):
    """What is expected of all customers together on each day of the record, given all that is known of them."""

    due: Floats  # orders and departures a day, were all days alike
    left: Floats  # departures


def told(theta: Floats, data: Grouped, clock: SeasonalClock, as_of: int, days: int) -> Told:
    """The whole story behind the histories: in one version a customer is still there, in the others left on some day.

    Parameters
    ----------
    theta : r, alpha, s, beta, in seasonal days
    data : histories in whole days
    days : of the record, up to `as_of`
    """
    r, alpha, s, beta = theta
    seasonal = counted(data, clock, as_of)
    m, start = r + data.x, days - data.age.astype(np.int64)
    passed = clock.elapsed(as_of - days, np.arange(as_of - days, as_of + 1))
    stays = ((alpha + seasonal.t_x) / (alpha + seasonal.age)) ** m * (beta / (beta + seasonal.age)) ** s
    versions = list(stories(m, s, alpha, beta, seasonal.t_x, seasonal.age))
    each = data.weight / (stays + sum(version.chance for version in versions))
    rate = m / (alpha + seasonal.age) + s / (beta + seasonal.age)
    change = added(start, np.full(len(m), days), each * stays * rate, days)
    left = np.zeros(days)
    for version in versions:
        rate = m / (alpha + version.left_at) + (s + 1) / (beta + version.left_at)
        until = np.interp(passed[start] + version.left_at, passed, np.arange(days + 1))
        change += added(start, until, each * version.chance * rate, days)
        left += np.bincount(np.minimum(until.astype(np.int64), days - 1), each * version.chance, minlength=days)
    return Told(change.cumsum()[:days], left)


def added(start: Floats, until: Floats, rate: Floats, days: int) -> Floats:
    """By how much the sum of rates changes on each day, when each holds from one moment until another.

    A moment within a day counts for its part of it.
    """
    whole = until.astype(np.int64)
    part = until - whole
    change = np.bincount(start, rate, minlength=days + 2)
    change -= np.bincount(whole, rate * (1 - part), minlength=days + 2)
    return change - np.bincount(whole + 1, rate * part, minlength=days + 2)
