"""Checks that a night must pass before it is published, beside dbt's own tests: nothing lost, everything adds up."""

from collections.abc import Iterable

from duckdb import DuckDBPyConnection

from pipelines.book import Check
from pipelines.contracts import contracts
from pipelines.ingest.drifting import Drift
from pipelines.ingest.holding import Held
from pipelines.sql import identifier
from workspace.errors import RegularsError

UNLAWFUL = """
select feed, count(*), min(delivery_id),
    sum(abs(rows_delivered - rows_accepted - rows_duplicate - rows_quarantined - rows_held))
from meta.deliveries
where rows_delivered <> rows_accepted + rows_duplicate + rows_quarantined + rows_held
group by feed
"""
ACCEPTED = "select feed, sum(rows_accepted)::bigint from meta.deliveries where feed is not null group by feed"


def conservation(connection: DuckDBPyConnection) -> list[Check]:
    """For each feed: every delivery's rows are accounted for, and raw holds exactly the accepted ones."""
    unlawful = {feed: row for feed, *row in connection.execute(UNLAWFUL).fetchall()}
    accepted = dict(connection.execute(ACCEPTED).fetchall())
    checks = []
    for feed, contract in contracts().items():
        name = f"conservation {feed}"
        # S608: the name is a contract's, and quoted.
        held = connection.execute(f"select count(*) from raw.{identifier(contract.table)}").fetchone()  # noqa: S608
        missing = accepted.get(feed, 0) - (held[0] if held else 0)
        if feed in unlawful:
            deliveries, first, rows = unlawful[feed]
            detail = f"{feed}: {deliveries} deliveries do not add up (first: {first}); {rows} rows unaccounted for"
            checks.append(Check(name, "failed", int(rows), detail))
        elif missing:
            detail = (
                f"{feed}: the ledger has {accepted.get(feed, 0):,} rows accepted, raw holds {held[0] if held else 0:,}"
            )
            checks.append(Check(name, "failed", abs(missing), detail))
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


def held_warnings(held: Iterable[Held]) -> list[Check]:
    """A warning for each delivery that waits for a person; it stands until somebody has decided."""
    return [
        Check(
            f"held {one.file}",
            "warned",
            sum(one.rows.values()),
            f"{one.words} Let it through with 'regulars deliveries release {one.file}', or refuse it.",
        )
        for one in held
        if one.decision is None
    ]


def drift_warnings(drifts: Iterable[Drift]) -> list[Check]:
    """A warning for each drift that nobody has been told of yet."""
    did = {"evolve": "taken as it is from now on", "freeze": "refused", "discard": "loaded without it"}
    return [
        Check(
            f"drift {drift.source}.{drift.column}",
            "warned",
            1,
            f"In delivery {drift.delivery_id} of {drift.source} {drift.words}; {did[drift.policy]}.",
        )
        for drift in drifts
    ]
