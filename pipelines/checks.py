"""Checks that a night must pass before it is published, beside dbt's own tests: nothing lost, everything adds up."""

from collections.abc import Iterable

from duckdb import DuckDBPyConnection

from pipelines.book import Check
from pipelines.contracts import contracts
from workspace.errors import RegularsError

UNLAWFUL = """
select feed, count(*), min(delivery_id), sum(abs(rows_delivered - rows_accepted - rows_duplicate - rows_quarantined))
from meta.deliveries
where rows_delivered <> rows_accepted + rows_duplicate + rows_quarantined
group by feed
"""
MISSING = """
select feeds.feed, coalesce(accepted.rows, 0) - feeds.row_count
from meta.feeds as feeds
left join (select feed, sum(rows_accepted) as rows from meta.deliveries group by feed) as accepted using (feed)
where feeds.row_count <> coalesce(accepted.rows, 0)
"""


def conservation(connection: DuckDBPyConnection) -> list[Check]:
    """For each feed: every delivery's rows are accounted for, and raw holds exactly the accepted ones."""
    unlawful = {feed: row for feed, *row in connection.execute(UNLAWFUL).fetchall()}
    missing = dict(connection.execute(MISSING).fetchall())
    checks = []
    for feed in contracts():
        name = f"conservation {feed}"
        if feed in unlawful:
            deliveries, first, rows = unlawful[feed]
            detail = f"{feed}: {deliveries} deliveries do not add up (first: {first}); {rows} rows unaccounted for"
            checks.append(Check(name, "failed", int(rows), detail))
        elif feed in missing:
            detail = f"{feed}: the ledger has {abs(missing[feed])} rows accepted that raw does not hold, or the reverse"
            checks.append(Check(name, "failed", abs(int(missing[feed])), detail))
        else:
            checks.append(Check(name, "passed", detail="every row delivered is accounted for"))
    return checks


def stop_on_failure(checks: Iterable[Check]) -> None:
    """Stop the night when a check has failed.

    Raises
    ------
    RegularsError
        Naming each failed check.
    """
    failed = [check.detail for check in checks if check.status == "failed"]
    if failed:
        raise RegularsError(
            "; ".join(failed) + ".", "Nothing is published. Restore raw and state from a backup, or report it."
        )
