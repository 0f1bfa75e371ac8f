"""What the star is made from, as one fingerprint: when it is unchanged, the star need not be built again."""

import hashlib
from functools import cache
from pathlib import Path

from duckdb import DuckDBPyConnection

from pipelines import book, dbt
from workspace import identity_state
from workspace.folders import Workspace


def star_inputs(connection: DuckDBPyConnection, workspace: Workspace) -> str:
    """Everything that staging, identity and star depend on: accepted deliveries, their code, their settings."""
    row = connection.execute(
        """
        select count(*), sum(rows_accepted), max(delivery_id),
               bit_xor(hash(delivery_id, feed, content_hash, rows_accepted))
        from meta.deliveries
        """
    ).fetchone()
    return book.fingerprint(
        [str(value) for value in row or ()],
        dbt.project_fingerprint(),
        identity_fingerprint(),
        dbt.variables(workspace, None),
        workspace.settings.identity.model_dump(),
        [(said.left, said.right, said.is_same) for said in identity_state.decisions(workspace)],
    )


@cache
def identity_fingerprint() -> str:
    """A hash of the code that resolves identity."""
    files = sorted((Path(__file__).parent / "identity").rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
