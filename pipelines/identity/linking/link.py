"""Linking as a whole: learn the weights, score the pairs, group the records."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.identity.linking.clusters import Pairs, average_linkage, unscored
from pipelines.identity.linking.model import Model, train
from pipelines.identity.linking.space import Space
from workspace.identity_settings import Linking


@dataclass(frozen=True)
class Linked:
    """What one linking found."""

    model: Model
    pairs: pa.Table
    """member_l < member_r, weight, gamma_..., common_... of pairs that weigh enough, and of those in one group."""
    groups: np.ndarray
    """For each record in the order given: the smallest position of a record of the same person."""
    compared: int
    """Pairs that were compared."""


def link(
    records: pa.Table,
    rules: Linking,
    *,
    model: Model | None = None,
    configuration: dict[str, Any] | None = None,
) -> Linked:
    """Group records of the same person, by probability alone.

    Parameters
    ----------
    records : any of `workspace.identity_settings.ATTRIBUTES` as text, null where unknown; normalised (`standard`)
    rules : settings `[identity.linking]`
    model : weights learnt before; left out: they are learnt now

    Raises
    ------
    ValueError
        Where no attribute of the settings is in the records.
    """
    numbered = records.append_column("member", pa.array(np.arange(records.num_rows)))
    space = Space(numbered, rules, configuration)
    if not space.lines:
        raise ValueError("The records have none of the attributes that the settings bring together.")
    model = model or train(space)
    pairs, compared = scored_pairs(space, model)
    pairs = with_unscored(space, model, pairs)
    groups = average_linkage(records.num_rows, arrays(pairs), rules.match_weight)
    return Linked(model, pairs, groups, compared)


def scored_pairs(space: Space, model: Model, fresh: str = "true") -> tuple[pa.Table, int]:
    """Pairs that weigh at least the lowest that matters, and how many were compared."""
    found, compared = [], 0
    for pairs in space.bring_together(fresh):
        compared += pairs
        space.score(model.settings, lowest(space.rules))
        found.append(space.connection.execute("select * from scored").to_arrow_table())
    return pa.concat_tables(found), compared


def lowest(rules: Linking) -> float:
    """The least weight that matters: what could be reviewed, or bring together what the blocking did not."""
    return min(rules.review_from, rules.match_weight)


def with_unscored(space: Space, model: Model, pairs: pa.Table, known: pa.Table | None = None) -> pa.Table:
    """The same, with every pair inside a group that might become one person.

    Parameters
    ----------
    known : pairs scored before (member_l, member_r, weight); they are not scored again
    """
    columns = ["member_l", "member_r", "weight"]
    scored = pairs.select(columns) if known is None else pa.concat_tables([pairs.select(columns), known])
    left, right, weight = arrays(scored)
    most = max(int(right.max(initial=0)), int(left.max(initial=0))) + 1
    left, right = unscored(most, (left, right, weight), lowest(space.rules))
    if len(left) == 0:
        return pairs
    missing = pa.table({"join_key_l": left, "join_key_r": right, "match_key": ["group"] * len(left)})
    space.connection.register("missing", missing)
    space.connection.execute("create or replace table pairs as select * from missing")
    space.score(model.settings, None)
    return pa.concat_tables([pairs, space.connection.execute("select * from scored").to_arrow_table()])


def arrays(pairs: pa.Table) -> Pairs:
    """Pairs for `clusters`."""
    return (
        pairs["member_l"].to_numpy().astype(np.int64),
        pairs["member_r"].to_numpy().astype(np.int64),
        pairs["weight"].to_numpy(),
    )
