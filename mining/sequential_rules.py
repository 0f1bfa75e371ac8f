"""Sequential rules: who buys A buys B within a window after. Purchases in; rules, their clocks and a check out."""

from datetime import date
from typing import NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from mining import rule_counts as counts
from mining.coded_events import known
from mining.purchase_arrays import PurchaseArrays
from mining.purchase_days import day_number
from mining.rule_antecedents import Antecedents, long_antecedents
from mining.rule_explanations import explanations
from mining.rule_parts import with_parts
from mining.rule_statistics import adjusted
from mining.rule_tables import EXPLAINED, FAILS, HOLDS, TOO_FEW, clock_table, rule_table
from mining.rule_tests import Purchases, Trial, own_log_p

_HOLDS_LEVEL = 0.05


class Rules(NamedTuple):
    """What `sequential_rules` returns; all in memory."""

    rules: ir.Table
    clocks: ir.Table
    tried: int


def sequential_rules(
    purchases: ir.Table,
    *,
    as_of: date,
    window_days: int = 90,
    holdout_days: int = 180,
    min_customers: int = 50,
    min_hits: int = 10,
    false_discovery_rate: float = 0.05,
    max_customer_items: int = 500,
    max_antecedent_items: int = 2,
    max_antecedents: int = 300,
) -> Rules:
    """Find the rules A => B that hold: customers who bought A buy B within the window after, beyond what is usual.

    A is an item, a set of items bought on one day, or several of these one after another, each at most `window_days`
    after the one before ("A, then B => C"). A customer counts once for A: from the first day on which they completed
    it. It is a hit when they buy B on a later day, at most `window_days` after; the same day or order is no hit. Only
    customers whose window is over count, so nobody fails for want of time, and shares by day need no correction for
    those still under way.

    Rules are found on data up to `as_of` - `holdout_days` (whole windows before it) and checked on the customers
    whose window ends after it. Usual is the share of visits followed by B among customers who bought as many things
    in a window begun in the same weeks. The p-value is the larger of two, against those visits and against the
    customer's own other purchase days, and for a longer A also of one per part: against those who did the rest without
    it (`mining.rule_parts`). q-values count every antecedent with `min_customers` beside every item, also those
    without a single hit.

    Parameters
    ----------
    purchases : table of (customer_key: int64, item, time: days since 1970-01-01), as from `purchase_days`
    as_of : nothing later is used
    window_days, holdout_days : 1 or more
    min_customers : customers with a whole window that A needs, and customers that B needs
    min_hits : hits a rule needs; one with fewer counts as tried, with p = 1
    false_discovery_rate : the largest q-value of a rule
    max_customer_items : customers with more different items are left out (resellers, collective accounts)
    max_antecedent_items : most items of an antecedent; 1 makes pairs only
    max_antecedents : antecedents of several items that are tried, those of most customers

    Returns
    -------
    rules : (rule_key, antecedent: array of arrays of items, antecedent_item_count, consequent, window_days,
        customer_count, hit_count, support_share, confidence, base_share, lift, part_share: the share among those who
        did all but one part, the highest over the parts, null for single items, lag_q1_days, lag_median_days,
        lag_q3_days, p_value, q_value, explained_by, later_customer_count, later_hit_count, later_confidence,
        later_base_share, later_lift, later_p_value, verdict, is_used), the strongest first
    clocks : (rule_key, lag_days, hit_count on that day, cumulative_share of the rule's customers by that day)
    tried : rules tried

    Raises
    ------
    ValueError
        If a window or a count is below 1 or the rate is not between 0 and 1.

    Sources: Agrawal and Srikant, "Mining sequential patterns", ICDE 1995; Hallas, "Evidence of depression provoked by
    cardiovascular medication: a prescription sequence symmetry analysis", Epidemiology 7, 1996, for the comparison
    with one's own history; Webb, "Discovering significant rules", KDD 2006, for the comparison with a rule's parts;
    Bourgon et al., "Independent filtering", PNAS 107, 2010, for choosing what to try.
    """
    _refuse(window_days, holdout_days, min_customers, min_hits, max_customer_items, max_antecedent_items)
    if not 0 < false_discovery_rate < 1:
        raise ValueError(f"false_discovery_rate must lie between 0 and 1, got {false_discovery_rate}")
    end = day_number(as_of)
    split = end - holdout_days
    everything, names = _coded(known(purchases).filter(_.time <= end), max_customer_items)
    # The items that enough customers bought before the hold-out; nothing here depends on what followed what.
    kept = np.flatnonzero(everything.buyers(split) >= min_customers)
    bought, items = everything.of_items(kept), [names[code] for code in kept]
    coded = Purchases.of_arrays(bought, items, window_days, purchases.get_backend())
    limits = {"max_items": max_antecedent_items, "max_count": max_antecedents, "min_customers": min_customers}
    trial, every, pairs = _searched(coded, split - window_days, min_hits, limits)
    tried, pairs = _tried(trial, every, pairs, min_customers, min_hits)
    found = _found(trial, every, pairs, split, tried=tried, rate=false_discovery_rate)
    found = _checked(found, Trial.of(coded, every.starts, split - window_days, end - window_days))
    found = found.sort_values(["log_p", "antecedent", "item_code"], ignore_index=True)
    lags = counts.lag_counts(trial.followed(found))
    lags = lags.order_by("antecedent", "item_code", "lag_days").execute()
    total = everything.customer_count(split)
    rules = rule_table(found, lags, every, coded, item_type=purchases.schema()["item"], total=total)
    return Rules(rules, clock_table(found, lags), tried)


def _refuse(*counted: int) -> None:
    """Refuse windows and counts that nothing could satisfy."""
    if min(counted) < 1:
        names = "window_days, holdout_days, min_customers, min_hits, max_customer_items and max_antecedent_items"
        raise ValueError(f"{names} must be 1 or more")


def _coded(events: ir.Table, max_customer_items: int) -> tuple[PurchaseArrays, list]:
    """The purchases of all but the heaviest buyers, and the items that their codes stand for."""
    items = events.select("item").distinct().order_by("item").execute()["item"].tolist()
    return PurchaseArrays.of(events, items).of_customers(max_customer_items), items


def _searched(
    coded: Purchases, end: int, min_hits: int, limits: dict[str, int]
) -> tuple[Trial, Antecedents, pd.DataFrame]:
    """What is tried on starts up to a day: the trial, its antecedents, and the pairs of items with enough hits."""
    single = Antecedents.single(coded)
    trial = Trial.of(coded, single.starts, coded.first_time - 1, end)
    pairs = coded.arrays.pair_counts(coded.window_days, end=end)
    pairs = pairs[pairs["hits"] >= min_hits].reset_index(drop=True)
    every = long_antecedents(single, coded, pairs, end, **limits)
    return trial if every is single else trial.of_starts(every.starts), every, pairs


def _tried(
    trial: Trial, every: Antecedents, single_pairs: pd.DataFrame, min_customers: int, min_hits: int
) -> tuple[int, pd.DataFrame]:
    """How many rules are tried, and those of them with enough hits, compared with comparable visits."""
    customers = trial.cells.groupby("antecedent")["starts"].sum()
    enough = customers.index[customers >= min_customers]
    parts = every.parts()
    item_count = len(trial.purchases.items)
    tried = int((item_count - parts.groupby("antecedent").size()).reindex(enough).sum())
    longer = counts.followed(
        trial.starts.filter(_.antecedent >= item_count), trial.purchases.days, trial.purchases.window_days
    )
    long_pairs = counts.pair_counts(longer, min_hits).order_by("antecedent", "item_code").execute()
    pairs = pd.concat([single_pairs, long_pairs] if len(long_pairs) else [single_pairs])
    # What the antecedent holds itself is no consequent.
    own = pairs.merge(parts, "left", ["antecedent", "item_code"], indicator=True)["_merge"].to_numpy() == "both"
    pairs = pairs[~own & pairs["antecedent"].isin(enough).to_numpy()].reset_index(drop=True)
    return tried, trial.compared(pairs)


def _found(
    trial: Trial, every: Antecedents, pairs: pd.DataFrame, split: int, *, tried: int, rate: float
) -> pd.DataFrame:
    """The significant rules, with what explains them."""
    # A rule that fails one test cannot be saved by another: each is asked only of those that pass the ones before.
    pairs = _passing(pairs, tried, rate)
    pairs = _passing(pairs.assign(log_p=np.maximum(pairs["log_p"], own_log_p(pairs, trial, split))), tried, rate)
    pairs = with_parts(pairs, trial, every)
    pairs = _passing(pairs.assign(log_p=np.maximum(pairs["log_p"], pairs["parts_log_p"])), tried, rate)
    pairs["q_value"] = adjusted(np.exp(pairs["log_p"]), tried)
    cut = float(pairs["log_p"].max()) if len(pairs) else 0.0
    return pairs.assign(explained_by=explanations(pairs, trial, every.parts(), cut))


def _passing(pairs: pd.DataFrame, tried: int, rate: float) -> pd.DataFrame:
    """The rules whose q-value is low enough."""
    return pairs[adjusted(np.exp(pairs["log_p"]), tried) <= rate].reset_index(drop=True)


def _checked(found: pd.DataFrame, later: Trial) -> pd.DataFrame:
    """The rules with their counts among customers whose window ends in the hold-out, and the verdict."""
    hits = counts.pair_counts(later.followed(found), 1).execute()
    again = found[["antecedent", "item_code"]].merge(hits, "left", ["antecedent", "item_code"]).fillna(0)
    again = later.compared(again)
    found = found.assign(**{f"later_{name}": again[name] for name in ("starts", "hits", "expected", "log_p")})
    # Too few: the rule's own confidence would bring fewer than five hits. Compared as counts.
    too_few = found["later_starts"] * found["hits"] < 5 * found["starts"]
    holds = found["later_log_p"] <= np.log(_HOLDS_LEVEL)
    verdict = np.select([found["explained_by"] >= 0, too_few, holds], [EXPLAINED, TOO_FEW, HOLDS], FAILS)
    return found.assign(verdict=verdict)
