"""ibis on an open DuckDB connection, with what the two of them do not do together."""

import ibis.expr.operations as ops
from ibis.backends.duckdb import Backend


class Engine(Backend):  # type: ignore[misc]  # ibis is not typed
    """A DuckDB backend for `Engine.from_connection(connection)`; what it stores goes with the connection."""

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        """Store a table that is in memory as a temporary one.

        A join hands a Bloom filter of its keys down to what it scans, which a scan of Arrow does not take (DuckDB 1.5:
        "Pushdown Filter Type BLOOM_FILTER is not currently supported in PyArrow Scans").
        """
        self.con.register("in_memory", op.data.to_pyarrow(op.schema))
        try:
            # The name is ibis's own, and what it drops by that name is a view.
            self.con.execute(f'create or replace temp table "{op.name}_rows" as from in_memory')
            self.con.execute(f'create or replace temp view "{op.name}" as from "{op.name}_rows"')
        finally:
            self.con.unregister("in_memory")

    def _drop_cached_table(self, name: str) -> None:
        """Drop nothing before the connection does.

        ibis's own dropping runs whenever Python collects, and under newer sqlglot writes a DROP without a name.
        """
