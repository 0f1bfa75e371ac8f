"""Source identifiers to durable customers: the tables the star's customer keys come from."""

from collections.abc import Iterator

import dagster as dg

from pipelines import book, warehouse
from pipelines.identity import resolve
from pipelines.inputs import star_inputs
from pipelines.resources import WorkspaceResource

IDENTIFIERS = dg.AssetKey(["identity", "customer_identifiers"])
SHARED = dg.AssetKey(["identity", "shared_identifiers"])


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


@dg.multi_asset(
    name="identity",
    specs=[
        spec(IDENTIFIERS, "Every identifier of every source and the one customer it belongs to."),
        spec(SHARED, "Identifiers that belong to too many people, or to nobody, and therefore join no one."),
    ],
)
def identity(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> Iterator[dg.MaterializeResult]:
    """Resolve identity unless it stands already, made from the same deliveries."""
    place = workspace.open()
    with warehouse.connect(place) as connection:
        inputs = star_inputs(connection, place)
        if not book.is_built(connection, "identity", inputs):
            book.begin(connection, "identity")
            result = resolve(connection, place.settings)
            context.log.info(str(result))
            book.finish(connection, "identity", inputs)
        for key in (IDENTIFIERS, SHARED):
            rows = warehouse.row_count(connection, *key.path)
            yield dg.MaterializeResult(asset_key=key, metadata={"dagster/row_count": rows or 0})
