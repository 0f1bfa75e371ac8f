"""Segments over time: who belonged on another night that is kept, who joined and who left since, and why."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from dashboards.app_data.reader import Where, record
from dashboards.app_data.segments import asked, keys
from dashboards.app_viewer import Viewer
from workspace import generations
from workspace.folders import Workspace
from workspace.segments.fields import TABLE
from workspace.segments.language import Group
from workspace.segments.writing import sentence


@dataclass(frozen=True)
class Change:
    """Members then and now, as counts, and the reasons: condition, customer_count."""

    then_count: int
    now_count: int
    joined: np.ndarray
    left: np.ndarray
    joined_because: pd.DataFrame
    left_because: pd.DataFrame


def nights(workspace: Workspace, shown: str) -> dict[str, date]:
    """The other generations that are kept, the latest first: name and day."""
    kept = {one.name: one.as_of for one in reversed(generations.generations(workspace))}
    return {name: day for name, day in kept.items() if name != shown}


def on_night(workspace: Workspace, where: Where, name: str) -> Where:
    """The same question to another generation."""
    found = next(one for one in generations.generations(workspace) if one.name == name)
    return Where(str(found.file), found.as_of, where.time_zone)


def changed(then: Where, now: Where, viewer: Viewer, definition: Group) -> Change:
    """Who belonged then and belongs now. A merge of two records shows as one who left."""
    before, after = keys(then, viewer, definition), keys(now, viewer, definition)
    joined, left = np.setdiff1d(after, before), np.setdiff1d(before, after)
    return Change(
        then_count=len(before),
        now_count=len(after),
        joined=joined,
        left=left,
        joined_because=reasons(then, viewer, definition, joined),
        left_because=reasons(now, viewer, definition, left),
    )


def reasons(where: Where, viewer: Viewer, definition: Group, customers: np.ndarray) -> pd.DataFrame:
    """Which parts of the definition did not hold for these customers there; one may fail several.

    Returns
    -------
    table of (condition: sentence; '' for who is not known there, customer_count), only those that somebody failed
    """
    # In a group of all each part can be missed; in one of any or none only the whole can.
    parts = definition.of if definition.match == "all" else (definition,)
    groups = [part if isinstance(part, Group) else Group(of=(part,)) for part in parts]
    found, parameters = [], {"keys": [int(key) for key in customers]}
    for place, group in enumerate(groups):
        text, own = asked(where, viewer, group, f"p{place}_")
        found.append(f"count(*) filter (where c.customer_key is not null and ({text}) is not true) as part{place}")
        parameters |= own
    answer = record(
        where.file,
        f"""
        select {", ".join([*found, "count(*) filter (where c.customer_key is null) as unknown"])}
        from (select unnest($keys::bigint[]) as asked_key) as asked
        left join {TABLE} as c on asked.asked_key = c.customer_key
        """,  # noqa: S608
        parameters,
    )
    said = [*map(sentence, groups), ""]
    rows = [{"condition": text, "customer_count": int(n)} for text, n in zip(said, answer.values(), strict=True) if n]
    return pd.DataFrame(rows, columns=["condition", "customer_count"])
