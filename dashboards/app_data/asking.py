"""The published generation as ibis tables, for what `mining` is asked live: questions and comparisons."""

from datetime import date

import ibis.expr.types as ir

from dashboards.app_data.reader import Where, connection
from mining.engine import Engine


class Locked(Engine):
    """ibis on a connection whose settings are locked: it sets none."""

    def _post_connect(self, extensions: object = None) -> None:
        """Leave the settings as `reader.connection` made them, UTC among them."""
        self._record_batch_readers_consumed: dict[str, bool] = {}


class Asked:
    """One generation during one question, on a cursor of its own."""

    def __init__(self, where: Where) -> None:
        self.as_of, self.time_zone = where.as_of, where.time_zone
        self.backend = Locked.from_connection(connection(where.file).cursor())

    def star(self, table: str) -> ir.Table:
        """A table of the star."""
        return self.backend.table(table, database="star")

    def serving(self, table: str) -> ir.Table:
        """A serving table."""
        return self.backend.table(table, database="serving")

    def mined(self, table: str, as_of: date | None = None) -> ir.Table:
        """What a mining module found as of a date, the generation's own unless another is asked."""
        rows = self.backend.table(table, database="mining")
        return rows.filter(rows.as_of == (as_of or self.as_of)).drop("as_of")
