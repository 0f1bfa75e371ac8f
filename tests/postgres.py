"""A real PostgreSQL for the tests, out of a wheel, and a shop whose source it is."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pgserver

from tests.deliveries import Shop

SETTINGS = """
[company]
time_zone = "Europe/Berlin"
[databases.till]
url = "{url}"
{database}
[sources.till]
database = "till"
{source}
[sources.till.feeds."sales.order_lines"]
[sources.shop]
files = "shop/*"
[sources.shop.feeds."sales.order_lines"]
"""
TABLE = """
drop schema if exists public cascade; create schema public;
create table order_lines (order_id text, line_number int, product_id text, quantity numeric(18,3),
    unit_price numeric(18,4), changed_at timestamptz);
"""


@contextmanager
def postgres() -> Iterator[pgserver.PostgresServer]:
    """A server in a folder of its own; the path is short because it holds the socket."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def url_of(server: pgserver.PostgresServer) -> str:
    """Its address."""
    return f"postgresql://postgres@/postgres?host={server.pgdata}"


def till(server: pgserver.PostgresServer, folder: Path, source: str, database: str = "") -> Shop:
    """A shop that reads from the server, with an empty table of order lines there."""
    server.psql(TABLE)
    return Shop.open(folder, SETTINGS.format(url=url_of(server), source=source, database=database))
