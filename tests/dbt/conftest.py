"""A small company built through dbt: raw from the contracts, rows by hand, identity, star."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from pipelines.contracts import Contract, contracts
from pipelines.identity import resolve
from workspace.folders import PROJECT
from workspace.settings import Settings

Rows = Mapping[str, list[dict[str, Any]]]
DBT_PROJECT = PROJECT / "dbt_project"


def make_raw(connection: duckdb.DuckDBPyConnection, rows: Rows) -> None:
    """Schema raw as ingest leaves it: every feed a typed table; rows by feed, `_delivery_id` 1 unless a row says."""
    connection.execute("create schema raw")
    for name, contract in contracts().items():
        make_feed(connection, contract, rows.get(name, []))


def make_feed(connection: duckdb.DuckDBPyConnection, contract: Contract, rows: list[dict[str, Any]]) -> None:
    columns = {column.name: column.duckdb_type for column in contract.columns}
    columns |= {"_delivery_id": "BIGINT", "_row": "BIGINT", "_row_hash": "UBIGINT"}
    declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(f"create table raw.{contract.table} ({declared})")
    for number, row in enumerate(rows, start=1):
        full = {"_delivery_id": 1, "_row": number, "_row_hash": number} | row
        unknown = set(full) - set(columns)
        assert not unknown, f"{contract.name} has no {unknown}"
        marks = ", ".join("?" for _ in full)
        connection.execute(
            f"insert into raw.{contract.table} ({', '.join(full)}) values ({marks})", list(full.values())
        )


def run_dbt(warehouse: Path, *arguments: str, **variables: Any) -> Any:
    """One dbt command in process on `warehouse`; fails with what dbt says."""
    os.environ["REGULARS_WAREHOUSE"] = str(warehouse)
    places = ["--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT]
    places += ["--target-path", warehouse.parent / "target", "--log-path", warehouse.parent / "logs"]
    command = [*arguments, *map(str, places), "--vars", json.dumps(variables), "--quiet"]
    try:
        outcome = dbtRunner().invoke(command)
    finally:
        DuckDBConnectionManager.close_all_connections()
    assert outcome.exception is None, outcome.exception
    return outcome


def problems(outcome: Any) -> list[str]:
    return [
        f"{result.node.name}: {result.message}" for result in outcome.result if result.status not in ("success", "pass")
    ]


def build(warehouse: Path, rows: Rows, settings: Settings | None = None, **variables: Any) -> duckdb.DuckDBPyConnection:
    """The star of a company with these rows, tests included; an open connection to it."""
    with duckdb.connect(str(warehouse)) as connection:
        make_raw(connection, rows)
    no_unit_tests = ("--exclude-resource-type", "unit_test")
    assert problems(run_dbt(warehouse, "build", "--select", "staging", *no_unit_tests, **variables)) == []
    with duckdb.connect(str(warehouse)) as connection:
        resolve(connection, settings or Settings())
    assert problems(run_dbt(warehouse, "build", "--select", "star", *no_unit_tests, **variables)) == []
    return duckdb.connect(str(warehouse))


@pytest.fixture(scope="session")
def company_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The star of company.yml, by Berlin's clock, as of the end of 2024."""
    rows = yaml.safe_load((Path(__file__).parent / "company.yml").read_text(encoding="utf-8"))
    warehouse = tmp_path_factory.mktemp("company") / "warehouse.duckdb"
    build(warehouse, rows, time_zone="Europe/Berlin", as_of="2024-12-31").close()
    return warehouse


@pytest.fixture
def company(company_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(company_warehouse)) as connection:
        yield connection


@pytest.fixture(scope="session")
def build_star() -> Callable[..., duckdb.DuckDBPyConnection]:
    return build


@pytest.fixture(scope="session", name="run_dbt")
def dbt_command() -> Callable[..., Any]:
    return run_dbt


@pytest.fixture(scope="session")
def failures() -> Callable[[Any], list[str]]:
    return problems
