"""Runs dbt in this process: builds a folder of models with its tests, and parses the manifest that Dagster shows."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from workspace.errors import RegularsError
from workspace.folders import PROJECT, Workspace

DBT_PROJECT = PROJECT / "dbt_project"
FAILED = {"error", "fail", "runtime error"}
PARSED: dict[tuple[str, str, str], Any] = {}


@dataclass(frozen=True)
class NodeResult:
    """What became of one model or test."""

    unique_id: str
    name: str
    kind: str
    status: str
    seconds: float
    failures: int
    message: str


@cache
def project_fingerprint() -> str:
    """A hash over every file of the dbt project: changes when any SQL, YAML or macro changes."""
    digest = hashlib.sha256()
    for file in sorted(DBT_PROJECT.rglob("*")):
        if file.suffix in {".sql", ".yml"} and "target" not in file.parts:
            digest.update(str(file.relative_to(DBT_PROJECT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def variables(workspace: Workspace, as_of: date | None) -> dict[str, Any]:
    """The settings that models read with `var()`. The star has no as-of date: it holds all that is known."""
    company, costs, abc = workspace.settings.company, workspace.settings.costs, workspace.settings.mining.abc
    chosen: dict[str, Any] = {
        "time_zone": company.time_zone,
        "currency": company.currency,
        "phone_prefix": company.phone_prefix,
        "junk_customer_ids": list(workspace.settings.identity.junk_customer_ids),
        "cost_agent_hour": costs.agent_hour,
        "cost_call": costs.call,
        "cost_case_minutes": costs.case_minutes,
        "cost_contact": dict(costs.contact),
        "cut_a": abc.cut_a,
        "cut_b": abc.cut_b,
        "window_months": abc.window_months,
    }
    if as_of is not None:
        chosen["as_of"] = as_of.isoformat()
    return chosen


def folder_selector(folder: str) -> str:
    """dbt's selector for all models of `dbt_project/models/<folder>`, wherever dbt is run from."""
    return f"fqn:regulars.{folder}"


def build(
    workspace: Workspace, folder: str, as_of: date | None = None, *, is_increment: bool = False
) -> list[NodeResult]:
    """Build the models of a folder (`staging`, `star`, `serving`) and run their tests, in this process.

    Parameters
    ----------
    is_increment : tables of staging and star take up what `pipelines.increments` laid ready; else all is made anew

    Raises
    ------
    RegularsError
        If a model or a test of severity error fails, naming each with its message.
    """
    # Unit tests prove the logic on made-up rows; they belong to the tests, not to every night.
    # "buildable" leaves out the tests that compare with a later stage: they run when that stage is built.
    choice = ["--select", folder_selector(folder), "--indirect-selection", "buildable"]
    arguments = ["build", *choice, "--exclude-resource-type", "unit_test"]
    anew = [] if is_increment else ["--full-refresh"]
    results = invoke(workspace, [*arguments, *anew], as_of, increment=is_increment)
    failed = [result for result in results if result.status in FAILED]
    if failed:
        lines = "\n".join(f"  {result.name}: {result.message}" for result in failed)
        raise RegularsError(
            f"{len(failed)} of {len(results)} steps of '{folder}' failed:\n{lines}",
            f"The whole log is {workspace.logs / 'dbt.log'}.",
        )
    return results


def invoke(workspace: Workspace, arguments: list[str], as_of: date | None = None, **chosen: Any) -> list[NodeResult]:
    """Run one dbt command on the parsed project; every node's result, whether it passed or not."""
    outcome = run(workspace, arguments, variables(workspace, as_of) | chosen, parsed(workspace))
    return [node_result(result) for result in getattr(outcome, "results", [])]


def models(workspace: Workspace, *folders: str) -> dict[str, str]:
    """Tables of some folders with their schema."""
    return {
        node.name: node.schema
        for node in parsed(workspace).nodes.values()
        if node.resource_type == "model" and node.fqn[1] in folders and node.config.materialized != "ephemeral"
    }


def compiled(workspace: Workspace, model: str) -> str:
    """The query of one model as it is when everything is made anew."""
    # dbt would show the query on the terminal.
    arguments = ["compile", "--select", model, "--log-level", "none"]
    outcome = run(workspace, arguments, variables(workspace, None), parsed(workspace))
    return str(next(result.node.compiled_code for result in outcome.results if result.node.name == model))


def run(workspace: Workspace, arguments: list[str], chosen: Mapping[str, Any], project: Any = None) -> Any:
    """What one dbt command gives; without a parsed `project`, dbt parses it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ["REGULARS_WAREHOUSE"] = str(workspace.warehouse_file)
    workspace.warehouse_file.parent.mkdir(parents=True, exist_ok=True)
    places = {
        "project-dir": DBT_PROJECT,
        "profiles-dir": DBT_PROJECT,
        "target-path": target_folder(workspace),
        "log-path": workspace.logs,
    }
    options = [part for name, place in places.items() for part in (f"--{name}", str(place))]
    try:
        outcome = dbtRunner(manifest=project).invoke(
            [*arguments, *options, "--vars", json.dumps(chosen), "--quiet", "--no-version-check", "--no-write-json"]
        )
    finally:
        # dbt keeps the file's lock until it is told to let go.
        if DuckDBConnectionManager._ENV is not None:
            DuckDBConnectionManager.close_all_connections()
    if outcome.exception is not None:
        raise RegularsError(f"dbt {arguments[0]} stopped: {outcome.exception}", f"See {workspace.logs / 'dbt.log'}.")
    return outcome.result


def parsed(workspace: Workspace) -> Any:
    """The parsed project, a copy that a command may fill in; parsed once a process for the same settings.

    The as-of date is no part of it: dbt would parse everything anew for every date, and for every stage of a night.
    """
    chosen = variables(workspace, None)
    key = (project_fingerprint(), json.dumps(chosen, sort_keys=True), workspace.warehouse_file.stem)
    if key not in PARSED:
        PARSED[key] = run(workspace, ["parse"], chosen)
    return PARSED[key].deepcopy()


def node_result(result: Any) -> NodeResult:
    """One of dbt's results as ours."""
    return NodeResult(
        unique_id=result.node.unique_id,
        name=result.node.name,
        kind=str(result.node.resource_type.value),
        status=str(getattr(result.status, "value", result.status)),
        seconds=float(result.execution_time or 0),
        failures=int(result.failures or 0),
        message=str(result.message or "").strip(),
    )


def target_folder(workspace: Workspace) -> Path:
    """Where dbt keeps what it compiled: in the workspace, since the code may be read-only."""
    return workspace.state / "dbt"


def manifest(workspace: Workspace) -> Path:
    """The manifest of the project as it is now, for Dagster; written anew only when a file changed."""
    file = target_folder(workspace) / "manifest.json"
    stamp = target_folder(workspace) / "parsed.txt"
    if not (file.exists() and stamp.exists() and stamp.read_text() == project_fingerprint()):
        file.parent.mkdir(parents=True, exist_ok=True)
        parsed(workspace).write(str(file))
        stamp.write_text(project_fingerprint())
    return file
