"""Whether a longer rule needs all of its parts: is C bought more after "A, then B" than after A or B without the other?

Each part is left out in turn. The controls are customers who did the rest and never the whole: from the day on which
they first completed the rest or, where the last purchase is the part left out, from one of their visits within the
window after the rest, so that it is their visit, and not the item, that is the same.
"""

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from mining import rule_counts as counts
from mining.rule_antecedents import Antecedents, clock
from mining.rule_statistics import log_upper_tail_of_tables
from mining.rule_tests import Trial, pair_table
from mining.sequence_candidates import Sequence
from mining.sequence_ends import coded_ends

# Of so many, thousands did any rest of a frequent antecedent: more controls make a test dearer and hardly truer.
_CONTROL_CUSTOMERS = 100_000


class Rest(NamedTuple):
    """What is left of an antecedent without one part; `is_visit`: a visit after it stands for the last purchase."""

    antecedent: int
    sequence: Sequence
    is_visit: bool


def rests(place: int, sequence: Sequence) -> list[Rest]:
    """An antecedent without each of its items in turn."""
    found = []
    for at, element in enumerate(sequence):
        for code in element:
            left = tuple(it for it in element if it != code)
            rest = (*sequence[:at], *([left] if left else []), *sequence[at + 1 :])
            found.append(Rest(place, rest, is_visit=not left and at == len(sequence) - 1))
    return found


def with_parts(pairs: pd.DataFrame, trial: Trial, antecedents: Antecedents) -> pd.DataFrame:
    """Compare the longer rules with the same rules less one part each.

    Parameters
    ----------
    pairs : (antecedent, item_code), those of single items among them
    trial : what the pairs were counted in

    Returns
    -------
    the pairs with parts_log_p: the largest log p-value over the parts, 0 (p = 1) where no control can tell; and
    part_hits: the hits that the rule would have at the rate of its best part. For single items -inf and NaN: they have
    no parts

    Sources: Webb, "Discovering significant rules", KDD 2006 (a productive rule beats each of its generalisations);
    Vatutin and Mikhailov, "Limit theorems for the number of empty cells", Theory of Probability and its Applications
    27, 1982 (a hypergeometric count is a sum of independent trials), which lets Hoeffding's bound be used for it.
    """
    single = pairs["antecedent"] < len(trial.purchases.items)
    pairs = pairs.assign(parts_log_p=np.where(single, -np.inf, 0.0), part_hits=np.nan)
    wanted = pairs.loc[~single, ["antecedent", "item_code"]]
    if wanted.empty:
        return pairs
    found = [rest for place in wanted["antecedent"].unique() for rest in rests(place, antecedents.sequences[place])]
    rest = pd.DataFrame({"antecedent": [it.antecedent for it in found], "rest": range(len(found))}).astype("int32")
    controls = _celled(_controls(found, trial, antecedents), trial)
    asked = wanted.merge(rest, on="antecedent")
    ours = _counted(_celled(trial.starts, trial), trial, wanted)
    theirs = _counted(controls, trial, asked.assign(antecedent=asked["rest"])[["antecedent", "item_code"]])
    return pairs.assign(**_worst(pairs, asked, ours, theirs))


def _worst(pairs: pd.DataFrame, asked: pd.DataFrame, ours: pd.DataFrame, theirs: pd.DataFrame) -> dict[str, pd.Series]:
    """The largest p-value and the most hits over the parts of each pair; where there are no parts, as they stand."""
    ours = asked.merge(ours, on=["antecedent", "item_code"])
    theirs = theirs.rename(columns={"antecedent": "rest", "starts": "controls", "hits": "control_hits"})
    cells = ours.merge(theirs, "left", ["rest", "item_code", "cell"]).fillna({"controls": 0, "control_hits": 0})
    # A sum of floats depends on its order, and the engine gives the cells in any.
    cells = cells.sort_values(["antecedent", "item_code", "rest", "cell"])
    tables = log_upper_tail_of_tables(cells, ["antecedent", "item_code", "rest"])
    worst = tables.groupby(["antecedent", "item_code"], as_index=False)[["log_p", "usual"]].max()
    joined = pairs[["antecedent", "item_code"]].merge(worst, "left", ["antecedent", "item_code"])
    log_p, usual = (pd.Series(joined[name].to_numpy(), index=pairs.index) for name in ("log_p", "usual"))
    return {"parts_log_p": log_p.fillna(pairs["parts_log_p"]), "part_hits": usual}


def _controls(found: list[Rest], trial: Trial, antecedents: Antecedents) -> ir.Table:
    """One start for every rest and customer who never completed the whole; the antecedent is the place in `found`.

    Of more than `_CONTROL_CUSTOMERS` those of every so many-th by key are taken, which says nothing about them.
    """
    purchases = trial.purchases
    keys = {sequence: place for place, sequence in enumerate(dict.fromkeys(it.sequence for it in found))}
    one_in = max(1, -(-len(purchases.arrays.customer_keys) // _CONTROL_CUSTOMERS))
    days = purchases.days.filter(_.customer_key % one_in == 0)
    ends = coded_ends(days, keys, clock(purchases.window_days))
    rows = [(place, it.antecedent, keys[it.sequence], it.is_visit) for place, it in enumerate(found)]
    schema = {"rest": "int32", "antecedent": "int32", "sequence_key": "int64", "is_visit": "boolean"}
    named = ibis.memtable(pd.DataFrame(rows, columns=list(schema)), schema=schema)
    done = ends.inner_join(named, "sequence_key").anti_join(antecedents.starts, ["antecedent", "customer_key"])
    done = done.select("customer_key", "is_visit", time=_.first_time, antecedent=_.rest)
    columns = ["customer_key", "time", "antecedent"]
    stood = _a_visit_after(done.filter(_.is_visit).drop("is_visit"), purchases.visits, purchases.window_days)
    return ibis.union(done.filter(~_.is_visit).select(columns), stood.select(columns))


def _a_visit_after(done: ir.Table, visits: ir.Table, window_days: int) -> ir.Table:
    """One visit within the window after each, picked by key and day, never by luck: the soonest would be too soon."""
    after = done.rename(begun="time").inner_join(visits.select("customer_key", "time"), "customer_key")
    near = after.filter(_.time > _.begun, _.time - _.begun <= window_days)
    place = (near.customer_key % 1_000_003 * 31 + near.time * 17) % 1_009
    order = [place, near.time]
    first = near.mutate(place=ibis.row_number().over(group_by=["antecedent", "customer_key"], order_by=order))
    return first.filter(_.place == 0)


def _celled(starts: ir.Table, trial: Trial) -> ir.Table:
    """The starts within the trial's span, with their cells: (antecedent, customer_key, time, cell)."""
    return starts.inner_join(trial.visits, ["customer_key", "time"])


def _counted(starts: ir.Table, trial: Trial, pairs: pd.DataFrame) -> pd.DataFrame:
    """Starts and hits of each pair in each cell: (antecedent, item_code, cell, starts, hits)."""
    wanted = pair_table(pairs.drop_duplicates())
    starts = starts.semi_join(wanted, "antecedent").cache()
    cells = starts.group_by("antecedent", "cell").agg(starts=_.count()).execute()
    after = counts.followed_by(starts, trial.purchases.days, wanted, trial.purchases.window_days)
    hits = after.group_by("antecedent", "item_code", "cell").agg(hits=_.count()).execute()
    every = pairs.drop_duplicates().merge(cells, on="antecedent")
    return every.merge(hits, "left", ["antecedent", "item_code", "cell"]).fillna({"hits": 0})
