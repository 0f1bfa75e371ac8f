"""Dagster's event log with its connections kept open: a night tells some three hundred events, each a few writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sql import create_engine
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, event

KEPT_OPEN = 4  # the index and the runs at hand; a server that shows old runs must not hold every file


class KeptOpenEventLog(SqliteEventLogStorage):
    """Dagster's own SQLite event log, file by file the same; only an engine a file is kept instead of one a statement.

    Why: `docs/decisions/013-event-log.md`.
    """

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "KeptOpenEventLog":
        """As Dagster makes it from `dagster.yaml`."""
        return cls(inst_data=inst_data, **config_value)

    @cached_property
    def _engines(self) -> dict[str, Engine]:
        return {}

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engines.pop(shard, None) or self._opened(shard)
            self._engines[shard] = engine  # the last used is the last to go
            while len(self._engines) > KEPT_OPEN:
                self._engines.pop(next(iter(self._engines))).dispose()
            with engine.connect() as connection, connection.begin():
                yield connection

    def _opened(self, shard: str) -> Engine:
        """An engine for one file, its tables there."""
        engine = create_engine(self.conn_string_for_shard(shard), connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
        # With a write-ahead log this cannot damage the file; the last events before a power cut may be missing.
        event.listen(engine, "connect", lambda connection, _: connection.execute("pragma synchronous = normal"))
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        return engine

    def dispose(self) -> None:
        """Close every file."""
        super().dispose()
        while self._engines:
            self._engines.popitem()[1].dispose()
