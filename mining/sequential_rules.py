"""Sequential rules: who buys A buys B within a window after. Purchases in; rules, their clocks and a check out."""

from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from mining import rule_counts as counts
from mining.id_lists import known
from mining.purchase_days import day_number
from mining.rule_explanations import explanations
from mining.rule_statistics import adjusted, lag_quantile
from mining.rule_tests import Purchases, Trial, own_log_p, pair_table

HOLDS, EXPLAINED, FAILS, TOO_FEW = "holds", "explained by another rule", "does not hold", "too few to tell"
_HOLDS_LEVEL = 0.05
_QUARTERS = [("q1", 1), ("median", 2), ("q3", 3)]
_COUNTS = ("customer_count", "hit_count")
_RATES = ("confidence", "base_share", "lift")
_SCHEMA = {
    "rule_key": "int64",
    "antecedent": "",
    "consequent": "",
    "window_days": "int64",
    **dict.fromkeys(_COUNTS, "int64"),
    **dict.fromkeys(("support_share", *_RATES), "float64"),
    **dict.fromkeys((f"lag_{label}_days" for label, _quarter in _QUARTERS), "int64"),
    **dict.fromkeys(("p_value", "q_value"), "float64"),
    "explained_by": "",
    **dict.fromkeys((f"later_{name}" for name in _COUNTS), "int64"),
    **dict.fromkeys((f"later_{name}" for name in (*_RATES, "p_value")), "float64"),
    "verdict": "string",
    "is_used": "boolean",
}
_CLOCK_SCHEMA = {"rule_key": "int64", "lag_days": "int64", "hit_count": "int64", "cumulative_share": "float64"}


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
) -> Rules:
    """Find the rules A => B that hold: customers who bought A buy B within the window after, beyond what is usual.

    A customer counts once for A: from the first day they bought it. It is a hit when they buy B on a later day, at
    most `window_days` after; the same day or order is no hit. Only customers whose window is over count, so nobody
    fails for want of time, and shares by day need no correction for those still under way.

    Rules are found on data up to `as_of` - `holdout_days` (whole windows before it) and checked on the customers
    whose window ends after it. Usual is the share of visits followed by B among customers who bought as many things
    in a window begun in the same weeks. The p-value is the larger of two, against those visits and against the
    customer's own other purchase days; q-values count every ordered pair of the items with `min_customers`, also
    those without a single hit.

    Parameters
    ----------
    purchases : table of (customer_key: int64, item, time: days since 1970-01-01), as from `purchase_days`
    as_of : nothing later is used
    window_days, holdout_days : 1 or more
    min_customers : customers with a whole window that A needs, and customers that B needs
    min_hits : hits a rule needs; a pair with fewer counts as tried, with p = 1
    false_discovery_rate : the largest q-value of a rule
    max_customer_items : customers with more different items are left out (resellers, collective accounts)

    Returns
    -------
    rules : (rule_key, antecedent, consequent, window_days, customer_count, hit_count, support_share, confidence,
        base_share, lift, lag_q1_days, lag_median_days, lag_q3_days, p_value, q_value, explained_by,
        later_customer_count, later_hit_count, later_confidence, later_base_share, later_lift, later_p_value,
        verdict, is_used), the strongest first
    clocks : (rule_key, lag_days, hit_count on that day, cumulative_share of the rule's customers by that day)
    tried : pairs tried

    Raises
    ------
    ValueError
        If a window or a count is below 1 or the rate is not between 0 and 1.

    Sources: Agrawal and Srikant, "Mining sequential patterns", ICDE 1995; Hallas, "Evidence of depression provoked by
    cardiovascular medication: a prescription sequence symmetry analysis", Epidemiology 7, 1996, for the comparison
    with one's own history; Bourgon et al., "Independent filtering", PNAS 107, 2010, for choosing what to try.
    """
    if min(window_days, holdout_days, min_customers, min_hits, max_customer_items) < 1:
        raise ValueError("window_days, holdout_days, min_customers, min_hits and max_customer_items must be 1 or more")
    if not 0 < false_discovery_rate < 1:
        raise ValueError(f"false_discovery_rate must lie between 0 and 1, got {false_discovery_rate}")
    end = day_number(as_of)
    split = end - holdout_days
    events = counts.without_heavy(known(purchases).filter(_.time <= end), max_customer_items)
    coded = Purchases.of(events, _items(events, split, min_customers), window_days)
    starts = counts.first_starts(coded.days)
    trial = Trial.of(coded, starts, coded.first_time - 1, split - window_days)
    found, tried = _found(trial, split, min_customers, min_hits, false_discovery_rate)
    found = _checked(found, Trial.of(coded, starts, split - window_days, end - window_days))
    found = found.sort_values(["log_p", "antecedent", "item_code"], ignore_index=True)
    lags = counts.lag_counts(trial.followed(), pair_table(found))
    lags = lags.order_by("antecedent", "item_code", "lag_days").execute()
    total = int(events.filter(_.time <= split).customer_key.nunique().execute())
    return Rules(_rule_table(found, lags, coded, purchases.schema()["item"], total), _clock_table(found, lags), tried)


def _items(events: ir.Table, split: int, min_customers: int) -> list:
    """The items that enough customers bought before the hold-out; nothing here depends on what followed what."""
    customers = events.filter(_.time <= split).group_by("item").agg(customers=_.customer_key.nunique())
    return customers.filter(_.customers >= min_customers).order_by("item").execute()["item"].tolist()


def _found(trial: Trial, split: int, min_customers: int, min_hits: int, rate: float) -> tuple[pd.DataFrame, int]:
    """The significant pairs with what explains them, and how many pairs were tried."""
    customers = trial.cells.groupby("antecedent")["starts"].sum()
    enough = customers.index[customers >= min_customers]
    tried = len(enough) * (len(trial.purchases.items) - 1)
    after = trial.followed().filter(_.antecedent != _.item_code)
    pairs = counts.pair_counts(after, min_hits).order_by("antecedent", "item_code").execute()
    pairs = trial.compared(pairs[pairs["antecedent"].isin(enough)].reset_index(drop=True))
    # A pair that fails one test cannot be saved by the other: the second is asked only of those that pass the first.
    pairs = pairs[adjusted(np.exp(pairs["log_p"]), tried) <= rate].reset_index(drop=True)
    pairs["log_p"] = np.maximum(pairs["log_p"], own_log_p(pairs, trial, split))
    pairs["q_value"] = adjusted(np.exp(pairs["log_p"]), tried)
    pairs = pairs[pairs["q_value"] <= rate].reset_index(drop=True)
    cut = float(pairs["log_p"].max()) if len(pairs) else 0.0
    return pairs.assign(explained_by=explanations(pairs, trial, cut)), tried


def _checked(found: pd.DataFrame, later: Trial) -> pd.DataFrame:
    """The rules with their counts among customers whose window ends in the hold-out, and the verdict."""
    after = later.followed().semi_join(pair_table(found), ["antecedent", "item_code"])
    hits = counts.pair_counts(after, 1).execute()
    again = found[["antecedent", "item_code"]].merge(hits, "left", ["antecedent", "item_code"]).fillna(0)
    again = later.compared(again)
    found = found.assign(**{f"later_{name}": again[name] for name in ("starts", "hits", "expected", "log_p")})
    # Too few: the rule's own confidence would bring fewer than five hits. Compared as counts.
    too_few = found["later_starts"] * found["hits"] < 5 * found["starts"]
    holds = found["later_log_p"] <= np.log(_HOLDS_LEVEL)
    verdict = np.select([found["explained_by"] >= 0, too_few, holds], [EXPLAINED, TOO_FEW, HOLDS], FAILS)
    return found.assign(verdict=verdict)


def _rule_table(found: pd.DataFrame, lags: pd.DataFrame, coded: Purchases, item_type: str, total: int) -> ir.Table:
    """The rules by name, with shares and quartiles of the lag."""
    by_rule = dict(list(lags.groupby(["antecedent", "item_code"])))
    parts = [by_rule[pair] for pair in zip(found["antecedent"], found["item_code"], strict=True)]
    name = dict(enumerate(coded.items))
    columns = {
        "rule_key": found.index + 1,
        "antecedent": found["antecedent"].map(name),
        "consequent": found["item_code"].map(name),
        "window_days": coded.window_days,
        "customer_count": found["starts"],
        "hit_count": found["hits"],
        "support_share": found["hits"] / total,
        **_shares(found, ""),
        **{
            f"lag_{label}_days": [lag_quantile(p["lag_days"], p["hits"], n, 4) for p in parts] for label, n in _QUARTERS
        },
        "p_value": np.exp(found["log_p"]),
        "q_value": found["q_value"],
        "explained_by": [name.get(code) for code in found["explained_by"]],
        "later_customer_count": found["later_starts"],
        "later_hit_count": found["later_hits"],
        **_shares(found, "later_"),
        "later_p_value": np.exp(found["later_log_p"]),
        "verdict": found["verdict"],
        "is_used": found["verdict"] == HOLDS,
    }
    schema = _SCHEMA | dict.fromkeys(("antecedent", "consequent", "explained_by"), item_type)
    return ibis.memtable(pd.DataFrame(columns)[list(schema)], schema=schema)


def _shares(found: pd.DataFrame, when: str) -> dict[str, pd.Series]:
    """Confidence, base share and lift; null where there is nobody to say."""
    starts, hits, expected = (found[f"{when}{name}"].astype(float) for name in ("starts", "hits", "expected"))
    some, usual = starts.where(starts > 0), expected.where(expected > 0)
    return {f"{when}confidence": hits / some, f"{when}base_share": expected / some, f"{when}lift": hits / usual}


def _clock_table(found: pd.DataFrame, lags: pd.DataFrame) -> ir.Table:
    """By which day after the start which share of a rule's customers had bought the consequent."""
    keyed = found.assign(rule_key=found.index + 1)[["antecedent", "item_code", "rule_key", "starts"]]
    clock = lags.merge(keyed, on=["antecedent", "item_code"]).sort_values(["rule_key", "lag_days"])
    clock["cumulative_share"] = clock.groupby("rule_key")["hits"].cumsum() / clock["starts"]
    clock = clock.rename(columns={"hits": "hit_count"})[list(_CLOCK_SCHEMA)]
    return ibis.memtable(clock, schema=_CLOCK_SCHEMA)
