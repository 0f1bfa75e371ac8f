"""What a rule says on each day after its antecedent: the chance that is left, by when to act, and the words for it."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from mining.items import in_words
from mining.sequence_ends import sequence_ends


def offer_clocks(rules: ir.Table, clocks: ir.Table, names: ir.Table | None) -> ir.Table:
    """Lay out the rules that are used day by day.

    Parameters
    ----------
    rules, clocks : as from `sequential_rules`
    names : table of (item, name), or None

    Returns
    -------
    table of (rule_key, antecedent_key, item: the consequent, days_since from 0 to the day before the window ends,
    chance of the consequent in the rest of the window when it has not come by then, contact_days: by which day after
    the antecedent half of that chance is used up, reason_start, reason_end), in memory
    """
    used = used_rules(rules)
    lags = clocks.semi_join(rules.filter(_.is_used), "rule_key").order_by("rule_key", "lag_days").execute()
    hits = dict(list(lags.groupby("rule_key")))
    called = {} if names is None else dict(names.select("item", "name").execute().itertuples(index=False))
    days = [_days(rule, hits[rule["rule_key"]], called) for rule in used.to_dict("records")]
    schema = {
        "rule_key": "int64",
        "antecedent_key": "int64",
        "item": rules.schema()["consequent"],
        "days_since": "int64",
        "chance": "float64",
        "contact_days": "int64",
        "reason_start": "string",
        "reason_end": "string",
    }
    frame = pd.concat(days) if days else pd.DataFrame(columns=list(schema))
    return ibis.memtable(frame[list(schema)], schema=schema)


def used_rules(rules: ir.Table) -> pd.DataFrame:
    """The rules that are used, with antecedent_key: the same number for the same antecedent, from 0."""
    used = rules.filter(_.is_used).order_by("rule_key").execute()
    elements = [tuple(tuple(element) for element in antecedent) for antecedent in used["antecedent"]]
    keys = {antecedent: place for place, antecedent in enumerate(dict.fromkeys(elements))}
    return used.assign(antecedent_key=[keys[antecedent] for antecedent in elements])


def completions(events: ir.Table, rules: ir.Table, today: int) -> ir.Table:
    """When each customer last completed each antecedent of the rules that are used, where its window is still open.

    Parameters
    ----------
    events : table of (customer_key, item, time)
    rules : as from `sequential_rules`
    today : day number; nothing after it is in `events`

    Returns
    -------
    table of (antecedent_key, customer_key, bought: the day)
    """
    used = used_rules(rules)
    if used.empty:
        # Said at once: the engine cannot join what is in memory only to a table that turns out to be empty.
        nobody = events.filter(ibis.literal(False))
        return nobody.select("customer_key", antecedent_key=_.time.cast("int64"), bought=_.time.cast("int64"))
    asked = used.drop_duplicates("antecedent_key")[["antecedent_key", "antecedent"]].astype({"antecedent": "object"})
    schema = {"sequence_key": "int64", "elements": rules.schema()["antecedent"]}
    sequences = ibis.memtable(asked.set_axis(list(schema), axis=1), schema=schema)
    window_days = int(used["window_days"].max())
    steps = max(sum(map(len, antecedent)) for antecedent in used["antecedent"])
    # Earlier purchases belong to no antecedent that was completed less than a window ago.
    lately = events.filter(_.time > today - window_days * steps)
    ends = sequence_ends(lately, sequences, max_gap=window_days)
    return ends.select("customer_key", antecedent_key=_.sequence_key, bought=_.last_time)


def _days(rule: dict, lags: pd.DataFrame, called: dict) -> pd.DataFrame:
    """One rule on every day of its window."""
    window, customers = int(rule["window_days"]), int(rule["customer_count"])
    arrived = np.zeros(window + 1, dtype="int64")
    arrived[lags["lag_days"].to_numpy()] = lags["hit_count"]
    come = np.cumsum(arrived)
    left = come[-1] - come[:-1]
    # Half of those still to come, counted in whole customers: twice what has come since is at least what is left.
    contact = [int(np.argmax(2 * (come - come[day]) >= come[-1] - come[day])) for day in range(window)]
    frame = pd.DataFrame({"days_since": range(window), "chance": left / (customers - come[:-1]).clip(1)})
    frame["contact_days"] = np.maximum(contact, frame["days_since"])
    return frame.assign(
        rule_key=rule["rule_key"],
        antecedent_key=rule["antecedent_key"],
        item=rule["consequent"],
        **_words(rule, called),
    )


def _words(rule: dict, called: dict) -> dict[str, str]:
    """The reason before and after the days since."""
    first, then = (in_words(rule[side], called) for side in ("antecedent", "consequent"))
    share = f"{100 * rule['confidence']:.0f} % of such customers buy {then} within {rule['window_days']} days"
    usual = f"{rule['lift']:.1f} times the usual; half of them by day {rule['lag_median_days']}"
    return {"reason_start": f"bought {first} ", "reason_end": f"; {share}, {usual}"}
