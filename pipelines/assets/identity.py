"""Source identifiers to durable customers: the tables the star's customer keys come from."""

from collections.abc import Iterator, Mapping
from datetime import date

import dagster as dg

from pipelines import book, warehouse
from pipelines.identity import Decision, resolve
from pipelines.identity.moving import Move
from pipelines.inputs import star_inputs
from pipelines.resources import WorkspaceResource
from workspace import generations, identity_state
from workspace.errors import NothingPublishedError
from workspace.folders import Workspace

IDENTIFIERS = dg.AssetKey(["identity", "customer_identifiers"])
SHARED = dg.AssetKey(["identity", "shared_identifiers"])
GROUPS = dg.AssetKey(["identity", "customer_groups"])


def spec(key: dg.AssetKey, description: str) -> dg.AssetSpec:
    """A table of the identity stage; it reads what staging has normalised."""
    staged = ["stg_sales__customers", "stg_external__prospects", "stg_web__events", "stg_call_center__cases"]
    return dg.AssetSpec(
        key,
        deps=[dg.AssetKey(["staging", name]) for name in staged],
        group_name="identity",
        owners=["team:operators"],
        description=description,
        kinds={"duckdb"},
    )


def published_file(workspace: Workspace) -> str | None:
    """The file of the generation that readers see; nothing before the first."""
    try:
        return str(generations.current(workspace).file)
    except NothingPublishedError:
        return None


def decided(workspace: Workspace) -> list[Decision]:
    """What people said about pairs of records."""
    return [Decision(*said.left, *said.right, is_same=said.is_same) for said in identity_state.decisions(workspace)]


def night_of(tags: Mapping[str, str]) -> date | None:
    """The date of the night, where the run has one."""
    return date.fromisoformat(tags["dagster/partition"]) if "dagster/partition" in tags else None


def stop_large_moves(workspace: Workspace, move: Move | None) -> None:
    """End the night where it would move too much between keys and nobody has let it through.

    Raises
    ------
    MovingError
        Naming the list, which is kept for the Review page.
    """
    if move is not None and not move.is_too_much(workspace.settings.identity):
        move = None
    # Mended data moves less, or others: what waited before asks nobody any longer.
    identity_state.forget_waiting_moves(workspace, but=move.name if move else None)
    if move is None:
        return
    if identity_state.is_allowed(workspace, move.name):
        return
    identity_state.keep_moves(
        workspace,
        move.name,
        customers=move.customers,
        customer_share=move.customer_share,
        money_share=move.money_share,
        records=move.records,
    )
    raise move.error()


@dg.multi_asset(
    name="identity",
    specs=[
        spec(IDENTIFIERS, "Every identifier of every source and the one customer it belongs to."),
        spec(SHARED, "Identifiers that belong to too many people, or to nobody, and therefore join no one."),
        spec(GROUPS, "Customers of one household or one company; they are grouped, never merged."),
    ],
)
def identity(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> Iterator[dg.MaterializeResult]:
    """Resolve identity unless it stands already, made from the same deliveries."""
    place = workspace.open()
    with warehouse.connect(place) as connection:
        inputs = star_inputs(connection, place)
        if not book.is_built(connection, "identity", inputs):
            book.begin(connection, "identity")
            result = resolve(
                connection,
                place.settings,
                published=published_file(place),
                decisions=decided(place),
                as_of=night_of(context.run.tags),
                configuration=warehouse.configuration(place),
            )
            context.log.info(str(result))
            stop_large_moves(place, result.move)
            book.finish(connection, "identity", inputs)
        for key in (IDENTIFIERS, SHARED, GROUPS):
            rows = warehouse.row_count(connection, *key.path)
            yield dg.MaterializeResult(asset_key=key, metadata={"dagster/row_count": rows or 0})
