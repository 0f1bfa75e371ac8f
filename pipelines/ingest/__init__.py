"""Deliveries into raw: found, read, checked, quarantined, recorded. The ledger and raw are the system of record."""

from pipelines.ingest.holding import Held, decide, holds
from pipelines.ingest.ledger import Counts, DeliveryResult
from pipelines.ingest.mapping import check_mappings
from pipelines.ingest.quarantine import (
    QuarantinedRow,
    QuarantineGroup,
    ReplayResult,
    quarantine_groups,
    quarantined,
    replay,
)
from pipelines.ingest.registering import register
from pipelines.ingest.running import ingest, take_alerts

__all__ = [
    "Counts",
    "DeliveryResult",
    "Held",
    "QuarantineGroup",
    "QuarantinedRow",
    "ReplayResult",
    "check_mappings",
    "decide",
    "holds",
    "ingest",
    "quarantine_groups",
    "quarantined",
    "register",
    "replay",
    "take_alerts",
]
