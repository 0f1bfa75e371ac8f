"""Purchases whose truth is known: unequal customers and items, tastes, seasons, and rules that may be switched off."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

PLANTED = {(2, 11): 0.35, (4, 17): 0.3, (7, 23): 0.4}
PLANTED_LONG = {(((0,), (3,)), 27): 0.5, (((0, 1),), 29): 0.6}
"""Longer rules: 0 and on a later day 3 lead to 27; 0 and 1 on one day lead to 29; neither part by itself."""


def simulated_purchases(seed: int, *, customers: int = 2_500, days: int = 720, is_planted: bool = True) -> ir.Table:
    """A table of (customer_key, item, time) from day 0; with the plant, `PLANTED` pairs follow after 5 to 60 days.

    Everything that makes a naive lift lie is there: a gamma spread of rates, popular items, two groups of customers
    who like different halves of the items, items of one season, an item launched halfway, arrivals over time.
    """
    rng = np.random.default_rng(seed)
    items = 30
    rate = rng.gamma(0.8, 10 / 0.8, customers) / 365
    arrival = rng.integers(0, days // 2, customers)
    visits = rng.poisson(rate * (days - arrival))
    who = np.repeat(np.arange(customers), visits)
    when = arrival[who] + (rng.random(len(who)) * (days - arrival[who])).astype(int)
    lines = 1 + rng.poisson(0.8, len(who))
    who, when = np.repeat(who, lines), np.repeat(when, lines)
    weight = np.tile(1 / np.arange(1, items + 1) ** 0.6, (2, 1))
    weight[0, : items // 2] *= 3
    weight[1, items // 2 :] *= 3
    item = _drawn(rng, weight, (who % 2))
    winter = np.abs(when % 365 - 180) > 120
    item = np.where(np.isin(item, [20, 21]) & ~winter, 0, item)
    item = np.where((item == 25) & (when < days // 2), 1, item)
    rows = [np.column_stack([who, item, when])]
    for (first, then), chance in PLANTED.items() if is_planted else ():
        led = rows[0][(rows[0][:, 1] == first) & (rng.random(len(who)) < chance)]
        rows.append(np.column_stack([led[:, 0], np.full(len(led), then), led[:, 2] + rng.integers(5, 60, len(led))]))
    frame = pd.DataFrame(np.concatenate(rows), columns=["customer_key", "item", "time"])
    return ibis.memtable(frame[frame["time"] < days].drop_duplicates(ignore_index=True).astype("int64"))


def with_long_rules(purchases: ir.Table, seed: int, *, days: int = 720, within: int = 60) -> ir.Table:
    """The purchases and, 5 to 60 days after a customer has gone through a sequence of `PLANTED_LONG`, what follows."""
    rng = np.random.default_rng(seed)
    frame = purchases.execute()
    rows = [frame]
    for (elements, then), chance in PLANTED_LONG.items():
        done = _on_one_day(frame, elements[0])
        for element in elements[1:]:
            both = done.merge(_on_one_day(frame, element), on="customer_key", suffixes=("_before", ""))
            gap = both["time"] - both["time_before"]
            done = both.loc[(gap > 0) & (gap <= within), ["customer_key", "time"]]
        first = done.groupby("customer_key", as_index=False)["time"].min()
        led = first[rng.random(len(first)) < chance]
        rows.append(led.assign(item=then, time=led["time"] + rng.integers(5, within, len(led))))
    every = pd.concat(rows)
    return ibis.memtable(every[every["time"] < days].drop_duplicates(ignore_index=True).astype("int64"))


def _on_one_day(frame: pd.DataFrame, items: tuple[int, ...]) -> pd.DataFrame:
    """On which days which customers bought all of the items: (customer_key, time)."""
    held = frame[frame["item"].isin(items)].groupby(["customer_key", "time"])["item"].nunique()
    return held[held == len(items)].reset_index()[["customer_key", "time"]]


def _drawn(rng: np.random.Generator, weight: np.ndarray, group: np.ndarray) -> np.ndarray:
    """An item for each line, by the weights of its customer's group."""
    edges = np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)
    return (rng.random(len(group))[:, None] > edges[group]).sum(axis=1)
