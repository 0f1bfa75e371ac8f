"""Queries of the Review page: pairs in the grey zone, conflicts, merges and splits, identifiers that join nobody."""

import json
from typing import Any

import pandas as pd

from dashboards.app_data.reader import cached, records, rows
from dashboards.app_viewer import CONTACT_DETAILS, Viewer


def is_known(file: str, table: str) -> bool:
    """Whether a generation has a table of schema `identity`; older ones may not."""
    return bool(
        records(
            file,
            "select 1 from information_schema.tables where table_schema = 'identity' and table_name = $table",
            {"table": table},
        )
    )


def pairs(file: str, viewer: Viewer) -> list[dict[str, Any]]:
    """Pairs that might be one person, the likeliest first: both records, what they say, and why, as lists.

    Raises
    ------
    RegularsError
        If the viewer may not see contact details.
    """
    viewer.require(CONTACT_DETAILS)
    if not is_known(file, "review_pairs"):
        return []
    return [
        {**row, **{name: json.loads(row[name] or "null") for name in ("record_l", "record_r", "reasons")}}
        for row in records(file, "select * from identity.review_pairs order by weight desc, 1, 2, 3, 4")
    ]


@cached
def conflicts(file: str) -> pd.DataFrame:
    """Groups that cannot be one person and decisions that contradict each other."""
    if not is_known(file, "conflicts"):
        return pd.DataFrame()
    return rows(file, "select kind, detail, record_count, identifiers from identity.conflicts order by all limit 200")


@cached
def events(file: str) -> pd.DataFrame:
    """Merges and splits of customers, latest first."""
    if not is_known(file, "key_events"):
        return pd.DataFrame()
    return rows(
        file,
        """
        select as_of, event, key_before::varchar as key_before, key_after::varchar as key_after, record_count,
            identifiers
        from identity.key_events order by as_of desc nulls last, key_before, key_after limit 500
        """,
    )


@cached
def shared(file: str) -> pd.DataFrame:
    """Identifiers that belong to too many, or to nobody, by the number of customers they were seen with."""
    return rows(
        file,
        """
        select kind, identifier, customer_count, reason from identity.shared_identifiers
        order by customer_count desc, kind, identifier limit 500
        """,
    )
