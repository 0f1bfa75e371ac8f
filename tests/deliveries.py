"""A small shop for the tests of ingest: settings, files put into landing, and what came of them."""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.contracts import contracts
from pipelines.ingest import DeliveryResult, ingest, register
from workspace.folders import Workspace

LINES = """
[sources.shop]
files = "shop/*"

[sources.shop.feeds."sales.order_lines"]
"""
TABLES = ("deliveries", "quality", "quarantine", "drifts", "feeds")
HEADER = "order_id,line_number,product_id,quantity,unit_price"


@dataclass(frozen=True)
class Shop:
    """A workspace with a mapping."""

    workspace: Workspace

    @classmethod
    def open(cls, folder: Path, settings: str = LINES) -> "Shop":
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "regulars.toml").write_text(settings, encoding="utf-8")
        return cls(Workspace.open(folder).ensure())

    def remap(self, settings: str) -> "Shop":
        return Shop.open(self.workspace.root, settings)

    def put(self, name: str, content: str | bytes) -> Path:
        """Put a file into landing/shop; a name ending in .gz is packed unless bytes are given."""
        path = self.workspace.landing / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") and isinstance(content, str) else data)
        return path

    def load(self) -> dict[str, DeliveryResult]:
        """Ingest, and the results by file name; the law is checked each time."""
        results = {result.file.removeprefix("shop/"): result for result in ingest(self.workspace)}
        self.check_law()
        return results

    def query(self, sql: str, parameters: Iterable[Any] = ()) -> list[tuple]:
        """Rows of a query on raw and meta."""
        with duckdb.connect() as connection:
            register(connection, self.workspace)
            return connection.execute(sql, list(parameters)).fetchall()

    def one(self, sql: str) -> Any:
        """The only value of a query."""
        return self.query(sql)[0][0]

    def check_law(self) -> None:
        """Rows on record are the rows on disk, and all that was delivered is accounted for."""
        with duckdb.connect() as connection:
            register(connection, self.workspace)

            def rows(sql: str) -> list[tuple]:
                return sorted(connection.execute(sql).fetchall(), key=str)

            broken = "rows_delivered <> rows_accepted + rows_duplicate + rows_quarantined + rows_held"
            assert rows(f"select * from meta.deliveries where {broken}") == []
            on_disk = rows("select delivery_id, feed, count(*) from meta.quarantine group by all")
            said = "select delivery_id, feed, rows_quarantined from meta.deliveries where rows_quarantined > 0"
            assert on_disk == rows(said)
            for (feed,) in rows("select distinct feed from meta.deliveries where feed is not null"):
                raw = f"raw.{contracts()[feed].table}"
                on_disk = rows(f"select _delivery_id, count(*), count(distinct _row) from {raw} group by 1")
                said = f"feed = '{feed}' and rows_accepted > 0"
                counts = "delivery_id, rows_accepted, rows_accepted"
                assert on_disk == rows(f"select {counts} from meta.deliveries where {said}")
            assert self.kept() == {table: rows(f"from meta.{table}") for table in TABLES}

    def kept(self) -> dict[str, list[tuple]]:
        """The ledger's tables as a warehouse has them that has lived through everything; the same as in a new one."""
        with duckdb.connect(str(self.workspace.root / "kept.duckdb")) as connection:
            register(connection, self.workspace)
            return {table: sorted(connection.execute(f"from meta.{table}").fetchall(), key=str) for table in TABLES}

    def quarantine(self) -> list[tuple]:
        """Row, line, column, value and reason of what is in quarantine."""
        columns = "row_number, line_number, column_name, value, reason"
        return self.query(f"select {columns} from meta.quarantine order by file, feed, row_number")

    def orders(self) -> list[str]:
        """The order numbers of all accepted lines, in the order delivered."""
        return [row[0] for row in self.query("select order_id from raw.sales_order_lines order by _delivery_id, _row")]


def lines(*records: str, header: str = HEADER) -> str:
    """A CSV."""
    return "\n".join([header, *records]) + "\n"
