"""An SQLite file as a shop's database, for the tests of sources that come through SQLAlchemy."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.deliveries import Shop
from tests.postgres import SETTINGS

TABLE = """
create table order_lines (order_id text, line_number integer, product_id text, quantity numeric(18,3),
    unit_price numeric(18,4), changed_at timestamp);
"""


@contextmanager
def writing(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection that commits."""
    connection = sqlite3.connect(file)
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def till(folder: Path, source: str, database: str = "") -> tuple[Shop, Path]:
    """A shop that reads from an SQLite file, with an empty table of order lines there."""
    shop = Shop.open(folder, SETTINGS.format(url="sqlite:///till.db?timeout=0.1", source=source, database=database))
    file = folder / "till.db"
    with writing(file) as connection:
        connection.executescript(TABLE)
    return shop, file
