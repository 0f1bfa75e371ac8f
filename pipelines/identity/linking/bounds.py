"""What a pair of records can weigh at most, by fewer looks than its comparison takes: most pairs need no more.

Pairs that share a blocking key are mostly of strangers. Whether two values are equal, or near at all, bounds what
their comparison weighs, and the sum of these bounds what the pair does; a pair that cannot reach the least weight that
matters is not compared level by level.
"""

from math import log2
from typing import Any

from pipelines.identity.linking.comparisons import compared, near, weight
from workspace.identity_settings import Comparing, Linking

SLACK = 1e-6  # weights are sums of rounded numbers
SLOW: set[Comparing] = {"date", "number"}  # edit distances; whether names are alike is found ten times as fast


def can_reach(lowest: float, settings: dict[str, Any], rules: Linking, record_count: int) -> str:
    """Whether a pair can weigh at least `lowest`, as SQL over `{attribute}_l` and `_r`; true for every pair that does.

    What is slow to look at is looked at only where the rest leaves a chance.

    Parameters
    ----------
    settings : Splink's, trained
    rules : that the settings were made by
    record_count : records that are compared: how common a value is, is its share of them
    """
    prior = settings["probability_two_random_records_match"]
    names = [each["output_column_name"] for each in settings["comparisons"]]
    ways = compared(rules, set(names))
    rarest = rules.max_block_records / record_count
    bounds = [Bound(each, ways[name], rarest) for name, each in zip(names, settings["comparisons"], strict=True)]
    needed = repr(lowest - log2(prior / (1 - prior)) - SLACK)
    # The first is asked of all pairs, the second of those that are left.
    return " and ".join(
        f"({' + '.join(sums)}) >= {needed}"
        for sums in ([bound.quick for bound in bounds], [bound.sql for bound in bounds])
    )


class Bound:
    """The most that one comparison can weigh, as SQL; `quick` is the same without a slow look.

    Parameters
    ----------
    comparison : of Splink's settings, trained
    way : how it compares
    rarest : values that weigh by their frequency have at least this share
    """

    def __init__(self, comparison: dict[str, Any], way: Comparing, rarest: float) -> None:
        name = comparison["output_column_name"]
        missing, *graded = comparison["comparison_levels"]
        silent = [0.0 for level in graded if level.get("is_null_level")]  # one that can hold instead of any other
        equal, *between, other = [level for level in graded if not level.get("is_null_level")]
        counted = max(0.0, log2(equal["u_probability"] / rarest)) if equal.get("tf_adjustment_column") else 0.0
        weights = {
            "equal": max([weight(equal) + counted, *silent]),
            "near": max([weight(level) for level in between] + silent, default=0.0),
            "other": max([weight(other), *silent]),
        }
        near_or_other = repr(max(weights["near"], weights["other"]))
        told = f"case when {near(name, way)} then {weights['near']!r} else {weights['other']!r} end"
        looked = f"case when {missing['sql_condition']} then 0 when {name}_l = {name}_r then {weights['equal']!r} else "
        self.sql = f"{looked}{told} end"
        self.quick = f"{looked}{near_or_other} end" if way in SLOW else self.sql
