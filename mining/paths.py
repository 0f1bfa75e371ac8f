"""Paths: which sequences of steps come before leaving, before a first purchase, before a large one.

A window is (customer_key, ends_at: its last day, is_outcome), one for each customer: those who left or bought beside
those who could have and did not.
"""

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from scipy import stats

from mining.purchase_days import EPOCH, day_number
from mining.rule_statistics import adjusted
from mining.sequence_ends import sequence_ends
from mining.sequences import frequent_sequences

_SCHEMA = {
    "path_key": "int64",
    "steps": "array<string>",
    "step_count": "int64",
    **dict.fromkeys(("outcome_count", "control_count", "outcome_total", "control_total"), "int64"),
    **dict.fromkeys(("outcome_share", "control_share", "lift", "p_value", "q_value"), "float64"),
    "is_telling": "boolean",
}


def paths_before(
    steps: ir.Table,
    windows: ir.Table,
    *,
    window_days: int = 60,
    min_support: float = 0.01,
    max_steps: int = 3,
    false_discovery_rate: float = 0.05,
) -> ir.Table:
    """Compare how many customers went through each path before an outcome with how many did without one.

    Parameters
    ----------
    steps : table of (customer_key, time, item: the step), as from `touch_steps`
    windows : table of (customer_key, ends_at, is_outcome), one row per customer
    window_days : days up to and including `ends_at` that a path may take
    min_support : share of all windows, of either kind, that a path needs; this says nothing of which kind they are
    max_steps : longest path; each step comes on a later day than the one before
    false_discovery_rate : the largest q-value of a path that tells

    Returns
    -------
    table of (path_key, steps: array in order, step_count, outcome_count, control_count: customers who went through
    it; outcome_total, control_total; outcome_share, control_share, lift: their ratio, infinite where no control went
    through it; p_value of as many outcomes or more: Fisher's exact test; q_value: Benjamini-Hochberg over all paths
    with the support), the most telling first, in memory
    """
    totals = windows.agg(outcomes=_.is_outcome.sum().fill_null(0), windows=_.count()).execute().iloc[0]
    outcomes, total = int(totals["outcomes"]), int(totals["windows"])
    inside = steps.inner_join(windows, "customer_key")
    inside = inside.filter(_.time <= _.ends_at, _.time > _.ends_at - window_days)
    events = inside.select("customer_key", "time", "item").cache()
    found = frequent_sequences(
        events, min_support=min_support, max_elements=max_steps, max_element_items=1, customer_total=total
    )
    if not outcomes or not int(found.count().execute()):
        return ibis.memtable(pd.DataFrame(columns=list(_SCHEMA)).astype({"steps": "object"}), schema=_SCHEMA)
    walked = sequence_ends(events, found).inner_join(windows, "customer_key")
    counted = walked.group_by("sequence_key").agg(outcome_count=_.is_outcome.sum(), both=_.count())
    paths = found.select("sequence_key", "elements").inner_join(counted, "sequence_key").execute()
    return _as_table(paths, outcomes, total, false_discovery_rate)


def _as_table(paths: pd.DataFrame, outcomes: int, total: int, rate: float) -> ir.Table:
    """The counted paths with shares and tests."""
    steps = pd.Series([[str(element[0]) for element in path] for path in paths["elements"]], dtype="object")
    outcome, both = paths["outcome_count"].to_numpy(), paths["both"].to_numpy()
    outcome_share, control_share = outcome / outcomes, (both - outcome) / max(total - outcomes, 1)
    p_value = stats.hypergeom.sf(outcome - 1, total, both, outcomes)
    with np.errstate(divide="ignore"):
        lift = outcome_share / control_share
    frame = pd.DataFrame(
        {
            "steps": steps,
            "step_count": steps.map(len),
            "outcome_count": outcome,
            "control_count": both - outcome,
            "outcome_total": outcomes,
            "control_total": total - outcomes,
            "outcome_share": outcome_share,
            "control_share": control_share,
            "lift": lift,
            "p_value": p_value,
            "q_value": adjusted(p_value, len(p_value)),
        }
    )
    frame["is_telling"] = (outcome * max(total - outcomes, 1) > (both - outcome) * outcomes) & (
        frame["q_value"] <= rate
    )
    order = sorted(frame.index, key=lambda row: (p_value[row], steps[row]))
    frame = frame.loc[order].assign(path_key=range(1, len(frame) + 1))
    return ibis.memtable(frame[list(_SCHEMA)], schema=_SCHEMA)


def leaving_windows(orders: ir.Table, *, as_of: date, horizon_days: int = 180, every_days: int = 30) -> ir.Table:
    """Customers who left, and who stayed.

    Looked at every `every_days` days back from the last day whose horizon is over. Whoever bought within the horizon
    up to such a day and not within the horizon after it has left, at the first such day; of the others' days one is
    picked by key.

    Parameters
    ----------
    orders : table of (customer_key, ordered_on, is_sale)
    """
    sales, last = _sales(orders, as_of), day_number(as_of) - horizon_days
    following = _.time.lead().over(ibis.window(group_by="customer_key", order_by="time"))
    spells = sales.select("customer_key", "time").distinct().mutate(following=following)
    first = sales.time.min().execute()
    days = [] if pd.isna(first) else list(range(last, int(first), -every_days))
    looks = ibis.memtable(pd.DataFrame({"ends_at": days}), schema={"ends_at": "int64"})
    # The last order up to a look is the one whose next comes after it: one row per customer and look.
    seen = spells.join(looks, [spells.time <= looks.ends_at, spells.time > looks.ends_at - horizon_days])
    seen = seen.filter(_.following.isnull() | (_.following > _.ends_at))
    left = (_.following.isnull() | (_.following > _.ends_at + horizon_days)).name("is_outcome")
    return _one_each(seen.mutate(left))


def first_purchase_windows(orders: ir.Table, steps: ir.Table, *, as_of: date, horizon_days: int = 90) -> ir.Table:
    """People up to the day before their first purchase, and people who have not bought up to one of their steps.

    Those who have not bought count when the horizon after that step is over.

    Parameters
    ----------
    orders : table of (customer_key, ordered_on, is_sale)
    steps : as from `touch_steps`
    """
    today = day_number(as_of)
    first = _sales(orders, as_of).group_by("customer_key").agg(ends_at=_.time.min() - 1)
    bought = first.semi_join(steps.inner_join(first, "customer_key").filter(_.time <= _.ends_at), "customer_key")
    waiting = steps.anti_join(first, "customer_key").filter(_.time <= today - horizon_days)
    waiting = waiting.select("customer_key", ends_at=_.time).distinct()
    return _one_each(_both(bought, waiting))


def large_purchase_windows(orders: ir.Table, *, as_of: date, share: float = 0.9) -> ir.Table:
    """Customers up to the day before their first large order, and others before one of their ordinary orders.

    Parameters
    ----------
    orders : table of (customer_key, ordered_on, is_sale, net_amount)
    share : an order is large when its net amount exceeds that of this share of all orders up to `as_of`
    """
    sales = _sales(orders, as_of)
    limit = sales.net_amount.cast("float64").quantile(share).execute()
    large = sales.filter(_.net_amount.cast("float64") > (0.0 if pd.isna(limit) else float(limit)))
    first = large.group_by("customer_key").agg(ends_at=_.time.min() - 1)
    ordinary = sales.anti_join(first, "customer_key").select("customer_key", ends_at=_.time - 1).distinct()
    return _one_each(_both(first, ordinary))


def _sales(orders: ir.Table, as_of: date) -> ir.Table:
    """Orders of known customers that sold something, with their day's number."""
    sold = orders.filter(_.ordered_on <= as_of, _.is_sale, _.customer_key.notnull())
    return sold.mutate(time=sold.ordered_on.delta(ibis.literal(EPOCH), unit="day").cast("int64"))


def _both(outcomes: ir.Table, others: ir.Table) -> ir.Table:
    yes, no = ibis.literal(True), ibis.literal(False)
    columns = ["customer_key", "ends_at", "is_outcome"]
    return outcomes.mutate(is_outcome=yes).select(columns).union(others.mutate(is_outcome=no).select(columns))


def _one_each(windows: ir.Table) -> ir.Table:
    """One window per customer: the first with the outcome, else one picked by key and day, never by luck."""
    pick = ((_.customer_key % 1_000_003) * 31 + _.ends_at * 17) % 1_009
    place = _.is_outcome.ifelse(_.ends_at, pick)
    order = [ibis.desc("is_outcome"), "place", "ends_at"]
    chosen = windows.mutate(place=place)
    chosen = chosen.mutate(rank=ibis.row_number().over(group_by="customer_key", order_by=order)).filter(_.rank == 0)
    return chosen.select("customer_key", "ends_at", "is_outcome")
