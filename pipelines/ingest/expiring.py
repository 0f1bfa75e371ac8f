"""Quarantine is kept for a set time: long enough to mend a mapping and replay, not for ever."""

from datetime import datetime

from pipelines.ingest import ledger as book
from pipelines.ingest.running import clear_up, only_one
from workspace.folders import Workspace


def expire_quarantine(workspace: Workspace, before: datetime) -> int:
    """Delete quarantined rows that were written before an instant; how many.

    What was counted stays counted: the ledger still says how many rows of each delivery were quarantined. They can no
    longer be shown or replayed.
    """
    with only_one(workspace):
        with book.open_ledger(workspace) as ledger:
            written_before = before.isoformat(timespec="microseconds")
            rows = ledger.execute(
                "select coalesce(sum(row_count), 0) from files where kind = 'quarantine' and written_at < ?",
                (written_before,),
            ).fetchone()[0]
            old = "select batch, feed from files where kind = 'quarantine' and written_at < ?"
            ledger.execute(
                f"update counts set quarantine_batch = null where (quarantine_batch, feed) in ({old})",
                (written_before,),
            )
            ledger.execute(f"insert into replaced select batch, feed, 'quarantine' from ({old})", (written_before,))
            ledger.execute("delete from files where kind = 'quarantine' and written_at < ?", (written_before,))
        if rows:
            clear_up(workspace)
        return int(rows)
