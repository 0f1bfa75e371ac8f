"""Queries of the Data page: deliveries and their law, what is held, quality by day, quarantine, checks, freshness."""

from typing import Any

import pandas as pd

from dashboards.app_data.reader import cached, record, records, rows


def is_recorded(file: str, table: str, column: str) -> bool:
    """Whether a generation has a column of `meta`: those made before it came to be do not."""
    found = records(
        file,
        "select 1 from information_schema.columns where table_schema = 'meta' and table_name = $name"
        " and column_name = $column_name",
        {"name": table, "column_name": column},
    )
    return bool(found)


@cached
def law(file: str) -> dict[str, Any]:
    """Rows delivered, accepted, duplicate, quarantined and held; files refused; deliveries that break the law."""
    held = "rows_held" if is_recorded(file, "deliveries", "rows_held") else "0"
    return record(
        file,
        f"""
        select
            count(distinct delivery_id) as delivery_count,
            count(distinct delivery_id) filter (status = 'refused') as refused_count,
            coalesce(sum(rows_delivered), 0)::bigint as rows_delivered,
            coalesce(sum(rows_accepted), 0)::bigint as rows_accepted,
            coalesce(sum(rows_duplicate), 0)::bigint as rows_duplicate,
            coalesce(sum(rows_quarantined), 0)::bigint as rows_quarantined,
            coalesce(sum({held}), 0)::bigint as rows_held,
            count(*) filter (rows_delivered != rows_accepted + rows_duplicate + rows_quarantined + {held})
                as broken_count
        from meta.deliveries
        """,  # noqa: S608 - a column or nought, both written here
    )


@cached
def held(file: str) -> pd.DataFrame:
    """Deliveries that wait for a person, oldest first: file, rows of all feeds, why."""
    if not is_recorded(file, "deliveries", "rows_held"):
        return pd.DataFrame()
    return rows(
        file,
        """
        select delivery_id, any_value(source) as source, any_value(file) as file, sum(rows_held)::bigint as row_count,
            any_value(reason) as reason, max(ingested_at) as ingested_at
        from meta.deliveries where status = 'held' group by delivery_id order by delivery_id
        """,
    )


@cached
def quality_feeds(file: str) -> list[str]:
    """Feeds of which there is a history of quality."""
    if not is_recorded(file, "quality", "feed"):
        return []
    return [row["feed"] for row in records(file, "select distinct feed from meta.quality order by feed")]


@cached
def quality(file: str, feed: str) -> pd.DataFrame:
    """A feed by day, oldest first.

    `completeness`: filled cells of those that the mapping could fill; `validity`: rows not in quarantine; `uniqueness`:
    rows that said something new; each a share of 0 to 1, null without rows. `late_days`: how many days after its newest
    row a delivery came, the longest of the day; null where the feed has no instant.
    """
    return rows(
        file,
        """
        select day as day_on, sum(rows_delivered)::bigint as rows_delivered,
            sum(cells_filled) / nullif(sum(cells), 0) as completeness,
            1 - sum(rows_quarantined) / nullif(sum(rows_delivered), 0) as validity,
            1 - sum(rows_duplicate) / nullif(sum(rows_delivered), 0) as uniqueness,
            max(greatest(epoch(ingested_at) - epoch(newest_at), 0) / 86400) as late_days
        from meta.quality where feed = $feed group by day order by day
        """,
        {"feed": feed},
    )


@cached
def sources(file: str) -> list[str]:
    """Sources that delivered anything."""
    return [row["source"] for row in records(file, "select distinct source from meta.deliveries order by source")]


@cached
def deliveries(file: str, chosen: tuple[str, ...], only_trouble: bool, limit: int, offset: int) -> pd.DataFrame:
    """One page of deliveries, latest first; `only_trouble`: refused, held, or with rows in quarantine."""
    return rows(
        file,
        """
        select ingested_at, source, file, feed, rows_delivered, rows_accepted, rows_duplicate, rows_quarantined,
            status, reason, count(*) over () as delivery_count
        from meta.deliveries
        where (len($sources::varchar[]) = 0 or list_contains($sources::varchar[], source))
          and (not $only_trouble or status <> 'loaded' or rows_quarantined > 0)
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
    if not is_recorded(file, "drifts", "source"):
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
