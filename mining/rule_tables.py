"""Rules as tables: by name, with shares, quartiles of the lag and the verdict; and their clocks."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from mining.rule_antecedents import Antecedents
from mining.rule_statistics import lag_quantile
from mining.rule_tests import Purchases

HOLDS, EXPLAINED, FAILS, TOO_FEW = "holds", "explained by another rule", "does not hold", "too few to tell"
_QUARTERS = [("q1", 1), ("median", 2), ("q3", 3)]
_COUNTS = ("customer_count", "hit_count")
_RATES = ("confidence", "base_share", "lift")
_SCHEMA = {
    "rule_key": "int64",
    "antecedent": "",
    "antecedent_item_count": "int64",
    "consequent": "",
    "window_days": "int64",
    **dict.fromkeys(_COUNTS, "int64"),
    **dict.fromkeys(("support_share", *_RATES, "part_share"), "float64"),
    **dict.fromkeys((f"lag_{label}_days" for label, _quarter in _QUARTERS), "int64"),
    **dict.fromkeys(("p_value", "q_value"), "float64"),
    "explained_by": "",
    **dict.fromkeys((f"later_{name}" for name in _COUNTS), "int64"),
    **dict.fromkeys((f"later_{name}" for name in (*_RATES, "p_value")), "float64"),
    "verdict": "string",
    "is_used": "boolean",
}
_CLOCK_SCHEMA = {"rule_key": "int64", "lag_days": "int64", "hit_count": "int64", "cumulative_share": "float64"}


def rule_table(
    found: pd.DataFrame, lags: pd.DataFrame, antecedents: Antecedents, coded: Purchases, *, item_type: str, total: int
) -> ir.Table:
    """The rules by name, with shares and quartiles of the lag.

    Parameters
    ----------
    found : the rules as counted and tested by code, in their order
    lags : (antecedent, item_code, lag_days, hits)
    item_type : of the items
    total : customers before the hold-out
    """
    by_rule = dict(list(lags.groupby(["antecedent", "item_code"])))
    parts = [by_rule[pair] for pair in zip(found["antecedent"], found["item_code"], strict=True)]
    name = dict(enumerate(coded.items))
    columns = {
        "rule_key": found.index + 1,
        # Of objects also when empty: the engine cannot make a nested array of numbers.
        "antecedent": pd.Series([antecedents.names(code, coded.items) for code in found["antecedent"]], dtype="object"),
        "antecedent_item_count": [sum(map(len, antecedents.sequences[code])) for code in found["antecedent"]],
        "consequent": found["item_code"].map(name),
        "window_days": coded.window_days,
        "customer_count": found["starts"],
        "hit_count": found["hits"],
        "support_share": found["hits"] / total,
        **_shares(found, ""),
        "part_share": found["part_hits"] / found["starts"],
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
    schema = _SCHEMA | dict.fromkeys(("consequent", "explained_by"), item_type)
    schema["antecedent"] = f"array<array<{item_type}>>"
    return ibis.memtable(pd.DataFrame(columns)[list(schema)], schema=schema)


def _shares(found: pd.DataFrame, when: str) -> dict[str, pd.Series]:
    """Confidence, base share and lift; null where there is nobody to say."""
    starts, hits, expected = (found[f"{when}{name}"].astype(float) for name in ("starts", "hits", "expected"))
    some, usual = starts.where(starts > 0), expected.where(expected > 0)
    return {f"{when}confidence": hits / some, f"{when}base_share": expected / some, f"{when}lift": hits / usual}


def clock_table(found: pd.DataFrame, lags: pd.DataFrame) -> ir.Table:
    """By which day after the start which share of a rule's customers had bought the consequent."""
    keyed = found.assign(rule_key=found.index + 1)[["antecedent", "item_code", "rule_key", "starts"]]
    clock = lags.merge(keyed, on=["antecedent", "item_code"]).sort_values(["rule_key", "lag_days"])
    clock["cumulative_share"] = clock.groupby("rule_key")["hits"].cumsum() / clock["starts"]
    clock = clock.rename(columns={"hits": "hit_count"})[list(_CLOCK_SCHEMA)]
    return ibis.memtable(clock, schema=_CLOCK_SCHEMA)
