"""Queries of the Data page: deliveries and their law, quarantine, checks, freshness."""

from typing import Any

import pandas as pd

from dashboards.app_data.reader import cached, record, records, rows


@cached
def law(file: str) -> dict[str, Any]:
    """Rows delivered, accepted, duplicate and quarantined in all, files refused, and deliveries that break the law."""
    return record(
        file,
        """
        select
            count(distinct delivery_id) as delivery_count,
            count(distinct delivery_id) filter (status = 'refused') as refused_count,
            coalesce(sum(rows_delivered), 0)::bigint as rows_delivered,
            coalesce(sum(rows_accepted), 0)::bigint as rows_accepted,
            coalesce(sum(rows_duplicate), 0)::bigint as rows_duplicate,
            coalesce(sum(rows_quarantined), 0)::bigint as rows_quarantined,
            count(*) filter (rows_delivered != rows_accepted + rows_duplicate + rows_quarantined) as broken_count
        from meta.deliveries
        """,
    )


@cached
def sources(file: str) -> list[str]:
    """Sources that delivered anything."""
    return [row["source"] for row in records(file, "select distinct source from meta.deliveries order by source")]


@cached
def deliveries(file: str, chosen: tuple[str, ...], only_trouble: bool, limit: int, offset: int) -> pd.DataFrame:
    """One page of deliveries, latest first; `only_trouble`: refused, or with rows in quarantine."""
    return rows(
        file,
        """
        select ingested_at, source, file, feed, rows_delivered, rows_accepted, rows_duplicate, rows_quarantined,
            status, reason, count(*) over () as delivery_count
        from meta.deliveries
        where (len($sources::varchar[]) = 0 or list_contains($sources::varchar[], source))
          and (not $only_trouble or status = 'refused' or rows_quarantined > 0)
        order by delivery_id desc, feed
        limit $limit offset $offset
        """,
        {"sources": list(chosen), "only_trouble": only_trouble, "limit": limit, "offset": offset},
    )


@cached
def quarantine_reasons(file: str) -> pd.DataFrame:
    """Why rows wait in quarantine: feed, column, reason and how many, most first."""
    return rows(
        file,
        """
        select feed, column_name, reason, count(*) as row_count, max(quarantined_at) as last_at
        from meta.quarantine group by feed, column_name, reason
        order by row_count desc, feed, column_name, reason limit 200
        """,
    )


@cached
def quarantined(file: str, limit: int) -> pd.DataFrame:
    """The latest rows in quarantine; long values are cut, they are only there to be recognised."""
    return rows(
        file,
        """
        select quarantined_at, feed, file, row_number, column_name, left(value, 200) as value, reason
        from meta.quarantine order by quarantined_at desc, delivery_id desc, row_number limit $limit
        """,
        {"limit": limit},
    )


@cached
def drifts(file: str) -> pd.DataFrame:
    """Columns that came, went or changed their type, latest first; empty for a generation that did not record them."""
    is_known = records(
        file, "select 1 from information_schema.tables where table_schema = 'meta' and table_name = 'drifts'"
    )
    if not is_known:
        return pd.DataFrame()
    return rows(file, "select * from meta.drifts order by seen_at desc, source, column_name limit 500")


@cached
def checks(file: str) -> pd.DataFrame:
    """Checks of this generation, trouble first."""
    return rows(
        file,
        """
        select status, stage, check_name, failing_rows, detail, checked_at from meta.checks
        order by array_position(['failed', 'warned', 'passed'], status), stage, check_name
        """,
    )


@cached
def feeds(file: str) -> pd.DataFrame:
    """All feeds: rows, first and last event, last delivery; those with nothing at the end."""
    return rows(file, "select * from meta.feeds order by row_count = 0, feed")
