"""The dbt sources of schema raw, written from the feed contracts: `python -m pipelines.dbt_sources`."""

from typing import Any

import yaml

from pipelines.contracts import Contract, contracts
from workspace.folders import PROJECT

SOURCES = PROJECT / "dbt_project" / "models" / "staging" / "_raw__sources.yml"
HEADER = "# Written from pipelines/feeds by `python -m pipelines.dbt_sources`; change the contract, not this file.\n"


def table(contract: Contract) -> dict[str, Any]:
    """One feed as dbt's source table; personal columns carry it in their meta."""
    columns = []
    for column in contract.columns:
        entry: dict[str, Any] = {
            "name": column.name,
            "data_type": column.duckdb_type.lower(),
            "description": column.description,
        }
        if column.personal:
            entry["config"] = {"meta": {"personal": True}}
        columns.append(entry)
    described = f"{contract.description} Raw keeps every accepted row; the contract's grain is {contract.grain}."
    return {"name": contract.table, "description": described, "columns": columns}


def sources() -> str:
    """The text of the sources file."""
    raw = {
        "name": "raw",
        "schema": "raw",
        "description": "Accepted rows of every feed, each with _delivery_id, _row and _row_hash; written by ingest.",
        "tables": [table(contract) for contract in contracts().values()],
    }
    return HEADER + yaml.safe_dump({"version": 2, "sources": [raw]}, sort_keys=False, width=120)


if __name__ == "__main__":
    SOURCES.write_text(sources(), encoding="utf-8")
