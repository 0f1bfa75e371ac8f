"""Deliveries into raw: found, read, checked, quarantined, recorded. The ledger and raw are the system of record."""

from pipelines.ingest.ledger import Counts, DeliveryResult
from pipelines.ingest.mapping import check_mappings
from pipelines.ingest.registering import register
from pipelines.ingest.running import ingest

__all__ = ["Counts", "DeliveryResult", "check_mappings", "ingest", "register"]
