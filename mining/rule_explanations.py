"""Rules that only pass on another rule: A leads to B because A goes with Z, or leads to Z, and Z is what counts.

Or because "A, then Z" does, and A alone leads nowhere: such a rule is the shadow of the longer one.
"""

import pandas as pd
from ibis import _

from mining import rule_counts as counts
from mining.rule_statistics import log_upper_tail
from mining.rule_tests import Trial, code_table

_KEYS = ["antecedent", "item_code"]
_MOST_OTHERS = 20


def explanations(rules: pd.DataFrame, trial: Trial, parts: pd.DataFrame, log_cut: float) -> pd.Series:
    """The item that explains each rule away, or -1.

    Z may explain A => B where Z => B or A => Z is a rule too, or one from A and Z (and more) to B. It does when the
    rule is no longer significant among the starts whose customer did not buy Z within the window before or after. The
    weakest rules are judged first, and only rules that stand themselves explain others, so that of two that explain
    each other the stronger stays.

    Parameters
    ----------
    rules : (antecedent, item_code, hits, log_p), the antecedents of single items being item codes
    trial : what the rules were compared with
    parts : (antecedent, item_code): what each antecedent holds, which explains nothing
    log_cut : log p-value that a rule must reach

    Returns
    -------
    item code or -1, in the index of `rules`
    """
    wholes = _wholes(rules, parts)
    tested = _without_others(rules, trial, parts, wholes)
    failing = tested[tested["log_p"] > log_cut]
    standing = set(zip(rules["antecedent"], rules["item_code"], strict=True))
    answer = dict.fromkeys(zip(rules["antecedent"], rules["item_code"], strict=True), -1)
    by_pair = {pair: part["other"].tolist() for pair, part in failing.groupby(_KEYS)}
    whole_of = {pair: list(zip(it["whole"], it["other"], strict=True)) for pair, it in wholes.groupby(_KEYS)}
    for rule in rules.sort_values(["log_p", "antecedent", "item_code"], ascending=[False, True, True]).itertuples():
        pair = (rule.antecedent, rule.item_code)
        near = {z for whole, z in whole_of.get(pair, []) if (whole, pair[1]) in standing}
        others = [z for z in by_pair.get(pair, []) if z in near or {(z, pair[1]), (pair[0], z)} & standing]
        if others:
            standing.discard(pair)
            answer[pair] = others[0]
    return pd.Series(list(answer.values()), index=rules.index)


def _wholes(rules: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """The longer rules that hold all of a rule's antecedent and lead to the same, with what they hold besides.

    Returns (antecedent, item_code, whole: the longer antecedent, other, strength: log_p of the longer rule).
    """
    held: dict = parts.groupby("antecedent")["item_code"].agg(frozenset).to_dict()
    rows = [
        (rule.antecedent, consequent, whole.antecedent, other, whole.log_p)
        for consequent, same_end in rules.groupby("item_code")
        for whole in same_end.itertuples()
        for rule in same_end.itertuples()
        if held[rule.antecedent] < held[whole.antecedent]
        for other in sorted(held[whole.antecedent] - held[rule.antecedent])
    ]
    kinds = {**dict.fromkeys((*_KEYS, "whole", "other"), "int32"), "strength": "float64"}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


def _candidates(rules: pd.DataFrame, parts: pd.DataFrame, wholes: pd.DataFrame, item_count: int) -> pd.DataFrame:
    """Which items may explain which rule, the strongest few of each: (antecedent, item_code, other)."""
    rule = rules[["antecedent", "item_code", "log_p"]]
    same_end = rule.merge(rule.rename(columns={"antecedent": "other", "log_p": "strength"}), on="item_code")
    same_start = rule.merge(rule.rename(columns={"item_code": "other", "log_p": "strength"}), on="antecedent")
    found = pd.concat([same_end, same_start, wholes])[["antecedent", "item_code", "other", "strength"]]
    found = found[(found["other"] < item_count) & (found["other"] != found["item_code"])]
    held = found.merge(parts.rename(columns={"item_code": "other"}), "left", indicator=True)["_merge"].to_numpy()
    found = found[held != "both"]
    found = found.sort_values([*_KEYS, "strength", "other"]).drop_duplicates([*_KEYS, "other"])
    return found.groupby(_KEYS).head(_MOST_OTHERS)[[*_KEYS, "other"]].reset_index(drop=True)


def _without_others(rules: pd.DataFrame, trial: Trial, parts: pd.DataFrame, wholes: pd.DataFrame) -> pd.DataFrame:
    """Each rule among the starts without each item nearby: (antecedent, item_code, other, log_p)."""
    triples = _candidates(rules, parts, wholes, len(trial.purchases.items))
    if triples.empty:
        return triples.assign(log_p=0.0)
    days, window_days = trial.purchases.days, trial.purchases.window_days
    others = code_table(triples[["antecedent", "other"]].drop_duplicates())
    near = counts.others_nearby(trial.starts, days, others, window_days).cache()
    placed = trial.starts.inner_join(near, ["antecedent", "customer_key"])
    placed = placed.inner_join(trial.visits, ["customer_key", "time"])
    near_cells = placed.group_by("antecedent", "other", "cell").agg(starts=_.count()).execute()
    hit = trial.followed(rules).inner_join(code_table(triples), ["antecedent", "item_code"])
    hit = hit.semi_join(near, ["antecedent", "other", "customer_key"])
    near_hits = hit.group_by("antecedent", "item_code", "other").agg(near_hits=_.count()).execute()
    asked = triples.merge(rules[["antecedent", "item_code", "hits"]], on=["antecedent", "item_code"])
    asked = asked.merge(near_hits, "left", ["antecedent", "item_code", "other"]).fillna({"near_hits": 0})
    return _compared_without(asked, near_cells, trial)


def _compared_without(asked: pd.DataFrame, near_cells: pd.DataFrame, trial: Trial) -> pd.DataFrame:
    """The triples with log_p of what is left when the starts and hits nearby are taken out."""
    keys = ["antecedent", "other"]
    group = asked[keys].drop_duplicates().reset_index(drop=True).rename_axis("group").reset_index()
    every = group.merge(trial.cells, on="antecedent")
    less = group.merge(near_cells, on=keys)
    signed = pd.concat([every, less.assign(starts=-less["starts"])])
    left = signed.groupby(["group", "cell"], as_index=False)[["starts"]].sum()
    left = left.rename(columns={"group": "antecedent"})
    asked = asked.merge(group, on=keys)
    pairs = asked[["group", "item_code"]].rename(columns={"group": "antecedent"})
    trials = asked["group"].map(left.groupby("antecedent")["starts"].sum())
    expected = trial.expected(pairs, left)
    return asked.assign(log_p=log_upper_tail(asked["hits"] - asked["near_hits"], trials, expected))
