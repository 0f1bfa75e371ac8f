"""Staging, star and serving: dbt's models as assets, built in this process."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, build_dbt_asset_specs

from pipelines import book, dbt, increments, rechecking, warehouse
from pipelines.inputs import star_inputs
from pipelines.resources import WorkspaceResource
from workspace.folders import Workspace

OWNERS = {"staging": "team:operators", "star": "team:analysts", "serving": "team:marketers"}
BUILT_ONCE = {"staging", "star"}  # hold all that is known, whatever the as-of date


class Translator(DagsterDbtTranslator):
    """Keys are schema and table; the folder is the group."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        """dbt's own specification with our key, group and owner."""
        node = manifest["nodes"].get(unique_id) or manifest["sources"][unique_id]
        spec = super().get_asset_spec(manifest, unique_id, project)
        folder = node["fqn"][1] if node["resource_type"] == "model" else node["source_name"]
        owner = OWNERS.get(folder)
        return spec.replace_attributes(
            key=dg.AssetKey([node["schema"], node["name"]]), group_name=folder, owners=[owner] if owner else []
        )


def dbt_asset(workspace: Workspace, folder: str, partitions: dg.PartitionsDefinition | None) -> dg.AssetsDefinition:
    """One multi-asset that builds `dbt_project/models/<folder>` and records its tests as checks."""
    specs = in_order(
        build_dbt_asset_specs(
            manifest=dbt.manifest(workspace), select=dbt.folder_selector(folder), dagster_dbt_translator=Translator()
        )
    )

    @dg.multi_asset(name=folder, specs=specs, partitions_def=partitions)
    def build(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> Iterator[dg.MaterializeResult]:
        place = workspace.open()
        as_of = date.fromisoformat(context.partition_key) if partitions else None
        seconds = build_stage(place, folder, as_of, context.log.info)
        if folder == "star" and seconds is not None:
            context.log.info(rechecking.recheck(place))
        with warehouse.connect(place) as connection:
            for spec in specs:
                yield dg.MaterializeResult(asset_key=spec.key, metadata=describe(connection, spec.key, seconds))

    return build


def in_order(specs: Sequence[dg.AssetSpec]) -> list[dg.AssetSpec]:
    """Each table after those it reads: Dagster wants to hear of them in this order."""
    by_key = {spec.key: spec for spec in specs}
    graph = {spec.key: {dep.asset_key for dep in spec.deps} & by_key.keys() for spec in specs}
    return [by_key[key] for key in TopologicalSorter(graph).static_order()]


def build_stage(
    workspace: Workspace, folder: str, as_of: date | None, report: Callable[[str], None] = lambda text: None
) -> dict[str, float] | None:
    """Build a folder unless it stands already, made from the same inputs; seconds by model, `None` where it stands."""
    plan = None
    with warehouse.connect(workspace) as connection:
        inputs = star_inputs(connection, workspace)
        if folder in BUILT_ONCE:
            if book.is_built(connection, folder, inputs):
                return None
            plan = increments.plan(connection, workspace, folder)
            report(plan.words)
        book.begin(connection, folder)
    results = dbt.build(workspace, folder, as_of, is_increment=plan is not None and plan.is_increment)
    with warehouse.connect(workspace) as connection:
        connection.begin()
        book.record(connection, folder, [check for check in map(as_check, results) if check])
        if plan is not None:
            increments.finish(connection, workspace, folder, inputs, plan)
        book.finish(connection, folder, inputs, as_of)
        connection.commit()
    return {result.name: result.seconds for result in results if result.kind == "model"}


def as_check(result: dbt.NodeResult) -> book.Check | None:
    """A dbt test as a recorded check; `None` for a model."""
    if result.kind != "test":
        return None
    status = {"pass": "passed", "warn": "warned"}.get(result.status, "failed")
    return book.Check(result.name, status, result.failures, result.message)


def describe(connection: Any, key: dg.AssetKey, seconds: dict[str, float] | None) -> dict[str, Any]:
    """Rows and seconds of a table, for Dagster."""
    schema, table = key.path
    metadata: dict[str, Any] = {"unchanged": seconds is None}
    if seconds is not None:
        metadata["seconds"] = round(seconds.get(table, 0.0), 3)
    rows = warehouse.row_count(connection, schema, table)
    if rows is not None:
        metadata["dagster/row_count"] = rows
    return metadata
